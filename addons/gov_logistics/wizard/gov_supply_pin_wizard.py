from odoo import fields, models
from odoo.exceptions import UserError


class GovSupplyPinWizard(models.TransientModel):
    """The dialog in which a liaison sets their own PIN; it is stored nowhere here."""

    _name = "gov.supply.pin.wizard"
    _description = "My Counter PIN"

    pin = fields.Char(
        string="PIN", compute="_compute_pin", inverse="_inverse_pin", required=True
    )
    pin_again = fields.Char(
        string="Once more",
        compute="_compute_pin",
        inverse="_inverse_pin",
        required=True,
    )

    def _compute_pin(self):
        for wizard in self:
            wizard.pin = wizard.pin_again = False

    def _inverse_pin(self):
        for wizard in self:
            if wizard.pin != wizard.pin_again:
                raise UserError(self.env._("The two entries differ."))
            self.env["gov.supply.pin"].action_set(wizard.pin)

    def action_done(self):
        """Close the dialog; the PIN was set when the dialog was saved.

        :return: an action that closes the dialog.
        """
        return {"type": "ir.actions.act_window_close"}

from odoo import api, fields, models
from odoo.exceptions import UserError


class GovVehiclePinWizard(models.TransientModel):
    """The dialog in which a driver types the own PIN; it is stored nowhere here."""

    _name = "gov.vehicle.pin.wizard"
    _description = "Driver's PIN for the Tablet"

    driver_ids = fields.Many2many(
        "hr.employee.public", string="Choice of drivers", compute="_compute_driver_ids"
    )
    driver_id = fields.Many2one(
        "hr.employee",
        string="Driver",
        required=True,
        default=lambda self: self._default_driver(),
    )
    pin = fields.Char(
        string="PIN", compute="_compute_pin", inverse="_inverse_pin", required=True
    )
    pin_again = fields.Char(
        string="Once more",
        compute="_compute_pin",
        inverse="_inverse_pin",
        required=True,
    )

    @api.model
    def _default_driver(self):
        mine = self.env.user.sudo().employee_id  # the user's own record
        return mine.id if mine in self._find_drivers() else False

    @api.model
    def _find_drivers(self):
        """Return the drivers whose PIN the user may set."""
        # sudo: only who has an account is asked.
        drivers = self.env["gov.vehicle.pin"]._drivers(self.env.company).sudo()
        beside = self.env.user.has_group("gov_fleet.group_dispatcher")
        return drivers.filtered(
            lambda driver: driver.user_id == self.env.user
            or (beside and not driver.user_id.active)
        )

    def _compute_driver_ids(self):
        for wizard in self:
            found = self._find_drivers()
            wizard.driver_ids = self.env["hr.employee.public"].browse(found.ids)

    def _compute_pin(self):
        for wizard in self:
            wizard.pin = wizard.pin_again = False

    def _inverse_pin(self):
        for wizard in self:
            if wizard.pin != wizard.pin_again:
                raise UserError(self.env._("The two entries differ."))
            self.env["gov.vehicle.pin"].action_set(wizard.driver_id.id, wizard.pin)

    def action_done(self):
        """Close the dialog; the PIN was set when the dialog was saved.

        :return: an action that closes the dialog.
        """
        return {"type": "ir.actions.act_window_close"}

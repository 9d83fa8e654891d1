from odoo import fields, models


class GovSupplyKitWizard(models.TransientModel):
    """Which kit is put on a draft, and for how many persons."""

    _name = "gov.supply.kit.wizard"
    _description = "Add a Kit"

    request_id = fields.Many2one("gov.supply.request", required=True, readonly=True)
    kit_id = fields.Many2one("gov.supply.kit", required=True)
    summary = fields.Char(related="kit_id.summary", related_sudo=False)
    persons = fields.Integer(required=True, default=1)

    def action_confirm(self):
        """Put the kit on the request.

        :return: an action that closes the dialog.
        :raise UserError: as ``gov.supply.request.action_add_kit``.
        """
        self.ensure_one()
        self.request_id.action_add_kit(self.kit_id.id, self.persons)
        return {"type": "ir.actions.act_window_close"}

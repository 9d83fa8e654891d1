from odoo import fields, models


class GovVehicleOdometerWizard(models.TransientModel):
    """Asks why a replaced odometer is taken back; the record decides."""

    _name = "gov.vehicle.odometer.wizard"
    _description = "Why Is It Taken Back?"

    replacement_id = fields.Many2one(
        "gov.vehicle.odometer.replacement", required=True, ondelete="cascade"
    )
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Take the entry back, with the person's rights.

        :return: the action that closes the dialog.
        :raise UserError: see the method of the record.
        """
        self.ensure_one()
        self.replacement_id.action_cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}

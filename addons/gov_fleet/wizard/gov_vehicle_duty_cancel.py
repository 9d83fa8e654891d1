from odoo import fields, models


class GovVehicleDutyCancel(models.TransientModel):
    """Asks why a duty departure is cancelled; the departure decides."""

    _name = "gov.vehicle.duty.cancel"
    _description = "Cancel a Duty Departure"

    order_id = fields.Many2one(
        "gov.vehicle.duty.order", required=True, ondelete="cascade"
    )
    reason = fields.Char(string="Why", required=True)

    def action_done(self):
        """Cancel the departure.

        :return: an action that closes the dialog.
        :raise UserError: see the method of the departure.
        """
        self.ensure_one()
        self.order_id.action_cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models


class GovVehicleWaiveWizard(models.TransientModel):
    """Asks why a vehicle leaves without a check; the trip decides."""

    _name = "gov.vehicle.waive.wizard"
    _description = "Leave without a Check"

    trip_id = fields.Many2one("gov.vehicle.trip", required=True, ondelete="cascade")
    reason = fields.Char(string="Why", required=True)

    def action_done(self):
        """Let the vehicle go without a check.

        :return: an action that closes the dialog.
        """
        self.ensure_one()
        self.trip_id.action_waive_check(self.reason)
        return {"type": "ir.actions.act_window_close"}

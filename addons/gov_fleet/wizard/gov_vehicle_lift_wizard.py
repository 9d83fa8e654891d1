from odoo import fields, models


class GovVehicleLiftWizard(models.TransientModel):
    """Asks why the block of a failed check is lifted; the check decides."""

    _name = "gov.vehicle.lift.wizard"
    _description = "Lift the Block of a Check"

    check_id = fields.Many2one("gov.vehicle.check", required=True, ondelete="cascade")
    reason = fields.Char(string="What was done about the fault", required=True)

    def action_done(self):
        """Lift the block.

        :return: an action that closes the dialog.
        """
        self.ensure_one()
        self.check_id.action_lift(self.reason)
        return {"type": "ir.actions.act_window_close"}

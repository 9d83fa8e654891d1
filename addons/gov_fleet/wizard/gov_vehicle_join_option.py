from odoo import fields, models
from odoo.exceptions import UserError


class GovVehicleJoinOption(models.TransientModel):
    """One trip of others with seats left, as text."""

    _name = "gov.vehicle.join.option"
    _description = "Trip with Free Seats"

    wizard_id = fields.Many2one("gov.vehicle.join", ondelete="cascade")
    ride = fields.Integer(aggregator=None)
    name = fields.Char(string="Trip")

    def action_join(self):
        """Ride with this trip.

        :return: an action that closes the window.
        :raise UserError: not one row, or as ``action_join`` of the request.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.wizard_id.request_id.action_join(self.ride)
        return {"type": "ir.actions.act_window_close"}

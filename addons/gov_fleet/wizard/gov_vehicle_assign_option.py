from odoo import fields, models
from odoo.exceptions import UserError


class GovVehicleAssignOption(models.TransientModel):
    """One vehicle or driver that suits a trip."""

    _name = "gov.vehicle.assign.option"
    _description = "Suggestion"
    _order = "kind desc, sequence, id"

    wizard_id = fields.Many2one("gov.vehicle.assign", ondelete="cascade")
    kind = fields.Selection([("vehicle", "Vehicle"), ("driver", "Driver")])
    sequence = fields.Integer()
    record_id = fields.Integer(aggregator=None)
    name = fields.Char()
    seats = fields.Integer(aggregator=None)
    hours = fields.Float(string="Hours this month", digits=(8, 1), aggregator=None)
    day_hours = fields.Float(string="Hours that day", digits=(8, 1), aggregator=None)
    note = fields.Char()

    def action_choose(self):
        """Choose this vehicle or driver; drivers are listed anew for a vehicle.

        :return: the dialog again.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        wizard = self.wizard_id
        wizard.booking_id._find_booking()
        if self.kind == "vehicle":
            wizard._fill({"vehicle_id": self.record_id})
        else:
            wizard.driver_id = self.record_id
        return wizard._reopen()

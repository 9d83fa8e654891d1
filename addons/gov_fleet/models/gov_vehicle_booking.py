from odoo import fields, models


class GovVehicleBooking(models.Model):
    """One planned window of a vehicle and/or a driver, whatever takes it."""

    _name = "gov.vehicle.booking"
    _description = "Vehicle Booking"
    _inherit = ["gov.guard.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle", index=True, check_company=True, ondelete="restrict"
    )
    driver_id = fields.Many2one(
        "hr.employee", index=True, check_company=True, ondelete="restrict"
    )
    date_start = fields.Datetime(string="From", required=True)
    date_end = fields.Datetime(string="Until", required=True)
    kind = fields.Selection(
        [
            ("request", "Trip"),
            ("repair", "Repair"),
            ("sealing", "Sealing"),
            ("leave", "Leave"),
            ("duty", "Duty"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    active = fields.Boolean(default=True)
    request_id = fields.Many2one(
        "gov.vehicle.request", index="btree_not_null", ondelete="restrict"
    )
    need_id = fields.Many2one(
        "gov.vehicle.need", index="btree_not_null", ondelete="set null"
    )
    trip_id = fields.Many2one(
        "gov.vehicle.trip", index="btree_not_null", ondelete="set null"
    )

from odoo import fields, models


class GovVehicleTrip(models.Model):
    """A trip of an official vehicle (派车单)."""

    _name = "gov.vehicle.trip"
    _description = "Trip"
    _inherit = ["mail.thread", "gov.number.mixin", "gov.guard.mixin"]
    _order = "date_start desc, id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.trip"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    request_id = fields.Many2one(
        "gov.vehicle.request", index="btree_not_null", ondelete="restrict"
    )
    booking_id = fields.Many2one(
        "gov.vehicle.booking", index="btree_not_null", ondelete="restrict"
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    driver_id = fields.Many2one(
        "hr.employee", index=True, check_company=True, ondelete="restrict"
    )
    date_start = fields.Datetime(string="Out at")
    date_end = fields.Datetime(string="Back at")
    odometer_out = fields.Float(digits=(12, 1))
    odometer_in = fields.Float(digits=(12, 1))
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("out", "Out"),
            ("back", "Back"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="planned",
        index=True,
    )

from odoo import fields, models


class FleetVehicle(models.Model):
    """An official vehicle (公务用车)."""

    _name = "fleet.vehicle"
    _inherit = ["fleet.vehicle", "gov.guard.mixin"]

    _protected_fields = frozenset({"odometer_value"})

    usage_class = fields.Selection(
        [
            ("confidential", "Confidential mail"),
            ("emergency", "Emergency support"),
            ("enforcement", "Law enforcement"),
            ("special", "Special technical"),
            ("retired", "Retired cadres"),
            ("platform", "Dispatch platform"),
            ("support", "Operation support"),
        ],
        string="Class",
    )
    body_type = fields.Selection(
        [
            ("sedan", "Sedan"),
            ("mpv", "MPV"),
            ("offroad", "Off-road"),
            ("bus", "Small or medium bus"),
            ("coach", "Large bus"),
            ("van", "Van"),
            ("pickup", "Pickup"),
            ("other", "Other"),
        ],
        string="Body",
    )
    keeping = fields.Selection(
        [
            ("pool", "Pool"),
            ("allocated", "Allocated to a section"),
            ("custody", "Kept for another unit"),
        ],
        default="pool",
    )
    department_id = fields.Many2one("hr.department", check_company=True)
    norm_consumption = fields.Float(string="Norm per 100 km", digits=(8, 2))
    tank_capacity = fields.Float(string="Tank", digits=(8, 2))
    odometer_value = fields.Float(
        string="Last reading", digits=(12, 1), readonly=True, copy=False
    )

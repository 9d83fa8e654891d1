from odoo import fields, models


class GovVehicleTrip(models.Model):
    """After the trip: the driver's signature and the user's confirmation."""

    _inherit = "gov.vehicle.trip"
    _protected_fields = frozenset({"signed_at", "sign_way", "driver_sheet_line_id"})

    signed_at = fields.Datetime(string="Driver signed at", readonly=True, copy=False)
    sign_way = fields.Selection(
        [
            ("screen", "On the screen"),
            ("pin", "By PIN on the tablet"),
            ("slip", "On the slip"),
        ],
        string="Driver signed",
        readonly=True,
        copy=False,
    )
    driver_sheet_line_id = fields.Many2one(
        "gov.driver.sheet.line",
        string="Drivers' sheet",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

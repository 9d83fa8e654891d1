from odoo import fields, models


class GovVehicleLogSheetLine(models.Model):
    """One trip as it stood on the monthly sheet when the section head signed."""

    _name = "gov.vehicle.log.sheet.line"
    _description = "Line of the Vehicle Log"
    _inherit = ["gov.seal.mixin"]
    _order = "sheet_id desc, date_start, id"
    _engine_only = True
    _allow_sudo_commands = False
    _seal_chain = "vehicle_log"
    _seal_on_create = True
    _sealed_fields = (
        "sheet_id",
        "trip_id",
        "driver_id",
        "date_start",
        "date_end",
        "odometer_out",
        "odometer_in",
        "distance",
        "route",
        "amount",
    )

    sheet_id = fields.Many2one(
        "gov.vehicle.log.sheet", required=True, index=True, ondelete="restrict"
    )
    trip_id = fields.Many2one(
        "gov.vehicle.trip", required=True, index=True, ondelete="restrict"
    )
    driver_id = fields.Many2one("hr.employee", ondelete="restrict")
    date_start = fields.Datetime(string="Out at")
    date_end = fields.Datetime(string="Back at")
    odometer_out = fields.Float(digits=(12, 1))
    odometer_in = fields.Float(digits=(12, 1))
    distance = fields.Float(string="km", digits=(12, 1))
    route = fields.Char()
    amount = fields.Monetary(string="Tolls and parking")
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _trip_uniq = models.UniqueIndex("(trip_id)", "This trip stands on a sheet already.")

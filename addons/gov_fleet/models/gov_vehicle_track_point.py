from odoo import fields, models


class GovVehicleTrackPoint(models.Model):
    """One point of a track; made by the import alone, in bulk."""

    _name = "gov.vehicle.track.point"
    _description = "Point of a Track"
    _inherit = ["gov.guard.mixin"]
    _order = "vehicle_id, time"
    _rec_name = "time"
    _engine_only = True
    _log_access = False

    track_id = fields.Many2one(
        "gov.vehicle.track",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle", required=True, readonly=True, ondelete="restrict"
    )
    time = fields.Datetime(required=True, readonly=True)
    latitude = fields.Float(readonly=True, aggregator=None)
    longitude = fields.Float(readonly=True, aggregator=None)

    _vehicle_time = models.Index("(vehicle_id, time)")

from odoo import api, fields, models


class GovVehicleTrack(models.Model):
    """A track file of one vehicle: where it was, point by point.

    Tracks show where people were. Only the group for tracks reads and imports them;
    they are deleted on the day that the clause ``vehicle.track.days`` says, by a job
    that leaves a record (``gov.vehicle.track.purge``). What falls into protected trips
    is never kept.
    """

    _name = "gov.vehicle.track"
    _description = "Vehicle Track"
    _inherit = ["gov.guard.mixin"]
    _order = "date_start desc, id desc"
    _engine_only = True
    _check_company_auto = True

    name = fields.Char(string="File", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    date_start = fields.Datetime(string="First point", readonly=True)
    date_end = fields.Datetime(string="Last point", readonly=True)
    point_count = fields.Integer(string="Points", readonly=True, aggregator="sum")
    protected_count = fields.Integer(
        string="Not kept",
        readonly=True,
        help="Points within protected trips: no track is kept of these.",
    )
    imported_by_id = fields.Many2one(
        "res.users", string="Imported by", readonly=True, ondelete="restrict"
    )
    imported_at = fields.Datetime(readonly=True)
    delete_on = fields.Date(
        readonly=True, index=True, help="By the clause vehicle.track.days."
    )

    @api.model
    def _cron_purge(self):
        """Delete the tracks whose time is over; each leaves its record."""

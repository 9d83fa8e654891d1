from odoo import fields, models


class GovVehicleTrackPurge(models.Model):
    """The record that a track was deleted: which, when, by which clause."""

    _name = "gov.vehicle.track.purge"
    _description = "Deleted Track"
    _inherit = ["gov.guard.mixin"]
    _order = "deleted_at desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False

    name = fields.Char(string="File", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    date_start = fields.Datetime(string="First point", readonly=True)
    date_end = fields.Datetime(string="Last point", readonly=True)
    point_count = fields.Integer(string="Track points", readonly=True)
    imported_by_id = fields.Many2one(
        "res.users", string="Imported by", readonly=True, ondelete="restrict"
    )
    imported_at = fields.Datetime(readonly=True)
    delete_on = fields.Date(string="Due on", readonly=True)
    deleted_at = fields.Datetime(required=True, readonly=True)
    citation = fields.Char(string="Clause", readonly=True)

from odoo import fields, models


class GovVehicleOdometerCorrection(models.Model):
    """A correction of a trip (读数更正): what stood there, what is right, and why.

    Made by ``trip.action_correct`` of the manager of official vehicles, sealed at
    once and never changed. The trip then carries the corrected values; the readings
    after it are worked out anew.
    """

    _name = "gov.vehicle.odometer.correction"
    _description = "Correction of a Trip"
    _inherit = ["gov.seal.mixin"]
    _order = "id desc"
    _rec_name = "reason"
    _check_company_auto = True
    _engine_only = True
    _seal_on_create = True
    _seal_chain = "vehicle_odometer"
    _sealed_fields = (
        "trip_id",
        "vehicle_id",
        "old_out",
        "old_in",
        "old_start",
        "old_end",
        "new_out",
        "new_in",
        "new_start",
        "new_end",
        "reason",
        "user_id",
        "corrected_at",
    )

    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    old_out = fields.Float(string="Out, before", digits=(12, 1), readonly=True)
    old_in = fields.Float(string="In, before", digits=(12, 1), readonly=True)
    old_start = fields.Datetime(string="Out at, before", readonly=True)
    old_end = fields.Datetime(string="Back at, before", readonly=True)
    new_out = fields.Float(string="Out, corrected", digits=(12, 1), readonly=True)
    new_in = fields.Float(string="In, corrected", digits=(12, 1), readonly=True)
    new_start = fields.Datetime(string="Out at, corrected", readonly=True)
    new_end = fields.Datetime(string="Back at, corrected", readonly=True)
    reason = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Corrected by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    corrected_at = fields.Datetime(required=True, readonly=True)

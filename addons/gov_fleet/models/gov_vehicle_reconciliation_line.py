from odoo import api, fields, models


class GovVehicleReconciliationLine(models.Model):
    """A matter of the reconciliation: what the sources say, side by side.

    One per trip, or per vehicle and day where there is no trip, and one finding about
    it. Made by the run alone. What the track says is read by the group for tracks.
    """

    _name = "gov.vehicle.reconciliation.line"
    _description = "Matter of the Reconciliation"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _engine_only = True
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    month = fields.Date(required=True, readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    trip_id = fields.Many2one(
        "gov.vehicle.trip", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    driver_id = fields.Many2one(
        "hr.employee", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    department_id = fields.Many2one(
        "hr.department",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="To which the vehicle belonged then; its head explains where there is no "
        "driver.",
    )
    kind = fields.Selection(
        [
            ("mismatch", "Figures do not fit"),
            ("sealed", "Used while sealed"),
            ("private", "Used outside its trips"),
        ],
        required=True,
        readonly=True,
    )
    slip = fields.Text(readonly=True)
    odometer = fields.Text(readonly=True)
    fuel = fields.Text(readonly=True)
    tolls = fields.Text(readonly=True)
    sealing = fields.Text(readonly=True)
    track = fields.Text(readonly=True, groups="gov_fleet.group_track")
    evidence = fields.Text(
        string="What does not fit", readonly=True, groups="gov_fleet.group_track"
    )
    finding_id = fields.Many2one(
        "gov.finding", readonly=True, index="btree_not_null", ondelete="set null"
    )
    finding_state = fields.Selection(
        related="finding_id.state", string="Finding is", compute_sudo=True
    )

    _trip_uniq = models.UniqueIndex(
        "(trip_id) WHERE trip_id IS NOT NULL", "This trip has its matter already."
    )
    _day_uniq = models.UniqueIndex(
        "(vehicle_id, date) WHERE trip_id IS NULL",
        "This day has its matter already.",
    )

    @api.depends("vehicle_id", "date", "trip_id")
    def _compute_display_name(self):
        for line in self:
            name = f"{line.vehicle_id.display_name or ''} {line.date or ''}"
            if number := line.trip_id.number:
                name = f"{name} {number}"
            line.display_name = name

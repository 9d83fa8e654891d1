from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GovPointsThresholdMeasure(models.Model):
    """What a row of the ladder asks for: a talk, a circular, a limit, a transfer.

    It names a post, not a person: who keeps it is found when the measure is made. A
    measure "only if serious" is made as a proposal that the scoring office confirms or
    drops.
    """

    _name = "gov.points.threshold.measure"
    _description = "Measure of a Threshold"
    _inherit = ["gov.points.part.mixin"]
    _order = "threshold_id, sequence, id"
    _part_of = "threshold_id"

    threshold_id = fields.Many2one(
        "gov.points.threshold",
        string="Level",
        required=True,
        index=True,
        ondelete="cascade",
    )
    scheme_id = fields.Many2one(related="threshold_id.scheme_id", store=True)
    company_id = fields.Many2one(related="threshold_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("talk_section", "Talk with the section head"),
            ("talk_office", "Talk with the scoring office"),
            ("circular", "Circular"),
            ("watch_list", "Watch list"),
            ("no_excellent", "No “excellent” in the appraisal"),
            ("unqualified", "Appraisal “unqualified”"),
            ("no_promotion", "No promotion in the year"),
            ("transfer_post", "Transfer to another post"),
            ("off_post", "Off post, awaiting assignment"),
            ("study", "Study"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    name = fields.Char(string="Measure", required=True, translate=True)
    owner_kind = fields.Selection(
        [("department_head", "Section head"), ("role", "Role")],
        string="Who sees to it",
        required=True,
        default="department_head",
    )
    role_id = fields.Many2one("gov.role", ondelete="restrict")
    owner = fields.Char(string="By whom", compute="_compute_owner")
    days_number = fields.Integer(
        string="Days to do it", default=5, help="0: without a date."
    )
    days_unit = fields.Selection(
        [("working_day", "Working days"), ("calendar_day", "Calendar days")],
        string="Unit",
        required=True,
        default="working_day",
    )
    only_if_serious = fields.Boolean(
        help="Made as a proposal that the scoring office confirms or drops.",
    )

    _kind_uniq = models.UniqueIndex(
        "(threshold_id, kind) WHERE kind <> 'other'",
        "This level has such a measure already.",
    )
    _days_check = models.Constraint(
        "CHECK (days_number BETWEEN 0 AND 365)",
        "A measure is done within 0 to 365 days.",
    )

    @api.depends("owner_kind", "role_id")
    @api.depends_context("lang")
    def _compute_owner(self):
        labels = dict(self._fields["owner_kind"]._description_selection(self.env))
        for measure in self:
            is_role = measure.owner_kind == "role"
            measure.owner = (is_role and measure.role_id.name) or labels.get(
                measure.owner_kind, ""
            )

    @api.onchange("kind")
    def _onchange_kind(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        if self.kind != "other" and (not self.name or self.name in labels.values()):
            self.name = labels[self.kind]

    @api.constrains("owner_kind", "role_id")
    def _check_owner(self):
        for measure in self:
            if measure.owner_kind == "role" and not measure.role_id:
                raise ValidationError(
                    self.env._("Measure %s: say which role sees to it.", measure.name)
                )

    def _get_key(self):
        """Return what a cycle has once: the kind; of others each line counts."""
        self.ensure_one()
        if self.kind != "other":
            return self.kind
        return f"other:{self.threshold_id.code}:{self.sequence}"

    def _get_diff_key(self):
        """Return by what the measure is told apart within its rulebook."""
        name = self.name if self.kind == "other" else ""
        return self.threshold_id.code, self.kind, name

    def _get_diff_text(self):
        return self.env._("Measure of level %s", self.threshold_id.name)

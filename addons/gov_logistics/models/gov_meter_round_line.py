from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine

from .input_check import check_plain_values, plain_number

_TYPED = frozenset({"value", "is_read", "is_estimated", "photo", "note"})


class GovMeterRoundLine(models.Model):
    """One meter on a reading round: what was there before, and what is read now."""

    _name = "gov.meter.round.line"
    _description = "Meter on a Round"
    _inherit = ["gov.guard.mixin"]
    _order = "round_id desc, sequence, id"
    _rec_name = "meter_id"
    _check_company_auto = True

    _protected_fields = frozenset({"reading_id"})

    round_id = fields.Many2one(
        "gov.meter.round",
        string="Round",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="round_id.company_id", store=True, index=True)
    state = fields.Selection(related="round_id.state")
    sequence = fields.Integer(string="No.")
    meter_id = fields.Many2one(
        "gov.meter", required=True, index=True, ondelete="restrict", check_company=True
    )
    place = fields.Char(related="meter_id.place")
    kind = fields.Selection(related="meter_id.kind")
    uom_id = fields.Many2one(related="meter_id.uom_id")
    before_date = fields.Date(string="Read before on", compute="_compute_use")
    before_value = fields.Float(string="Before", digits=(16, 4), compute="_compute_use")
    usual_use = fields.Float(
        string="Usual in a month", digits=(16, 2), compute="_compute_use"
    )
    value = fields.Float(string="Reading", digits=(16, 4))
    is_read = fields.Boolean(string="Was read")
    is_estimated = fields.Boolean(string="Estimated")
    photo = fields.Image(max_width=1600, max_height=1600)
    note = fields.Char()
    use = fields.Float(digits=(16, 2), compute="_compute_use")
    problem = fields.Char(string="Not possible", compute="_compute_use")
    warning = fields.Char(string="Please look again", compute="_compute_use")
    reading_id = fields.Many2one(
        "gov.meter.reading", string="Taken over as", readonly=True, ondelete="set null"
    )

    _meter_uniq = models.Constraint(
        "UNIQUE (round_id, meter_id)", "This meter is on the round already."
    )

    # === Compute === #

    @api.depends(
        "meter_id",
        "value",
        "is_read",
        "is_estimated",
        "round_id.date",
        "meter_id.last_reading_id",
        "reading_id",
    )
    def _compute_use(self):
        meters = self.meter_id._origin or self.meter_id
        limits, usual = meters._jump_limits(), meters._usual_uses()
        for line in self:
            meter = line.meter_id._origin or line.meter_id
            before = (
                line.reading_id.previous_id
                if line.reading_id
                else (meter.last_reading_id)
            )
            line.before_date = before.date
            line.before_value = before.value
            line.usual_use = usual.get(meter.id, 0.0)
            line.use = line.reading_id.quantity
            line.problem = line.warning = False
            if line.is_read and not line.reading_id:
                line._foresee(meter, limits.get(meter.id))

    def _foresee(self, meter, limit):
        """Show what the reading would come to."""
        try:
            result = self.env["gov.meter.reading"]._work_out(
                meter, self._reading_values(), limit
            )
        except UserError as refusal:
            self.problem = str(refusal)
            return
        self.use = result["quantity"]
        self.warning = result["warning"]
        if result["is_rollover"] and not self.warning:
            self.warning = self.env._(
                "Passed all nines: use %(use)s.", use=plain_number(result["quantity"])
            )

    def _reading_values(self):
        self.ensure_one()
        return {
            "meter_id": (self.meter_id._origin or self.meter_id).id,
            "date": self.round_id.date,
            "value": self.value,
            "is_estimated": self.is_estimated,
        }

    @api.onchange("value")
    def _onchange_value(self):
        if self.value:
            self.is_read = True

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
            if vals.get("value"):
                vals.setdefault("is_read", True)
        lines = super().create(vals_list)
        lines.round_id._check_draft()
        return lines

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        if fixed := set(vals) - _TYPED:
            self._guard_refuse(fixed)
        check_plain_values(self.browse(), vals)
        self.check_access("write")
        self.round_id._check_draft()
        if "value" in vals and "is_read" not in vals:
            vals = {**vals, "is_read": True}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if not is_engine(self.env):
            self.round_id._check_draft()

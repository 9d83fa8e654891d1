from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day

from .gov_meter import KINDS
from .input_check import check_plain_values

# A round of more meters than this is walked in parts.
_MOST_METERS = 2000


class GovMeterRound(models.Model):
    """A round of the meter reader (抄表): one list of meters, filled in on the way.

    Each line is saved as it is typed; nothing is lost in a basement. With
    :meth:`action_done` all lines that have been read become readings, all or none;
    a meter that was not reached stays for the next round. Inspectors walk their own
    rounds, who keeps the contracts sees and finishes all.
    """

    _name = "gov.meter.round"
    _description = "Reading Round"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _protected_fields = frozenset({"state", "reader_id", "done_at"})

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    date = fields.Date(
        string="Day of reading",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    kind = fields.Selection(
        KINDS, string="Kind of meter", help="Empty: meters of all kinds."
    )
    reader_id = fields.Many2one(
        "res.users",
        string="Reader",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        [("draft", "On the way"), ("done", "Taken over")],
        required=True,
        readonly=True,
        default="draft",
    )
    done_at = fields.Datetime(string="Taken over at", readonly=True)
    line_ids = fields.One2many("gov.meter.round.line", "round_id", string="Meters")
    reading_ids = fields.One2many(
        "gov.meter.reading", "round_id", string="Readings", readonly=True
    )
    meter_count = fields.Integer(string="Meters in all", compute="_compute_counts")
    read_count = fields.Integer(string="Read", compute="_compute_counts")

    # === Compute === #

    @api.depends("date", "kind", "reader_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for walk in self:
            walk.display_name = " ".join(
                filter(
                    None,
                    (
                        self.env._("Reading round"),
                        walk.date and format_day(self.env, walk.date),
                        kinds.get(walk.kind),
                    ),
                )
            )

    @api.depends("line_ids.is_read")
    def _compute_counts(self):
        counts = {
            (walk.id, is_read): count
            for walk, is_read, count in self.env["gov.meter.round.line"]._read_group(
                [("round_id", "in", self.ids)], ["round_id", "is_read"], ["__count"]
            )
        }
        for walk in self:
            walk.read_count = counts.get((walk.id, True), 0)
            walk.meter_count = walk.read_count + counts.get((walk.id, False), 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        rounds = super().create(vals_list)
        for walk in rounds:
            walk._check_day()
            if not walk.line_ids:
                walk._fill()
        return rounds

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        check_plain_values(self.browse(), vals)
        if fixed := set(vals) - {"date", "line_ids"}:
            self._guard_refuse(fixed)
        self.check_access("write")
        self._check_draft()
        result = super().write(vals)
        for walk in self:
            walk._check_day()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if not is_engine(self.env):
            self._check_draft()

    def _check_draft(self):
        for walk in self:
            if walk.state != "draft":
                raise UserError(
                    self.env._(
                        "%(round)s has been taken over; a wrong reading is cancelled "
                        "on its meter.",
                        round=walk.display_name,
                    )
                )

    def _check_day(self):
        today = self.company_id.gov_today()
        if self.date > today:
            raise UserError(
                self.env._(
                    "A round of %(day)s is not possible, today is %(today)s.",
                    day=format_day(self.env, self.date),
                    today=format_day(self.env, today),
                )
            )

    def _fill(self):
        """Put the meters on the list that have no reading of this day or later."""
        self.ensure_one()
        domain = [
            ("company_id", "=", self.company_id.id),
            "|",
            ("last_reading_id", "=", False),
            ("last_reading_id.date", "<", self.date),
        ]
        if self.kind:
            domain.append(("kind", "=", self.kind))
        meters = self.env["gov.meter"].search(domain, limit=_MOST_METERS)
        self.line_ids = [
            Command.create({"meter_id": meter.id, "sequence": rank})
            for rank, meter in enumerate(meters, 1)
        ]

    # === Actions === #

    def action_lines(self):
        """Open the meters of the round one by one, for a phone."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_logistics.gov_meter_round_line_action"
        )
        return {
            **action,
            "domain": [("round_id", "=", self.id)],
            "name": self.display_name,
        }

    def action_done(self):
        """Make readings of all lines that have been read.

        :return: True.
        :raise UserError: nothing has been read, or naming every line that cannot be
            taken over and why; then none is.
        """
        for walk in self:
            walk.check_access("write")
            walk._check_draft()
            walk._take_over()
        return True

    def _take_over(self):
        lines = self.line_ids.filtered("is_read")
        if not lines:
            raise UserError(
                self.env._(
                    "%(round)s: no meter has been read yet.", round=self.display_name
                )
            )
        problems = [line.problem for line in lines if line.problem]
        if problems:
            raise UserError("\n".join(problems))
        # Rivals meet on the round; the rights to write it were checked.
        engine(self.sudo()).write({"state": "done", "done_at": fields.Datetime.now()})
        readings = self.env["gov.meter.reading"].create(
            [
                {**line._reading_values(), "photo": line.photo, "note": line.note}
                for line in lines
            ]
        )
        # sudo: a person writes no reading; these were made with the person's rights.
        engine(readings.sudo()).write({"round_id": self.id})
        for line, reading in zip(lines, readings, strict=True):
            engine(line.sudo()).write({"reading_id": reading.id})

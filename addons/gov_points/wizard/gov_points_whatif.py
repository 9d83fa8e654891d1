from collections import defaultdict

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)

from ..models.gov_points_scheme import STAFF_TICKS
from ..tools.whatif import Score, Trial

# Of more cycles than this the result lists only those with another level.
_MOST_LINES = 20_000
_COPIED = (
    "sequence",
    "code",
    "name",
    "colour",
    "total_from",
    "total_from_included",
    "total_to",
    "total_to_included",
    "single_from",
)


class GovPointsWhatif(models.TransientModel):
    """Tries a rulebook on the cycles that were: who would have reached what.

    The manager of conduct scoring chooses a draft, or any version and other bounds for
    its levels, and a period. Every standing score of the cycles in it is scored anew:
    by the article of the same number, the share of then and the allowed scores; a
    score that an appeal lowered never rises. Where the rulebook has other cycles, the
    scores are grouped anew by the day of the incident.

    Nothing is written but the rows of this dialog, which are thrown away.
    """

    _name = "gov.points.whatif"
    _description = "Try out a Rulebook"
    _inherit = ["gov.guard.mixin"]
    _protected_fields = frozenset(
        {
            "done",
            "line_ids",
            "people_count",
            "harsher_count",
            "milder_count",
            "unlisted_count",
            "outside_count",
        }
    )

    scheme_id = fields.Many2one(
        "gov.points.scheme",
        string="Rulebook to try",
        required=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(
        string="Cycles from",
        required=True,
        default=lambda self: self.env.company.gov_today() - relativedelta(years=1),
        help="Every cycle that has a day in this period is looked at as a whole.",
    )
    date_to = fields.Date(
        string="to", required=True, default=lambda self: self.env.company.gov_today()
    )
    threshold_ids = fields.One2many(
        "gov.points.whatif.threshold",
        "whatif_id",
        string="Levels to try",
        help="Those of the rulebook; other numbers can be tried here.",
    )
    line_ids = fields.One2many("gov.points.whatif.line", "whatif_id", readonly=True)
    done = fields.Boolean(readonly=True)
    people_count = fields.Integer(string="Cycles with points", readonly=True)
    harsher_count = fields.Integer(string="Higher level", readonly=True)
    milder_count = fields.Integer(string="Lower level", readonly=True)
    unlisted_count = fields.Integer(
        string="Scores without an article",
        readonly=True,
        help="This rulebook does not list their article: they would give no points.",
    )
    outside_count = fields.Integer(
        string="Scores outside",
        readonly=True,
        help="The rulebook does not apply to the person: they would give no points.",
    )

    @api.onchange("scheme_id")
    def _onchange_scheme_id(self):
        self.threshold_ids = [Command.clear(), *self._copy_rows(self.scheme_id)]

    @api.model
    def _copy_rows(self, scheme):
        """Return the commands that make the levels of ``scheme`` those to try."""
        return [
            Command.create({name: row[name] for name in _COPIED})
            for row in scheme.threshold_ids
        ]

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self, vals)
        check_records_exist(self, vals_list, ["scheme_id"])
        dialogs = super().create(vals_list)
        for dialog, vals in zip(dialogs, vals_list, strict=True):
            if "threshold_ids" not in vals:
                dialog.threshold_ids = self._copy_rows(dialog.scheme_id)
        return dialogs

    def write(self, vals):
        check_dictionaries(self, [vals])
        check_plain_values(self, vals)
        check_records_exist(self, [vals], ["scheme_id"])
        return super().write(vals)

    # === Actions ===

    def action_run(self):
        """Compare what was with what this rulebook would have made of it.

        :return: the action that shows the result person by person.
        :raise UserError: no scores allowed, or a period upside down.
        """
        self._check_own()
        rulebook = self.scheme_id
        rulebook.check_access("read")
        if not rulebook.score_ids or not self.threshold_ids:
            raise UserError(
                self.env._(
                    "%s has no allowed scores or no levels yet: nothing can be "
                    "compared.",
                    rulebook.display_name,
                )
            )
        if self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins."))
        trial = Trial(rulebook, self.threshold_ids.sorted("sequence"))
        vals_list, counts = self._compare(trial, self._read_scores())
        # The dialog is the person's own; only its result is written.
        dialog = engine(self)
        dialog.line_ids.unlink()
        dialog.line_ids.create(vals_list)
        dialog.write({**counts, "done": True})
        return self._show_lines()

    def _show_lines(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tried out: %s", self.scheme_id.display_name),
            "res_model": "gov.points.whatif.line",
            "view_mode": "list,graph,pivot",
            "domain": [("whatif_id", "=", self.id)],
            "context": {"search_default_changed": 1, "search_default_by_department": 1},
            "help": Markup("<p class='o_view_nocontent_smiling_face'>%s</p><p>%s</p>")
            % (
                self.env._("Nobody would have reached another level"),
                self.env._(
                    "%(count)s cycles with points were compared. Take the filter away "
                    "to see them all.",
                    count=self.people_count,
                ),
            ),
        }

    def _check_own(self):
        if len(self) != 1:
            raise UserError(self.env._("Please open one dialog at a time."))
        if self.create_uid != self.env.user:
            raise UserError(self.env._("This dialog was opened by somebody else."))
        if not self.env.user.has_group("gov_points.group_points_manager"):
            raise AccessError(
                self.env._("Rulebooks are tried out by the manager of conduct scoring.")
            )
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("This institution is not yours."))

    # === Reading ===

    def _read_scores(self):
        """Return the scores that stand in the cycles of the period, in one query.

        The manager reads the ledger of the institution; of the shares only percentage
        and kind of staff are read, nothing of a case.

        :return: list of ``Score``, by person and day.
        """
        for model in "gov.points.entry", "gov.points.share", "gov.points.cycle":
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.cycle_id, e.employee_id, e.points, e.date, e.revision,
                       e.department_id, s.staff_type, s.share, s.discretion_points,
                       a.code, a.points, o.cycle_start, o.cycle_months
                  FROM gov_points_cycle c
                  JOIN gov_points_entry e ON e.cycle_id = c.id
                  JOIN gov_points_share s ON s.id = e.share_id
                  JOIN gov_points_scheme o ON o.id = c.scheme_id
             LEFT JOIN gov_points_article a ON a.id = e.article_id
             LEFT JOIN gov_points_entry r ON r.reversal_of_id = e.id
                 WHERE c.company_id = %s AND c.date_from <= %s AND c.date_to >= %s
                   AND e.reversal_of_id IS NULL AND r.id IS NULL
              ORDER BY e.employee_id, e.date, e.id
                """,
                self.company_id.id,
                self.date_to,
                self.date_from,
            )
        )
        return [Score(*row) for row in rows]

    # === Comparing ===

    def _compare(self, trial, scores):
        """Return the values of the lines, and the counts of the dialog."""
        applies = self._make_scope(trial, scores)
        counts = defaultdict(int)
        groups = defaultdict(lambda: defaultdict(list))
        anchors = self._read_anchors(trial, scores)
        old_cycles = defaultdict(set)
        for score in scores:
            points = trial.score(score)
            if not applies(score):
                points, counts["outside_count"] = 0, counts["outside_count"] + 1
            elif score.code not in trial.articles:
                counts["unlisted_count"] += 1
            key = score.employee_id
            if trial.keeps_cycle(score):
                key = (score.employee_id, score.cycle_id)
                groups[key][score.cycle_id].append((points, score))
            else:
                period = trial.find_cycle(score, anchors[score.employee_id])
                groups[key][period].append((points, score))
            old_cycles[key].add(score.cycle_id)
        cycle_ids = {cycle_id for ids in old_cycles.values() for cycle_id in ids}
        # sudo: total and level of cycles whose entries the manager reads.
        cycles = self.env["gov.points.cycle"].sudo().browse(sorted(cycle_ids))
        known = {cycle.id: cycle for cycle in cycles}
        vals_list = [
            self._make_line(trial, periods, [known[i] for i in old_cycles[key]])
            for key, periods in groups.items()
        ]
        counts["people_count"] = len(vals_list)
        for name in "harsher", "milder":
            counts[f"{name}_count"] = sum(v["direction"] == name for v in vals_list)
        for name in "unlisted_count", "outside_count":
            counts.setdefault(name, 0)
        if len(vals_list) > _MOST_LINES:
            vals_list = [v for v in vals_list if v["direction"] != "same"]
        return vals_list, dict(counts)

    def _make_line(self, trial, periods, cycles):
        """Return the line of a cycle, or of a person whose cycles change.

        Of several cycles the one with the highest level counts.
        """
        before = max(
            cycles, key=lambda c: (trial.place_of(c.threshold_id), c.total, c.id)
        )
        figures = []
        for scored in periods.values():
            given = [points for points, _score in scored]
            total, highest = sum(given), max(given)
            figures.append((trial.level(total, highest), total, highest))
        place, total, highest = max(figures)
        old_place = trial.place_of(before.threshold_id)
        last = max(
            (score for scored in periods.values() for _points, score in scored),
            key=lambda score: score.date,
        )
        row = trial.rows[place - 1] if place else None
        return {
            "whatif_id": self.id,
            "employee_id": last.employee_id,
            "department_id": last.department_id,
            "date_from": before.date_from,
            "date_to": before.date_to,
            "total_before": before.total,
            "highest_before": before.highest_single,
            "level_before": before.threshold_id.name or False,
            "total_after": total,
            "highest_after": highest,
            "level_after": row.name if row else False,
            "direction": (
                "harsher"
                if place > old_place
                else "milder"
                if place < old_place
                else "same"
            ),
        }

    def _read_anchors(self, trial, scores):
        """Return a first day of a cycle by person, where cycles are cut anew."""
        moved = {s.employee_id for s in scores if not trial.keeps_cycle(s)}
        # sudo: only the dates from which cycles run.
        cycles = self.env["gov.points.cycle"].sudo()
        first = trial.scheme.date_from or self.date_from
        scheme = (
            trial.scheme
            if trial.scheme.date_from
            else trial.scheme.new(
                {"cycle_start": trial.scheme.cycle_start, "date_from": first}
            )
        )
        basics = cycles._basics(moved) if moved else {}
        return {
            employee_id: cycles._anchor(scheme, *dates)[1]
            for employee_id, dates in basics.items()
        }

    def _make_scope(self, trial, scores):
        """Return a function that tells whether the rulebook applies to a score.

        Kind of staff and department are those of the incident; the post is today's.
        """
        scheme = trial.scheme
        covered = {kind for kind, name in STAFF_TICKS.items() if scheme[name]}
        everybody = len(covered) == len(STAFF_TICKS)
        # sudo: the place of departments in the house is known to all staff.
        departments = (
            self.env["hr.department"]
            .sudo()
            .browse({s.department_id for s in scores if s.department_id})
        )
        below = {
            department.id
            for department in departments
            if trial.departments
            & {int(i) for i in (department.parent_path or "").split("/") if i}
        }
        posted = self._read_posted(scheme, scores)

        def applies(score):
            if score.staff_type not in covered and not (
                everybody and not score.staff_type
            ):
                return False
            if trial.departments and score.department_id not in below:
                return False
            return posted is None or score.employee_id in posted

        return applies

    def _read_posted(self, scheme, scores):
        """Return the people on the posts that the rulebook names, None for all."""
        if not scheme.job_ids:
            return None
        # sudo: only who holds one of these posts is asked.
        people = self.env["hr.employee"].sudo().with_context(active_test=False)
        domain = [
            ("id", "in", list({score.employee_id for score in scores})),
            ("job_id", "in", scheme.job_ids.ids),
        ]
        return set(people.search(domain).ids)

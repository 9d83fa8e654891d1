import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.names import join_names

from ..tools import appraisal_book

_CHUNK = 1000
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
# Columns of the workbook and of its list of what came later, in their order.
_WIDTHS = {
    "number": 6,
    "department": 18,
    "name": 12,
    "title": 16,
    "staff_type": 12,
    "cycle": 26,
    "total": 9,
    "highest": 11,
    "level": 18,
    "measures": 34,
    "limits": 30,
    "later": 10,
    "note": 12,
}
_LATER_WIDTHS = {
    "department": 18,
    "name": 12,
    "date": 14,
    "posted_on": 14,
    "article": 10,
    "points": 9,
    "reason": 40,
}


class GovPointsAppraisal(models.TransientModel):
    """Makes the appraisal sheet (年度考核记分情况表) of a year and a cut-off day.

    Every person of the institution, or of some departments, with total, highest single
    score, level, measures and limits, on paper or as a workbook. ``span`` says what
    counts together: the cycle in which the cut-off day falls, the cycle that ended in
    the year, or the incidents of the calendar year. What was entered, or happened,
    after the cut-off day stands in a list of its own. Limits are those in force when
    the sheet is made, of measures made up to the cut-off day.

    HR of the scoring and supervision make it, of an institution they work in. People
    are read in chunks: memory and queries grow with the chunks, not with each person.
    """

    _name = "gov.points.appraisal"
    _description = "Appraisal Sheet"

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        default=lambda self: self.env.company,
    )
    year = fields.Integer(
        required=True, default=lambda self: self.env.company.gov_today().year
    )
    span = fields.Selection(
        [
            ("cycle", "Cycle of the cut-off day"),
            ("ended", "Cycle that ended in the year"),
            ("year", "Incidents of the calendar year"),
        ],
        string="What counts",
        required=True,
        default="cycle",
    )
    cutoff = fields.Date(
        string="Cut-off day",
        required=True,
        default=lambda self: self.env.company.gov_today(),
        help="What is entered, or happens, after this day is listed separately.",
    )
    department_ids = fields.Many2many(
        "hr.department",
        "gov_points_appraisal_department_rel",
        "appraisal_id",
        "department_id",
        string="Departments",
        help="With those below them. Empty: the whole institution.",
    )
    only_scored = fields.Boolean(string="Only people with points")
    book = fields.Binary(string="Workbook", readonly=True, attachment=False)

    # === Actions ===

    def action_print(self):
        """Print the sheet.

        :return: a report action.
        :raise UserError: see :meth:`_check`.
        """
        self._check()
        report = self.env.ref("gov_points.action_report_points_appraisal")
        return report.report_action(self)

    def action_export(self):
        """Make the workbook.

        :return: an action that downloads it.
        :raise UserError: see :meth:`_check`.
        """
        self._check()
        self.book = base64.b64encode(self._make_book())
        name = self._get_paper()._get_file_name()
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{self.id}/book/{name}.xlsx?download=1",
        }

    def _check(self):
        """Refuse an institution of others, and days on which nothing can be said."""
        self.ensure_one()
        self.check_access("read")
        if self.company_id not in self.env.companies:
            raise UserError(
                self.env._(
                    "%s is not among the institutions in which you work now.",
                    self.company_id.name,
                )
            )
        today = self.company_id.gov_today()
        if not _FIRST_YEAR <= self.year <= _LAST_YEAR:
            raise UserError(
                self.env._(
                    "The year %(year)s is not possible, only %(first)s to %(last)s.",
                    year=self.year,
                    first=_FIRST_YEAR,
                    last=_LAST_YEAR,
                )
            )
        if self.cutoff > today:
            raise UserError(
                self.env._(
                    "The cut-off day %(day)s lies ahead; the last possible day is "
                    "%(today)s.",
                    day=format_day(self.env, self.cutoff),
                    today=format_day(self.env, today),
                )
            )
        if self.cutoff < self._get_first() or (
            self.span == "cycle" and self.cutoff > self._get_last()
        ):
            raise UserError(
                self.env._(
                    "The cut-off day %(day)s does not lie in %(year)s.",
                    day=format_day(self.env, self.cutoff),
                    year=self.year,
                )
            )
        foreign = self.department_ids.filtered(
            lambda d: d.company_id and d.company_id != self.company_id
        )
        if foreign:
            raise UserError(
                self.env._(
                    "These departments belong to another institution: %s.",
                    join_names(self.env, foreign.mapped("name")),
                )
            )

    # === What is said ===

    def _get_first(self):
        return fields.Date.to_date(f"{self.year}-01-01")

    def _get_last(self):
        return fields.Date.to_date(f"{self.year}-12-31")

    def _get_paper(self):
        """Return the sheet in the language of the institution's papers."""
        return self.with_context(lang=self.company_id.partner_id.lang)

    def _get_title(self):
        return self.env._("Scores for the Annual Appraisal %s", self.year)

    def _get_file_name(self):
        return self.env._("Appraisal-%(year)s-%(day)s", year=self.year, day=self.cutoff)

    def _get_basis(self):
        """Return in words what the figures count, with the cut-off day."""
        spans = dict(self._fields["span"]._description_selection(self.env))
        return self.env._(
            "%(span)s. Figures as of the cut-off day %(day)s; what came later stands "
            "in a list of its own.",
            span=spans[self.span],
            day=format_day(self.env, self.cutoff),
        )

    def _get_signers(self):
        return [
            self.env._("Made by"),
            self.env._("Head of the scoring office"),
            self.env._("Head of personnel"),
            self.env._("Head of the institution"),
        ]

    def _iter_chunks(self):
        """Yield (rows, later) of some people at a time, in the order of departments.

        :return: lists of dicts, see :meth:`_get_row` and :meth:`_get_later`.
        """
        self._check()
        number = 0
        people = self._find_people()
        for start in range(0, len(people), _CHUNK):
            chunk = people[start : start + _CHUNK]
            figures = self._read_figures(chunk)
            measures = self._read_measures(chunk)
            levels = self._read_levels(figures)
            rows = []
            for person in chunk:
                figure = figures.get(person.id, {})
                if self.only_scored and not (
                    figure.get("total") or figure.get("later")
                ):
                    continue
                number += 1
                level = levels.get(person.id, "")
                rows.append(
                    self._get_row(number, person, figure, level, measures[person.id])
                )
            yield rows, self._read_later(chunk)
            # What one chunk read is not kept for the next.
            self.env.invalidate_all()

    def _get_row(self, number, person, figure, level, measures):
        """Return what the sheet says of one person."""
        words = {True: [], False: []}
        for measure in measures:
            label = measure.label
            if label not in words[bool(measure.limit)]:
                words[bool(measure.limit)].append(label)
        return {
            "number": number,
            "department": person.department or "",
            "name": person.name,
            "title": person.title or "",
            "staff_type": self._get_staff_types().get(person.staff_type, ""),
            "cycle": self._get_cycle_text(person),
            "total": figure.get("total") or 0,
            "highest": figure.get("highest") or 0,
            "level": level,
            "measures": "；".join(words[False]),
            "limits": "；".join(words[True]),
            "later": figure.get("later") or 0,
            "note": "" if person.active else self.env._("Left"),
        }

    def _get_cycle_text(self, person):
        if not person.date_from:
            return ""
        return f"{person.date_from} – {person.date_to}"

    def _get_staff_types(self):
        field = self.env["gov.points.measure"]._fields["staff_type"]
        return dict(field._description_selection(self.env))

    # === Reading ===

    def _find_people(self):
        """Return everybody of the sheet, with the cycle that counts; one query.

        Everybody who works here; of those who left, whoever has a score in the span.
        """
        self.env["hr.employee"].flush_model()
        self.env["hr.version"].flush_model()
        self.env["gov.points.cycle"].flush_model()
        department = SQL(
            "coalesce(employee.working_department_id, version.department_id)"
        )
        only = SQL("true")
        if self.department_ids:
            # sudo: only which departments lie below those that were named.
            below = self.env["hr.department"].sudo()
            below = below.with_context(active_test=False).search(
                [("id", "child_of", self.department_ids.ids)]
            )
            only = SQL("%s = ANY(%s)", department, below.ids)
        self.env.cr.execute(
            SQL(
                """
                SELECT employee.id, employee.name, department.name AS department,
                       employee.official_title AS title, employee.staff_type,
                       employee.active, cycle.id AS cycle_id, cycle.date_from,
                       cycle.date_to
                  FROM hr_employee employee
             LEFT JOIN hr_version version ON version.id = employee.current_version_id
             LEFT JOIN hr_department department ON department.id = %(department)s
             LEFT JOIN (%(cycles)s) cycle ON cycle.employee_id = employee.id
                 WHERE employee.company_id = %(company)s
                   AND %(only)s
                   AND (employee.active OR EXISTS (%(scored)s))
              ORDER BY department.rank_sequence, department.id,
                       employee.rank_sequence, employee.name, employee.id
                """,
                department=department,
                cycles=self._get_cycles(),
                company=self.company_id.id,
                only=only,
                scored=self._get_scored(),
            )
        )
        rows = self.env.cr.dictfetchall()
        lang = self.env.lang or "en_US"
        for row in rows:
            names = row["department"] or {}
            row["department"] = names.get(lang) or names.get("en_US") or ""
        return [_Person(**row) for row in rows]

    def _get_cycles(self):
        """Return the query of the cycle of each person that counts."""
        if self.span == "year":
            return SQL(
                "SELECT NULL::int AS id, NULL::int AS employee_id,"
                " NULL::date AS date_from, NULL::date AS date_to WHERE false"
            )
        if self.span == "cycle":
            which = SQL("%s BETWEEN date_from AND date_to", self.cutoff)
        else:
            last = min(self.cutoff, self._get_last())
            which = SQL("date_to BETWEEN %s AND %s", self._get_first(), last)
        return SQL(
            """
            SELECT DISTINCT ON (employee_id) id, employee_id, date_from, date_to
              FROM gov_points_cycle
             WHERE company_id = %s AND %s
             ORDER BY employee_id, date_to DESC
            """,
            self.company_id.id,
            which,
        )

    def _get_scored(self):
        """Return the query that finds a score of somebody who left."""
        span = SQL("scored.cycle_id = cycle.id")
        if self.span == "year":
            span = SQL(
                "scored.date BETWEEN %s AND %s", self._get_first(), self._get_last()
            )
        return SQL(
            "SELECT 1 FROM gov_points_entry scored"
            " WHERE scored.employee_id = employee.id AND %s",
            span,
        )

    def _get_span_domain(self, people):
        """Return the domain of the entries of some people that belong to the span."""
        if self.span == "year":
            return (
                Domain("employee_id", "in", [person.id for person in people])
                & Domain("company_id", "=", self.company_id.id)
                & Domain("date", ">=", self._get_first())
                & Domain("date", "<=", self._get_last())
            )
        cycles = [person.cycle_id for person in people if person.cycle_id]
        return Domain("cycle_id", "in", cycles)

    def _read_figures(self, people):
        """Return person → figures as of the cut-off day, one query.

        A score counts when it happened and was entered up to the day; so does its
        reversal.
        """
        entries = self.env["gov.points.entry"]
        query = entries._search(self._get_span_domain(people), order="id")
        self.env.cr.execute(
            SQL(
                """
                SELECT told.employee_id,
                       sum(points) FILTER (WHERE counts) AS total,
                       max(points) FILTER (WHERE counts AND stands) AS highest,
                       (array_agg(scheme_id ORDER BY date DESC, id DESC)
                           FILTER (WHERE counts AND stands))[1] AS scheme_id,
                       sum(points) FILTER (WHERE NOT counts) AS later
                  FROM (SELECT entry.*,
                               entry.date <= %(day)s AND entry.posted_on <= %(day)s
                                   AS counts,
                               entry.reversal_of_id IS NULL AND NOT EXISTS (
                                   SELECT 1 FROM gov_points_entry reversal
                                    WHERE reversal.reversal_of_id = entry.id
                                      AND reversal.posted_on <= %(day)s) AS stands
                          FROM gov_points_entry entry
                         WHERE entry.id IN %(entries)s) told
                 GROUP BY told.employee_id
                """,
                day=self.cutoff,
                entries=query.subselect(),
            )
        )
        return {row["employee_id"]: row for row in self.env.cr.dictfetchall()}

    def _read_levels(self, figures):
        """Return person → name of the level that the figures reach."""
        # sudo: which level some points reach is no secret; no rulebook is shown.
        schemes = self.env["gov.points.scheme"].sudo()
        schemes = schemes.browse(
            {row["scheme_id"] for row in figures.values() if row["scheme_id"]}
        )
        known = {}
        levels = {}
        for person_id, row in figures.items():
            key = row["scheme_id"], row["total"], row["highest"]
            if key not in known:
                scheme = schemes.browse(key[0]) if key[0] else schemes.browse()
                level = scheme and scheme._level(key[1], key[2])
                known[key] = level.name if level else ""
            levels[person_id] = known[key]
        return levels

    def _read_measures(self, people):
        """Return person → measures in force, made up to the cut-off day."""
        measures = self.env["gov.points.measure"]
        domain = Domain("state", "in", ["todo", "done"])
        domain &= Domain("made_on", "<=", self.cutoff)
        domain &= Domain("employee_id", "in", [person.id for person in people])
        if self.span == "year":
            domain &= Domain("company_id", "=", self.company_id.id)
            domain &= Domain("made_on", ">=", self._get_first())
            domain &= Domain("cycle_id.date_to", ">=", self._get_first())
            domain &= Domain("cycle_id.date_from", "<=", self._get_last())
        else:
            cycles = [person.cycle_id for person in people if person.cycle_id]
            domain &= Domain("cycle_id", "in", cycles)
        found = measures.search(domain, order="id").filtered("is_standing")
        by_person = {person.id: [] for person in people}
        for measure in found:
            by_person[measure.employee_id.id].append(measure)
        return by_person

    def _read_later(self, people):
        """Return what was entered, or happened, after the cut-off day."""
        domain = self._get_span_domain(people)
        domain &= Domain("posted_on", ">", self.cutoff) | Domain(
            "date", ">", self.cutoff
        )
        entries = self.env["gov.points.entry"].search(domain, order="id")
        entries = entries.grouped(lambda entry: entry.employee_id.id)
        return [
            self._get_later(person, entry)
            for person in people
            for entry in entries.get(person.id, [])
        ]

    def _get_later(self, person, entry):
        return {
            "department": person.department,
            "name": person.name,
            "date": str(entry.date),
            "posted_on": str(entry.posted_on),
            "article": entry.article_id.sudo().code or "",
            "points": entry.points,
            "reason": entry.reason or "",
        }

    # === Papers ===

    def _get_sheet(self):
        """Return what the printed sheet shows: people by department, and the rest.

        :return: dict of ``groups`` (list of (department, rows)), ``later``, ``count``.
        """
        groups, later, count = [], [], 0
        for rows, more in self._iter_chunks():
            later += more
            count += len(rows)
            for row in rows:
                if not groups or groups[-1][0] != row["department"]:
                    groups.append((row["department"], []))
                groups[-1][1].append(row)
        return {"groups": groups, "later": later, "count": count}

    def _make_book(self):
        """Return the workbook as bytes."""
        paper = self._get_paper()
        return appraisal_book.write(
            paper._get_title(),
            [self.company_id.name, paper._get_basis()],
            paper._get_columns(),
            paper._get_later_columns(),
            paper._iter_chunks(),
            {
                "sheet": paper.env._("Scores"),
                "later": paper.env._("Came later"),
                "later_title": paper.env._("Came after the cut-off day"),
                "signers": paper._get_signers(),
            },
        )

    @api.model
    def _get_columns(self):
        """Return (key, heading, width) of the columns of the sheet."""
        headings = {
            "number": self.env._("No."),
            "department": self.env._("Department"),
            "name": self.env._("Full name"),
            "title": self.env._("Post"),
            "staff_type": self.env._("Kind of staff"),
            "cycle": self.env._("Cycle"),
            "total": self.env._("Total"),
            "highest": self.env._("Highest single score"),
            "level": self.env._("Level"),
            "measures": self.env._("Measures"),
            "limits": self.env._("Limit for the appraisal"),
            "later": self.env._("Came later"),
            "note": self.env._("Remark"),
        }
        return [(key, headings[key], width) for key, width in _WIDTHS.items()]

    @api.model
    def _get_later_columns(self):
        headings = {
            "department": self.env._("Department"),
            "name": self.env._("Full name"),
            "date": self.env._("Date of the incident"),
            "posted_on": self.env._("Entered on"),
            "article": self.env._("Article"),
            "points": self.env._("Points"),
            "reason": self.env._("Remark"),
        }
        return [(key, headings[key], width) for key, width in _LATER_WIDTHS.items()]


class _Person:
    """One person of the sheet, as the query gives them."""

    __slots__ = (
        "id",
        "name",
        "department",
        "title",
        "staff_type",
        "active",
        "cycle_id",
        "date_from",
        "date_to",
    )

    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)

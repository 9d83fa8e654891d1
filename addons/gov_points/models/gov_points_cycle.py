from collections import namedtuple
from datetime import timedelta

from psycopg2.errors import ExclusionViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import domain_by_day, format_day
from odoo.addons.gov_base.tools.input_check import find_record

from ..tools import cycle as calendar

_ONE_DAY = timedelta(days=1)
COLOURS = [("0", "Green"), ("1", "Yellow"), ("2", "Orange"), ("3", "Red")]

# What the entries of a cycle add up to.
Figures = namedtuple("Figures", "total highest deduction scheme_id last_entry_id")
Standing = namedtuple(
    "Standing", "employee_id cycle_id department_id total highest level colour"
)
_NOTHING = Figures(0, 0, 0, None, None)


class GovPointsCycle(models.Model):
    """The scoring cycle of a person: what counts together, from when to when.

    Points fall into the cycle in which the incident lies. Cycles run from the review
    date, else from the anniversary of hiring, else from 1 January of the year of
    hiring; ``basis`` says which. A scheme may have them follow the calendar year. One
    follows the other without a gap: a changed review date leaves the running cycle's
    end, the next one runs to the eve of the new date. Leaving closes the cycle.

    Total, highest single score and level follow from the entries (:meth:`_refresh`),
    also after the cycle was closed: what stood at its end is sealed in
    ``gov.points.closing``, every later change is sealed beside it.
    """

    _name = "gov.points.cycle"
    _description = "Scoring Cycle"
    _inherit = ["gov.guard.mixin"]
    _order = "date_from desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False

    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        index=True,
        ondelete="restrict",
        help="Where the person works; of a closed cycle: where they worked.",
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True
    )
    scheme_id = fields.Many2one(
        "gov.points.scheme",
        string="Rulebook",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="Its thresholds give the level: the version of the latest incident.",
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    planned_to = fields.Date(
        readonly=True, help="The end before the person left, to open it again."
    )
    basis = fields.Selection(
        [
            ("review_date", "Review date"),
            ("hire_date", "Anniversary of hiring"),
            ("hire_year", "1 January: neither review nor hiring date is known"),
            ("calendar_year", "Calendar year"),
        ],
        string="Runs from",
        required=True,
        readonly=True,
    )
    total = fields.Integer(readonly=True)
    highest_single = fields.Integer(
        string="Highest single score", readonly=True, aggregator="max"
    )
    deduction = fields.Monetary(string="Proposed deduction", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    threshold_id = fields.Many2one(
        "gov.points.threshold", string="Level", readonly=True, ondelete="restrict"
    )
    level = fields.Char(
        string="Code of the level", readonly=True, index="btree_not_null"
    )
    level_name = fields.Char(string="Level reached", related="threshold_id.name")
    colour = fields.Selection(
        COLOURS,
        string="Light",
        required=True,
        readonly=True,
        default="0",
    )
    closed = fields.Boolean(readonly=True)
    is_current = fields.Boolean(
        string="Running", compute="_compute_is_current", search="_search_is_current"
    )
    is_behind = fields.Boolean(
        string="Total or measures still to follow",
        readonly=True,
        help="Set with each entry, cleared when total and measures have followed.",
    )
    last_entry_id = fields.Many2one(
        "gov.points.entry", string="Last entry", readonly=True, ondelete="restrict"
    )
    entry_ids = fields.One2many("gov.points.entry", "cycle_id", string="Entries")
    closing_ids = fields.One2many("gov.points.closing", "cycle_id", string="Closings")
    measure_ids = fields.One2many("gov.points.measure", "cycle_id", string="Measures")
    corrected = fields.Boolean(
        string="Changed after closing", compute="_compute_corrected"
    )

    # Person and days in one range: days since 1900, a million of them for each person.
    # One column of it is cheaper to keep than a range of persons and one of days.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int8range("
        "employee_id::bigint * 1000000 + (date_from - date '1900-01-01'), "
        "employee_id::bigint * 1000000 + (date_to - date '1900-01-01'), '[]') WITH &&)",
        "The cycles of a person do not overlap.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day lies before the first."
    )
    # Nothing that closing writes stands in an index: see init().
    _ends = models.Index("(company_id, date_to)")
    _behind = models.Index("(id) WHERE is_behind")

    @api.private
    def init(self):
        # A year's end writes every row once; with room in its page the indexes, that
        # of the overlap above all, stay as they are.
        self.env.cr.execute("ALTER TABLE gov_points_cycle SET (fillfactor = 50)")
        return super().init()

    # === Compute, search ===

    @api.depends(
        "employee_id.working_department_id",
        "employee_id.current_version_id.department_id",
    )
    def _compute_department_id(self):
        for cycle in self:
            if not cycle.closed or not cycle.department_id:
                cycle.department_id = cycle.employee_id._gov_department()

    @api.depends("employee_id", "date_from", "date_to")
    def _compute_display_name(self):
        for cycle in self:
            # sudo: whoever reads the cycle may read whose it is.
            name = cycle.employee_id.sudo().name or ""
            if cycle.date_from and cycle.date_to:
                name = self.env._(
                    "%(person)s, %(first)s to %(last)s",
                    person=name,
                    first=format_day(self.env, cycle.date_from),
                    last=format_day(self.env, cycle.date_to),
                )
            cycle.display_name = name

    @api.depends("date_from", "date_to", "closed")
    def _compute_is_current(self):
        for cycle in self:
            today = cycle.company_id.gov_today()
            cycle.is_current = bool(
                not cycle.closed
                and cycle.date_from
                and cycle.date_from <= today <= cycle.date_to
            )

    @api.model
    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = Domain("closed", "=", False) & domain_by_day(
            self.env,
            lambda day: Domain("date_from", "<=", day) & Domain("date_to", ">=", day),
        )
        return current if True in value else ~current

    @api.depends("closing_ids.kind")
    def _compute_corrected(self):
        for cycle in self:
            cycle.corrected = "correction" in cycle.closing_ids.mapped("kind")

    # === Public methods ===

    @api.model
    def get_cycle_bounds(self, employee_id, date):
        """Return the first and the last day of the cycle in which a day falls.

        :param int employee_id: a person whom the caller may read.
        :param date: date or ISO string.
        :return: dict of ``date_from`` and ``date_to`` (ISO strings) and ``basis``.
        :raise UserError: no such person, no date, or no rulebook applies.
        """
        employee = find_record(
            self.env["hr.employee.public"],
            employee_id,
            self.env._("There is no person with the number %s.", employee_id),
        )
        if not self.env.user.has_group("gov_points.group_points_hr"):
            raise UserError(
                self.env._("The dates of cycles are read by HR of the scoring.")
            )
        employee.check_access("read")
        day = self.env["gov.workday"]._to_day(date)
        # sudo: group and access to the person were checked just above.
        cycles = engine(self.sudo())
        person = cycles.env["hr.employee"].browse(employee.id)
        vals = cycles._plan([(person, day, None)])[0]
        if "id" in vals:
            known = cycles.browse(vals["id"])
            vals = {name: known[name] for name in ("date_from", "date_to", "basis")}
        return {
            "date_from": fields.Date.to_string(vals["date_from"]),
            "date_to": fields.Date.to_string(vals["date_to"]),
            "basis": vals["basis"],
        }

    def action_open_entries(self):
        """Open the entries of this cycle.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "gov.points.entry",
            "view_mode": "list,form",
            "domain": [("cycle_id", "=", self.id)],
        }

    # === Finding the cycle of a day ===

    @api.model
    def _ensure(self, pairs):
        """Return the cycles in which incidents fall, opened where need be.

        :param pairs: list of ``(employee, day)`` or ``(employee, day, scheme)``;
            without a scheme the one in force on the day is looked up.
        :return: cycles, in the engine's environment.
        :raise UserError: no rulebook applies to a person on a day.
        """
        # sudo: called by the ledger for incidents that were decided.
        cycles = engine(self.sudo())
        pairs = [(*pair, None)[:3] for pair in pairs]
        planned = cycles._plan(pairs)
        found = cycles.browse(vals["id"] for vals in planned if "id" in vals)
        missing = {}
        for vals in planned:
            if "id" not in vals:
                missing[vals["employee_id"], vals["date_from"]] = vals
        if missing:
            found |= cycles._open(list(missing.values()))
        return found

    @api.model
    def _open(self, vals_list):
        """Create cycles; of two that open the same one the loser is retried."""
        try:
            # No savepoint: whoever loses starts anew as a whole.
            with mute_logger("odoo.sql_db"):
                return self.create(vals_list)
        except ExclusionViolation as error:
            raise ConcurrencyError(
                self.env._("This cycle is being opened at this moment.")
            ) from error

    @api.model
    def _plan(self, triples):
        """Return for each (employee, day, scheme) its cycle: an id, or new values."""
        employees = self.env["hr.employee"].union(*(triple[0] for triple in triples))
        existing = self.search([("employee_id", "in", employees.ids)])
        by_person = existing.grouped("employee_id")
        basics = self._basics(employees.ids)
        planned = []
        opened = {}
        for employee, day, scheme in triples:
            known = by_person.get(employee, self.browse()).sorted("date_from")
            spans = [(c.date_from, c.date_to, {"id": c.id}) for c in known]
            spans += opened.get(employee, [])
            span = next((s for s in spans if s[0] <= day <= s[1]), None)
            if span is None:
                span = self._plan_new(employee, day, scheme, spans, basics)
                opened.setdefault(employee, []).append(span)
            planned.append(span[2])
        return planned

    @api.model
    def _plan_new(self, employee, day, scheme, spans, basics):
        """Return (first day, last day, values) of a cycle that is not there yet."""
        company = employee.company_id
        if not scheme:
            scheme = self.env["gov.points.scheme"]._find(employee, day, company)
        basis, anchor = self._anchor(scheme, *basics[employee.id])
        before = max(
            (last for _first, last, _vals in spans if last < day), default=None
        )
        after = min(
            (first for first, _last, _vals in spans if first > day), default=None
        )
        first, planned = calendar.bounds(
            anchor, scheme.cycle_months, day, before, after
        )
        # sudo: when a person leaves is asked, to end the cycle on that day.
        left = employee.sudo().departure_date
        last = left if left and day <= left < planned else planned
        return (
            first,
            last,
            {
                "planned_to": last < planned and planned,
                "employee_id": employee.id,
                "department_id": employee._gov_department().id,
                "company_id": company.id,
                "scheme_id": scheme.id,
                "date_from": first,
                "date_to": last,
                "basis": basis,
            },
        )

    @api.model
    def _basics(self, employee_ids):
        """Return (review date, hiring date, first known day) by employee, one query.

        The hiring date is that of the first contract; without one the person's record
        begins with its first version.
        """
        self.env["hr.employee"].flush_model(["points_review_date"])
        self.env["hr.version"].flush_model(["contract_date_start", "date_version"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.id, e.points_review_date, min(v.contract_date_start),
                       min(v.date_version)
                  FROM hr_employee e
             LEFT JOIN hr_version v ON v.employee_id = e.id
                 WHERE e.id = ANY(%s)
              GROUP BY e.id
                """,
                list(employee_ids),
            )
        )
        return {row[0]: row[1:] for row in rows}

    @api.model
    def _anchor(self, scheme, review, hired, known):
        """Return on what the cycles of a person are based, and a day they begin on."""
        if scheme.cycle_start == "calendar_year":
            return "calendar_year", scheme.date_from.replace(month=1, day=1)
        if review:
            return "review_date", review
        if hired:
            return "hire_date", hired
        return "hire_year", (known or scheme.date_from).replace(month=1, day=1)

    # === Totals, levels, measures ===

    def _meet_rivals(self, posting=False):
        """UPDATE the rows that all who post to these cycles share, in id order.

        :param posting: entries follow, total and measures are behind until
            :meth:`_refresh`.
        """
        self.flush_recordset(["is_behind"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE gov_points_cycle SET is_behind = gov_points_cycle.is_behind OR %s
                  FROM (SELECT id FROM gov_points_cycle WHERE id = ANY(%s)
                      ORDER BY id FOR NO KEY UPDATE) rivals
                 WHERE gov_points_cycle.id = rivals.id
                """,
                posting,
                self.ids,
            )
        )
        if posting:
            self._fields["is_behind"]._update_cache(self, True)

    def _mark_behind(self):
        """Note that total and measures have to follow the entries."""
        engine(self.sudo()).filtered(lambda c: not c.is_behind).is_behind = True

    def _deductions_used(self, schemes):
        """Return what has been proposed for deduction so far, by cycle.

        :param schemes: rulebooks of the new scores; without a cap nothing is asked.
        """
        figures = self._read_figures() if any(schemes.mapped("deduction_cap")) else {}
        return {cycle: figures.get(cycle.id, _NOTHING).deduction for cycle in self}

    def _refresh(self, met=False):
        """Have total, level, closing and measures follow the entries.

        Can be called again at any time: it makes nothing twice.

        :param met: the caller has met the rivals on these rows.
        :return: these cycles
        """
        # sudo: called by the ledger, for entries that were decided.
        cycles = engine(self.sudo())
        if not met:
            cycles._meet_rivals()
        figures = cycles._read_figures()
        for cycle in cycles:
            cycle._follow(figures.get(cycle.id, _NOTHING))
        cycles.filtered("closed")._correct_closing()
        self.env["gov.points.measure"]._sync(cycles)
        cycles.is_behind = False
        return self

    def _read_figures(self):
        """Return what the entries of these cycles add up to, in one query."""
        self.env["gov.points.entry"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT e.cycle_id, sum(e.points),
                       coalesce(max(e.points) FILTER (
                           WHERE e.reversal_of_id IS NULL AND r.id IS NULL), 0),
                       coalesce(sum(e.deduction), 0),
                       (array_agg(e.scheme_id ORDER BY e.date DESC, e.id DESC) FILTER (
                           WHERE e.reversal_of_id IS NULL AND r.id IS NULL))[1],
                       max(e.id)
                  FROM gov_points_entry e
             LEFT JOIN gov_points_entry r ON r.reversal_of_id = e.id
                 WHERE e.cycle_id = ANY(%s)
              GROUP BY e.cycle_id
                """,
                self.ids,
            )
        )
        return {
            cycle_id: Figures(total, highest, float(deduction), scheme_id, last)
            for cycle_id, total, highest, deduction, scheme_id, last in rows
        }

    def _follow(self, figures):
        """Write what the entries add up to, and the level that it gives."""
        scheme = self.scheme_id
        if figures.scheme_id:
            # The version of the latest incident that counts.
            scheme = self.scheme_id.browse(figures.scheme_id)
        level = scheme._level(figures.total, figures.highest)
        self.write(
            {
                "total": figures.total,
                "highest_single": figures.highest,
                "deduction": figures.deduction,
                "scheme_id": scheme.id,
                "threshold_id": level.id,
                "level": level.code,
                "colour": level.colour or "0",
                "last_entry_id": figures.last_entry_id,
            }
        )

    def _correct_closing(self):
        """Seal the new figures of closed cycles beside those of their closing."""
        late = self.filtered(
            lambda c: c.last_entry_id
            and c.last_entry_id.id > max(c.closing_ids.entry_id.ids, default=0)
        )
        late.closing_ids.create([c._closing_values("correction") for c in late])

    def _closing_values(self, kind):
        return {
            "cycle_id": self.id,
            "employee_id": self.employee_id.id,
            "company_id": self.company_id.id,
            "kind": kind,
            "date_from": self.date_from,
            "date_to": self.date_to,
            "total": self.total,
            "highest_single": self.highest_single,
            "level": self.level,
            "level_name": self.level_name,
            "closed_on": self.company_id.gov_today(),
            "entry_id": self.last_entry_id.id,
        }

    # === What the scheme asks for ===

    def _keys_reached(self, total, highest):
        """Return the measures whose rows such points reach, held or passed by."""
        lines = self.scheme_id.threshold_ids.filtered(
            lambda row: row._is_reached(total, highest)
        ).measure_ids
        return {line._get_key() for line in lines}

    def _lines_due(self):
        """Return (key, line) of what the rows that hold ask for, mild rows first."""
        rows = self.scheme_id._rows(self.total, self.highest_single)
        return [(line._get_key(), line) for line in rows.measure_ids]

    # === Standing ===

    @api.model
    def _read_standing(self, company, day=None):
        """Return how everybody stands on a day, in one query.

        The totals are those of today, of the cycles in which ``day`` falls.

        :param company: the institution.
        :param day: default today.
        :return: list of :class:`Standing`, the highest total first.
        """
        self.flush_model()
        day = day or company.gov_today()
        return list(
            map(
                Standing._make,
                self.env.execute_query(
                    SQL(
                        """
                        SELECT employee_id, id, department_id, total, highest_single,
                               level, colour
                          FROM gov_points_cycle
                         WHERE company_id = %s AND date_from <= %s AND date_to >= %s
                      ORDER BY total DESC, employee_id
                        """,
                        company.id,
                        day,
                        day,
                    )
                ),
            )
        )

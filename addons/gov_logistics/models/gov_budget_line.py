from calendar import isleap
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import check_dictionaries

from .input_check import check_plain_values, check_records_exist

# What a line is: it never changes once money has been booked on it.
KEYS = ("company_id", "department_id", "item_id", "project", "fund_source", "year")
FIGURES = (
    "amount_plan",
    "amount_committed",
    "amount_actual",
    "amount_available",
    "amount_exception",
)
# What follows from the figures and is not stored.
_FOLLOWING = ("rate", "used_rate", "level", "entry_ids")
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
# No budget of an agency comes near it; the columns hold more.
_MOST = Decimal(10) ** 13


class GovBudgetLine(models.Model):
    """Money of one department, economic item, project and fund source for one year.

    available = plan − committed − actual. It falls below zero only by a recorded
    exception: ``amount_exception`` is the part below zero that was let through, and
    the database holds that the two together are never negative.

    The figures are written by the private methods below, each of which UPDATEs the
    line's own row before it looks at it: of two requests for the last money one fails,
    is tried again and reads the truth.

    Who may do what: the budget clerk makes lines with the plan as granted; later
    changes go through ``gov.budget.transfer``. Section heads, line leaders and
    liaisons read their department's lines, supervision reads all.
    """

    _name = "gov.budget.line"
    _description = "Budget Line"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "year desc, department_id, item_id, id"
    _check_company_auto = True

    _protected_fields = frozenset(
        {*FIGURES, "amount_carried", "carried_to_id", "reminded_on", "entry_ids"}
    )

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    year = fields.Integer(
        required=True,
        default=lambda self: self.env.company.gov_today().year,
        aggregator=None,
    )
    department_id = fields.Many2one(
        "hr.department",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    item_id = fields.Many2one(
        "gov.budget.item",
        string="Economic item",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    project = fields.Char(help="Empty: basic spending without a project.")
    fund_source = fields.Char(
        string="Fund source", help="Where the money comes from, as the grant says."
    )
    amount_initial = fields.Monetary(
        string="Plan as granted",
        help="Entered once, with the line; later changes go by transfer or revision.",
    )
    amount_plan = fields.Monetary(
        string="Budgeted", readonly=True, copy=False, default=0.0
    )
    amount_committed = fields.Monetary(
        string="Committed", readonly=True, copy=False, default=0.0
    )
    amount_actual = fields.Monetary(
        string="Actual", readonly=True, copy=False, default=0.0
    )
    amount_available = fields.Monetary(
        string="Available",
        readonly=True,
        copy=False,
        default=0.0,
        help="Plan less what is committed and what was used.",
    )
    amount_exception = fields.Monetary(
        string="Let through above the plan", readonly=True, copy=False, default=0.0
    )
    amount_carried = fields.Monetary(
        string="Carried over",
        readonly=True,
        copy=False,
        default=0.0,
        help="Left at the end of the year and moved to the line of the next.",
    )
    carried_to_id = fields.Many2one(
        "gov.budget.line",
        string="Carried over to",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    reminded_on = fields.Date(readonly=True, copy=False)
    entry_ids = fields.One2many(
        "gov.budget.entry", "line_id", string="Entries", readonly=True, copy=False
    )
    rate = fields.Float(
        string="Execution rate (%)",
        compute="_compute_rate",
        digits=(16, 1),
        aggregator="avg",
        help="What was used of the year's plan.",
    )
    calendar_rate = fields.Float(
        string="Calendar (%)",
        compute="_compute_rate",
        digits=(16, 1),
        aggregator="avg",
        help="How much of the year is over.",
    )
    used_rate = fields.Float(
        string="Used or committed (%)",
        compute="_compute_rate",
        digits=(16, 1),
        aggregator="avg",
    )
    level = fields.Selection(
        [
            ("ok", "Enough left"),
            ("warn", "Nearly used up"),
            ("empty", "Nothing left"),
            ("over", "Above the plan"),
        ],
        string="Use of the budget",
        compute="_compute_rate",
        search="_search_level",
    )
    note = fields.Text()
    is_overseen = fields.Boolean(
        string="Of an institution that I oversee",
        compute="_compute_is_overseen",
        search="_search_is_overseen",
        help="The head of the institution and finance read all lines.",
    )

    _key_uniq = models.UniqueIndex(
        "(company_id, year, department_id, item_id,"
        " coalesce(project, ''), coalesce(fund_source, ''))",
        "There is a budget line for this department, item, project, fund source and "
        "year already.",
    )
    _sum_check = models.Constraint(
        "CHECK (amount_available = amount_plan - amount_committed - amount_actual)",
        "Available is plan less committed less actual.",
    )
    _floor_check = models.Constraint(
        "CHECK (amount_available + amount_exception >= 0)",
        "Nothing is left on the budget line.",
    )
    _signs_check = models.Constraint(
        "CHECK (amount_plan >= 0 AND amount_committed >= 0 AND amount_exception >= 0"
        " AND amount_initial >= 0 AND amount_carried >= 0)",
        "An amount of the plan cannot be negative.",
    )
    _year_check = models.Constraint(
        f"CHECK (year BETWEEN {_FIRST_YEAR} AND {_LAST_YEAR})",
        "The year has four digits.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("year", "department_id", "item_id", "project", "fund_source")
    @api.depends_context("lang")
    def _compute_display_name(self):
        # Names of departments and items are shown to whoever may read the line.
        for line in self.sudo():
            parts = [
                str(line.year or ""),
                line.department_id.name,
                line.item_id.display_name,
                line.project,
                line.fund_source,
            ]
            line.display_name = " · ".join(part for part in parts if part)

    @api.depends(*FIGURES, "year")
    def _compute_rate(self):
        for line in self:
            plan = line.amount_plan + line.amount_carried
            used = line.amount_actual + line.amount_committed
            line.rate = 100 * line.amount_actual / plan if plan else 0.0
            line.used_rate = 100 * used / plan if plan else 0.0
            line.calendar_rate = line._get_calendar_rate()
            line.level = line._get_level(line.amount_available, used, plan)

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_is_overseen(self):
        companies = self._get_overseen()
        for line in self:
            line.is_overseen = line.company_id in companies

    @api.model
    def _search_is_overseen(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("company_id", "in", self._get_overseen().ids)
        return domain if True in value else ~domain

    @api.model
    def _get_overseen(self):
        """Return the institutions whose head, or finance, is the current user."""
        # Only the user's own roles are looked at.
        holders = self.env["gov.role.holder"].sudo()
        companies = self.env.companies
        domain = Domain("user_id", "=", self.env.uid)
        domain &= Domain("role_id.code", "in", ("head", "finance"))
        domain &= Domain.OR(
            self.env["gov.role"]._get_holder_domain(company) for company in companies
        )
        return holders.search(domain).company_id.with_env(self.env)

    def _get_calendar_rate(self):
        """Return how much of the line's year is over today, in percent."""
        today = (self.company_id or self.env.company).gov_today()
        if today.year != self.year:
            return 100.0 if today.year > self.year else 0.0
        days = 366 if isleap(today.year) else 365
        return 100 * ((today - date(today.year, 1, 1)).days + 1) / days

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is that of its sums, not the average of its lines."""
        names = {
            "rate:avg": ("amount_actual",),
            "used_rate:avg": ("amount_actual", "amount_committed"),
        }.get(aggregate_spec)
        if names:
            used, plan = (
                SQL(" + ").join(self._field_to_sql(self._table, n, query) for n in each)
                for each in (names, ("amount_plan", "amount_carried"))
            )
            return SQL("100 * sum(%s) / nullif(sum(%s), 0)", used, plan)
        if aggregate_spec == "calendar_rate:avg":
            # The calendar of the institution that the reader works in.
            line = self.new({"company_id": self.env.company.id})
            line.year = this_year = self.env.company.gov_today().year
            return SQL(
                "avg(CASE WHEN %(field)s < %(year)s THEN 100"
                " WHEN %(field)s > %(year)s THEN 0 ELSE %(rate)s END)",
                field=self._field_to_sql(self._table, "year", query),
                year=this_year,
                rate=line._get_calendar_rate(),
            )
        return super()._read_group_select(aggregate_spec, query)

    def _describe_left(self):
        """Return in one phrase what is left on this line, for whoever decides."""
        self.ensure_one()
        money = self.currency_id
        return self.env._(
            "%(item)s: %(left)s left of %(plan)s (%(used)s %% used or committed)",
            item=" ".join(
                text for text in (self.item_id.display_name, self.project) if text
            ),
            left=money.format(self.amount_available),
            plan=money.format(self.amount_plan),
            used=f"{self.used_rate:.0f}",
        )

    def _get_level(self, available, used, plan):
        """Return the level of a line with these figures."""
        if available < 0:
            return "over"
        if not available:
            return "empty"
        warn = self.company_id.gov_budget_warn
        return "warn" if plan and 100 * used >= warn * plan else "ok"

    @api.model
    def _search_level(self, operator, value):
        if operator != "in":
            return NotImplemented
        # The percentages are those of the reader's own institutions.
        over = Domain("amount_available", "<", 0)
        empty = Domain("amount_available", "=", 0)
        few = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("id", "in", self._get_nearly_used(company))
            for company in self.env.companies
        )
        domains = {
            "over": over,
            "empty": empty,
            "warn": few & ~over & ~empty,
            "ok": ~few & ~over & ~empty,
        }
        return Domain.OR(domains[level] for level in value if level in domains)

    def _get_nearly_used(self, company):
        """Return the query of the lines used beyond the company's percentage."""
        return SQL(
            "(SELECT id FROM gov_budget_line WHERE company_id = %s"
            " AND 100 * (amount_committed + amount_actual)"
            " >= %s * (amount_plan + amount_carried)"
            " AND amount_plan + amount_carried > 0)",
            company.id,
            company.gov_budget_warn,
        )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        vals_list = [self._clean(vals) for vals in vals_list]
        check_records_exist(
            self.browse(), vals_list, ("department_id", "item_id", "company_id")
        )
        lines = super().create(vals_list)
        lines._check_new()
        # The rights to create the line have been checked by the ORM.
        lines = engine(lines.sudo())
        lines._book(
            [
                line._prepare_row("plan", line.amount_initial, line, "granted")
                for line in lines
                if line.amount_initial
            ]
        )
        lines.company_id._gov_switch_budget_on()
        return lines.with_env(self.env)

    def write(self, vals):
        vals = self._clean(vals)
        check_records_exist(self.browse(), [vals], ("department_id", "item_id"))
        frozen = {*KEYS, "amount_initial"} & set(vals)
        if frozen and not is_engine(self.env):
            for line in self:
                changed = [name for name in frozen if line._differs(name, vals[name])]
                once = {"company_id", "amount_initial"} & set(changed)
                # Whether anything was booked is all that is asked.
                if once or (changed and line.sudo().entry_ids):
                    raise UserError(
                        self.env._(
                            "%(line)s: the plan and what the line is for are entered "
                            "once. Change the money by a transfer or a revision; for "
                            "something else make another line.",
                            line=line.display_name,
                        )
                    )
        return super().write(vals)

    def _differs(self, name, value):
        field = self._fields[name]
        before = field.convert_to_write(self[name], self)
        return (before or False) != (value or False)

    @api.model
    def _clean(self, vals):
        """Return ``vals`` with tidy texts; refuse what makes no sense.

        :raise UserError: naming the field.
        """
        check_plain_values(self.browse(), vals)
        vals = dict(vals)
        for name in ("project", "fund_source"):
            if name in vals:
                if not isinstance(vals[name] or "", str):
                    raise UserError(
                        self.env._(
                            "%s has to be a text.",
                            self._fields[name]._description_string(self.env),
                        )
                    )
                vals[name] = " ".join((vals[name] or "").split()) or False
        if "year" in vals and not _FIRST_YEAR <= int(vals["year"] or 0) <= _LAST_YEAR:
            raise UserError(
                self.env._(
                    "“%(year)s” is no year: it lies between %(first)s and %(last)s.",
                    year=vals["year"],
                    first=str(_FIRST_YEAR),
                    last=str(_LAST_YEAR),
                )
            )
        if "amount_initial" in vals:
            self._to_amount(vals["amount_initial"] or 0)
        return vals

    def _check_new(self):
        """Refuse a plan below zero, by the name of the line."""
        for line in self:
            if line.amount_initial < 0:
                raise UserError(
                    self.env._("%s: a plan is not negative.", line.display_name)
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        for line in self:
            # Whether anything was booked is all that is asked.
            if line.sudo().entry_ids:
                raise UserError(
                    self.env._(
                        "%s: money has been booked on it; it stays on record.",
                        line.display_name,
                    )
                )

    # ------------------------------------------------------------------- buttons

    def action_open_entries(self):
        """Open the entries of these lines, the way to the documents.

        :return: a window action.
        """
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_logistics.gov_budget_entry_action"
        )
        return {**action, "domain": [("line_id", "in", self.ids)], "context": {}}

    # --------------------------------------------------------------- private API

    @api.model
    def _find(
        self, department, item, day, project=None, fund_source=None, company=None
    ):
        """Return the line that pays for ``item`` of ``department`` on ``day``.

        :param department: ``hr.department``; none finds nothing.
        :param item: ``gov.budget.item``.
        :param day: date; its year counts.
        :param project, fund_source: texts; without them the line without a project,
            else the only one there is.
        :param company: default that of the environment.
        :return: one line in the engine's environment, or an empty recordset.
        """
        company = company or self.env.company
        found = self._find_lines(department, item, day.year, company)
        if project is not None:
            found = found.filtered(lambda line: (line.project or "") == project)
        if fund_source is not None:
            found = found.filtered(lambda line: (line.fund_source or "") == fund_source)
        return found._pick()

    @api.model
    def _find_lines(self, departments, items, year, company):
        """Return all lines of these departments and items for a year, in one query."""
        if not departments or not items:
            return engine(self.sudo()).browse()
        # Server code asks for the line that pays; who may see its figures is for the
        # line's own rules to say.
        return engine(self.sudo()).search(
            [
                ("company_id", "=", company.id),
                ("year", "=", year),
                ("department_id", "in", departments.ids),
                ("item_id", "in", items.ids),
            ],
            order="id",
        )

    def _pick(self):
        """Return the one line that a document uses by default, or none."""
        if len(self) <= 1:
            return self
        plain = self.filtered(lambda line: not line.project)
        return plain if len(plain) == 1 else self.browse()

    def _for_day(self, day):
        """Return the line for the same in the year of ``day``, else this one.

        A contract names one line; the statements of its later years are paid from the
        lines of those years, once there are any.
        """
        line = self._follow()
        if not line or not day or line.year == day.year:
            return line
        keys = ("company_id", "department_id", "item_id", "project", "fund_source")
        values = {name: line[name] for name in keys}
        return (
            line.search(
                [
                    ("year", "=", day.year),
                    *(
                        (name, "=", getattr(value, "id", value))
                        for name, value in values.items()
                    ),
                ]
            )
            or line
        )

    def _commit(self, record, amount, part="", exception=""):
        """Set aside ``amount`` in all for a document on this line.

        Called again with another amount, the commitment moves to it: the difference is
        committed or released. Called again with the same, nothing happens.

        :param record: the document, one record.
        :param amount: what is to be committed in all, in company currency, from 0 up.
        :param part: tells apart several commitments of one document on one line.
        :param exception: why it may go above what is left; it stands on the entry.
        :return: the entries written, perhaps none.
        :raise UserError: when less is left, or the amount is no amount.
        """
        line = self._follow()
        figures = line._meet_rivals()
        amount = line._to_amount(amount)
        before = line._read_booked(record, part).get((line.id, part), (0, 0))[0]
        change = amount - before
        if not change:
            return self.env["gov.budget.entry"]
        kind = "commit" if change > 0 else "release"
        row = line._prepare_row(kind, abs(change), record, part, exception)
        return line._book([row], figures)

    def _release(self, record, part=None):
        """Give free what is still committed for a document on this line.

        :param part: only this part; default all of the document.
        :return: the entries written, perhaps none.
        """
        line = self._follow()
        figures = line._meet_rivals()
        rows = [
            line._prepare_row("release", committed, record, key)
            for (line_id, key), (committed, _) in line._read_booked(
                record, part
            ).items()
            if line_id == line.id and committed > 0
        ]
        return line._book(rows, figures)

    def _spend(self, record, amount, part="", exception=""):
        """Book ``amount`` as used, releasing the document's own commitment with it.

        As much of the commitment of ``record`` and ``part`` is released as is used;
        the rest stays until ``_release`` or ``_commit``. A negative amount takes back
        what was used: goods that came back, a statement that was reversed.

        :param exception: why it may go above what is left; it stands on the entry.
        :return: the entries written.
        :raise UserError: when less is left, or the amount is no amount.
        """
        line = self._follow()
        figures = line._meet_rivals()
        amount = line._to_amount(amount, negative=True)
        if not amount:
            return self.env["gov.budget.entry"]
        committed = line._read_booked(record, part).get((line.id, part), (0, 0))[0]
        rows = [line._prepare_row("actual", amount, record, part, exception)]
        if amount > 0 and committed > 0:
            release = min(committed, amount)
            rows.insert(0, line._prepare_row("release", release, record, part))
        return line._book(rows, figures)

    # --------------------------------------------------------------------- engine

    def _follow(self):
        """Return the line in whose place this one stands by now, for the engine.

        What was carried over to the next year is booked there.
        """
        # Server code books for a document that its own rules have let through.
        line = engine(self.sudo())
        while line.carried_to_id:
            line = line.carried_to_id
        return line

    def _meet_rivals(self):
        """UPDATE the rows that all who want money of these lines share, in id order.

        :return: dict id → tuple of the figures as they are now, exact.
        """
        if not self:
            return {}
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE gov_budget_line AS line
                   SET year = line.year
                  FROM (SELECT id FROM gov_budget_line WHERE id IN %s
                         ORDER BY id FOR UPDATE) AS taken
                 WHERE taken.id = line.id
             RETURNING line.id, line.amount_plan::text, line.amount_committed::text,
                       line.amount_actual::text, line.amount_available::text,
                       line.amount_exception::text
                """,
                tuple(self.ids),
            )
        )
        return {row[0]: tuple(map(Decimal, row[1:])) for row in rows}

    @api.model
    def _read_booked(self, record, part=None):
        """Return what a document has booked: (line id, part) → (committed, actual)."""
        self.env["gov.budget.entry"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line_id, coalesce(part, ''),
                       sum(CASE kind WHEN 'commit' THEN amount
                                     WHEN 'release' THEN -amount ELSE 0 END)::text,
                       sum(CASE kind WHEN 'actual' THEN amount ELSE 0 END)::text
                  FROM gov_budget_entry
                 WHERE model = %s AND res_id = %s
                   AND (%s::varchar IS NULL OR coalesce(part, '') = %s)
                 GROUP BY line_id, coalesce(part, '')
                """,
                record._name,
                record.id,
                part,
                part,
            )
        )
        return {
            (line_id, key): (Decimal(committed), Decimal(used))
            for line_id, key, committed, used in rows
        }

    def _to_amount(self, amount, negative=False):
        """Return ``amount`` exact and rounded to the cent.

        :param negative: whether it may be below zero.
        :raise UserError: when it is no amount of money.
        """
        try:
            value = Decimal(str(amount)) if type(amount) is not bool else None
            possible = value is not None and value.is_finite() and abs(value) < _MOST
        except (InvalidOperation, ValueError):
            possible = False
        if not possible or (value < 0 and not negative):
            raise UserError(self.env._("“%s” is no amount of money.", amount))
        currency = self[:1].company_id.currency_id or self.env.company.currency_id
        unit = Decimal(1).scaleb(-currency.decimal_places)
        return value.quantize(unit, rounding=ROUND_HALF_UP)

    def _prepare_row(self, kind, amount, record, part="", exception="", note=""):
        """Return the values of one entry on this line; ``exception`` says why."""
        self.ensure_one()
        return {
            "line_id": self.id,
            "company_id": self.company_id.id,
            "kind": kind,
            "amount": self._to_amount(amount, negative=True),
            "date": self.company_id.gov_today(),
            "model": record._name,
            "res_id": record.id,
            "res_name": record.display_name,
            "part": part or "",
            "note": exception or note or False,
            "is_exception": bool(exception),
        }

    def _book(self, rows, before=None):
        """Write entries and the figures of their lines, all or nothing.

        :param rows: list of dicts from ``_prepare_row``; an exception counts for the
            line as a whole, and is only marked where nothing was left.
        :param before: what ``_meet_rivals`` has just returned for these lines.
        :return: the entries.
        :raise UserError: naming the line, what is wanted and what is left.
        """
        entries = engine(self.env["gov.budget.entry"].sudo())
        rows = [row for row in rows if row["amount"]]
        if not rows:
            return entries
        lines = engine(self.sudo()).browse(sorted({row["line_id"] for row in rows}))
        if before is None or not before.keys() >= set(lines.ids):
            before = lines._meet_rivals()
        changes = {line_id: [Decimal(0)] * 3 for line_id in lines.ids}
        let_through = set()
        for row in rows:
            change, amount = changes[row["line_id"]], row["amount"]
            if row["kind"] == "plan":
                change[0] += amount
            elif row["kind"] == "actual":
                change[2] += amount
            else:
                change[1] += amount if row["kind"] == "commit" else -amount
            if row["is_exception"]:
                let_through.add(row["line_id"])
        updates, below = [], set()
        for line in lines:
            plan, committed, actual = changes[line.id]
            change = plan - committed - actual
            left = before[line.id][3] + change
            if left < 0 and change < 0:
                if line.id not in let_through:
                    line._refuse_empty(before[line.id][3], -change)
                below.add(line.id)
            updates.append(
                SQL(
                    "(%s, %s::numeric, %s::numeric, %s::numeric)",
                    line.id,
                    plan,
                    committed,
                    actual,
                )
            )
        lines._update_figures(updates)
        for row in rows:
            row["is_exception"] = row["is_exception"] and row["line_id"] in below
        return entries.create(rows)

    def _update_figures(self, updates):
        """Add the changes of a booking to the figures of these lines."""
        self.env.execute_query(
            SQL(
                """
                UPDATE gov_budget_line AS line
                   SET amount_plan = line.amount_plan + new.plan,
                       amount_committed = line.amount_committed + new.committed,
                       amount_actual = line.amount_actual + new.actual,
                       amount_available = line.amount_available
                           + new.plan - new.committed - new.actual,
                       amount_exception = greatest(0, -(line.amount_available
                           + new.plan - new.committed - new.actual))
                  FROM (VALUES %s) AS new (id, plan, committed, actual)
                 WHERE new.id = line.id
             RETURNING line.id
                """,
                SQL(", ").join(updates),
            )
        )
        self.invalidate_recordset([*FIGURES, *_FOLLOWING], flush=False)

    def _refuse_empty(self, available, wanted):
        """Refuse to use more than is left.

        :raise UserError: with the line and the three figures.
        """
        money = self.company_id.currency_id
        raise UserError(
            self.env._(
                "Budget line %(line)s: %(wanted)s is needed and %(available)s is left, "
                "%(missing)s short. Ask finance for a transfer or a revision.",
                line=self.display_name,
                wanted=money.format(float(wanted)),
                available=money.format(float(available)),
                missing=money.format(float(wanted - available)),
            )
        )

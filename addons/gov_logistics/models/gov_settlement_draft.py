from collections import defaultdict, namedtuple
from fractions import Fraction

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_repr

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools import settle
from .gov_settlement import FROZEN, VOID
from .input_check import plain_number

Drafted = namedtuple("Drafted", "statements problems")

_SEQUENCE = {
    "fixed": 10,
    "metered": 20,
    "missing": 30,
    "deduction": 40,
    "fine": 50,
    "retention": 90,
}
# What makes two lines the same when a draft is drawn anew.
_LINE_KEY = (
    "kind",
    "contract_line_id",
    "name",
    "quantity",
    "price_unit",
    "share_text",
    "date_from",
    "date_to",
    "is_late",
    "is_split",
    "norm_quantity",
    "amount",
)
_MAIL_OFF = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "tracking_disable": True,
    "mail_notrack": True,
}


class GovSettlement(models.Model):
    """Drafting: periods, lines and usage of many contracts by few queries."""

    _inherit = "gov.settlement"

    # ---------------------------------------------------------------- public steps

    def action_refresh(self):
        """Draw drafts anew: usage, prices and scores as they are now.

        :return: True
        :raise UserError: a side has confirmed already, or it is no draft.
        """
        self._check_keeper()
        for statement in self.sorted("id"):
            document = statement._start("refresh")
            document._check_nobody_confirmed()
            document._redraw()
        return True

    def _check_nobody_confirmed(self):
        for statement in self:
            if statement.own_confirmed_at or statement.other_confirmed_at:
                raise UserError(
                    self.env._(
                        "A side has confirmed %s: it is drawn anew once that is taken "
                        "back.",
                        statement.display_name,
                    )
                )

    # -------------------------------------------------------------------- drafting

    @api.model
    def _draft(self, contracts, date_from, date_to, handler=None):
        """Draft the statements that are due; see :meth:`_draft_batch`.

        :return: the new statements.
        :raise UserError: the first problem, when there is one.
        """
        drafted = self._draft_batch(contracts, date_from, date_to, handler=handler)
        for _contract, text in drafted.problems:
            raise UserError(text)
        return drafted.statements

    @api.model
    def _draft_batch(self, contracts, date_from, date_to, handler=None, run=None):
        """Draft what is due of ``contracts``: the periods over by ``date_to``.

        Periods before ``date_from`` that have no statement are caught up. What has a
        statement already is left alone, so that the batch can be run again.

        :param contracts: service contracts in force or ended; the caller has checked
            who asks.
        :param handler: user in whose name; default the current one.
        :return: ``Drafted(statements, problems)``; a problem is (contract, text), its
            contract has no new statement.
        """
        # sudo: called by runs and documents that have checked their user.
        model = engine(self.sudo().with_context(**_MAIL_OFF))
        contracts = contracts.sudo().with_env(model.env).sorted("id")
        model._meet_contracts(contracts)
        due = model._get_due_periods(contracts, date_to)
        employee = model._get_handler_employee(handler or self.env.user, contracts)
        vals_list = []
        for contract in contracts:
            for kind, first, last in due.get(contract.id, ()):
                vals_list.append(
                    {
                        **model._prepare_statement(contract, kind, first, last),
                        "handler_id": (handler or self.env.user).id,
                        "employee_id": employee[contract.company_id].id,
                        "run_id": run.id if run else False,
                    }
                )
        statements = model.create(vals_list)
        problems = statements._draw()
        failed = statements.filtered(lambda s: s.contract_id.id in problems)
        if failed:
            failed._free_usage()
            failed.unlink()
        return Drafted(
            self.browse((statements - failed).ids),
            [
                (self.env["contract.contract"].browse(id_), problems[id_])
                for id_ in sorted(problems)
            ],
        )

    @api.model
    def _meet_contracts(self, contracts):
        """UPDATE the rows on which all who settle these contracts meet, in id order."""
        meet_rivals(contracts)
        contracts.invalidate_recordset(["amount_settled"], flush=False)

    @api.model
    def _get_handler_employee(self, user, contracts):
        """Return ``{company: employee}`` of the one who drafts.

        :raise UserError: when the user is no employee there.
        """
        employees = {}
        for company in contracts.company_id:
            employee = user.sudo().with_company(company).employee_id
            if not employee:
                raise UserError(
                    self.env._(
                        "%(user)s is not linked to an employee of %(company)s and "
                        "cannot draft its statements.",
                        user=user.name,
                        company=company.name,
                    )
                )
            employees[company] = employee
        return employees

    @api.model
    def _prepare_statement(self, contract, kind, first, last):
        return {
            "contract_id": contract.id,
            "company_id": contract.company_id.id,
            "kind": kind,
            "date_from": first,
            "date_to": last,
            "service_role": contract.service_role,
            "settlement_mode": contract.settlement_mode,
            "partner_id": contract.partner_id.id,
            "served_department_id": contract.served_department_id.id,
        }

    @api.model
    def _get_due_periods(self, contracts, until):
        """Return ``{contract id: [(kind, first, last)]}`` of what lacks a statement.

        Days that a statement has already are never drafted twice: a period of which
        a part was settled, before its term was lengthened, is drafted for the rest.
        An ended contract whose periods are all frozen gets a statement of its own for
        usage that came too late for them.
        """
        settled = self._read_settled(contracts)
        due = {}
        for contract in contracts:
            rows = settled.get(contract.id, [])
            periods = []
            for first, last in contract._periods(until):
                for start, end in self._subtract(first, last, rows):
                    periods.append(("period", start, end))
            if not periods and rows and self._has_ended(contract, rows, until):
                periods = self._get_late_period(contract, rows)
            if periods:
                due[contract.id] = periods
        return due

    @api.model
    def _read_settled(self, contracts):
        """Return ``{contract id: [(first, last, frozen)]}`` of the statements."""
        self.flush_model(["contract_id", "kind", "state", "date_from", "date_to"])
        rows = self.env.execute_query(
            SQL(
                "SELECT contract_id, date_from, date_to, state IN %s"
                " FROM gov_settlement WHERE contract_id = ANY(%s)"
                " AND kind = 'period' AND state NOT IN %s ORDER BY date_from",
                FROZEN,
                contracts.ids,
                VOID,
            )
        )
        settled = defaultdict(list)
        for contract_id, *row in rows:
            settled[contract_id].append(row)
        return settled

    @api.model
    def _subtract(self, first, last, rows):
        """Return the spans of ``first``–``last`` that no statement covers."""
        spans = []
        for row_from, row_to, _frozen in rows:
            if row_to < first or row_from > last:
                continue
            if row_from > first:
                spans.append((first, settle.before(row_from)))
            first = settle.after(row_to)
        if first <= last:
            spans.append((first, last))
        return spans

    @api.model
    def _has_ended(self, contract, rows, until):
        end = contract.date_end
        return end and end <= until and all(frozen for _f, _t, frozen in rows)

    @api.model
    def _get_late_period(self, contract, rows):
        """Return the last days again, for usage that none of the statements has."""
        [(found,)] = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT FROM gov_service_usage u"
                " JOIN contract_line l ON l.id = u.contract_line_id"
                " WHERE u.contract_id = %s AND u.settlement_line_id IS NULL"
                " AND u.contract_line_id IS NOT NULL AND u.date <= %s"
                " AND (u.kind = 'missing') = (l.charge_kind = 'fixed'))"
                " AND NOT EXISTS (SELECT FROM gov_settlement WHERE contract_id = %s"
                " AND kind = 'late' AND state = 'draft')",
                contract.id,
                rows[-1][1],
                contract.id,
            )
        )
        return [("late", rows[-1][0], rows[-1][1])] if found else []

    # --------------------------------------------------------------------- drawing

    def _draw(self):
        """Write the lines of new drafts and bind their usage.

        :return: ``{contract id: text}`` of what could not be drawn.
        """
        if not self:
            return {}
        expected, problems = self._get_expected_lines()
        drawn = self.filtered(lambda s: s.contract_id.id not in problems)
        drawn._write_lines(expected)
        return problems

    def _redraw(self):
        """Bring drafts up to date; lines that stay the same keep their objections.

        :return: True if something was different.
        :raise UserError: what cannot be drawn.
        """
        expected, problems = self._get_expected_lines(own=True)
        for text in problems.values():
            raise UserError(text)
        stale = self.filtered(lambda s: s._differs(expected[s.id]))
        for statement in stale:
            kept = {
                line._get_key(): (line.objection, line.objection_side, line.answer)
                for line in statement.line_ids
                if line.objection
            }
            for vals in expected[statement.id]["lines"]:
                said = kept.get(self._get_vals_key(vals))
                if said:
                    vals.update(
                        objection=said[0], objection_side=said[1], answer=said[2]
                    )
        stale._free_usage()
        # What the clerk has taken off keeps its line and its id.
        stale.line_ids.filtered(lambda line: line.kind != "fine").unlink()
        for statement in stale:
            found = expected[statement.id]
            found["lines"] = [v for v in found["lines"] if v["kind"] != "fine"]
        stale._write_lines(expected)
        return bool(stale)

    def _redraw_extras(self):
        """Bring sums and retention up to date with a line entered by hand."""
        if not self._redraw():
            self._sum_up()

    def _differs(self, expected):
        """Tell whether the draft is not what would be drawn now."""
        self.ensure_one()
        lines = [line._get_key() for line in self.line_ids]
        return (
            sorted(lines, key=repr)
            != sorted(map(self._get_vals_key, expected["lines"]), key=repr)
            or set(self.assessment_ids.ids) != set(expected["assessment_ids"])
            or expected["unbound"]
        )

    @api.model
    def _get_vals_key(self, vals):
        """Return the key of values of a line, comparable with a line's."""
        key = []
        for name in _LINE_KEY:
            value = vals.get(name) or False
            field = self.env["gov.settlement.line"]._fields[name]
            if field.type in ("float", "monetary"):
                digits = (
                    2 if field.type == "monetary" else field.get_digits(self.env)[1]
                )
                value = float_repr(float(value or 0), digits)
            key.append(value)
        return tuple(key)

    def _write_lines(self, expected):
        """Create the expected lines and bind the usage that they count."""
        if not self:
            return
        vals_list = []
        for statement in self:
            found = expected[statement.id]
            for vals in found["lines"]:
                vals_list.append(
                    {
                        **vals,
                        "settlement_id": statement.id,
                        "company_id": statement.company_id.id,
                        "sequence": _SEQUENCE[vals["kind"]],
                    }
                )
            head = {
                "score": found["score"],
                "deduction_percent": found["percent"],
                "assessment_ids": [(6, 0, found["assessment_ids"])],
            }
            if found["assessment_ids"] or statement.assessment_ids or statement.score:
                statement.write(head)
        self.env["gov.settlement.line"].create(vals_list)
        self._sum_up()
        self._bind_usage()

    def _free_usage(self):
        """Let go of the usage that stands on these statements."""
        # The database lets go of rows of statements that are not frozen only.
        self.flush_recordset(["state"])
        self.env["gov.settlement.line"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE gov_service_usage SET settlement_line_id = NULL,"
                " is_late = false WHERE settlement_line_id IN"
                " (SELECT id FROM gov_settlement_line WHERE settlement_id = ANY(%s))",
                self.ids,
            )
        )
        self._forget_usage()

    def _forget_usage(self):
        self.env["gov.service.usage"].invalidate_model(
            ["settlement_line_id", "settlement_id", "is_late"], flush=False
        )
        self.env["gov.settlement.line"].invalidate_model(["usage_ids"], flush=False)

    # ----------------------------------------------------------------------- usage

    def _get_usage_query(self, own=False, free=True):
        """Return the SQL of the usage that belongs to these drafts, with its price.

        A row belongs to the statement of its day; when the statement of its day is
        frozen, to the earliest of these drafts after it, and is late. Use is counted
        on metered lines, missing service on fixed ones.

        :param own: also what these drafts hold already.
        :param free: what no statement holds.
        """
        held = SQL("u.settlement_line_id IS NULL") if free else SQL("false")
        if own:
            held = SQL(
                "(%s OR u.settlement_line_id IN (SELECT id FROM gov_settlement_line"
                " WHERE settlement_id = ANY(%s)))",
                held,
                self.ids,
            )
        return SQL(
            """
            SELECT u.id, t.id AS settlement_id, u.contract_line_id, u.kind,
                   coalesce(u.is_split, false) AS is_split, u.date, u.quantity,
                   u.amount_split, u.settlement_line_id,
                   t.kind = 'late' OR u.date < t.date_from AS is_late,
                   p.price
              FROM (SELECT s.id, s.contract_id, s.kind, s.date_from, s.date_to,
                           s.kind = 'late' OR s.date_from = min(s.date_from)
                               OVER (PARTITION BY s.contract_id) AS takes_late
                      FROM gov_settlement s WHERE s.id = ANY(%(ids)s)) t
              JOIN gov_service_usage u
                ON u.contract_id = t.contract_id AND u.date <= t.date_to
               AND u.contract_line_id IS NOT NULL
              JOIN contract_line l ON l.id = u.contract_line_id
              LEFT JOIN gov_contract_price p
                ON p.line_id = u.contract_line_id AND p.date_from <= u.date
               AND (p.date_to IS NULL OR p.date_to >= u.date)
             WHERE %(held)s
               AND (u.kind = 'missing') = (l.charge_kind = 'fixed')
               AND (t.kind = 'period' AND u.date >= t.date_from
                    OR t.takes_late AND EXISTS (
                        SELECT FROM gov_settlement f
                         WHERE f.contract_id = t.contract_id AND f.kind = 'period'
                           AND f.state IN %(frozen)s
                           AND u.date BETWEEN f.date_from AND f.date_to))
            """,
            ids=self.ids,
            held=held,
            frozen=FROZEN,
        )

    def _read_usage(self, own=False, free=True):
        """Return what the usage of these drafts adds up to, by line, price and kind.

        Use is summed by the database; missing service day by day, few rows.

        :return: list of tuples (settlement id, line id, kind, is_late, is_split,
            price, day or None, quantity, split amount, first day, last day, rows,
            rows not bound yet); figures as exact text.
        """
        self._flush_sources()
        return self.env.execute_query(
            SQL(
                """
                SELECT settlement_id, contract_line_id, kind, is_late, is_split,
                       price::text, CASE kind WHEN 'missing' THEN date END,
                       sum(quantity)::text, coalesce(sum(amount_split), 0)::text,
                       min(date), max(date), count(*),
                       count(*) - count(settlement_line_id)
                  FROM (%s) rows
                 GROUP BY 1, 2, 3, 4, 5, price, 7
                 ORDER BY 1, 2, 3, 4, 5, min(date), price, 7
                """,
                self._get_usage_query(own, free),
            )
        )

    def _bind_usage(self):
        """Write on each row of usage the line that counts it; by one UPDATE."""
        self._flush_sources()
        self.env["gov.settlement.line"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE gov_service_usage AS usage
                   SET settlement_line_id = line.id, is_late = rows.is_late
                  FROM (%s) rows
                  JOIN gov_settlement_line line
                    ON line.settlement_id = rows.settlement_id
                   AND line.contract_line_id = rows.contract_line_id
                   AND line.kind = CASE rows.kind WHEN 'use' THEN 'metered'
                                   ELSE 'missing' END
                   AND line.is_late IS NOT DISTINCT FROM rows.is_late
                   AND line.is_split IS NOT DISTINCT FROM rows.is_split
                   AND line.price_unit = coalesce(rows.price, 0)
                 WHERE usage.id = rows.id
                """,
                self._get_usage_query(),
            )
        )
        self._forget_usage()

    def _flush_sources(self):
        """Let the database see what the queries above read."""
        self.flush_model(["contract_id", "kind", "state", "date_from", "date_to"])
        self.env["gov.service.usage"].flush_model()
        self.env["gov.contract.price"].flush_model()
        self.env["contract.line"].flush_model(
            ["charge_kind", "contract_id", "date_end", "date_start", "quantity"]
        )

    # -------------------------------------------------------------- expected lines

    def _get_expected_lines(self, own=False, free=True):
        """Return what the statements would hold if they were drawn now.

        :param own: also count the usage that they hold already.
        :param free: count the usage that no statement holds.
        :return: ``({id: dict of lines, score, percent, assessment_ids, unbound}``,
            ``{contract id: text of the problem})``
        """
        self._flush_sources()
        contracts = self.contract_id
        prices = self._read_prices(contracts)
        usage = defaultdict(list)
        for row in self._read_usage(own, free):
            usage[row[0]].append(row)
        taken_off = self._read_taken_off(usage)
        scores = self._read_scores()
        fines = self._read_fines()
        expected, problems = {}, {}
        # The lines are a record: in the institution's language, whoever draws them.
        envs = {
            company: statements[:1]._get_record_env()
            for company, statements in self.grouped("company_id").items()
        }
        for statement in self:
            statement = statement.with_env(envs[statement.company_id])
            try:
                lines = statement._get_service_lines(
                    prices, usage[statement.id], taken_off
                )
                found = statement._complete_lines(
                    lines, scores.get(statement.id), fines.get(statement.id, [])
                )
            except UserError as error:
                problems[statement.contract_id.id] = error.args[0]
                continue
            found["unbound"] = sum(row[12] for row in usage[statement.id])
            expected[statement.id] = found
        return expected, problems

    @api.model
    def _read_prices(self, contracts):
        """Return ``{line id: [(price, first, last)]}``, exact."""
        lines = contracts.contract_line_ids
        rows = self.env.execute_query(
            SQL(
                "SELECT line_id, price::text, date_from, date_to"
                " FROM gov_contract_price WHERE line_id = ANY(%s)"
                " ORDER BY line_id, date_from",
                lines.ids,
            )
        )
        prices = defaultdict(list)
        for line_id, price, first, last in rows:
            prices[line_id].append((Fraction(price), first, last))
        return prices

    def _read_taken_off(self, usage):
        """Return ``{(line id, month): {day: posts}}`` of lines with late rows.

        What frozen statements have taken off already: a month is never taken off
        twice, whenever its days become known.
        """
        late = {
            row[1]
            for rows in usage.values()
            for row in rows
            if row[2] == "missing" and row[3]
        }
        taken_off = defaultdict(dict)
        if not late:
            return taken_off
        for line_id, day, quantity in self.env.execute_query(
            SQL(
                "SELECT u.contract_line_id, u.date, sum(u.quantity)::text"
                " FROM gov_service_usage u"
                " JOIN gov_settlement_line l ON l.id = u.settlement_line_id"
                " JOIN gov_settlement s ON s.id = l.settlement_id"
                " WHERE u.contract_line_id = ANY(%s) AND u.kind = 'missing'"
                " AND s.state IN %s AND s.id != ALL(%s) GROUP BY 1, 2",
                list(late),
                FROZEN,
                self.ids,
            )
        ):
            taken_off[line_id, day.replace(day=1)][day] = Fraction(quantity)
        return taken_off

    def _read_scores(self):
        """Return ``{id: (score, percent, ids)}`` of the final scores of the periods.

        A period with several scores is taken off by their mean, weighted by days.
        """
        assessed = self.filtered(
            lambda s: s.kind == "period" and s.contract_id.assessment_required
        )
        if not assessed:
            return {}
        by_contract = (
            self.env["gov.service.assessment"]
            .search(
                [
                    ("contract_id", "in", assessed.contract_id.ids),
                    ("state", "=", "final"),
                    ("date_from", "<=", max(assessed.mapped("date_to"))),
                    ("date_to", ">=", min(assessed.mapped("date_from"))),
                ],
                order="date_from",
            )
            .grouped("contract_id")
        )
        scores = {}
        for statement in assessed:
            first, last = statement.date_from, statement.date_to
            found = self.env["gov.service.assessment"].browse(
                row.id
                for row in by_contract.get(statement.contract_id, ())
                if row.date_from <= last and row.date_to >= first
            )
            if found and found._covers(found, first, last):
                scores[statement.id] = statement._get_score(found)
        return scores

    def _get_score(self, assessments):
        if len(assessments) == 1:
            score = settle.exact(assessments.score)
            percent = settle.exact(assessments.deduction_percent)
        else:
            days = [
                settle.days_between(
                    *settle.overlap(
                        self.date_from, self.date_to, found.date_from, found.date_to
                    )
                )
                for found in assessments
            ]
            pairs = list(zip(assessments, days, strict=True))
            score = settle.exact(
                settle.to_cents(
                    sum(settle.exact(found.score) * n for found, n in pairs) / sum(days)
                )
            )
            percent = settle.exact(
                self.contract_id.deduction_table_id._percent(float(score))
            )
        return score, percent, assessments.ids

    def _read_fines(self):
        """Return ``{id: [(name, amount)]}`` of what the clerk has taken off."""
        fines = defaultdict(list)
        for line in self.line_ids:
            if line.kind == "fine":
                fines[line.settlement_id.id].append((line.name, line.amount))
        return fines

    def _get_service_lines(self, prices, usage, taken_off):
        """Return the values of the lines of service: fixed, metered, missing.

        :param taken_off: as :meth:`_read_taken_off`.
        :raise UserError: a day without a price.
        """
        self.ensure_one()
        found = []
        by_line = defaultdict(list)
        for row in usage:
            by_line[row[1]].append(row)
        for line in self.contract_id.contract_line_ids.sorted("sequence"):
            if not line.service_item_id:
                continue
            rows = by_line[line.id]
            if line.charge_kind == "fixed":
                if self.kind == "period":
                    found += self._get_fixed_lines(line, prices[line.id])
                found += self._get_missing_lines(line, prices[line.id], rows, taken_off)
            else:
                found += self._add_norm(line, self._get_metered_lines(line, rows))
        return found

    def _get_fixed_lines(self, line, prices):
        """Return a fixed fee, by days where the line is not in force all the time."""
        days = settle.overlap(
            self.date_from, self.date_to, line.date_start, line.date_end
        )
        if not days:
            return []
        per = 12 if line.fixed_per == "year" else 1
        spans = settle.price_spans(*days, prices)
        covered = sum(settle.days_between(first, last) for first, last, _p in spans)
        if covered < settle.days_between(*days):
            if self.settlement_mode != "free":
                self._refuse_price(line, days[0], prices)
            spans = spans or [(*days, Fraction(0))]
        quantity = settle.exact(line.quantity)
        divisor = self.contract_id.day_divisor
        found = []
        for first, last, price in spans:
            share = settle.fee_share(first, last, days, divisor)
            found.append(
                {
                    "kind": "fixed",
                    "contract_line_id": line.id,
                    "name": self._get_line_name(line),
                    "quantity": float(quantity),
                    "price_unit": float(price),
                    "days": settle.days_between(first, last),
                    "divisor": divisor,
                    "share_text": settle.share_text(share),
                    "date_from": first,
                    "date_to": last,
                    "is_late": False,
                    "is_split": False,
                    "amount": float(settle.to_cents(quantity * price * share / per)),
                }
            )
        return found

    def _get_missing_lines(self, line, prices, rows, taken_off):
        """Return what missing service takes off, by the price of its days."""
        per = 12 if line.fixed_per == "year" else 1
        months = defaultdict(dict)
        for row in rows:
            if row[5] is None and self.settlement_mode != "free":
                self._refuse_price(line, row[6], [])
            key = (row[3], row[6].replace(day=1))
            counts = months[key]
            counts[row[6]] = counts.get(row[6], 0) + Fraction(row[7])
        totals = {}
        for (is_late, month), counts in months.items():
            within = settle.overlap(
                month, settle.month_end(month), line.date_start, line.date_end
            )
            if not within:
                self._refuse_price(line, month, [])
            costs = settle.missing_fee_after(
                taken_off.get((line.id, month), {}) if is_late else {},
                counts,
                within,
                self.contract_id.day_divisor,
                settle.exact(line.quantity),
                lambda day: settle.price_on(prices, day) / per,
            )
            for price, (cost, days) in costs.items():
                total = totals.setdefault((is_late, price), [0, 0, [], 0])
                total[0] += cost
                total[1] += sum(counts[day] for day in days)
                total[2] += days
        found = []
        for (is_late, price), (cost, quantity, days, _n) in totals.items():
            found.append(
                {
                    "kind": "missing",
                    "contract_line_id": line.id,
                    "name": self.env._("Missing: %s", self._get_line_name(line)),
                    "quantity": float(quantity),
                    "price_unit": float(price * per),
                    "days": len(days),
                    "divisor": self.contract_id.day_divisor,
                    "share_text": "",
                    "date_from": min(days),
                    "date_to": max(days),
                    "is_late": is_late,
                    "is_split": False,
                    "amount": -float(settle.to_cents(cost)),
                    "usage_count": len(days),
                }
            )
        return found

    def _get_metered_lines(self, line, rows):
        """Return metered use, one line for each price; shares as they were split."""
        found = []
        for row in rows:
            (_s, _l, _k, is_late, is_split, price, _day, quantity, split) = row[:9]
            if price is None and self.settlement_mode != "free":
                self._refuse_price(line, row[9], [])
            price = Fraction(price or 0)
            amount = Fraction(quantity) * price
            if is_split:
                amount = Fraction(split)
            found.append(
                {
                    "kind": "metered",
                    "contract_line_id": line.id,
                    "name": self._get_line_name(line),
                    "quantity": float(quantity),
                    "price_unit": float(price),
                    "share_text": "",
                    "date_from": row[9],
                    "date_to": row[10],
                    "is_late": is_late,
                    "is_split": is_split,
                    "amount": float(settle.to_cents(amount)),
                    "usage_count": row[11],
                }
            )
        return found

    def _add_norm(self, line, found):
        """Put the norm of free use on the first line of a contract line.

        A line with a norm stands on the statement even if nothing was used. Late use
        belongs to the period of its own day and is left out here.
        """
        if self.settlement_mode != "free" or self.kind != "period":
            return found
        norm = line._get_norm(self.date_from, self.date_to)
        if not norm:
            return found
        current = [vals for vals in found if not vals["is_late"]]
        if not current:
            current = [
                {
                    "kind": "metered",
                    "contract_line_id": line.id,
                    "name": self._get_line_name(line),
                    "quantity": 0.0,
                    "price_unit": 0.0,
                    "share_text": "",
                    "date_from": self.date_from,
                    "date_to": self.date_to,
                    "is_late": False,
                    "is_split": False,
                    "amount": 0.0,
                }
            ]
            found = current + found
        used = sum(settle.exact(vals["quantity"]) for vals in current)
        current[0].update(
            norm_quantity=float(norm), quantity_above=float(max(used - norm, 0))
        )
        return found

    @api.model
    def _get_line_name(self, line):
        return line.name or line.service_item_id.name

    def _refuse_price(self, line, day, prices):
        """Raise for a day on which the line has no price or is not in force."""
        for first, last, _price in settle.price_spans(day, self.date_to, prices):
            if first > day:
                break
            day = settle.after(last)
        raise UserError(
            self.env._(
                "%(contract)s, %(line)s: there is no price on %(day)s.",
                contract=self.contract_id.display_name,
                line=line.display_name,
                day=format_day(self.env, day),
            )
        )

    def _complete_lines(self, lines, score, fines):
        """Add what is taken off and kept back; see :meth:`_get_expected_lines`."""
        gross = sum(
            settle.exact(vals["amount"])
            for vals in lines
            if vals["kind"] in ("fixed", "metered")
        )
        taken = sum(
            settle.exact(vals["amount"]) for vals in lines if vals["kind"] == "missing"
        )
        points, percent, assessment_ids = score or (0, 0, [])
        lines = [*lines]
        if percent and gross > 0:
            off = settle.to_cents(gross * percent / 100)
            taken -= settle.exact(off)
            lines.append(
                self._prepare_extra(
                    "deduction",
                    self.env._(
                        "Score %(score)s: %(percent)s %% of %(amount)s",
                        score=plain_number(float(points)),
                        percent=plain_number(float(percent)),
                        amount=self.currency_id.format(float(gross)),
                    ),
                    float(percent),
                    -off,
                )
            )
        for name, amount in fines:
            taken += settle.exact(amount)
            lines.append(self._prepare_extra("fine", name, 0, amount))
        payable = gross + taken
        rate = settle.exact(self.contract_id.retention_percent)
        if rate and payable > 0:
            kept = settle.to_cents(payable * rate / 100)
            lines.append(
                self._prepare_extra(
                    "retention",
                    self.env._(
                        "Retention: %(percent)s %% of %(amount)s",
                        percent=plain_number(float(rate)),
                        amount=self.currency_id.format(float(payable)),
                    ),
                    float(rate),
                    -kept,
                )
            )
        return {
            "lines": lines,
            "score": float(points),
            "percent": float(percent),
            "assessment_ids": assessment_ids,
        }

    def _prepare_extra(self, kind, name, rate, amount):
        return {
            "kind": kind,
            "contract_line_id": False,
            "name": name,
            "quantity": rate,
            "price_unit": 0.0,
            "share_text": "",
            "date_from": self.date_from,
            "date_to": self.date_to,
            "is_late": False,
            "is_split": False,
            "amount": float(amount),
        }


class GovSettlementLine(models.Model):
    _inherit = "gov.settlement.line"

    def _get_key(self):
        """Return what makes this line the same as values that would be drawn now."""
        self.ensure_one()
        vals = self.read(_LINE_KEY, load="")[0]
        return self.env["gov.settlement"]._get_vals_key(vals)

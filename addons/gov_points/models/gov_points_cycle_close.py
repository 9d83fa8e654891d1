from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import split_every

from odoo.addons.gov_base.models.gov_guard import engine

from ..tools import cycle as calendar

# Cycles closed in one transaction.
_CHUNK = 2000
_OPEN_CHUNK = 500
_BEHIND_CHUNK = 100


class GovPointsCycle(models.Model):
    """Closing: on the day after the end, or when the person leaves.

    The jobs work in chunks, each committed by itself, and go by what stands in the
    tables: killed at any moment they go on where they were, and nothing is made twice.
    """

    _inherit = "gov.points.cycle"

    # === Jobs ===

    @api.model
    def _cron_close(self):
        """Close what has ended, seal its figures, open what comes next.

        :return: True
        """
        # sudo: a scheduled job, over all institutions.
        cycles = engine(self.sudo())
        for company in cycles.env["res.company"].search([("active", "=", True)]):
            closing = cycles.with_company(company)
            while ended := closing._find_ended(company):
                for chunk in split_every(_CHUNK, ended, list):
                    closing._close(chunk)
                    if not closing._commit_chunk(len(chunk)):
                        return True
            last = 0
            while people := closing._find_without(company, last):
                last = people[-1]
                closing._open_for(company, people)
                if not closing._commit_chunk(len(people)):
                    return True
        return True

    @api.model
    def _cron_complete(self):
        """Have totals and measures follow where something came in between.

        :return: True
        """
        # sudo: a scheduled job, over all institutions.
        cycles = engine(self.sudo())
        domain = [("is_behind", "=", True)]
        while behind := cycles.search(domain, limit=_BEHIND_CHUNK, order="id"):
            behind._refresh()
            if not cycles._commit_chunk(len(behind)):
                return True
        cycles.env["gov.points.measure"]._cron_care()
        return True

    @api.model
    def _commit_chunk(self, number):
        """Commit; return the seconds that the job has left."""
        self.env.flush_all()
        left = self.env["ir.cron"]._commit_progress(number)
        # Memory stays flat, however many chunks there are.
        self.env.invalidate_all()
        return left

    # === Closing ===

    @api.model
    def _find_ended(self, company):
        """Return the ids of the cycles that are over, the oldest first."""
        self.flush_model(["company_id", "date_to", "closed"])
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT id FROM gov_points_cycle
                     WHERE company_id = %s AND date_to < %s AND closed IS NOT TRUE
                  ORDER BY date_to, id
                    """,
                    company.id,
                    company.gov_today(),
                )
            )
        ]

    @api.model
    def _close(self, ids):
        """Close cycles of one institution and open the next ones, set by set."""
        self.env.flush_all()
        behind = self.search([("id", "in", ids), ("is_behind", "=", True)])
        if behind:
            behind._refresh()
            self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE gov_points_cycle SET closed = true, write_uid = %s,
                                            write_date = now() AT TIME ZONE 'UTC'
                 WHERE id = ANY(%s) AND closed IS NOT TRUE RETURNING id
                """,
                self.env.uid,
                sorted(ids),
            )
        )
        closed = [row[0] for row in rows]
        self._insert_closings(closed)
        self._insert_next(closed)
        self.invalidate_model(flush=False)

    @api.model
    def _insert_closings(self, ids):
        """Write and seal the figures of cycles as they stand."""
        company = self.env.company
        language = company.partner_id.lang or "en_US"
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO gov_points_closing (
                    cycle_id, employee_id, company_id, kind, date_from, date_to, total,
                    highest_single, level, level_name, closed_on, entry_id, is_sealed,
                    create_uid, create_date, write_uid, write_date)
                SELECT c.id, c.employee_id, c.company_id, 'closing', c.date_from,
                       c.date_to, coalesce(c.total, 0), coalesce(c.highest_single, 0),
                       c.level, coalesce(t.name->>%(lang)s, t.name->>'en_US'),
                       %(today)s, c.last_entry_id, true,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM gov_points_cycle c
             LEFT JOIN gov_points_threshold t ON t.id = c.threshold_id
                 WHERE c.id = ANY(%(ids)s)
              ORDER BY c.id
             RETURNING id
                """,
                lang=language,
                today=company.gov_today(),
                uid=self.env.uid,
                now=fields.Datetime.now(),
                ids=ids,
            )
        )
        closings = self.env["gov.points.closing"].browse(row[0] for row in rows)
        closings._seal_rows(closings._seal_look)
        closings.invalidate_recordset(flush=False)

    @api.model
    def _insert_next(self, ids):
        """Open the cycles that follow, at zero, of the people who are still there."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT c.employee_id, c.department_id, c.scheme_id, c.date_to,
                       e.points_review_date, v.hired, v.known
                  FROM gov_points_cycle c
                  JOIN hr_employee e ON e.id = c.employee_id
                  JOIN LATERAL (
                       SELECT min(contract_date_start) AS hired,
                              min(date_version) AS known,
                              bool_or(id = e.current_version_id AND departure_date
                                  BETWEEN c.date_from AND c.date_to) AS has_left
                         FROM hr_version WHERE employee_id = e.id) v ON true
                 WHERE c.id = ANY(%s) AND e.active AND v.has_left IS NOT TRUE
                   AND e.company_id = c.company_id
                   AND NOT EXISTS (SELECT FROM gov_points_cycle later
                                    WHERE later.employee_id = c.employee_id
                                      AND later.date_from > c.date_to)
              ORDER BY c.id
                """,
                ids,
            )
        )
        if not rows:
            return
        schemes = {}
        columns = zip(*(self._next_values(row, schemes) for row in rows), strict=True)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO gov_points_cycle (
                    company_id, total, highest_single, deduction, colour, closed,
                    is_behind, create_uid, create_date, write_uid, write_date,
                    employee_id, department_id, scheme_id, date_from, date_to, basis)
                SELECT %(company)s, 0, 0, 0, '0', false, false,
                       %(uid)s, %(now)s, %(uid)s, %(now)s, *
                  FROM unnest(%(people)s::integer[], %(departments)s::integer[],
                              %(schemes)s::integer[], %(first)s::date[],
                              %(last)s::date[], %(basis)s::text[])
           ON CONFLICT DO NOTHING
                """,
                company=self.env.company.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                **dict(
                    zip(
                        ("people", "departments", "schemes", "first", "last", "basis"),
                        map(list, columns),
                        strict=True,
                    )
                ),
            )
        )

    @api.model
    def _next_values(self, row, schemes):
        """Return the columns of the cycle that follows one that was closed."""
        employee_id, department_id, scheme_id, ended, *basics = row
        start = ended + timedelta(days=1)
        if (scheme_id, start) not in schemes:
            scheme = self.env["gov.points.scheme"].browse(scheme_id)
            schemes[scheme_id, start] = self._next_scheme(scheme, start)
        scheme = schemes[scheme_id, start]
        basis, anchor = self._anchor(scheme, *basics)
        end = calendar.end_of(start, anchor, scheme.cycle_months)
        return employee_id, department_id, scheme.id, start, end, basis

    @api.model
    def _next_scheme(self, scheme, day):
        """Return the version of a rulebook that is in force on ``day``, else it."""
        if scheme.date_from <= day and not (scheme.date_to and scheme.date_to < day):
            return scheme
        versions = scheme._get_for(day, self.env.company)
        return versions.filtered(lambda s: s.code == scheme.code)[:1] or scheme

    # === Opening ===

    @api.model
    def _find_without(self, company, last):
        """Return the next ids of people without a running cycle, after id ``last``."""
        self.env.flush_all()
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT e.id FROM hr_employee e
                 LEFT JOIN hr_version v ON v.id = e.current_version_id
                     WHERE e.company_id = %(company)s AND e.active AND e.id > %(last)s
                       AND (v.departure_date IS NULL OR v.departure_date > %(today)s)
                       AND NOT EXISTS (SELECT FROM gov_points_cycle c
                                        WHERE c.employee_id = e.id
                                          AND c.date_to >= %(today)s)
                  ORDER BY e.id LIMIT %(chunk)s
                    """,
                    company=company.id,
                    last=last,
                    today=company.gov_today(),
                    chunk=_OPEN_CHUNK,
                )
            )
        ]

    @api.model
    def _open_for(self, company, employee_ids):
        """Open the running cycles of those to whom a rulebook applies."""
        today = company.gov_today()
        schemes = self.env["gov.points.scheme"]._get_for(today, company)
        triples = []
        for employee in self.env["hr.employee"].browse(employee_ids):
            applying = (s for s in schemes if s._applies_to(employee))
            if scheme := next(applying, None):
                triples.append((employee, today, scheme))
        return self._ensure(triples) if triples else self.browse()

    # === Leaving ===

    @api.model
    def _follow_leaving(self, employees, returned=False):
        """Close the cycles of people who leave, open again those of who comes back.

        :param employees: people whose leaving was just entered or taken back.
        :param returned: they were archived and are not any more.
        """
        # sudo: called when whoever may keep the person's card has written it.
        cycles = engine(self.sudo())
        found = cycles.search(
            [("employee_id", "in", employees.ids)], order="date_from desc"
        )
        for person, own in found.grouped("employee_id").items():
            cycle, today = own[:1], person.company_id.gov_today()
            cycle._meet_rivals()
            day = person.departure_date or (False if person.active else today)
            if returned or not day:
                cycle._reopen(today)
                continue
            if cycle.closed and person.departure_date and day > cycle.date_to:
                # The day was corrected: it is later than had been entered.
                cycle._reopen(today)
            if not cycle.closed:
                cycle._end_on(day, today)

    @api.model
    def _follow_move(self, employees):
        """Close the cycles of people who change to another institution.

        From that day on their cycles are those of the new one; who comes back at once
        goes on with the cycle that was left.

        :param employees: people whose institution was just changed.
        """
        # sudo: called when whoever may keep the person's card has written it.
        cycles = engine(self.sudo())
        found = cycles.search(
            [("employee_id", "in", employees.ids)], order="date_from desc"
        )
        for person, own in found.grouped("employee_id").items():
            today = person.company_id.gov_today()
            own._meet_rivals()
            left = own.filtered(
                lambda c, p=person: c.company_id != p.company_id and not c.closed
            )
            unused = left.filtered(
                lambda c, t=today: c.date_from >= t
                and not (c.entry_ids or c.closing_ids)
            )
            for cycle in left - unused:
                cycle._end_on(today - timedelta(days=1), today)
            own -= unused
            unused.unlink()
            if own[:1].company_id == person.company_id:
                own[:1]._reopen(today)

    def _end_on(self, day, today):
        """Have the cycle end on the day on which the person leaves."""
        planned = self.planned_to or self.date_to
        # Nothing that was scored in it falls out.
        dates = [self.date_from, *self.entry_ids.mapped("date")]
        last = min(max(day, *dates), planned)
        if last != self.date_to:
            self.write({"date_to": last, "planned_to": last < planned and planned})
        if day <= last <= today:
            self._close_now()

    def _close_now(self):
        self.with_company(self.company_id)._close(self.ids)

    def _reopen(self, today):
        """Let the cycle of who comes back before its end run on."""
        if not self.planned_to or self.planned_to < today:
            return
        self.write({"date_to": self.planned_to, "planned_to": False, "closed": False})
        if self.closing_ids:
            self.closing_ids.create(self._closing_values("reopening"))

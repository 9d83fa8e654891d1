from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from odoo.addons.gov_base.models.gov_guard import engine

from ..tools.cycle import bounds
from .common_ledger import LedgerCommon


def _day(text):
    return date.fromisoformat(text)


@tagged("post_install", "-at_install")
class TestCycleDays(BaseCase):
    """Pure arithmetic of days."""

    def _assert(self, expected, anchor, day, before=None, after=None, months=12):
        found = bounds(
            _day(anchor),
            months,
            _day(day),
            before and _day(before),
            after and _day(after),
        )
        self.assertEqual(tuple(map(str, found)), expected)

    def test_plain(self):
        year = ("2026-03-01", "2027-02-28")
        for day in ("2026-03-01", "2026-09-09", "2027-02-28"):
            for anchor in ("2020-03-01", "2026-03-01", "2031-03-01"):
                self._assert(year, anchor, day)

    def test_leap_day(self):
        self._assert(("2024-02-29", "2025-02-27"), "2024-02-29", "2024-02-29")
        self._assert(("2025-02-28", "2026-02-27"), "2024-02-29", "2025-02-28")
        self._assert(("2028-02-29", "2029-02-27"), "2024-02-29", "2028-05-01")
        # The chain comes back to the 29th, without a cycle of one day.
        self._assert(
            ("2027-02-28", "2028-02-28"), "2024-02-29", "2027-03-01", "2027-02-27"
        )

    def test_month_end_and_short_cycles(self):
        self._assert(("2026-02-28", "2026-03-30"), "2026-01-31", "2026-03-01", months=1)
        self._assert(("2026-07-01", "2026-12-31"), "2020-01-01", "2026-09-01", months=6)

    def test_changed_review_date(self):
        """The running cycle keeps its end, the next runs to the eve of the new date."""
        ended = "2027-02-28"
        self._assert(("2027-03-01", "2027-08-31"), "2026-09-01", "2027-03-01", ended)
        self._assert(("2027-09-01", "2028-08-31"), "2026-09-01", "2027-09-01", ended)
        # A new date that lies ahead, at most twelve months.
        self._assert(("2027-03-01", "2027-06-14"), "2027-06-15", "2027-04-01", ended)
        self._assert(("2027-03-01", "2028-02-29"), "2028-06-15", "2027-04-01", ended)
        self._assert(("2028-03-01", "2028-06-14"), "2028-06-15", "2028-04-01", ended)

    def test_before_what_was_set_up(self):
        """A changed date does not move what lies before the running cycle."""
        running = "2026-03-01"
        self._assert(
            ("2025-03-01", "2026-02-28"), "2026-09-01", "2026-01-15", after=running
        )
        self._assert(
            ("2024-03-01", "2025-02-28"), "2026-09-01", "2024-05-01", after=running
        )

    def test_between(self):
        self._assert(
            ("2026-03-01", "2026-08-31"),
            "2026-03-01",
            "2026-05-01",
            before="2026-02-28",
            after="2026-09-01",
        )


@tagged("post_install", "-at_install")
class TestCycle(LedgerCommon):
    """Which cycle an incident falls into; closing; leaving."""

    def _dates(self, cycle):
        return str(cycle.date_from), str(cycle.date_to)

    def _at(self, day):
        """Work on another day."""
        patcher = self._patch_today(_day(day))
        patcher.start()
        self.addCleanup(patcher.stop)

    def _close(self):
        """Run the closing job, without its commits."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a: 1):
            self.cycles._cron_close()

    # ------------------------------------------------------------- what is counted

    def test_last_and_first_day_never_add_up(self):
        """4 on the last day of a cycle and 4 + 1 on the first of the next."""
        self._at("2027-03-10")
        old = self._score(self.staff, 4, "2027-02-28").cycle_id
        new = self._score(self.staff, 4, "2027-03-01").cycle_id
        self._score(self.staff, 1, "2027-03-01")
        self.assertEqual(self._dates(old), ("2026-03-01", "2027-02-28"))
        self.assertEqual(self._dates(new), ("2027-03-01", "2028-02-29"))
        self.assertEqual((old.total, new.total), (4, 5))
        self.assertEqual((old.level, new.level), ("talk_section", "talk_section"))
        self.assertNotIn("circular", self._kinds(old) | self._kinds(new))

    def test_decided_in_the_next_cycle(self):
        """An incident of the old cycle that is decided in the new one."""
        running = self._score(self.staff, 4, "2026-02-27").cycle_id
        self.assertEqual(self._dates(running), ("2025-03-01", "2026-02-28"))
        self._close()
        self.assertTrue(running.closed)
        entry = self._score(self.staff, 6, "2026-02-28")
        self.assertEqual(entry.cycle_id, running)
        self.assertEqual((running.total, running.level), (10, "circular"))
        self.assertIn("circular", self._kinds(running))
        self.assertEqual(self._cycle(self.staff).total, 0)
        self.assertRecordValues(
            running.closing_ids.sorted("id"),
            [
                {"kind": "closing", "total": 4, "level": "talk_section"},
                {"kind": "correction", "total": 10, "level": "circular"},
            ],
        )
        self.assertTrue(running.corrected)
        self.assertEqual(running.closing_ids.sorted("id")[-1].entry_id, entry)
        self.assertTrue(all(running.closing_ids.mapped("is_sealed")))
        # And back on appeal: a third row, the closing stays as it was.
        self.entries._correct(entry.share_id, 0, "Revoked")
        self.assertEqual((running.total, running.level), (4, "talk_section"))
        self.assertEqual(running.closing_ids.sorted("id").mapped("total"), [4, 10, 4])
        # Looked at again nothing is added.
        running._refresh()
        self.assertEqual(len(running.closing_ids), 3)

    # -------------------------------------------------------------------- the basis

    def test_basis(self):
        """Review date, else hiring, else 1 January of the year: it says which."""
        person = self.clerk
        cases = [
            ({"points_review_date": "2021-05-10"}, "review_date", "2026-05-10"),
            ({"points_review_date": False}, "hire_year", "2026-01-01"),
        ]
        for values, basis, start in cases:
            person.write(values)
            vals = self.cycles._plan([(person, _day("2026-09-10"), self.scheme)])[0]
            self.assertEqual((vals["basis"], str(vals["date_from"])), (basis, start))
        person.version_id.contract_date_start = "2019-07-20"
        vals = self.cycles._plan([(person, _day("2026-09-10"), self.scheme)])[0]
        self.assertEqual(
            (vals["basis"], str(vals["date_from"])), ("hire_date", "2026-07-20")
        )

    def test_public_bounds(self):
        cycles = self.cycles.with_user(self.hr_user)
        self.assertEqual(
            cycles.get_cycle_bounds(self.staff.id, "2026-09-10"),
            {
                "date_from": "2026-03-01",
                "date_to": "2027-02-28",
                "basis": "review_date",
            },
        )
        entry = self._score(self.staff, 1)
        self.assertEqual(
            cycles.get_cycle_bounds(self.staff.id, "2026-09-10")["date_from"],
            str(entry.cycle_id.date_from),
        )
        for employee_id, day in (
            (0, "2026-09-10"),
            (True, "2026-09-10"),
            ("x", "2026-09-10"),
            (2**40, "2026-09-10"),
            (self.staff.id, "soon"),
            (self.staff.id, None),
            (self.staff.id, 5),
        ):
            with self.subTest((employee_id, day)), self.assertRaises(UserError):
                cycles.get_cycle_bounds(employee_id, day)
        with self.assertRaisesRegex(UserError, "read by HR"):
            self.cycles.with_user(self.clerk_user).get_cycle_bounds(
                self.staff.id, "2026-09-10"
            )

    def test_changed_review_date(self):
        cycle = self._score(self.staff, 4).cycle_id
        self.staff.points_review_date = "2026-09-01"
        self.assertEqual(self._dates(cycle), ("2026-03-01", "2027-02-28"))
        self._at("2027-03-01")
        self._close()
        following = self._cycle(self.staff, "2027-03-01")
        self.assertEqual(self._dates(following), ("2027-03-01", "2027-08-31"))
        self._at("2027-09-01")
        self._close()
        last = self._cycle(self.staff, "2027-09-01")
        self.assertEqual(self._dates(last), ("2027-09-01", "2028-08-31"))

    # ------------------------------------------------------------------ the closing

    def test_close(self):
        cycle = self._score(self.staff, 4).cycle_id
        self._at("2027-02-28")
        self._close()
        self.assertFalse(cycle.closed)
        self._at("2027-03-01")
        self._close()
        self.assertTrue(cycle.closed)
        self.assertRecordValues(
            cycle.closing_ids,
            [
                {
                    "kind": "closing",
                    "total": 4,
                    "highest_single": 4,
                    "level": "talk_section",
                    "level_name": "Talk in the section",
                    "closed_on": _day("2027-03-01"),
                    "is_sealed": True,
                    "date_to": _day("2027-02-28"),
                }
            ],
        )
        following = self._cycle(self.staff, "2027-03-01")
        self.assertEqual(self._dates(following), ("2027-03-01", "2028-02-29"))
        self.assertRecordValues(
            following, [{"total": 0, "level": False, "colour": "0", "closed": False}]
        )
        self._close()
        self.assertEqual(len(cycle.closing_ids), 1)
        self.assertEqual(self._cycle(self.staff, "2027-03-01"), following)

    def test_everybody_has_a_running_cycle(self):
        self._close()
        running = self.cycles.search(
            [("company_id", "=", self.company.id), ("is_current", "=", True)]
        )
        people = self.env["hr.employee"].search([("company_id", "=", self.company.id)])
        self.assertEqual(running.employee_id, people)

    def test_catches_up(self):
        """A job that has not run for years closes one cycle after the other."""
        self._score(self.staff, 2, "2022-05-05")
        self._close()
        cycles = self.cycles.search(
            [("employee_id", "=", self.staff.id)], order="date_from"
        )
        self.assertEqual(
            [str(d) for d in cycles.mapped("date_from")],
            [f"{year}-03-01" for year in range(2022, 2027)],
        )
        self.assertEqual(cycles.mapped("closed"), [True] * 4 + [False])
        self.assertEqual(cycles.mapped("total"), [2, 0, 0, 0, 0])

    def test_close_completes_first(self):
        """What was interrupted counts in the figures that are sealed."""
        self._at("2027-02-27")
        cycle = self._score(self.staff, 4, "2027-02-01").cycle_id
        share = self._shares(self.staff, 6, "2027-02-02")
        with patch.object(type(self.cycles), "_refresh", lambda *a, **k: None):
            self.entries._post(share)
        self.env.flush_all()
        self.assertEqual((cycle.total, cycle.is_behind), (4, True))
        self._at("2027-03-01")
        self._close()
        self.assertEqual(cycle.closing_ids.total, 10)
        self.assertIn("circular", self._kinds(cycle))

    def test_killed_between_entry_and_measure(self):
        """The next run completes it, once."""
        share = self._shares(self.staff, 6, "2026-09-10")
        with patch.object(type(self.cycles), "_refresh", lambda *a, **k: None):
            entry = self.entries._post(share)
        self.env.flush_all()
        self.env.invalidate_all()
        cycle = entry.cycle_id
        self.assertEqual((cycle.total, cycle.level, cycle.is_behind), (0, False, True))
        self.assertFalse(cycle.measure_ids)
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a: 1):
            self.cycles._cron_complete()
            first = cycle.measure_ids
            self.cycles._cron_complete()
        self.assertEqual((cycle.total, cycle.level), (6, "circular"))
        self.assertIn("circular", self._kinds(cycle))
        self.assertEqual(cycle.measure_ids, first)
        self.assertFalse(cycle.is_behind)

    def test_killed_in_the_measures(self):
        """A measure that was made before the end is not made twice."""
        share = self._shares(self.staff, 6, "2026-09-10")
        with patch.object(type(self.cycles), "_refresh", lambda *a, **k: None):
            cycle = self.entries._post(share).cycle_id
        line = self.scheme.threshold_ids.measure_ids.filtered(
            lambda m: m.kind == "circular"
        )[:1]
        engine(self.measures)._make([(engine(cycle), "circular", line)])
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a: 1):
            self.cycles._cron_complete()
        kinds = cycle.measure_ids.mapped("kind")
        self.assertEqual(len(kinds), len(set(kinds)))
        self.assertIn("talk_office", kinds)

    # ------------------------------------------------------------------ leaving

    def test_leaving(self):
        cycle = self._score(self.staff, 4).cycle_id
        self.staff.active = False
        self.assertEqual(self._dates(cycle), ("2026-03-01", "2026-09-15"))
        self.assertTrue(cycle.closed)
        self.assertEqual(cycle.closing_ids.total, 4)
        # Nothing follows for who has left.
        self._at("2027-06-01")
        self._close()
        self.assertFalse(self._cycle(self.staff, "2027-06-01"))
        # A decision afterwards still counts in it.
        late = self._score(self.staff, 6, "2026-09-14")
        self.assertEqual((late.cycle_id, cycle.total), (cycle, 10))

    def test_leaving_with_a_date(self):
        cycle = self._score(self.staff, 4).cycle_id
        self.staff.write({"departure_date": "2026-10-31"})
        self.assertEqual(self._dates(cycle), ("2026-03-01", "2026-10-31"))
        self.assertFalse(cycle.closed)
        self._at("2026-11-01")
        self._close()
        self.assertTrue(cycle.closed)
        self.assertFalse(self._cycle(self.staff, "2026-11-01"))

    def test_the_day_of_leaving_is_corrected(self):
        """Later, earlier, taken back; on the person's card or on its version."""
        cycle = self._score(self.staff, 4).cycle_id
        version = self.staff.current_version_id
        for record, day, expected in (
            (self.staff, "2026-10-31", "2026-10-31"),
            (self.staff, "2026-11-30", "2026-11-30"),
            (version, "2026-09-20", "2026-09-20"),
            (version, "2027-12-31", "2027-02-28"),
            (version, "2026-10-31", "2026-10-31"),
            (version, False, "2027-02-28"),
        ):
            record.write({"departure_date": day})
            self.assertEqual(self._dates(cycle), ("2026-03-01", expected), day)
            self.assertFalse(cycle.closed)
        self.assertFalse(cycle.planned_to)
        # Entered as gone already, then said to leave later: it runs on until then.
        self.staff.write({"departure_date": "2026-09-14"})
        self.assertTrue(cycle.closed)
        self.staff.write({"departure_date": "2026-10-31"})
        self.assertFalse(cycle.closed)
        self.assertEqual(self._dates(cycle), ("2026-03-01", "2026-10-31"))

    def test_scored_after_leaving(self):
        """A first score of who has left opens a cycle that ended on that day."""
        self.staff.write({"departure_date": "2026-05-31"})
        cycle = self._score(self.staff, 4, "2026-05-10").cycle_id
        self.assertEqual(self._dates(cycle), ("2026-03-01", "2026-05-31"))
        self._close()
        self.assertTrue(cycle.closed)
        self.assertFalse(self._cycle(self.staff, "2026-09-15"))

    def test_another_institution(self):
        """The old institution's cycle ends; from that day on the new one counts."""
        cycle = self._score(self.staff, 4).cycle_id
        other = self.env["res.company"].create({"name": "Archive Service"})
        home = {name: self.staff[name].id for name in ("company_id", "department_id")}
        self.staff.write({"company_id": other.id, "department_id": False})
        self.assertEqual(self._dates(cycle), ("2026-03-01", "2026-09-14"))
        self.assertTrue(cycle.closed)
        there = self.cycles._ensure([(self.staff, _day("2026-09-15"), self.scheme)])
        self.assertEqual((there.company_id, there.total), (other, 0))
        # A day before still counts where it happened.
        late = self.cycles._ensure([(self.staff, _day("2026-09-14"), self.scheme)])
        self.assertEqual(late, cycle)
        self._at("2026-10-01")
        self.staff.write(home)
        self.assertTrue(there.closed)
        self.assertEqual(self._dates(there), ("2026-09-15", "2026-09-30"))
        back = self.cycles._ensure([(self.staff, _day("2026-10-01"), self.scheme)])
        self.assertEqual(back.company_id, self.company)

    def test_another_institution_by_mistake(self):
        cycle = self._score(self.staff, 4).cycle_id
        other = self.env["res.company"].create({"name": "Archive Service"})
        home = {name: self.staff[name].id for name in ("company_id", "department_id")}
        self.staff.write({"company_id": other.id, "department_id": False})
        self.cycles._ensure([(self.staff, _day("2026-09-15"), self.scheme)])
        self.staff.write(home)
        self.assertEqual(self._dates(cycle), ("2026-03-01", "2027-02-28"))
        self.assertFalse(cycle.closed)
        self.assertEqual(self._cycle(self.staff, "2026-09-15"), cycle)

    def test_archiving_is_no_way_to_lose_points(self):
        """Who comes back before the end goes on in the same cycle."""
        cycle = self._score(self.staff, 4).cycle_id
        self.staff.active = False
        self.assertTrue(cycle.closed)
        self.staff.active = True
        self.assertEqual(self._dates(cycle), ("2026-03-01", "2027-02-28"))
        self.assertFalse(cycle.closed)
        self._score(self.staff, 4)
        self._score(self.staff, 1)
        self.assertEqual((cycle.total, cycle.level), (9, "circular"))
        self.assertEqual(
            cycle.closing_ids.sorted("id").mapped("kind"), ["closing", "reopening"]
        )
        self._at("2027-03-01")
        self._close()
        self.assertEqual(cycle.closing_ids.sorted("id")[-1].total, 9)

    def test_transfer(self):
        """Past entries keep the department of the incident, the cycle moves along."""
        entry = self._score(self.staff, 4)
        self.staff.working_department_id = self.works
        self.assertEqual(entry.department_id, self.office)
        self.assertEqual(entry.cycle_id.department_id, self.works)
        later = self._score(self.staff, 1)
        self.assertEqual(later.department_id, self.works)
        # The same when personnel moves the person.
        self.clerk.points_review_date = "2020-03-01"
        moved = self._score(self.clerk, 1)
        self.clerk.department_id = self.works
        self.assertEqual(moved.department_id, self.office)
        self.assertEqual(moved.cycle_id.department_id, self.works)
        self.assertEqual(later.cycle_id, entry.cycle_id)

    def test_deleting_a_person(self):
        self._score(self.staff, 1)
        with self.assertRaisesRegex(UserError, "Archive the person instead"):
            self.staff.unlink()
        # An empty cycle is no obstacle.
        self.cycles._ensure([(self.clerk, _day("2026-09-10"), self.scheme)])
        self.clerk.unlink()
        self.assertFalse(self.clerk.exists())

    def test_calendar_year(self):
        scheme = self.scheme.copy({"code": "YEAR", "company_id": self.company.id})
        scheme.write({"cycle_start": "calendar_year", "date_from": "2024-05-01"})
        cycle = self.cycles._ensure([(self.staff, _day("2026-09-10"), scheme)])
        self.assertEqual(self._dates(cycle), ("2026-01-01", "2026-12-31"))
        self.assertEqual(cycle.basis, "calendar_year")

    def test_standing(self):
        self._score(self.staff, 6)
        self._score(self.clerk, 1)
        standing = self.cycles._read_standing(self.company)
        self.assertEqual(
            [(s.employee_id, s.total, s.highest, s.level) for s in standing[:2]],
            [(self.staff.id, 6, 6, "circular"), (self.clerk.id, 1, 1, "talk_section")],
        )

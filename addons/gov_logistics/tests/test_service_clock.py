from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools.clock import (
    WallClock,
    add_working_hours,
    working_hours_between,
)
from .common_desk import DeskCase


@tagged("post_install", "-at_install")
class TestServiceClock(DeskCase):
    """Promised times run on the working time of the institution."""

    def _add(self, start, hours):
        return add_working_hours(self.env, self.company, start, hours)

    def _between(self, start, end):
        return working_hours_between(self.env, self.company, start, end)

    def _workday(self, day, kind):
        self.env["gov.workday"].create(
            {
                "date": day,
                "kind": kind,
                "name": "Test",
                "company_id": self.company.id,
            }
        )

    def test_within_a_day(self):
        start = self._at(2031, 3, 4, 9)
        self.assertEqual(self._add(start, 2), self._at(2031, 3, 4, 11))

    def test_over_the_lunch_break(self):
        start = self._at(2031, 3, 4, 11)
        self.assertEqual(self._add(start, 2), self._at(2031, 3, 4, 15))

    def test_ends_with_the_period_not_at_the_next(self):
        start = self._at(2031, 3, 4, 10)
        self.assertEqual(self._add(start, 2), self._at(2031, 3, 4, 12))

    def test_call_before_and_after_hours(self):
        self.assertEqual(self._add(self._at(2031, 3, 4, 6), 1), self._at(2031, 3, 4, 9))
        self.assertEqual(
            self._add(self._at(2031, 3, 4, 20), 1), self._at(2031, 3, 5, 9)
        )

    def test_over_a_weekend(self):
        # 2031-03-07 is a Friday.
        start = self._at(2031, 3, 7, 17)
        self.assertEqual(self._add(start, 2), self._at(2031, 3, 10, 9))

    def test_holiday_does_not_count(self):
        self._workday("2031-03-05", "holiday")
        start = self._at(2031, 3, 4, 17)
        self.assertEqual(self._add(start, 2), self._at(2031, 3, 6, 9))

    def test_make_up_saturday_counts(self):
        self._workday("2031-03-08", "workday")
        start = self._at(2031, 3, 7, 17)
        self.assertEqual(self._add(start, 2), self._at(2031, 3, 8, 9))
        self.assertEqual(self._between(self._at(2031, 3, 8), self._at(2031, 3, 9)), 8)

    def test_shared_national_holiday(self):
        """National Day comes from the shared calendar, in force for everybody."""
        start = self._at(2026, 9, 30, 17)
        moment = self._add(start, 2)
        self.assertGreater(moment, self._at(2026, 10, 7))

    def test_a_weekend_worked_by_schedule(self):
        self.calendar.attendance_ids.create(
            {
                "calendar_id": self.calendar.id,
                "name": "Saturday",
                "dayofweek": "5",
                "hour_from": 9,
                "hour_to": 11,
                "day_period": "morning",
            }
        )
        start = self._at(2031, 3, 7, 18)
        self.assertEqual(self._add(start, 1), self._at(2031, 3, 8, 10))

    def test_half_hours(self):
        start = self._at(2031, 3, 4, 9, 10)
        self.assertEqual(self._add(start, 0.5), self._at(2031, 3, 4, 9, 40))

    def test_nothing_to_add(self):
        start = self._at(2031, 3, 8, 3)
        self.assertEqual(self._add(start, 0), start)

    def test_between(self):
        self.assertEqual(
            self._between(self._at(2031, 3, 4, 11), self._at(2031, 3, 5, 9)), 6
        )
        self.assertEqual(
            self._between(self._at(2031, 3, 8, 8), self._at(2031, 3, 9, 8)), 0
        )
        self.assertEqual(
            self._between(self._at(2031, 3, 5, 9), self._at(2031, 3, 4, 9)), 0
        )

    def test_add_and_between_agree(self):
        start = self._at(2031, 3, 4, 9, 17)
        for hours in (0.25, 1, 3.5, 8, 39.75, 200):
            with self.subTest(hours=hours):
                end = self._add(start, hours)
                self.assertAlmostEqual(self._between(start, end), hours, 6)

    def test_no_schedule_has_office_hours(self):
        self.calendar.attendance_ids.unlink()
        start = self._at(2031, 3, 4, 9)
        self.assertEqual(self._add(start, 2), self._at(2031, 3, 4, 11))

    def test_everything_a_holiday_ends_with_a_message(self):
        with self.assertRaises(UserError):
            self._add(self._at(2031, 3, 4, 9), 4001)

    def test_no_number_of_hours(self):
        for value in (-1, float("nan"), float("inf"), "2", None, True, 10**9):
            with self.subTest(value=value), self.assertRaises(UserError):
                self._add(self._at(2031, 3, 4, 9), value)

    def test_wall_clock(self):
        clock = WallClock(self.env, self.company)
        start = self._at(2031, 3, 7, 23)
        self.assertEqual(clock.add(start, 2), self._at(2031, 3, 8, 1))
        self.assertEqual(clock.between(start, self._at(2031, 3, 8, 1)), 2)
        self.assertEqual(clock.between(self._at(2031, 3, 8, 1), start), 0)

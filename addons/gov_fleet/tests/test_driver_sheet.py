import base64
import io
from datetime import date, datetime, time, timedelta

import openpyxl
from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_driver import DriverCase


@tagged("post_install", "-at_install")
class TestDriverSheet(DriverCase):
    """The month of the drivers for the pay office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = cls.company.gov_today()
        cls.month = today.replace(day=1) - relativedelta(months=1)
        cls.sheets = cls._as(cls.env["gov.driver.sheet"], cls.dispatcher_user)
        cls.workdays = cls.env["gov.workday"]

    def _day(self, working=True, skip=0):
        """Return a working day, or a day off, of the month; the next one works too."""
        day = self.month
        while True:
            kind = self.workdays.is_working_day(day)
            after = self.workdays.is_working_day(day + timedelta(days=1))
            if kind == working and (after or not working) and day.day > 1:
                if not skip:
                    return day
                skip -= 1
            day += timedelta(days=1)

    def _span(self, day, start, end, days=0):
        first, last = (
            datetime.combine(day, time(*map(int, text.split(":"))))
            for text in (start, end)
        )
        return (
            self.company._gov_utc(first),
            self.company._gov_utc(last + timedelta(days=days)),
        )

    def _sheet(self):
        sheet = self.sheets.create({"month": self.month + timedelta(days=14)})
        self.assertEqual(sheet.month, self.month)
        return sheet

    def _line(self, sheet, driver=None):
        driver = driver or self.driver
        return sheet.line_ids.filtered(lambda line: line.driver_id == driver)

    def test_from_trips_to_amounts(self):
        day = self._day()
        self._drive(*self._span(day, "17:00", "22:30"), km=60)
        off = self._day(working=False)
        kind = (
            "holiday"
            if self.workdays.search([("date", "=", off), ("kind", "=", "holiday")])
            else "rest"
        )
        self._drive(*self._span(off, "08:00", "10:00"), vehicle=self.car2)
        sheet = self._sheet()
        sheet.action_compute()
        line = self._line(sheet)
        # 18:00 to 22:30 less half an hour for the meal
        self.assertEqual(line.hours_working, 4)
        self.assertEqual(line[f"hours_{kind}"], 2)
        rate = {"rest": 20, "holiday": 30}[kind]
        self.assertRecordValues(
            line,
            [
                {
                    "trip_count": 2,
                    "day_count": 2,
                    "distance": 110,
                    "meal_count": 1,
                    "night_count": 1,
                    "rest_due": 1,
                    "rest_missed": 0,
                    "away_days": 0,
                    "amount_overtime": 4 * 15 + 2 * rate,
                    "amount_meal": 20,
                    "amount_night": 30,
                    "amount_away": 0,
                    "amount_total": 110 + 2 * rate,
                }
            ],
        )
        self.assertEqual(sheet.amount_total, line.amount_total)
        self.assertIn("17:00", line.explanation)
        # Counted again it says the same.
        sheet.action_compute()
        self.assertEqual(len(sheet.line_ids), 1)
        self.assertEqual(self._line(sheet).amount_total, 110 + 2 * rate)

    def test_whole_in_the_month_of_the_return(self):
        last = self.month + relativedelta(months=1, days=-1)
        self._drive(*self._span(last, "23:00", "01:00", days=1))
        before = self.month - timedelta(days=1)
        self._drive(*self._span(before, "23:00", "01:00", days=1), vehicle=self.car2)
        sheet = self._sheet()
        sheet.action_compute()
        self.assertEqual(self._line(sheet).trip_count, 1)
        self.assertEqual(self._line(sheet).day_count, 2)

    def test_away(self):
        request = self._as(self.env["gov.vehicle.request"], self.staff_user).create(
            {
                "purpose": "Conference",
                "destination": "Provincial capital",
                "area": "outside_city",
                "date_start": self._at(9),
                "date_end": self._at(11),
            }
        )
        day = self._day()
        trip = self._drive(*self._span(day, "09:00", "11:00", days=1))
        self._engine(trip).request_id = request
        sheet = self._sheet()
        sheet.action_compute()
        line = self._line(sheet)
        self.assertEqual((line.away_days, line.amount_away), (2, 200))

    def test_adjusting(self):
        self._drive(*self._span(self._day(), "19:30", "21:30"))
        sheet = self._sheet()
        sheet.action_compute()
        line = self._line(sheet)
        self.assertEqual(line.amount_total, 30)
        self.assertIn("Say why", self._refused(line.write, {"adjustment": 5}))
        for bad in (10001, -10001, float("nan"), float("inf"), "x", 10.0**300):
            with self.subTest(bad=bad):
                self._refused(
                    line.write, {"adjustment": bad, "adjustment_reason": "Why"}
                )
        for values in (
            {"amount_total": 9999},
            {"hours_working": 9},
            {"driver_id": self.driver2.id},
            {"sheet_id": sheet.id},
        ):
            with self.subTest(values=values):
                self._refused(line.write, values)
        line.write({"adjustment": -5, "adjustment_reason": "Was at the doctor"})
        self.assertEqual((line.amount_total, sheet.amount_total), (25, 25))
        sheet.action_compute()
        line = self._line(sheet)
        self.assertEqual((line.adjustment, line.amount_total), (-5, 25))
        with self.assertRaises(AccessError):
            self._as(line, self.driver_user).write({"adjustment": 0})
        for call in (line.unlink, line.copy):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                call()

    def test_nobody_adjusts_the_own_line(self):
        self.driver_user.group_ids += self.env.ref("gov_fleet.group_dispatcher")
        self._drive(*self._span(self._day(), "19:30", "21:30"))
        sheet = self._sheet()
        sheet.action_compute()
        mine = self._as(self._line(sheet), self.driver_user)
        message = self._refused(
            mine.write, {"adjustment": 500, "adjustment_reason": "I am worth it"}
        )
        self.assertIn("own line", message)

    def test_handed_over(self):
        trip = self._drive(*self._span(self._day(), "19:30", "21:30"))
        sheet = self._sheet()
        manager = self._as(sheet, self.fleet_user)
        self.assertIn("not been counted", self._refused(manager.action_hand_over))
        sheet.action_compute()
        self.assertIn("manager", self._refused(sheet.action_hand_over))
        manager.action_hand_over()
        self.assertEqual(sheet.state, "handed")
        self.assertEqual(sheet.handed_by_id, self.fleet_user)
        line = self._line(sheet)
        self.assertEqual(trip.driver_sheet_line_id, line)
        self.assertTrue(sheet.is_sealed and line.is_sealed)
        for call in (
            lambda: manager.action_hand_over(),
            lambda: sheet.action_compute(),
            lambda: line.write({"adjustment": 5, "adjustment_reason": "Later"}),
            lambda: manager.unlink(),
            lambda: self._engine(line).write({"amount_total": 1}),
            lambda: self._engine(sheet).write({"amount_total": 1}),
        ):
            self._refused(call)

    def test_late_trip_stands_on_the_next_sheet(self):
        self._drive(*self._span(self._day(), "19:30", "21:30"))
        sheet = self._sheet()
        sheet.action_compute()
        self._as(sheet, self.fleet_user).action_hand_over()
        late = self._drive(
            *self._span(self._day(skip=1), "19:30", "20:30"), vehicle=self.car2
        )
        today = self.company.gov_today()
        following = self.sheets.create({"month": today})
        following.action_compute()
        line = self._line(following)
        self.assertEqual((line.trip_count, line.amount_total), (1, 15))
        self.assertIn(late.number, line.explanation)

    def _handed(self, sheet):
        sheet.action_compute()
        self._as(sheet, self.fleet_user).action_hand_over()
        # As at the end of a request.
        self.env.flush_all()
        return sheet

    def _correct(self, trip, start, end):
        self._as(trip, self.fleet_user).action_correct(
            "The slip says otherwise", date_start=start, date_end=end
        )

    def test_correction_stands_on_the_next_sheet(self):
        """What was handed over stays; the difference is paid, or taken off, once."""
        day = self._day()
        trip = self._drive(*self._span(day, "19:30", "21:30"))
        other = self._drive(
            *self._span(self._day(skip=1), "19:30", "20:30"), vehicle=self.car2
        )
        line = self._line(self._handed(self._sheet()))
        self.assertEqual((line.hours_working, line.amount_total), (3, 45))
        self._correct(trip, *self._span(day, "19:30", "20:00"))
        following = self.sheets.create({"month": self.company.gov_today()})
        following.action_compute()
        correction = following.line_ids
        self.assertRecordValues(
            correction,
            [
                {
                    "driver_id": self.driver.id,
                    "corrects_id": line.id,
                    "trip_count": 0,
                    "hours_working": -1.5,
                    "amount_overtime": -22.5,
                    "amount_total": -22.5,
                }
            ],
        )
        self.assertEqual(following.amount_total, -22.5)
        self.assertEqual((line.hours_working, line.amount_total), (3, 45))
        self.assertIn(self.month.strftime("%Y-%m"), correction.correction_text)
        self.assertFalse(line.correction_text)
        self.assertIn(trip.number, correction.explanation)
        self.assertIn("The slip says otherwise", correction.explanation)
        self.assertNotIn(other.number, correction.explanation)
        rows = following._get_rows()
        self.assertIn(correction.correction_text, rows[0]["driver_id"])
        # Beside a line of the month itself, and adjusted for itself.
        now = self._at(0, 5, days=0)
        self._drive(now, now + timedelta(minutes=1), vehicle=self.mpv)
        correction.write({"adjustment": 2.5, "adjustment_reason": "Agreed"})
        following.action_compute()
        self.assertEqual(len(following.line_ids), 2)
        self.assertEqual(following.driver_count, 1)
        correction = following.line_ids.filtered("corrects_id")
        self.assertEqual((correction.adjustment, correction.amount_total), (2.5, -20))
        self.assertFalse(other.is_corrected)

    def test_correction_over_all_nines(self):
        """What was corrected is told in km driven, not in readings taken off."""
        day = self._day()
        # From 999,980 km to 30 km.
        trip = self._drive(*self._span(day, "19:30", "21:30"), out=999980, km=-999950)
        self.assertEqual(trip.distance, 50)
        self._handed(self._sheet())
        self._correct(trip, *self._span(day, "19:30", "20:00"))
        following = self.sheets.create({"month": self.company.gov_today()})
        following.action_compute()
        explanation = following.line_ids.explanation
        self.assertEqual(explanation.count(" 50 km"), 2, explanation)

    def test_correction_is_carried_once(self):
        day = self._day()
        trip = self._drive(*self._span(day, "19:30", "21:30"))
        month, self.month = self.month, self.month - relativedelta(months=1)
        early = self._handed(self._sheet())
        self.month = month
        sheet = self._handed(self._sheet())
        line = self._line(sheet)
        self._correct(trip, *self._span(day, "19:30", "20:30"))
        following = self.sheets.create({"month": self.company.gov_today()})
        following.action_compute()
        self.assertEqual(following.amount_total, -15)
        engine_sheet = self._engine(following)
        engine_sheet._hand_over()
        self.assertEqual(following.state, "handed")
        # Counted for another sheet nothing is left, until it is corrected again.
        again = early.browse(early.id)
        self.assertFalse(self._engine(again)._prepare_corrections({}))
        self._correct(trip, *self._span(day, "19:30", "21:00"))
        [vals] = self._engine(again)._prepare_corrections({})
        self.assertEqual((vals["amount_total"], vals["corrects_id"]), (7.5, line.id))

    def test_correction_into_the_next_month(self):
        """Days to which a corrected trip has come count as what they are."""
        self.month -= relativedelta(months=1)
        last = self.month + relativedelta(months=1, days=-1)
        self.workdays.create(
            [
                {
                    "name": "Local holiday",
                    "date": last + timedelta(days=days),
                    "kind": "holiday",
                    "company_id": self.company.id,
                }
                for days in range(5)
            ]
        )
        trip = self._drive(*self._span(last, "09:00", "10:00"))
        sheet = self._handed(self._sheet())
        self._correct(trip, *self._span(last, "09:00", "10:00", days=4))
        following = self.sheets.create({"month": self.company.gov_today()})
        following.action_compute()
        line = following.line_ids
        self.assertEqual(line.corrects_id, self._line(sheet))
        self.assertEqual((line.hours_working, line.hours_rest), (0, 0))
        self.assertGreater(line.hours_holiday, 8)

    def test_correction_without_a_difference(self):
        trip = self._drive(*self._span(self._day(), "09:00", "10:00"))
        self._handed(self._sheet())
        self._as(trip, self.fleet_user).action_correct(
            "The slip says otherwise", date_end=trip.date_end + timedelta(minutes=5)
        )
        following = self.sheets.create({"month": self.company.gov_today()})
        following.action_compute()
        self.assertFalse(following.line_ids)

    def test_changed_since_it_was_counted(self):
        self._drive(*self._span(self._day(), "19:30", "21:30"))
        sheet = self._sheet()
        sheet.action_compute()
        self._drive(*self._span(self._day(skip=1), "19:30", "20:30"), vehicle=self.car2)
        manager = self._as(sheet, self.fleet_user)
        self.assertIn("count it again", self._refused(manager.action_hand_over))
        self.assertEqual(sheet.state, "draft")

    def test_month_that_runs(self):
        sheet = self.sheets.create({"month": self.company.gov_today()})
        sheet.action_compute()
        manager = self._as(sheet, self.fleet_user)
        self.assertIn("month is over", self._refused(manager.action_hand_over))

    def test_bad_input(self):
        ahead = self.company.gov_today() + timedelta(days=40)
        for bad in (ahead, "2026-13-01", "x", 5, [1]):
            with self.subTest(bad=bad):
                self._refused(self.sheets.create, {"month": bad})
        sheet = self._sheet()
        for values in (
            {"month": "2026-01-01"},
            {"state": "handed"},
            {"amount_total": 1},
            {"line_ids": [(0, 0, {"driver_id": self.driver.id})]},
        ):
            with self.subTest(values=values):
                self._refused(sheet.write, values)

    def test_clause_that_cannot_be_read(self):
        self.env["gov.policy"].create(
            {
                "code": "vehicle.driver.meal.times",
                "name": "Meals",
                "value_type": "text",
                "value": "noon",
                "date_from": "2020-01-01",
                "company_id": self.company.id,
                "citation": "Rule of the test",
            }
        )
        sheet = self._sheet()
        message = self._refused(sheet.action_compute)
        self.assertIn("vehicle.driver.meal.times", message)
        self.assertIn("noon", message)

    def test_workbook_and_paper(self):
        self._drive(*self._span(self._day(), "19:30", "21:30"))
        sheet = self._sheet()
        sheet.action_compute()
        action = sheet.action_export()
        self.assertIn("/book/", action["url"])
        content = base64.b64decode(sheet.book)
        book = openpyxl.load_workbook(io.BytesIO(content))
        rows = [[cell.value for cell in row] for row in book.active.rows]
        names = {row[1] for row in rows if len(row) > 1}
        self.assertIn(self.driver.name, names)
        self.assertTrue(any(30 in row for row in rows))
        report = "gov_fleet.report_driver_sheet"
        html = self.env["ir.actions.report"]._render_qweb_html(report, sheet.ids)[0]
        text = html.decode()
        self.assertIn(self.driver.name, text)
        self.assertIn("30.00", text)
        self.assertEqual(sheet.action_print()["report_name"], report)

    def test_who_reads(self):
        self._drive(*self._span(self._day(), "19:30", "21:30"))
        sheet = self._sheet()
        sheet.action_compute()
        line = self._line(sheet)
        lines = self.env["gov.driver.sheet.line"]
        mine = self._as(lines, self.driver_user)
        self.assertFalse(mine.search([]))  # a draft is nobody's to read
        self._as(sheet, self.fleet_user).action_hand_over()
        line = self._line(sheet)
        self.assertEqual(mine.search([]), line)
        self.assertFalse(self._as(lines, self.driver2_user).search([]))
        self.assertFalse(self._as(lines, self.staff_user).search([]))
        self.assertIn(line, self._as(lines, self.supervision_user).search([]))
        with self.assertRaises(AccessError):
            self._as(sheet, self.driver_user).action_export()
        with self.assertRaises(AccessError):
            self._as(self.env["gov.driver.sheet"], self.supervision_user).create({})

    def test_queries_do_not_grow(self):
        vehicles = (self.car, self.car2, self.mpv, self.bus)
        for number in range(8):
            day = self._day(skip=number % 5)
            hour = 9 + number
            self._drive(
                *self._span(day, f"{hour:02}:00", f"{hour:02}:30"),
                vehicle=vehicles[number % 4],
                driver=self.driver if number % 2 else self.driver2,
            )
        sheet = self._sheet()
        sheet.action_compute()
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        sheet.action_compute()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - start, 90)


@tagged("post_install", "-at_install")
class TestMakeUpSaturday(DriverCase):
    """A make-up Saturday is a working day on the sheet as well."""

    def test_make_up_saturday(self):
        saturday = date(2026, 10, 10)
        self.assertTrue(self.env["gov.workday"].is_working_day(saturday))
        sheet = self.env["gov.driver.sheet"].new(
            {"month": date(2026, 10, 1), "company_id": self.company.id}
        )
        kind_of = sheet._read_days(self.trips)
        self.assertEqual(kind_of(saturday), "working")
        self.assertEqual(kind_of(date(2026, 10, 1)), "holiday")
        self.assertEqual(kind_of(date(2026, 10, 17)), "rest")

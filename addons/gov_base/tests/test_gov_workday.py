import base64
from datetime import date, datetime, timedelta

import chinese_calendar
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import GovCommon


class WorkdayCase(GovCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Workday = cls.env["gov.workday"]
        cls.Year = cls.env["gov.workday.year"]
        cls.Workday.search([]).unlink()
        cls.Year._load_known_years()
        cls.Year.search([]).filtered("can_load").action_load()

    def _year(self, year):
        return self.Year.search([("year", "=", year)]) or self.Year.create(
            {"year": year}
        )


@tagged("post_install", "-at_install")
class TestGovWorkday(WorkdayCase):
    # === regulations.md, section 8 ===

    def test_three_working_days_after_receipt(self):
        vectors = [
            ("2026-02-13", date(2026, 2, 25)),
            ("2026-04-30", date(2026, 5, 8)),
            ("2026-09-30", date(2026, 10, 10)),
            ("2026-09-18", date(2026, 9, 22)),
            ("2026-10-08", date(2026, 10, 12)),
        ]
        for start, last in vectors:
            with self.subTest(start=start):
                self.assertEqual(self.Workday.add_working_days(start, 3), last)
                answer = self.Workday.deadline(start, 3, "working_day")
                self.assertEqual(answer["date"], last)
                self.assertIs(answer["provisional"], False)

    def test_make_up_days_are_worked(self):
        for day in ("2026-01-04", "2026-02-14", "2026-02-28", "2025-01-26"):
            self.assertIs(self.Workday.is_working_day(day), True, day)
        for day in ("2026-02-17", "2026-05-05", "2026-11-22", "2025-10-08"):
            self.assertIs(self.Workday.is_working_day(day), False, day)
        self.assertIs(self.Workday.is_working_day(date(2026, 11, 23)), True)

    def test_248_working_days_in_both_years(self):
        for year, off, worked in ((2025, 28, 5), (2026, 33, 6)):
            self.assertRecordValues(
                self._year(year),
                [
                    {
                        "working_days": 248,
                        "holiday_count": off,
                        "workday_count": worked,
                        "state": "official",
                    }
                ],
            )

    def test_against_the_package_day_by_day(self):
        """An independent oracle: walk with chinesecalendar itself."""

        @settings(max_examples=150, deadline=None, derandomize=True, database=None)
        @given(
            start=st.dates(date(2004, 1, 1), date(2025, 12, 31)),
            number=st.integers(0, 120),
        )
        def check(start, number):
            day, left = start, number
            while left:
                day += timedelta(days=1)
                left -= chinese_calendar.is_workday(day)
            self.assertEqual(self.Workday.add_working_days(start, number), day)
            answer = self.Workday.deadline(start, number, "calendar_day")
            rolled = start + timedelta(days=number)
            while not chinese_calendar.is_workday(rolled):
                rolled += timedelta(days=1)
            self.assertEqual(answer["date"], rolled)
            self.assertEqual(
                [entry["date"] for entry in answer["days"]],
                [start + timedelta(days=i + 1) for i in range((rolled - start).days)],
            )
            self.assertEqual(
                [entry["kind"] == "workday" for entry in answer["days"]],
                [chinese_calendar.is_workday(e["date"]) for e in answer["days"]],
            )

        check()

    # === Terms ===

    def test_calendar_days_end_on_the_next_working_day(self):
        answer = self.Workday.deadline("2026-09-25", 10, "calendar_day")
        self.assertEqual(answer["date"], date(2026, 10, 8))
        plain = self.Workday.deadline("2026-09-25", 10, "calendar_day", "none")
        self.assertEqual(plain["date"], date(2026, 10, 5))
        self.assertEqual(sum(day["counted"] for day in answer["days"]), 10)
        self.assertEqual(len(answer["days"]), 13)

    def test_days_tell_how_it_was_counted(self):
        answer = self.Workday.deadline("2026-09-18", 3, "working_day")
        self.assertEqual(
            answer["days"],
            [
                {
                    "date": date(2026, 9, 19),
                    "kind": "weekend",
                    "name": "",
                    "counted": False,
                },
                {
                    "date": date(2026, 9, 20),
                    "kind": "workday",
                    "name": "National Day",
                    "counted": True,
                },
                {
                    "date": date(2026, 9, 21),
                    "kind": "workday",
                    "name": "",
                    "counted": True,
                },
                {
                    "date": date(2026, 9, 22),
                    "kind": "workday",
                    "name": "",
                    "counted": True,
                },
            ],
        )

    def test_nothing_to_count(self):
        saturday = "2026-11-21"
        self.assertEqual(self.Workday.add_working_days(saturday, 0), date(2026, 11, 21))
        answer = self.Workday.deadline(saturday, 0, "working_day", "none")
        self.assertEqual((answer["date"], answer["days"]), (date(2026, 11, 21), []))
        answer = self.Workday.deadline(saturday, 0, "calendar_day")
        self.assertEqual(answer["date"], date(2026, 11, 23))

    def test_a_year_without_its_plan_is_provisional(self):
        self._year(2027)
        self.assertEqual(self._year(2027).state, "provisional")
        cases = [
            ("2026-12-25", 4, "working_day", False),  # ends on 31 December
            ("2026-12-25", 5, "working_day", True),
            ("2026-12-25", 6, "calendar_day", False),
            ("2026-12-25", 7, "calendar_day", True),
            ("2028-03-01", 0, "calendar_day", True),
        ]
        for start, number, unit, provisional in cases:
            with self.subTest(start=start, number=number, unit=unit):
                answer = self.Workday.deadline(start, number, unit)
                self.assertIs(answer["provisional"], provisional)
        self.Workday.create({"date": "2027-01-01", "name": "New Year (forecast)"})
        answer = self.Workday.deadline("2026-12-31", 1, "working_day")
        self.assertIs(answer["provisional"], True)
        self.assertEqual(answer["date"], date(2027, 1, 4))

    def test_an_institutions_own_day_goes_first(self):
        self.Workday.create(
            [
                {
                    "date": "2026-11-23",
                    "name": "Local holiday",
                    "company_id": self.company.id,
                },
                {
                    "date": "2026-10-01",
                    "kind": "workday",
                    "name": "Duty",
                    "company_id": self.company.id,
                },
            ]
        )
        here, there = self.Workday, self.Workday.with_company(self.other_company)
        self.assertIs(here.is_working_day("2026-11-23"), False)
        self.assertIs(there.is_working_day("2026-11-23"), True)
        self.assertIs(here.is_working_day("2026-10-01"), True)
        self.assertIs(there.is_working_day("2026-10-01"), False)
        self.assertEqual(here.add_working_days("2026-11-20", 1), date(2026, 11, 24))

    def test_a_long_closure_is_counted_right(self):
        first = date(2026, 3, 1)
        self.Workday.create(
            [
                {
                    "date": first + timedelta(days=i),
                    "name": "Flood",
                    "company_id": self.company.id,
                }
                for i in range(200)
            ]
        )
        self.assertEqual(
            self.Workday.add_working_days("2026-02-28", 1), date(2026, 9, 17)
        )

    def test_one_query_however_long(self):
        self.Workday.deadline("2026-01-05", 1, "working_day")
        for number in (3, 120):
            with self.subTest(number=number):
                self.env.invalidate_all()
                with self.assertQueryCount(1):
                    self.Workday.deadline("2026-01-05", number, "working_day")
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            self.Workday.is_working_day("2026-01-05")

    # === Bad input ===

    def test_bad_dates(self):
        for value in (
            "tomorrow",
            "2026-02-30",
            "2026/02/03",
            "20260203",
            "",
            False,
            None,
            "0001-01-01",
            "9999-12-31",
            20260203,
            ["2026-02-03"],
        ):
            with self.subTest(value=value):
                with self.assertRaisesRegex(UserError, "not a date"):
                    self.Workday.is_working_day(value)
                with self.assertRaisesRegex(UserError, "not a date"):
                    self.Workday.add_working_days(value, 3)
                with self.assertRaisesRegex(UserError, "not a date"):
                    self.Workday.deadline(value, 3, "working_day")

    def test_what_counts_as_a_date(self):
        for value in (
            "2026-02-13",
            date(2026, 2, 13),
            datetime(2026, 2, 13, 23, 59),
            "2026-02-13 23:59:00",
            "2026-02-13T08:00:00",
        ):
            with self.subTest(value=value):
                self.assertEqual(
                    self.Workday.add_working_days(value, 3), date(2026, 2, 25)
                )

    def test_bad_numbers_units_and_rolls(self):
        for number in (-1, 3.5, "3", True, None, 10**9):
            with self.subTest(number=number):
                with self.assertRaisesRegex(UserError, "number of days"):
                    self.Workday.add_working_days("2026-02-13", number)
                with self.assertRaisesRegex(UserError, "number of days"):
                    self.Workday.deadline("2026-02-13", number, "calendar_day")
        for unit in ("week", "", None, "Working_day"):
            with self.subTest(unit=unit), self.assertRaisesRegex(UserError, "unknown"):
                self.Workday.deadline("2026-02-13", 3, unit)
        with self.assertRaisesRegex(UserError, "previous.*next_working_day"):
            self.Workday.deadline("2026-02-13", 3, "working_day", "previous")

    @mute_logger("odoo.sql_db")
    def test_one_row_a_day(self):
        values = {"date": "2027-05-01", "name": "Labour Day"}
        self.Workday.create(values)
        self.Workday.create({**values, "company_id": self.company.id})
        for again in (values, {**values, "company_id": self.company.id}):
            with self.assertRaises(UniqueViolation), self.cr.savepoint():
                self.Workday.create(again)

    # === Rights ===

    def test_everybody_counts_the_administrator_keeps_the_calendar(self):
        portal = self.env["res.users"].create(
            {
                "name": "Served unit",
                "login": "gov_portal",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        for user in (self.staff_user, self.supervision_user, portal):
            with self.subTest(user=user.login):
                workday = self.Workday.with_user(user)
                self.assertEqual(
                    workday.add_working_days("2026-02-13", 3), date(2026, 2, 25)
                )
                with self.assertRaises(AccessError):
                    workday.create({"date": "2027-01-01", "name": "Mine"})
                with self.assertRaises(AccessError):
                    self._year(2026).with_user(user).action_load()
        self._year(2026).with_user(self.admin_user).action_load()


@tagged("post_install", "-at_install")
class TestGovWorkdayYear(WorkdayCase):
    def _import(self, text, year=2027, encoding="utf-8", **values):
        wizard = self.env["gov.workday.import"].create(
            {
                "year_id": self._year(year).id,
                "source": "Notice 2026 No. 9",
                "file": base64.b64encode(text.encode(encoding)),
                "filename": "2027.csv",
                **values,
            }
        )
        return wizard.action_import()

    def test_every_year_of_the_package_is_there_and_the_next_one_is_named(self):
        years = {record.year: record.state for record in self.Year.search([])}
        known = range(2004, 2027)
        self.assertLessEqual(set(known), set(years))
        self.assertEqual({years[year] for year in known}, {"official"})
        self.assertEqual(years[max(self.Year._known_years()) + 1], "provisional")

    def test_the_button_restores_a_year(self):
        year = self._year(2026)
        before = self.Workday.search_count([("year", "=", 2026)])
        self.Workday.search([("date", "=", "2026-10-01")]).unlink()
        own = self.Workday.create(
            {
                "date": "2026-11-23",
                "name": "Local holiday",
                "company_id": self.company.id,
            }
        )
        self.assertIs(self.Workday.is_working_day("2026-10-01"), True)
        self.assertIs(year.action_load(), True)
        self.assertIs(self.Workday.is_working_day("2026-10-01"), False)
        self.assertEqual(self.Workday.search_count([("year", "=", 2026)]), before + 1)
        self.assertTrue(own.exists())
        self.assertEqual(self.Workday.search_count([("year", "=", 2025)]), 33)
        self.assertIn("chinesecalendar", year.source)

    def test_a_year_that_the_package_does_not_know(self):
        year = self._year(2027)
        self.assertFalse(year.can_load)
        with self.assertRaisesRegex(UserError, "2027.*CSV"):
            year.action_load()

    def test_names_in_chinese_where_that_is_used(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self._year(2026).action_load()
        day = self.Workday.search([("date", "=", "2026-02-17")])
        self.assertEqual(day.name, "Spring Festival")
        self.assertEqual(day.with_context(lang="zh_CN").name, "春节")

    def test_import_makes_the_year_official(self):
        self._import(
            "date,kind,name\n2027-01-01,holiday,New Year\n2027/1/2,休,元旦\n"
            "\n2027年1月3日,workday,元旦\n"
        )
        year = self._year(2027)
        self.assertEqual((year.state, year.source), ("official", "Notice 2026 No. 9"))
        answer = self.Workday.deadline("2026-12-31", 1, "working_day")
        self.assertEqual(answer["date"], date(2027, 1, 3))
        self.assertIs(answer["provisional"], False)
        self._import("2027-02-08,holiday,Spring Festival\n")
        self.assertEqual(self.Workday.search_count([("year", "=", 2027)]), 1)

    def test_a_forecast_stays_provisional(self):
        self._import("2027-01-01,holiday,New Year\n", official=False)
        self.assertEqual(self._year(2027).state, "provisional")

    def test_files_as_office_programs_save_them(self):
        for text, encoding in (
            ("日期,类型,名称\r\n2027-01-01,放假,元旦\r\n", "gb18030"),
            ("2027-01-01;holiday;New Year\r\n", "utf-8-sig"),
            ("2027-01-01\tholiday\tNew Year\n", "utf-8"),
        ):
            with self.subTest(encoding=encoding):
                self._import(text, encoding=encoding)
                self.assertEqual(
                    self.Workday.search([("year", "=", 2027)]).mapped("kind"),
                    ["holiday"],
                )

    def test_bad_rows_are_named_and_nothing_is_imported(self):
        self._import("2027-01-01,holiday,New Year\n")
        with self.assertRaises(UserError) as caught:
            self._import(
                "date,kind,name\n"
                "2027-02-30,holiday,A\n"
                "2026-05-01,holiday,B\n"
                "2027-05-01,feast,C\n"
                "2027-05-03,workday,D\n"
                "2027-05-02,holiday,\n"
                "2027-05-04,holiday,E\n"
                "2027-05-04,holiday,E\n"
                "soon\n"
            )
        message = str(caught.exception)
        for expected in (
            "Row 2: “2027-02-30” is not a date",
            "Row 3: 2026-05-01 is not in 2027",
            "Row 4: “feast” is no kind of day",
            "Row 5: 2027-05-03 is no Saturday or Sunday",
            "Row 6: the name of the holiday is missing",
            "Row 8: the day stands in row 7 already",
            "Row 9: “soon” is not a date",
        ):
            self.assertIn(expected, message)
        self.assertEqual(
            self.Workday.search([("year", "=", 2027)]).mapped("date"),
            [date(2027, 1, 1)],
        )

    def test_empty_and_unreadable_files(self):
        with self.assertRaisesRegex(UserError, "no rows"):
            self._import("date,kind,name\n")
        with self.assertRaisesRegex(UserError, "UTF-8 or GB18030"):
            self._import("", file=base64.b64encode(b"\xff\xfe\x00\xff\xff"))

    def test_many_bad_rows_are_summed_up(self):
        with self.assertRaisesRegex(UserError, "and 30 more"):
            self._import("2027-02-30,holiday,A\n" * 50)

    def test_windows(self):
        form = Form(
            self.env["gov.workday.import"]
            .with_user(self.admin_user)
            .with_context(default_year_id=self._year(2027).id)
        )
        form.source = "Notice"
        form.file = base64.b64encode(b"2027-01-01,holiday,New Year\n")
        form.save().action_import()
        self.assertEqual(self._year(2027).holiday_count, 1)
        action = self._year(2026).action_open_days()
        self.assertEqual(action["domain"], [("year", "=", 2026)])

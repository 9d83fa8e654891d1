from datetime import date, datetime, timedelta

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestDuty(SupplyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person(
            "desk",
            "Jiang Xiaoyan",
            cls.works,
            36,
            "Desk",
            "gov_logistics.group_service_desk",
        )
        cls._create_person(
            "boss",
            "Fang Ya",
            cls.works,
            37,
            "Manager",
            "gov_logistics.group_service_manager",
        )
        cls.Shift = cls.env["gov.duty.shift"]

    def _shift(self, day="2026-11-16", kind="day", user=None, **values):
        shifts = self.Shift.with_user(user or self.desk_user)
        return shifts.create(
            {"date": day, "kind": kind, "leader_id": self.leader.id, **values}
        )

    @freeze_time("2026-11-10 02:00:00")
    def test_times_and_who_is_on_duty(self):
        """A night shift ends the next morning; both ends are local times."""
        day, night = self._shift(), self._shift(kind="night", leader_id=self.head.id)
        self.assertEqual(day.date_start, datetime(2026, 11, 16, 0, 30))
        self.assertEqual(day.date_end, datetime(2026, 11, 16, 9, 30))
        self.assertEqual(night.date_start, datetime(2026, 11, 16, 9, 30))
        self.assertEqual(night.date_end, datetime(2026, 11, 17, 0, 30))
        for moment, expected in (
            (datetime(2026, 11, 16, 0, 29, 59), self.Shift),
            (datetime(2026, 11, 16, 0, 30), day),
            (datetime(2026, 11, 16, 9, 29, 59), day),
            (datetime(2026, 11, 16, 9, 30), night),
            (datetime(2026, 11, 16, 20, 0), night),
            (datetime(2026, 11, 17, 0, 30), self.Shift),
        ):
            self.assertEqual(self.Shift._on_duty(moment, self.company), expected)
        self.assertFalse(
            self.Shift._on_duty(datetime(2026, 11, 16, 20, 0), self.other_company)
        )

    @freeze_time("2026-11-10 02:00:00")
    def test_times_follow_the_last_shift(self):
        self._shift(kind="night", time_from=18, time_to=8)
        with Form(self.Shift.with_user(self.desk_user)) as form:
            form.date = date(2026, 11, 20)
            form.kind = "night"
            form.leader_id = self.leader
        shift = form.record
        self.assertEqual((shift.time_from, shift.time_to), (18, 8))

    @freeze_time("2026-11-16 12:00:00")
    def test_now(self):
        night = self._shift(kind="night")
        other = self._shift(day="2026-11-17")
        self.assertTrue(night.is_now)
        self.assertFalse(other.is_now)
        self.assertEqual(self.Shift.search([("is_now", "=", True)]), night)
        self.assertEqual(
            self.Shift.search([("is_now", "=", False), ("id", "in", other.ids)]), other
        )

    @freeze_time("2026-11-10 02:00:00")
    def test_one_shift_of_a_kind_a_day(self):
        self._shift()
        with self.assertRaisesRegex(UserError, "in the roster already"):
            self._shift()
        self._shift(kind="night")
        second = self._shift(day="2026-11-17")
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            second.date = date(2026, 11, 16)
            self.env.flush_all()

    @freeze_time("2026-11-10 02:00:00")
    def test_copy_week(self):
        """Twice copied is once there; who has left is left out or named."""
        driver = self.store
        first = self._shift(
            employee_ids=[Command.set((self.staff + self.clerk).ids)],
            driver_id=driver.id,
            phone="8110",
        )
        gone = self._shift(day="2026-11-22", leader_id=self.second.id)
        taken = self._shift(day="2026-11-24", kind="night")
        self._shift(day="2026-11-17", kind="night")
        self.second.active = False
        driver.active = False
        self.clerk.active = False
        action = first.with_user(self.desk_user).action_copy_week()
        self.assertIn(gone.display_name, str(action["params"]["message"]))
        week = self.Shift.search(
            [("date", ">=", "2026-11-23"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(week), 2)
        copy = week - taken
        self.assertEqual(copy.date, date(2026, 11, 23))
        self.assertEqual(copy.employee_ids, self.staff)
        self.assertFalse(copy.driver_id)
        self.assertEqual(copy.phone, "8110")
        first.with_user(self.desk_user).action_copy_week()
        self.assertEqual(
            self.Shift.search_count(
                [("date", ">=", "2026-11-23"), ("company_id", "=", self.company.id)]
            ),
            2,
        )

    def test_past_stays(self):
        with freeze_time("2026-11-10 02:00:00"):
            shift = self._shift(day="2026-11-10")
        with freeze_time("2026-11-10 08:00:00"):
            shift.with_user(self.desk_user).phone = "8111"
        with freeze_time("2026-11-10 09:30:00"):
            with self.assertRaisesRegex(UserError, "stays on record"):
                shift.with_user(self.desk_user).leader_id = self.head
            with self.assertRaisesRegex(UserError, "stays on record"):
                shift.with_user(self.desk_user).unlink()
            shift.with_user(self.boss_user).leader_id = self.head
        self.assertEqual(shift.leader_id, self.head)

    @freeze_time("2026-11-10 02:00:00")
    def test_rights(self):
        shift = self._shift()
        self.assertEqual(shift.with_user(self.staff_user).phone, shift.phone)
        for user in (self.staff_user, self.supervision_user, self.store_user):
            with self.assertRaises(AccessError):
                shift.with_user(user).phone = "1"
            with self.assertRaises(AccessError):
                self._shift(day="2026-11-18", user=user)
        foreign = self.Shift.with_user(self.other_staff_user).with_context(
            allowed_company_ids=self.other_company.ids
        )
        self.assertFalse(foreign.search([("id", "=", shift.id)]))

    @freeze_time("2026-11-10 02:00:00")
    def test_bad_input(self):
        for values in (
            {"date": "soon"},
            {"time_from": 25},
            {"time_from": -1},
            {"time_to": float("nan")},
            {"leader_id": 2**40},
            {"leader_id": 999999},
            {"kind": "noon"},
            {"phone": "a\0b"},
            {"employee_ids": [Command.create({"name": "x"})]},
            {"employee_ids": [Command.link(987654321)]},
            {"employee_ids": "all"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._shift(**values)
        with self.assertRaises(UserError):
            self.Shift.with_user(self.desk_user).create(["x"])
        with self.assertRaises(UserError):
            self.Shift.with_user(self.desk_user).action_copy_week()
        with self.assertRaises(UserError):
            self._shift(employee_ids=[Command.link(self.other_staff.id)])
        with self.assertRaises(UserError):
            self._shift(leader_id=self.other_staff.id)

    @freeze_time("2026-11-10 02:00:00")
    def test_copy_costs_the_same_for_a_full_week(self):
        for offset in range(7):
            day = date(2026, 11, 16) + timedelta(days=offset)
            self._shift(day=str(day))
            self._shift(day=str(day), kind="night")
        shifts = self.Shift.with_user(self.desk_user).search(
            [("date", ">=", "2026-11-16"), ("company_id", "=", self.company.id)]
        )
        shifts.action_copy_week()
        self.assertEqual(
            self.Shift.search_count(
                [("date", ">=", "2026-11-23"), ("company_id", "=", self.company.id)]
            ),
            14,
        )

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_logistics.tests.common import SIGNATURE

from .common_driver import DriverCase


@tagged("post_install", "-at_install")
class TestVehicleLogSheet(DriverCase):
    """The month of an allocated vehicle, signed by the head of its section."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = cls.company.gov_today()
        cls.month = today.replace(day=1) - relativedelta(months=1)
        cls.sheets = cls._as(cls.env["gov.vehicle.log.sheet"], cls.dispatcher_user)

    def _trip(self, day=5, hour=9, **values):
        day = self.month + timedelta(days=day - 1)
        return self._drive(
            self._at(hour, day=day),
            self._at(hour + 1, day=day),
            vehicle=self.own_car,
            toll_amount=5,
            **values,
        )

    def _sheet(self, **values):
        return self.sheets.create(
            {"vehicle_id": self.own_car.id, "month": self.month, **values}
        )

    def test_signed_by_the_head(self):
        first, second = self._trip(5), self._trip(9)
        sheet = self._sheet(month=self.month + timedelta(days=20))
        self.assertEqual((sheet.month, sheet.department_id), (self.month, self.office))
        self.assertEqual(sheet.trip_ids, first + second)
        for user in (self.dispatcher_user, self.fleet_user):
            message = self._refused(self._as(sheet, user).action_sign)
            self.assertIn("Cheng Xiaolan", message)
        with self.assertRaises(AccessError):
            self._as(sheet, self.works_head_user).action_sign()
        head = self._as(sheet, self.office_head_user)
        self.assertTrue(head.can_sign)
        self.assertTrue(head.action_sign())
        self.assertRecordValues(
            sheet,
            [
                {
                    "state": "signed",
                    "trip_count": 2,
                    "distance": 100,
                    "odometer_first": 10000,
                    "odometer_last": 10100,
                    "amount": 10,
                    "signer_id": self.office_head_user.id,
                    "signer_name": "Cheng Xiaolan",
                    "channel": "system",
                }
            ],
        )
        self.assertEqual(sheet.line_ids.trip_id, first + second)
        self.assertTrue(sheet.is_sealed and all(sheet.line_ids.mapped("is_sealed")))
        self.assertIn("Signed", self._refused(head.action_sign))
        desk = self._as(sheet, self.fleet_user)
        for call in (
            lambda: self._engine(sheet).write({"distance": 1}),
            lambda: self._engine(sheet.line_ids).write({"distance": 1}),
            lambda: desk.action_cancel(),
            lambda: desk.unlink(),
            lambda: self._engine(sheet.line_ids).unlink(),
        ):
            self._refused(call)

    def test_late_slip_stands_on_a_further_sheet(self):
        self._trip(5)
        sheet = self._sheet()
        self._as(sheet, self.office_head_user).action_sign()
        late = self._trip(7)
        further = self._sheet()
        self.assertEqual(further.trip_ids, late)
        self._as(further, self.office_head_user).action_sign()
        self.assertEqual(further.trip_count, 1)
        self.assertEqual(sheet.trip_count, 1)

    def test_one_open_sheet_a_month(self):
        self._sheet()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            with self.env.cr.savepoint():
                self._sheet()
                self.env.flush_all()

    def test_over_the_months_end(self):
        last = self.month + relativedelta(months=1, days=-1)
        over = self._drive(
            self._at(23, day=last),
            self._at(1, day=last + timedelta(days=1)),
            vehicle=self.own_car,
        )
        self.assertNotIn(over, self._sheet().trip_ids)
        running = self._sheet(month=self.company.gov_today())
        self.assertIn(over, running.trip_ids)
        head = self._as(running, self.office_head_user)
        self.assertIn("month is over", self._refused(head.action_sign))

    def test_on_paper(self):
        self._trip(5)
        sheet = self._sheet()
        today = self.company.gov_today()
        with self.assertRaises(AccessError):
            self._as(sheet, self.works_staff_user).action_sign_paper(
                "Cheng", today, SIGNATURE
            )
        head = self._as(sheet, self.office_head_user)
        self.assertIn(
            "dispatchers", self._refused(head.action_sign_paper, "C", today, SIGNATURE)
        )
        for person, day, scan in (
            ("", today, SIGNATURE),
            ("Cheng", None, SIGNATURE),
            ("Cheng", "x", SIGNATURE),
            ("Cheng", today + timedelta(days=1), SIGNATURE),
            ("Cheng", self.month, SIGNATURE),
            ("Cheng", today, None),
            ("Cheng", today, "aGVsbG8="),
        ):
            with self.subTest(person=person, day=day, scan=scan):
                self._refused(sheet.action_sign_paper, person, day, scan)
        self.assertEqual(sheet.state, "draft")
        self.assertTrue(sheet.action_sign_paper("Cheng Xiaolan", today, SIGNATURE))
        self.assertEqual((sheet.state, sheet.channel), ("signed", "paper"))
        self.assertEqual(sheet.scan_sha256, self._fingerprint())

    def test_only_allocated_vehicles(self):
        message = self._refused(
            self.sheets.create, {"vehicle_id": self.car.id, "month": self.month}
        )
        self.assertIn("not allocated", message)
        ahead = self.company.gov_today() + timedelta(days=40)
        for values in (
            {"month": ahead},
            {"month": "x"},
            {"vehicle_id": 987654},
            {"vehicle_id": "x"},
            {"state": "signed"},
            {"distance": 5},
            {"department_id": self.works.id},
            {"signer_id": self.office_head_user.id},
        ):
            with self.subTest(values=values):
                self._refused(self._sheet, **values)

    def test_draft_cannot_be_turned(self):
        sheet = self._sheet()
        for values in (
            {"vehicle_id": self.car.id},
            {"month": "2026-01-01"},
            {"state": "signed"},
            {"company_id": self.other_company.id},
            {"line_ids": [(0, 0, {"distance": 5})]},
        ):
            with self.subTest(values=values):
                self._refused(sheet.write, values)
        sheet.action_cancel()
        self.assertEqual(sheet.state, "cancelled")
        head = self._as(sheet, self.office_head_user)
        self.assertIn("Cancelled", self._refused(head.action_sign))

    def test_paper_says_when_and_how_far_to_the_tenth(self):
        trip = self._trip(5)
        self._engine(trip).write({"odometer_out": 123456.7, "odometer_in": 123470.2})
        sheet = self._sheet()
        when = sheet._get_paper_rows()[0]["when"]
        self.assertRegex(when, r"^\d\d-05 \d\d:\d\d–\d\d:\d\d$")
        reports = self._as(self.env["ir.actions.report"], self.dispatcher_user)
        html = reports._render_qweb_html(
            "gov_fleet.report_vehicle_log_sheet", sheet.ids
        )[0].decode()
        for text in (when, "123456.7", "123470.2"):
            self.assertIn(text, html)
        self._engine(trip).date_end += timedelta(days=1)
        self.assertRegex(sheet._get_paper_rows()[0]["when"], r"–\d\d-06 \d\d:\d\d$")

    def test_protected_trip_leaves_its_route_out(self):
        trip = self._trip(5, route="Secret place")
        self._engine(trip).is_protected = True
        sheet = self._sheet()
        self.assertNotIn("Secret", str(sheet._get_paper_rows()))
        self._as(sheet, self.office_head_user).action_sign()
        self.assertFalse(sheet.line_ids.route)
        self.assertNotIn("Secret", str(sheet._get_paper_rows()))

    def test_job_asks_the_head_once(self):
        self._trip(5)
        for _run in range(2):
            self.env["gov.vehicle.log.sheet"]._cron_prepare()
        sheet = self.sheets.search([("vehicle_id", "=", self.own_car.id)])
        self.assertEqual(len(sheet), 1)
        self.assertEqual(sheet.month, self.month)
        activity = sheet.activity_ids
        self.assertEqual(activity.user_id, self.office_head_user)
        self._as(sheet, self.office_head_user).action_sign()
        self.assertFalse(sheet.activity_ids)
        self.env["gov.vehicle.log.sheet"]._cron_prepare()
        self.assertEqual(self.sheets.search_count([]), 1)
        self._trip(8)
        self.env["gov.vehicle.log.sheet"]._cron_prepare()
        self.assertEqual(self.sheets.search_count([]), 2)

    def test_vehicle_that_changes_section(self):
        self._trip(5)
        sheet = self._sheet()
        self.assertEqual(sheet.department_id, self.office)
        with self.assertRaises(UserError):
            sheet.write({"department_id": self.works.id})

    def test_paper(self):
        trip = self._trip(5, route="County Hall")
        sheet = self._sheet()
        report = "gov_fleet.report_vehicle_log_sheet"
        html = self.env["ir.actions.report"]._render_qweb_html(report, sheet.ids)[0]
        text = html.decode()
        self.assertIn("County Hall", text)
        self.assertIn(f"{trip.odometer_in:g}", text)

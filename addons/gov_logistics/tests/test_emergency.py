import base64
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_service import ServiceCase

# Monday 16 November 2026, 22:00 and 10:00 on the institution's clock.
_NIGHT, _DAY = "2026-11-16 14:00:00", "2026-11-16 02:00:00"


@tagged("post_install", "-at_install")
class TestEmergency(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(_DAY):
            cls.shift = cls.env["gov.duty.shift"].create(
                {
                    "date": "2026-11-16",
                    "kind": "night",
                    "leader_id": cls.leader.id,
                    "employee_ids": cls.repairer.ids,
                    "phone": "8119",
                    "company_id": cls.company.id,
                }
            )

    def _call(self, moment=_NIGHT, user=None, **values):
        requests = self._as(self.env["maintenance.request"], user or self.desk_user)
        with freeze_time(moment):
            return requests.create(
                {"name": "Pipe burst", "is_emergency": True, **values}
            )

    def _findings(self, request):
        return self.env["gov.finding"].search(
            [
                ("rule_code", "=", "emergency_not_papered"),
                ("res_id", "=", request.id),
                ("model", "=", request._name),
            ]
        )

    def test_night_shift_and_deadline(self):
        request = self._call()
        self.assertEqual(request.duty_shift_id, self.shift)
        self.assertEqual(request.duty_phone, "8119")
        self.assertEqual(request.paper_deadline, date(2026, 11, 17))
        self.assertTrue(request.is_to_paper)
        self.assertIn(self.repairer_user, request.sudo().activity_ids.user_id)

    def test_friday_night_is_papered_on_monday(self):
        request = self._call("2026-11-20 14:00:00")
        self.assertEqual(request.paper_deadline, date(2026, 11, 23))
        self.assertFalse(request.duty_shift_id)

    def test_holiday_counts_as_outside_working_time(self):
        self.env["gov.workday"].create(
            {
                "date": "2026-11-16",
                "kind": "holiday",
                "name": "Local day",
                "company_id": self.company.id,
            }
        )
        self.assertTrue(self._call(_DAY).paper_deadline)

    def test_in_working_time_or_no_emergency(self):
        self.assertFalse(self._call(_DAY).paper_deadline)
        self.assertFalse(self._call(is_emergency=False).paper_deadline)

    def test_made_an_emergency_later(self):
        request = self._call(is_emergency=False)
        with freeze_time("2026-11-16 14:30:00"):
            request.is_emergency = True
        self.assertEqual(request.duty_shift_id, self.shift)
        self.assertTrue(request.paper_deadline)

    def test_papered(self):
        request = self._call()
        for text in ("", "  ", None, 5, "x" * 2001, "a\0b"):
            with self.subTest(text=text), self.assertRaises(UserError):
                request.action_paper(text)
        with self.assertRaises(UserError):
            request.action_paper("Called", base64.b64encode(b"<svg/>").decode())
        with freeze_time("2026-11-17 02:00:00"):
            scan = base64.b64encode(b"%PDF-1.4\n%%EOF").decode()
            request.action_paper("Guard called, leader agreed, valve closed", scan)
        self.assertEqual(request.papered_on, date(2026, 11, 17))
        self.assertEqual(request.papered_by_id, self.desk_user)
        self.assertTrue(request.sudo().paper_scan)
        with self.assertRaisesRegex(UserError, "nothing to be papered"):
            request.action_paper("Again")

    def test_who_may(self):
        request = self._call()
        with self.assertRaises(UserError):
            self._as(request, self.supervision_user).action_paper("x")
        with self.assertRaises(AccessError):
            self._as(request, self.staff_user).action_paper("x")
        for vals in (
            {"papered_on": "2026-11-17"},
            {"paper_deadline": False},
            {"duty_shift_id": False},
            {"paper_text": "x"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                request.write(vals)

    def test_dialog(self):
        request = self._call()
        action = request.action_open_paper()
        wizard = self._as(self.env[action["res_model"]], self.desk_user)
        with Form(wizard.with_context(**action["context"])) as form:
            form.text = "Guard called"
        form.record.action_apply()
        self.assertTrue(request.papered_on)

    def test_late_is_found_once(self):
        late, papered, cancelled = self._call(), self._call(), self._call()
        papered.action_paper("Guard called")
        cancelled.action_cancel("False alarm")
        job = self.env.ref("gov_logistics.cron_gov_emergency_papers")
        with self.enter_registry_test_mode():
            with freeze_time("2026-11-17 02:00:00"):
                job.method_direct_trigger()
                self.assertFalse(self._findings(late))
            with freeze_time("2026-11-18 02:00:00"):
                job.method_direct_trigger()
                job.method_direct_trigger()
        self.assertEqual(len(self._findings(late)), 1)
        self.assertFalse(self._findings(papered) + self._findings(cancelled))

    def test_list_of_what_waits(self):
        request = self._call()
        requests = self.env["maintenance.request"]
        self.assertIn(request, requests.search([("is_to_paper", "=", True)]))
        request.action_paper("Guard called")
        self.assertNotIn(request, requests.search([("is_to_paper", "=", True)]))
        self.assertIn(request, requests.search([("is_to_paper", "=", False)]))

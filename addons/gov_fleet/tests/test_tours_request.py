from odoo.tests import HttpCase, tagged

from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestRequestTours(RequestCase, HttpCase):
    """An employee asks on the phone, the head agrees on the phone; a call."""

    def _phone(self, *args, **kwargs):
        self.browser_size, self.touch_enabled = "375x667", True
        try:
            self.start_tour(*args, **kwargs)
        finally:
            self.browser_size, self.touch_enabled = "1366x768", False

    def test_phone(self):
        self._phone(
            "/odoo/vehicle-requests", "gov_vehicle_ask_phone", login="gov_staff"
        )
        request = self.Requests.search([("destination", "=", "Tour hospital")])
        self.assertRecordValues(
            request,
            [
                {
                    "state": "submitted",
                    "employee_id": self.staff.id,
                    "passenger_count": 2,
                    "purpose": "Visit the tour",
                }
            ],
        )
        self._phone(
            "/odoo/gov-inbox", "gov_vehicle_agree_phone", login="gov_office_head"
        )
        head = request.sudo().decision_ids.filtered(lambda d: d.outcome == "approved")
        self.assertEqual(head.decider_id, self.office_head_user)

    def test_call(self):
        self.staff.name = "白静"
        self.start_tour(
            "/odoo/vehicle-call", "gov_vehicle_call", login="gov_dispatcher"
        )
        request = self.Requests.search(
            [("destination", "=", "县财政局"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(request.employee_id, self.staff)
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.confirmation_state, "waiting")

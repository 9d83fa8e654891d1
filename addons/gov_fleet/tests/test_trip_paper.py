from odoo.tests import tagged

from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestTripPaper(RequestCase):
    """The trip slip, as dispatcher, driver and user print it."""

    def _render(self, trip, user):
        reports = self._as(self.env["ir.actions.report"], user)
        html, kind = reports._render_qweb_html(
            "gov_fleet.report_vehicle_trip", trip.ids
        )
        self.assertEqual(kind, "html")
        return html.decode()

    def test_before_departure(self):
        request = self._approved()
        trip = self._dispatch(request)
        for user in (self.dispatcher_user, self.driver_user, self.staff_user):
            html = self._render(trip, user)
            for text in (
                "派车单",
                trip.number,
                self.company.name,
                "岚A·10001",
                "Jia Shi 8001",
                "General Office",
                "Meeting on the budget",
                "County finance bureau",
                "data:image/png;base64",
                "Section head",
                "调度员",
            ):
                with self.subTest(user=user.login, text=text):
                    self.assertIn(text, html)
            self.assertNotIn("10,000", html, "readings are left to the pen")

    def test_driver_reads_whom_to_fetch(self):
        trip = self._dispatch(self._approved(passenger_count=3))
        mine = self._as(trip, self.driver_user)
        self.assertEqual(mine.user_text.split(" · ")[0], "General Office")
        self.assertIn(self.staff.name, mine.user_text)
        self.assertTrue(mine.user_text.endswith("3 people"))
        secret = self._dispatch(
            self._approved(is_protected=True), self.car2, self.driver2
        )
        self.assertFalse(self._as(secret, self.driver2_user).user_text)

    def test_after_return(self):
        trip = self._dispatch(self._approved())
        desk = self._as(trip, self.dispatcher_user)
        desk.action_waive_check("Test")
        desk.action_depart(10000)
        desk.action_return(10086.5, toll_amount=25)
        html = self._render(trip, self.dispatcher_user)
        for text in ("10000", "10086.5", "86.5", "¥25.00"):
            self.assertIn(text, html)

    def test_protected(self):
        request = self._approved(is_protected=True, passenger_names="Mr Secret")
        trip = self._dispatch(request)
        html = self._render(trip, self.dispatcher_user)
        for secret in (
            request.purpose,
            request.destination,
            self.staff.name,
            "General Office",
            "Mr Secret",
            "Mi Mi",
        ):
            self.assertNotIn(secret, html)
        self.assertIn("Protected trip", html)

    def test_each_trip_has_its_own_page(self):
        request = self._approved(vehicle_count=2)
        self._dispatch(request)
        self._dispatch(request, self.car2, self.driver2)
        html = self._render(request.sudo().trip_ids, self.dispatcher_user)
        self.assertEqual(html.count("gov_paper_a5_landscape"), 2)
        self.assertIn("size: 210mm 148mm", html)

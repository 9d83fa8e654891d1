from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_request import RequestCase


class PaperCase(RequestCase):
    def _render(self, report, records, user):
        reports = self._as(self.env["ir.actions.report"], user)
        html, kind = reports._render_qweb_html(report, records.ids)
        self.assertEqual(kind, "html")
        return html.decode()


@tagged("post_install", "-at_install")
class TestRequestForm(PaperCase):
    """The request form, before and after the decision, and who may print it."""

    _report = "gov_fleet.report_vehicle_request"

    def test_before_the_decision(self):
        request = self._ask(passenger_names="Two guests")
        html = self._render(self._report, request, self.staff_user)
        for text in (
            "公务用车申请单",
            "Draft",
            self.company.name,
            self.staff.name,
            "General Office",
            "Meeting on the budget",
            "County finance bureau",
            "In town",
            "data:image/png;base64",
            "用车人",
        ):
            with self.subTest(text=text):
                self.assertIn(text, html)
        self.assertIn("size: 210mm 148mm", html)

    def test_decided_and_dispatched(self):
        request = self._approved(
            area="outside_province",
            filing_number="BB-17",
            vehicle_count=2,
        )
        self._dispatch(request)
        for user in (self.staff_user, self.dispatcher_user, self.office_head_user):
            html = self._render(self._report, request, user)
            for text in (
                request.number,
                "BB-17",
                "Section head",
                self.office_head.name,
                "岚A·10001",
                "Jia Shi",
            ):
                with self.subTest(user=user.login, text=text):
                    self.assertIn(text, html)

    def test_vehicles_and_days(self):
        windows = [
            {
                "date_start": self._at(8 + number, day=self.work_day),
                "date_end": self._at(9 + number, day=self.work_day),
                "seats": 7,
                "note": f"row {number}.",
            }
            for number in range(10)
        ]
        request = self._ask(need_ids=[(0, 0, window) for window in windows])
        html = self._render(self._report, request, self.staff_user)
        self.assertIn("7 seats", html)
        self.assertIn("row 7.", html)
        self.assertNotIn("row 8.", html, "the rest is counted, the page stays one")
        self.assertIn("and 2 more", html)

    def test_protected(self):
        request = self._approved(is_protected=True, passenger_names="Mr Secret")
        for user in (self.staff_user, self.guard_head_user):
            html = self._render(self._report, request, user)
            self.assertIn("County finance bureau", html)
        for user in (self.dispatcher_user, self.fleet_user, self.supervision_user):
            with (
                self.subTest(user=user.login),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                self._render(self._report, request, user)

    def test_button_stands_in_the_form(self):
        for model in ("gov.vehicle.request", "gov.vehicle.disposal"):
            report = self.env["ir.actions.report"].search([("model", "=", model)])
            arch = self.env[model].get_view(view_type="form")["arch"]
            self.assertIn(f'name="{report.id}"', arch)


@tagged("post_install", "-at_install")
class TestDisposalForm(PaperCase):
    """The disposal form: for the signatures before, with the result after."""

    _report = "gov_fleet.report_vehicle_disposal"

    def test_form(self):
        self.car.write({"vin_sn": "LSV000000", "net_car_value": 168000})
        disposal = self._as(self.env["gov.vehicle.disposal"], self.fleet_user).create(
            {
                "vehicle_id": self.car.id,
                "reason": "Worn out by the mountains",
                "residual_value": 8000,
            }
        )
        html = self._render(self._report, disposal, self.fleet_user)
        for text in (
            "公务用车处置审批单",
            "岚A·10001",
            "LSV000000",
            "¥168,000.00",
            "¥8,000.00",
            "10000 km",
            "Auction",
            "Worn out by the mountains",
        ):
            self.assertIn(text, html)
        self.assertNotIn("¥0.00", html, "what is not known yet is for the pen")
        disposal.action_submit()
        self._agree_all(disposal)
        self.assertEqual(disposal.approval_state, "approved")
        disposal.write({"income": 8100, "receipt_number": "T-77"})
        html = self._render(self._report, disposal, self.fleet_user)
        for text in (disposal.number, "¥8,100.00", "T-77"):
            self.assertIn(text, html)
        with self.assertRaises(AccessError):
            self._render(self._report, disposal, self.works_staff_user)

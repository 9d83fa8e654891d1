from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestPapers(SupplyCommon):
    """The forms that finance and archive expect, as those concerned print them."""

    def _render(self, report, request, user):
        reports = self.env["ir.actions.report"].with_user(user)
        html, kind = reports._render_qweb_html(f"gov_logistics.{report}", request.ids)
        self.assertEqual(kind, "html")
        return html.decode()

    def test_issue_form(self):
        request = self._request((self.paper, 3), (self.pen, 5), purpose="Sessions")
        request.action_submit()
        for user in (self.staff_user, self.office_head_user, self.store_user):
            html = self._render("report_supply_issue", request, user)
            for text in (
                "领用单",
                request.number,
                self.company.name,
                "General Office",
                "Bai Jing",
                "Sessions",
                "Paper A4 70 g",
                "Gel pen",
                "Section head",
            ):
                with self.subTest(user=user.login, text=text):
                    self.assertIn(text, html)
            # The unit price stays inside.
            self.assertNotIn("20.5", html)
        self.assertNotIn("gov_paper_signature", html)

    def test_issue_form_shows_each_signature(self):
        request = self._approved((self.paper, 3))
        clerk, line = request.with_user(self.store_user), request.line_ids
        clerk.action_issue(SIGNATURE, {line.id: 1})
        clerk.action_issue(SIGNATURE, None, self.clerk.id)
        html = self._render("report_supply_issue", request, self.staff_user)
        self.assertEqual(html.count('class="gov_paper_signature"'), 2)
        self.assertIn(SIGNATURE[:40], html)
        for name in ("An Wen", "Bai Jing", "Hou Xiaoman", "Cheng Xiaolan"):
            self.assertIn(name, html)

    def test_returns_are_no_signed_issues(self):
        request = self._approved((self.paper, 3))
        clerk = request.with_user(self.store_user)
        clerk.action_issue(SIGNATURE)
        clerk.action_return_goods({request.line_ids.id: 1}, "Left over")
        self.assertEqual(len(request._get_signed_issues()), 1)

    def test_purchase_form(self):
        request = self._request((self.chair, 2), kind="purchase", purpose="New staff")
        request.action_submit()
        self._decide_all(request)
        html = self._render("report_supply_purchase", request, self.staff_user)
        for text in (
            "采购申请（备案审批）单",
            request.number,
            "Office chair",
            "1,560.00",
            "壹仟伍佰陆拾元整",
            "Office expenses",
            "New staff",
            "Price check by the store",
            "Source of money by finance",
            "Head of the institution",
            "Lu Qiming",
        ):
            with self.subTest(text=text):
                self.assertIn(text, html)

    def test_lowered_quantity_shows_asked_and_approved(self):
        request = self._request((self.chair, 3), kind="purchase")
        request.action_submit()
        request.with_user(self.office_head_user).action_set_approved(
            {request.line_ids.id: 1}
        )
        self._decide_all(request)
        html = self._render("report_supply_purchase", request, self.office_head_user)
        self.assertIn("2,340.00", html)
        self.assertIn("柒佰捌拾元整", html)

    def test_each_kind_has_its_own_form(self):
        reports = self.env["ir.actions.report"].search(
            [("model", "=", "gov.supply.request")]
        )
        issue, purchase = (
            self._request((self.pen, 1)),
            self._request((self.pen, 1), kind="purchase"),
        )
        for request, name in ((issue, "issue"), (purchase, "purchase")):
            valid = reports.get_valid_action_reports(request._name, request.ids)
            self.assertEqual(
                reports.browse(valid).report_name, f"gov_logistics.report_supply_{name}"
            )

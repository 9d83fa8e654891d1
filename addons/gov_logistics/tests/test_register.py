from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_scan import PDF

from .common import SIGNATURE
from .test_counter import PIN, CounterCommon


@tagged("post_install", "-at_install")
class TestRegister(CounterCommon):
    """The register of issues says how each issue was signed for."""

    def _issue(self, *args, **way):
        request = self._approved((self.paper, 1))
        request.with_user(self.store_user).action_issue(*args, **way)
        return request

    def _rows(self, requests, user=None):
        self.env.flush_all()
        rows = self._as(self.env["gov.supply.consumption"], user or self.store_user)
        return rows.search([("request_id", "in", requests.ids)], order="id")

    def _print(self):
        month = self._as(self.env["gov.supply.month"], self.store_user).create(
            {"month": self.company.gov_today(), "company_id": self.company.id}
        )
        html = self.env["ir.actions.report"]._render_qweb_html(
            "gov_logistics.report_supply_register", month.ids
        )[0]
        return html.decode()

    def test_way_of_signing(self):
        self._set_pin()
        drawn = self._issue(SIGNATURE)
        pin = self._issue(pin=PIN, receiver_id=self.staff.id)
        book = self._issue(book="2026-3", page="17")
        rows = self._rows(drawn + pin + book)
        self.assertEqual(rows.mapped("counter_method"), ["signature", "pin", "paper"])
        texts = [
            "Signature",
            f"PIN of {self.clerk_user.name}",
            "Paper, register 2026-3, page 17 (scan missing)",
        ]
        self.assertEqual(rows.mapped("signing"), texts)
        self.assertEqual(rows.mapped("is_scan_missing"), [False, False, True])
        page = self._print()
        for text in texts:
            self.assertIn(text, page)
        # A department's head reads the rows of the department, not the slips.
        mine = self._rows(drawn + pin + book, self.office_head_user)
        self.assertEqual(mine.mapped("signing"), texts)

    def test_scan_comes_later(self):
        request = self._issue(book="2026-3", page="18")
        missing = [("is_scan_missing", "=", True), ("request_id", "=", request.id)]
        self.env.flush_all()
        rows = self._as(self.env["gov.supply.consumption"], self.store_user)
        self.assertEqual(rows.search_count(missing), 1)
        request.sudo().picking_ids.with_user(self.store_user).action_attach_scan(
            PDF, "page 18.pdf"
        )
        self.assertEqual(rows.search_count(missing), 0)
        self.assertEqual(self._rows(request).signing, "Paper, register 2026-3, page 18")
        self.assertNotIn("scan missing", self._print())

    def test_what_came_back_is_not_signed_for(self):
        request = self._issue(SIGNATURE)
        request.with_user(self.store_user).action_return_goods(
            {request.line_ids.id: 1}, "Too many"
        )
        back = self._rows(request).filtered(lambda row: row.quantity < 0)
        self.assertEqual((back.counter_method, back.signing), (False, False))
        self.assertFalse(back.is_scan_missing)

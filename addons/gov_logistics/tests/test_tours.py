from odoo.tests import HttpCase, tagged

from .common import SupplyCommon


class TourCase(SupplyCommon, HttpCase):
    """A matter of the office's staff member, in the language of the office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        users = cls.env["res.users"].search([("company_id", "=", cls.company.id)])
        users.lang = "zh_CN"
        cls.product = cls._create_product("Tour paper", 20.5, 100)

    def _requests(self):
        return self.env["gov.supply.request"].search(
            [("line_ids.product_id", "=", self.product.id)]
        )


@tagged("post_install", "-at_install")
class TestTours(TourCase):
    """Applicant and clerk at the desk."""

    def test_applicant(self):
        self.start_tour("/odoo/supply-mine", "gov_supply_applicant", login="gov_staff")
        request = self._requests()
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.handler_id, self.staff_user)
        self.assertEqual(request.amount_total, 61.5)

    def test_clerk(self):
        request = self._approved((self.product, 3))
        self.start_tour("/odoo/supply-counter", "gov_supply_clerk", login="gov_store")
        self.assertEqual(request.state, "done")
        self.assertEqual(self._on_hand(self.product), 97)
        picking = request.sudo().picking_ids
        self.assertEqual(len(picking.supply_signature_hash), 64)
        self.assertEqual(picking.supply_receiver_id, self.staff)

    def test_store_prices(self):
        request = self._purchase_up_to("price")
        self.start_tour("/odoo/supply-pricing", "gov_supply_price", login="gov_store")
        self.assertRecordValues(
            request.line_ids,
            [{"product_id": self.service.id, "price_unit": 450, "subtotal": 900}],
        )
        self.assertEqual(request.current_step_id.check_code, "funds")

    def test_finance_names_the_money(self):
        request = self._purchase_up_to("funds")
        self.start_tour("/odoo/gov-inbox", "gov_supply_funds", login="gov_finance")
        self.assertEqual(request.fund_source, "2026-30299")
        # Whoever agreed as line leader need not agree again for logistics.
        self.assertEqual(request.approval_state, "approved")

    def _purchase_up_to(self, code):
        """Return a purchase of a free text that waits for the check ``code``."""
        request = self._request(
            {
                "name": "Repair of the roof",
                "line_type": "service",
                "quantity": 2,
                "estimate": 400,
            },
            kind="purchase",
        )
        request.action_submit()
        request.with_user(self.office_head_user).action_approve()
        request.with_user(self.leader_user).action_approve()
        if code == "funds":
            store = request.with_user(self.store_user)
            values = {"product_id": self.service.id, "price_unit": 450}
            store.action_price_lines({store.line_ids.id: values})
            store.action_approve()
        self.assertEqual(request.current_step_id.check_code, code)
        return request


@tagged("post_install", "-at_install")
class TestPhoneTour(TourCase):
    """The leader on a phone: everything on one screen, one tap."""

    browser_size = "375x667"
    touch_enabled = True

    def test_leader(self):
        request = self._request((self.product, 3))
        request.action_submit()
        self.start_tour(
            "/odoo/gov-inbox", "gov_supply_leader_phone", login="gov_office_head"
        )
        self.assertEqual(request.state, "approved")
        self.assertEqual(request.sudo().decision_ids.decider_id, self.office_head_user)

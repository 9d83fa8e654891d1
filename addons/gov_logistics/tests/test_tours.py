from odoo.tests import HttpCase, tagged

from .common import SupplyCommon


class TourCase(SupplyCommon, HttpCase):
    """A matter of the office's staff member, in the language of the office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        for user in cls.staff_user + cls.office_head_user + cls.store_user:
            user.lang = "zh_CN"
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


@tagged("post_install", "-at_install")
class TestPhoneTour(TourCase):
    """The leader on a phone: everything on one screen, one tap."""

    browser_size = "390x844"
    touch_enabled = True

    def test_leader(self):
        request = self._request((self.product, 3))
        request.action_submit()
        self.start_tour(
            "/odoo/supply-waiting", "gov_supply_leader_phone", login="gov_office_head"
        )
        self.assertEqual(request.state, "approved")
        self.assertEqual(request.sudo().decision_ids.decider_id, self.office_head_user)

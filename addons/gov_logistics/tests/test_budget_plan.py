from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SIGNATURE
from .common_budget import BudgetCommon
from .test_plan import PlanCommon


@tagged("post_install", "-at_install")
class TestBudgetPlan(PlanCommon, BudgetCommon):
    """Of a monthly plan the departments pay, each its own part, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seat.categ_id.budget_item_id = cls.item
        cls.line = cls._line(5000, year=2026)
        cls.works_line = cls._line(5000, department=cls.works, year=2026)

    def test_hand_ins_pay(self):
        first = self._hand_in((self.seat, 2))
        second = self._hand_in((self.seat, 1), user=self.works_staff_user)
        self.assertFigures(self.line, 5000, 1800, 0)
        self.assertFigures(self.works_line, 5000, 900, 0)
        merged = self._merge()
        # Nobody pays twice; finance of the merged request has no line to name.
        self.assertFalse(merged.line_ids.budget_line_id)
        self.assertFigures(self.line, 5000, 1800, 0)
        self._decide_all(merged)
        self.assertEqual(merged.state, "approved")
        self.assertFigures(self.line, 5000, 1800, 0)
        self._receive(merged)
        self.assertFigures(self.line, 5000, 1800, 0)
        first.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertFigures(self.line, 5000, 0, 1800)
        self.assertFigures(self.works_line, 5000, 900, 0)
        second.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertFigures(self.works_line, 5000, 0, 900)
        self.assertWhole(self.line + self.works_line)

    def test_price_of_the_merged_request(self):
        request = self._hand_in((self.seat, 2))
        merged = self._merge()
        for _turn in range(10):
            if merged.sudo().current_step_id.check_code == "price":
                break
            self._decide_one(merged)
        line = merged.line_ids.with_user(self.store_user)
        line.action_price_line(price_unit=1000)
        self._decide_all(merged)
        self.assertEqual(request.line_ids.price_unit, 1000)
        self.assertFigures(self.line, 5000, 2000, 0)

    def test_closing_the_rest_of_a_plan(self):
        self._hand_in((self.seat, 2))
        merged = self._merge()
        self._decide_all(merged)
        for order in merged.purchase_ids:
            order.button_cancel()
        merged.with_user(self.buyer_user).action_close_rest("Nobody sells it")
        self.assertFigures(self.line, 5000, 0, 0)

    def test_no_money_no_hand_in(self):
        request = self._request((self.seat, 6), kind="purchase")
        request.action_add_to_plan()
        with self.assertRaises(UserError):
            request.action_submit()
        self.assertFigures(self.line, 5000, 0, 0)

    def test_hand_in_that_was_cancelled(self):
        request = self._hand_in((self.seat, 2))
        request.with_user(self.staff_user).action_cancel("Not needed")
        self.assertFigures(self.line, 5000, 0, 0)

    def test_service_of_a_plan(self):
        self.service.categ_id = self.seat.categ_id
        self.service.seller_ids = [Command.create({"partner_id": self.vendor.id})]
        request = self._hand_in((self.service, 2))
        self.assertFigures(self.line, 5000, 600, 0)
        merged = self._merge()
        self._decide_all(merged)
        merged.purchase_ids.button_confirm()
        merged.purchase_ids.order_line.qty_received = 1
        self.assertEqual(request.line_ids.qty_received, 1)
        self.assertFigures(self.line, 5000, 300, 300)

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SIGNATURE
from .test_norms import NormCommon


@tagged("post_install", "-at_install")
class TestShortage(NormCommon):
    """What the store lacks becomes a purchase of its own; nothing is asked twice."""

    def _short_of(self, request):
        return request.sudo().shortage_request_ids

    def test_approved_issue_splits_itself(self):
        request = self._approved((self.pen, 60), (self.paper, 5), purpose="Sessions")
        pen = request.line_ids[0]
        self.assertEqual((pen.qty_closed, pen.qty_open), (10, 50))
        purchase = self._short_of(request)
        self.assertEqual(purchase.kind, "purchase")
        self.assertEqual(purchase.handler_id, request.handler_id)
        self.assertEqual(purchase.employee_id, request.employee_id)
        self.assertEqual(purchase.beneficiary_id, request.beneficiary_id)
        self.assertEqual(purchase.purpose, "Sessions")
        self.assertEqual(purchase.approval_state, "submitted")
        self.assertEqual(purchase.line_ids.product_id, self.pen)
        self.assertEqual(purchase.line_ids.quantity, 10)
        self.assertIn(purchase.number, pen.close_reason)
        # Its own whole chain, and nothing ordered before.
        self.assertEqual(
            self._step_names(purchase)[:4],
            [
                "Section head",
                "Line leader",
                "Price check by the store",
                "Source of money by finance",
            ],
        )
        self.assertFalse(purchase.sudo().purchase_ids)
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")
        self.assertEqual(request.line_ids.mapped("qty_issued"), [50, 5])

    def test_bought_goods_are_handed_out_on_the_purchase(self):
        self.vendor.write({"is_company": True})
        self.pen.seller_ids = [Command.create({"partner_id": self.vendor.id})]
        request = self._approved((self.pen, 60))
        purchase = request.with_user(self.staff_user).shortage_request_ids
        self._decide_all(purchase)
        self.assertEqual(purchase.sudo().purchase_ids.order_line.product_qty, 10)

    def test_all_short(self):
        request = self._approved((self.chair, 2))
        self.assertEqual(request.state, "done")
        self.assertEqual(self._short_of(request).line_ids.quantity, 2)

    def test_all_on_hand(self):
        request = self._approved((self.pen, 50))
        self.assertFalse(self._short_of(request))

    def test_goods_that_stock_does_not_count_are_never_short(self):
        cups = self._create_product("Cups", 8.5, is_storable=False)
        self.assertFalse(self._short_of(self._approved((cups, 900))))

    def test_what_others_wait_for_is_not_there(self):
        first = self._approved((self.pen, 30))
        second = self._approved((self.pen, 30), user=self.works_staff_user)
        self.assertEqual(first.line_ids.qty_closed, 0)
        self.assertEqual(second.line_ids.qty_closed, 10)
        # What is issued or closed waits no longer.
        first.with_user(self.store_user).action_close_rest("Not needed")
        third = self._approved((self.pen, 30))
        self.assertEqual(third.line_ids.qty_closed, 0)

    def test_arrived_goods_of_a_purchase_wait_for_it(self):
        purchase = self._approved((self.pen, 20), kind="purchase")
        self.buyer_user.group_ids = [
            Command.link(self.env.ref("stock.group_stock_user").id)
        ]
        purchase.with_user(self.buyer_user).line_ids.action_set_vendor(self.vendor.id)
        order = purchase.sudo().purchase_ids
        order.button_confirm()
        receipt = order.picking_ids
        receipt.move_ids.quantity = 20
        receipt.button_validate()
        self.assertEqual(self._on_hand(self.pen), 70)
        request = self._approved((self.pen, 60))
        self.assertEqual(request.line_ids.qty_closed, 10)

    def test_two_lines_of_one_product(self):
        request = self._approved((self.pen, 30), (self.pen, 30))
        self.assertEqual(request.line_ids.mapped("qty_closed"), [0, 10])

    def test_units(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        request = self._approved(
            {"product_id": self.pen.id, "quantity": 5, "uom_id": dozen.id}
        )
        line, purchase = request.line_ids, self._short_of(request)
        # 50 pens make 4.16 dozen.
        self.assertAlmostEqual(line.qty_closed, 0.84, 2)
        self.assertAlmostEqual(purchase.line_ids.quantity, 0.84, 2)
        self.assertEqual(purchase.line_ids.uom_id, dozen)

    def test_within_the_norm_the_same(self):
        self._norm(self.pen, 40)
        request = self._submit((self.pen, 60))
        self.assertEqual(request.approval_state, "approved")
        purchase = self._short_of(request)
        self.assertEqual(purchase.line_ids.quantity, 10)
        self.assertEqual(purchase.approval_state, "submitted")
        # What is bought by its own chain is not drawn within the norm.
        self.assertEqual(self._request((self.pen, 1)).line_ids.norm_used, 50)

    def test_refused_submission_stays_a_draft_and_is_told(self):
        rule = self.env.ref("gov_logistics.rule_purchase_funds")
        request = self._submit((self.pen, 60))
        rule.write({"required_kind": "count", "required_count": 5})
        request.with_user(self.office_head_user).action_approve()
        self.assertEqual(request.approval_state, "approved")
        purchase = self._short_of(request)
        self.assertEqual(purchase.approval_state, "draft")
        self.assertTrue(purchase.number)
        self.assertEqual(request.line_ids.qty_closed, 10)
        todo = purchase.activity_ids
        self.assertEqual(todo.user_id, self.staff_user)
        self.assertIn("could not be submitted", todo.summary)
        self.assertIn("Source of money by finance", todo.summary)
        rule.write({"required_kind": "one"})
        number = purchase.number
        purchase.with_user(self.staff_user).action_submit()
        self.assertEqual(purchase.approval_state, "submitted")
        self.assertEqual(purchase.number, number)

    def test_handler_of_the_purchase_is_not_the_approver(self):
        """The liaison typed it: the purchase is theirs, whoever gave the last yes."""
        request = self._approved(
            (self.pen, 60), user=self.clerk_user, employee_id=self.staff.id
        )
        purchase = self._short_of(request)
        self.assertEqual(purchase.handler_id, self.clerk_user)
        self.assertEqual(purchase.approval_state, "submitted")
        self.assertTrue(purchase.with_user(self.staff_user).has_access("read"))

    # ----------------------------------------------------------- at the counter

    def test_clerk_finds_the_shelf_empty(self):
        request = self._approved((self.pen, 20), (self.paper, 2))
        self._set_stock(self.pen, -40)
        clerk = request.with_user(self.store_user)
        pen = request.line_ids[0]
        clerk.action_buy_shortage()
        self.assertEqual((pen.qty_closed, pen.qty_open), (10, 10))
        clerk.action_buy_shortage({pen.id: 4})
        self.assertEqual((pen.qty_closed, pen.qty_open), (14, 6))
        self.assertEqual(
            sorted(self._short_of(request).line_ids.mapped("quantity")), [4, 10]
        )
        with self.assertRaisesRegex(UserError, "nothing is short"):
            clerk.action_buy_shortage()
        clerk.action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")

    def test_older_requests_come_first_at_the_counter(self):
        first = self._approved((self.pen, 20))
        second = self._approved((self.pen, 20))
        self._set_stock(self.pen, -30)
        with self.assertRaisesRegex(UserError, "nothing is short"):
            first.with_user(self.store_user).action_buy_shortage()
        second.with_user(self.store_user).action_buy_shortage()
        self.assertEqual(second.line_ids.qty_closed, 20)

    def test_what_the_counter_refuses(self):
        request = self._approved((self.pen, 20))
        line = request.line_ids
        clerk = request.with_user(self.store_user)
        for bad in (
            {line.id: 21},
            {line.id: -1},
            {line.id: float("nan")},
            {"x": 1},
            {987654: 1},
            [1],
            {line.id: 0},
            {},
        ):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                clerk.action_buy_shortage(bad)
        for user in (self.staff_user, self.buyer_user, self.supervision_user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                request.with_user(user).action_buy_shortage({line.id: 1})
        own = self._approved((self.pen, 1), user=self.store_user)
        with self.assertRaisesRegex(UserError, "themselves"):
            own.with_user(self.store_user).action_buy_shortage({own.line_ids.id: 1})
        bought = self._approved((self.pen, 1), kind="purchase")
        with self.assertRaisesRegex(UserError, "purchase already"):
            bought.with_user(self.store_user).action_buy_shortage(
                {bought.line_ids.id: 1}
            )
        draft = self._request((self.pen, 1))
        with self.assertRaisesRegex(UserError, "only after the last approval"):
            draft.with_user(self.store_user).action_buy_shortage({draft.line_ids.id: 1})
        self.assertFalse(self._short_of(request))

    def test_dialog(self):
        request = self._approved((self.pen, 20))
        self._set_stock(self.pen, -45)
        clerk = request.with_user(self.store_user)
        action = clerk.with_context(supply_mode="short").action_open_dialog()
        wizard = self.env[action["res_model"]].with_user(self.store_user)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(wizard.line_ids.quantity, 15)
        wizard.action_confirm()
        self.assertEqual(request.line_ids.qty_closed, 15)
        self.assertEqual(clerk.shortage_count, 1)
        self.assertEqual(clerk.action_view_shortage()["res_model"], request._name)

    def test_links_are_the_servers(self):
        request = self._approved((self.pen, 60))
        other = self._request((self.pen, 1))
        for call in (
            lambda: other.write({"origin_request_id": request.id}),
            lambda: other.write({"shortage_request_ids": [Command.clear()]}),
            lambda: self._request((self.pen, 1), origin_request_id=request.id),
        ):
            with self.assertRaises(UserError):
                call()
        with self.assertRaises(AccessError):
            self._short_of(request).with_user(self.works_staff_user).read(["state"])

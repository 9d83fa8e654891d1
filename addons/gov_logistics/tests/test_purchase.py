from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestPurchase(SupplyCommon):
    def _to_check(self, request, code):
        """Walk the chain until the check ``code`` is open."""
        for _turn in range(20):
            step = request.sudo().current_step_id
            if step.check_code == code:
                return
            mine = request.with_user(
                step.seat_ids.filtered(lambda s: s.state == "open")[:1].user_id
            )
            if step.check_code == "funds":
                mine.action_set_fund_source("Office expenses")
            mine.action_approve()
        self.fail(f"No check {code}.")

    def _priced(self, request, values):
        """Submit, make the price check with ``values`` and finish the chain."""
        request.action_submit()
        self._to_check(request, "price")
        request.with_user(self.store_user).action_price_lines(values)
        self._decide_all(request)

    def _receive(self, order, quantity=None):
        picking = order.picking_ids.filtered(
            lambda p: p.state not in ("done", "cancel")
        )
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty if quantity is None else quantity
            move.picked = True
        picking.with_context(skip_backorder=True).button_validate()

    # --------------------------------------------------------------- price check

    def test_free_text_line_waits_for_its_price(self):
        request = self._request(
            {"name": "Conference camera", "quantity": 1, "estimate": 3400},
            kind="purchase",
        )
        line = request.line_ids
        self.assertEqual((line.line_type, line.price_unit), ("goods", 0))
        self.assertEqual((request.amount_total, request.amount_estimated), (0, 3400))
        self.assertIn("Head of the institution", request.chain_preview)
        request.action_submit()
        self.assertEqual(len(self._step_names(request)), 4)
        self._to_check(request, "price")
        store = request.with_user(self.store_user)
        self.assertTrue(store.can_price)
        with self.assertRaisesRegex(UserError, "no product or price"):
            store.action_approve()
        camera = self._create_product("Camera X", 0)
        store.action_price_lines({line.id: {"product_id": camera.id}})
        with self.assertRaisesRegex(UserError, "price of 0 is no price"):
            store.action_approve()
        store.action_price_lines({str(line.id): {"price_unit": 5600}})
        self.assertEqual(line.name, "Conference camera")
        store.action_approve()
        self.assertEqual(request.amount_total, 5600)
        self.assertEqual(
            self._step_names(request)[4:],
            ["Head of the institution, review", "Committee"],
        )

    def test_estimate_decides_nothing(self):
        request = self._request(
            {"name": "A very cheap thing", "quantity": 1, "estimate": 1},
            kind="purchase",
        )
        product = self._create_product("Not so cheap", 12800)
        self._priced(request, {request.line_ids.id: {"product_id": product.id}})
        self.assertIn("Clause check by procurement", self._step_names(request))

    def test_catalogue_price_of_zero_is_no_price(self):
        free = self._create_product("Unpriced", 0)
        request = self._request((free, 1), kind="purchase")
        request.action_submit()
        self.assertFalse(request.amount_is_frozen)
        self.assertEqual(len(self._step_names(request)), 4)

    def test_price_check_may_raise_and_resolves_the_band_anew(self):
        request = self._request((self.chair, 1), kind="purchase")
        request.action_submit()
        self.assertIn("Leader for logistics", self._step_names(request))
        self._to_check(request, "price")
        request.with_user(self.store_user).action_price_lines(
            {request.line_ids.id: {"price_unit": 1200}}
        )
        self._decide_all(request)
        self.assertIn("Head of the institution", self._step_names(request))
        self.assertNotIn("Leader for logistics", self._step_names(request))

    def test_price_is_set_in_the_price_check_only(self):
        request = self._request((self.chair, 1), kind="purchase")
        store, values = request.with_user(self.store_user), {"price_unit": 1}
        line = request.line_ids
        with self.assertRaises(UserError):
            store.action_price_lines({line.id: values})
        request.action_submit()
        with self.assertRaises(UserError):
            store.action_price_lines({line.id: values})
        self._to_check(request, "price")
        for user in self.staff_user, self.buyer_user, self.store2_user, self.head_user:
            with self.subTest(user=user.login), self.assertRaises(UserError):
                request.with_user(user).action_price_lines({line.id: values})
        store.action_price_lines({line.id: {"price_unit": 790}})
        with self.assertRaises(UserError):
            line.with_user(self.store_user).write({"price_unit": 1})
        self._to_check(request, "funds")
        with self.assertRaises(UserError):
            store.action_price_lines({line.id: values})
        with self.assertRaisesRegex(UserError, "another step"):
            request.with_user(self.finance_user).action_price_lines({line.id: values})
        self.assertEqual(line.price_unit, 790)

    def test_bad_values_in_the_price_check(self):
        request = self._request(
            {"name": "Wall clock", "quantity": 1},
            {"name": "Painting", "quantity": 1, "line_type": "labour"},
            kind="purchase",
        )
        request.action_submit()
        self._to_check(request, "price")
        store = request.with_user(self.store_user)
        clock, painting = request.line_ids
        archived = self._create_product("Old clock", 20, active=False)
        for line, values in (
            (clock, {"product_id": archived.id}),
            (clock, {"product_id": self.service.id}),
            (painting, {"product_id": self.paper.id}),
            (clock, {"product_id": 999999}),
            (clock, {"product_id": self.paper.id, "price_unit": -1}),
            (clock, {"product_id": self.paper.id, "price_unit": "a lot"}),
            (clock, {"price_unit": 10}),
            (clock, {"vendor_id": 999999}),
            (clock, {"quantity": 4}),
            (clock, {"qty_approved": 4}),
            (clock, "cheap"),
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                store.action_price_lines({line.id: values})
        self.assertFalse(clock.product_id)
        store.action_price_lines(
            {
                clock.id: {"product_id": self.paper.id},
                painting.id: {"product_id": self.service.id},
            }
        )
        self.assertEqual(painting.line_type, "labour")

    def test_source_of_money(self):
        request = self._request((self.chair, 1), kind="purchase")
        request.action_submit()
        self._to_check(request, "funds")
        finance = request.with_user(self.finance_user)
        with self.assertRaisesRegex(UserError, "source of money"):
            finance.action_approve()
        for bad in ("", "  ", None, 7):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                finance.action_set_fund_source(bad)
        with self.assertRaises(UserError):
            request.with_user(self.store_user).action_set_fund_source("Mine")
        finance.action_set_fund_source(" Public funds ")
        finance.action_approve()
        self.assertEqual(request.fund_source, "Public funds")
        with self.assertRaises(UserError):
            finance.action_set_fund_source("Changed")

    def test_dialogs_of_the_checks(self):
        request = self._request((self.chair, 1), kind="purchase")
        request.action_submit()
        self._to_check(request, "price")
        store = request.with_user(self.store_user)
        action = store.with_context(supply_mode="price").action_open_dialog()
        dialog = self.env["gov.supply.wizard"].with_user(self.store_user)
        dialog = dialog.browse(action["res_id"])
        dialog.line_ids.write({"price_unit": 810, "vendor_id": self.vendor.id})
        dialog.action_confirm_and_close_check()
        self.assertEqual(request.amount_total, 810)
        finance = request.with_user(self.finance_user)
        self.assertTrue(finance.can_name_funds)
        action = finance.with_context(supply_mode="funds").action_open_dialog()
        dialog = self.env["gov.supply.wizard"].with_user(self.finance_user)
        dialog = dialog.browse(action["res_id"])
        dialog.fund_source = "Office expenses"
        dialog.action_confirm_and_close_check()
        # The leader for logistics is the line leader, who has agreed already.
        self.assertEqual(request.state, "approved")
        stolen = dialog.with_user(self.store_user)
        with self.assertRaises(UserError):
            stolen.action_confirm()

    # ------------------------------------------------------------------ ordering

    def test_orders_per_vendor(self):
        request = self._request(
            (self.paper, 4), (self.pen, 10), (self.chair, 1), kind="purchase"
        )
        paper, pen, chair = request.line_ids
        self._priced(
            request,
            {
                paper.id: {"vendor_id": self.vendor.id},
                pen.id: {"vendor_id": self.vendor.id},
                chair.id: {"vendor_id": self.vendor2.id},
            },
        )
        orders = request.sudo().purchase_ids
        self.assertEqual(len(orders), 2)
        stationery = orders.filtered(lambda o: o.partner_id == self.vendor)
        self.assertRecordValues(
            stationery.order_line,
            [
                {"product_id": self.paper.id, "product_qty": 4, "price_unit": 20.5},
                {"product_id": self.pen.id, "product_qty": 10, "price_unit": 1.6},
            ],
        )
        self.assertEqual(stationery.origin, request.number)
        self.assertEqual(stationery.amount_total, 98)
        self.assertEqual(stationery.supply_request_ids, request)
        self.assertEqual(set(request.line_ids.mapped("qty_to_order")), {0})
        self.assertEqual(set(request.line_ids.mapped("qty_ordered")), {0})
        orders.with_user(self.buyer_user).button_confirm()
        self.assertEqual(request.line_ids.mapped("qty_ordered"), [4, 10, 1])

    def test_tax_is_in_the_price(self):
        tax = self.env["account.tax"].search(
            [("company_id", "=", self.company.id), ("type_tax_use", "=", "purchase")],
            limit=1,
        )
        if tax:
            self.chair.supplier_taxes_id = tax
        request = self._request((self.chair, 1), kind="purchase")
        self._priced(request, {request.line_ids.id: {"vendor_id": self.vendor.id}})
        order = request.sudo().purchase_ids
        self.assertEqual(order.amount_total, 780)
        order.with_user(self.buyer_user).button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_vendor_of_the_product(self):
        self.chair.seller_ids = [
            Command.create({"partner_id": self.vendor2.id, "price": 700})
        ]
        request = self._approved((self.chair, 1), kind="purchase")
        order = request.sudo().purchase_ids
        self.assertEqual(order.partner_id, self.vendor2)
        self.assertEqual(order.order_line.price_unit, 780)

    def test_line_without_vendor_waits_and_blocks_nothing(self):
        request = self._request((self.paper, 4), (self.chair, 1), kind="purchase")
        paper, chair = request.line_ids
        self._priced(request, {paper.id: {"vendor_id": self.vendor.id}})
        self.assertEqual(request.sudo().purchase_ids.partner_id, self.vendor)
        waiting = self.env["gov.supply.request.line"].search(
            [("qty_to_order", ">", 0), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(waiting, chair)
        with self.assertRaisesRegex(UserError, "procurement"):
            chair.with_user(self.store_user).action_set_vendor(self.vendor2.id)
        buyer = chair.with_user(self.buyer_user)
        for bad in (999999, False):
            with self.assertRaises(UserError):
                buyer.action_set_vendor(bad)
        buyer.action_set_vendor(self.vendor2.id)
        self.assertEqual(chair.qty_to_order, 0)
        self.assertEqual(len(request.sudo().purchase_ids), 2)
        with self.assertRaisesRegex(UserError, "not waiting"):
            buyer.action_set_vendor(self.vendor2.id)

    def test_vendor_dialog(self):
        request = self._approved((self.chair, 1), (self.paper, 1), kind="purchase")
        lines = request.line_ids.with_user(self.buyer_user)
        action = lines.action_open_vendor_wizard()
        dialog = (
            self.env[action["res_model"]]
            .with_user(self.buyer_user)
            .with_context(**action["context"])
            .create({"vendor_id": self.vendor.id})
        )
        dialog.action_confirm()
        self.assertEqual(len(request.sudo().purchase_ids.order_line), 2)

    def test_cancelled_order_can_be_ordered_again(self):
        request = self._request((self.chair, 1), kind="purchase")
        self._priced(request, {request.line_ids.id: {"vendor_id": self.vendor.id}})
        request.sudo().purchase_ids.with_user(self.buyer_user).button_cancel()
        self.assertEqual(request.line_ids.qty_to_order, 1)
        request.line_ids.with_user(self.buyer_user).action_set_vendor(self.vendor2.id)
        self.assertEqual(request.line_ids.qty_to_order, 0)

    # ------------------------------------------------- what was approved is the cap

    def _ordered(self, *lines):
        request = self._request(*lines, kind="purchase")
        self._priced(
            request,
            {line.id: {"vendor_id": self.vendor.id} for line in request.line_ids},
        )
        return request, request.sudo().purchase_ids.with_user(self.buyer_user)

    def test_dearer_than_approved_is_refused_with_the_clause(self):
        request, order = self._ordered((self.chair, 1))
        order.order_line.price_unit = 780.01
        with self.assertRaisesRegex(ValidationError, "tolerance is 0 %"):
            order.button_confirm()
        order.order_line.price_unit = 760
        order.button_confirm()
        with self.assertRaisesRegex(ValidationError, "exceed"):
            order.order_line.price_unit = 781

    def test_tolerance_of_the_clause(self):
        today = self.company.gov_today()
        self.env["gov.policy"].create(
            {
                "code": "supply.purchase.tolerance",
                "name": "Tolerance",
                "value_type": "percent",
                "value": "5",
                "citation": "House rule 7",
                "date_from": today,
                "company_id": self.company.id,
            }
        )
        _request, order = self._ordered((self.chair, 1))
        order.order_line.price_unit = 819.01
        with self.assertRaisesRegex(ValidationError, "House rule 7"):
            order.button_confirm()
        order.order_line.price_unit = 819
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_more_than_approved_is_refused(self):
        _request, order = self._ordered((self.chair, 2))
        order.order_line.write({"product_qty": 3, "price_unit": 1})
        with self.assertRaisesRegex(ValidationError, "approved is 2"):
            order.button_confirm()

    def test_another_product_is_refused(self):
        _request, order = self._ordered((self.chair, 2))
        with self.assertRaisesRegex(UserError, "new request"):
            order.order_line.product_id = self.paper
        with self.assertRaises(UserError):
            order.order_line.supply_line_id = False
        with self.assertRaises(UserError):
            order.order_line.create(
                {
                    "order_id": order.id,
                    "product_id": self.chair.id,
                    "supply_line_id": order.order_line.supply_line_id.id,
                }
            )

    def test_merged_quotations_keep_their_requests(self):
        first, order = self._ordered((self.chair, 1))
        second, other = self._ordered((self.chair, 2))
        third, last = self._ordered((self.chair, 1), (self.paper, 1))
        (order + other + last).action_merge()
        self.assertEqual(other.state, "cancel")
        self.assertEqual(last.state, "cancel")
        self.assertEqual(order.supply_request_ids, first + second + third)
        self.assertEqual(order.order_line.mapped("product_qty"), [1, 2, 1, 1])
        order.button_confirm()
        for request, quantity in ((first, 1), (second, 2)):
            self.assertEqual(request.line_ids.qty_ordered, quantity)

    def test_cancelled_request_takes_its_quotation_along(self):
        request, order = self._ordered((self.chair, 1))
        request.with_user(self.staff_user).action_cancel("Found one")
        self.assertEqual(order.state, "cancel")
        self.assertFalse(order.order_line)
        other, order = self._ordered((self.chair, 1))
        order.button_confirm()
        with self.assertRaisesRegex(UserError, "close the rest"):
            other.with_user(self.staff_user).action_cancel("Too late")

    # ----------------------------------------------- receipt, issue, end of matter

    def test_from_order_to_signature(self):
        request, order = self._ordered((self.chair, 2))
        self.assertFalse(request.to_issue)
        clerk = request.with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "on hand"):
            clerk.action_issue(SIGNATURE)
        order.button_confirm()
        self._receive(order)
        line = request.line_ids
        self.assertRecordValues(
            line, [{"qty_approved": 2, "qty_ordered": 2, "qty_received": 2}]
        )
        self.assertEqual(request.state, "approved")
        self.assertTrue(request.to_issue)
        clerk.action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")
        self.assertEqual(self._on_hand(self.chair), 0)

    def test_goods_that_stock_does_not_count_must_have_arrived(self):
        banner = self._create_product("Banner", 60, is_storable=False)
        request, order = self._ordered((banner, 2))
        order.button_confirm()
        clerk = request.with_user(self.store_user)
        with self.assertRaises(UserError):
            clerk.action_issue(SIGNATURE, {request.line_ids.id: 1})
        self._receive(order, 1)
        with self.assertRaises(UserError):
            clerk.action_issue(SIGNATURE, {request.line_ids.id: 2})
        clerk.action_issue(SIGNATURE)
        self.assertEqual(request.line_ids.qty_issued, 1)

    def test_service_is_done_when_delivered(self):
        request, order = self._ordered((self.service, 3))
        order.button_confirm()
        with self.assertRaises(UserError):
            request.with_user(self.store_user).action_issue(SIGNATURE)
        order.order_line.qty_received = 2
        self.assertEqual(request.state, "approved")
        order.order_line.qty_received = 3
        self.assertEqual(request.state, "done")

    def test_close_the_rest_of_a_purchase(self):
        request, order = self._ordered((self.chair, 3))
        order.button_confirm()
        self._receive(order, 1)
        clerk = request.with_user(self.store_user)
        clerk.action_issue(SIGNATURE)
        with self.assertRaisesRegex(UserError, "on order"):
            clerk.action_close_rest("Vendor is out of them")
        order.order_line.product_qty = 1
        clerk.action_close_rest("Vendor is out of them")
        self.assertEqual(request.state, "done")
        self.assertEqual(request.line_ids.qty_closed, 2)
        with self.assertRaises(ValidationError):
            order.order_line.product_qty = 2

    def test_close_the_rest_drops_quotations(self):
        request, order = self._ordered((self.chair, 3))
        request.with_user(self.buyer_user).action_close_rest("Not needed")
        self.assertEqual((request.state, order.state), ("done", "cancel"))

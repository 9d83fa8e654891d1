from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestReview(SupplyCommon):
    """Ways round the request, through its dialogs and Odoo's own apps."""

    def _issued(self, quantity=3):
        """Return an issued request and its finished move, as the store clerk."""
        request = self._approved((self.paper, quantity))
        counter = self._as(request, self.store_user)
        counter.action_issue(SIGNATURE)
        return counter, counter.line_ids.move_ids

    # ------------------------------------------------------------------ dialogs

    def test_dialog_shows_nothing_of_the_requests_of_others(self):
        request = self._approved((self.paper, 3), purpose="Secret")
        stranger = self.works_staff_user
        with self.assertRaises(AccessError):
            self._as(request, stranger).read(["line_summary"])
        dialogs = self._as(self.env["gov.supply.wizard"], stranger)
        with self.assertRaises(AccessError):
            dialog = dialogs.create({"request_id": request.id, "mode": "lower"})
            self.env.invalidate_all()
            dialog.read(["amount_approved"])
        own = self._request((self.pen, 1), user=stranger)
        dialog = dialogs.browse(
            self._as(own, stranger)
            .with_context(supply_mode="lower")
            .action_open_dialog()["res_id"]
        )
        with self.assertRaises(AccessError):
            dialog.write(
                {"line_ids": [Command.create({"request_line_id": request.line_ids.id})]}
            )
            self.env.invalidate_all()
            dialog.line_ids.read(["name", "qty_asked", "estimate"])
        lines = self._as(self.env["gov.supply.wizard.line"], stranger)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            lines.onchange(
                {"request_line_id": request.line_ids.id},
                ["request_line_id"],
                {"name": {}, "qty_asked": {}, "request_line_id": {}},
            )

    def test_sum_of_another_department_is_not_shown(self):
        counter, _move = self._issued()
        values = self._as(
            self.env["gov.supply.request"],
            self.works_staff_user,
        ).onchange(
            {"department_id": counter.department_id.id},
            ["department_id"],
            {"amount_last_year": {}, "department_id": {}},
        )["value"]
        self.assertFalse(values.get("amount_last_year"))

    # -------------------------------------------------------------- stock's app

    def test_transfer_to_a_department_without_a_request(self):
        _counter, move = self._issued()
        warehouse = self.warehouse
        for source_type in (warehouse.supply_type_id, warehouse.int_type_id):
            picking = self._as(self.env["stock.picking"], self.store_user).create(
                {
                    "picking_type_id": source_type.id,
                    "location_id": warehouse.lot_stock_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.paper.id,
                                "product_uom_qty": 5,
                                "quantity": 5,
                                "picked": True,
                                "location_id": warehouse.lot_stock_id.id,
                                "location_dest_id": move.location_dest_id.id,
                            }
                        )
                    ],
                }
            )
            with self.assertRaises(UserError), self.env.cr.savepoint():
                picking.button_validate()
        self.assertEqual(self._on_hand(self.paper), 97)

    def test_detail_hidden_in_a_transfer_to_a_department(self):
        """The detailed operation names the department, the move only the store."""
        _counter, move = self._issued()
        stock = self.warehouse.lot_stock_id
        picking = self._as(self.env["stock.picking"], self.store_user).create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": stock.id,
                "location_dest_id": stock.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.paper.id,
                            "product_uom_qty": 5,
                            "location_id": stock.id,
                            "location_dest_id": stock.id,
                            "picked": True,
                            "move_line_ids": [
                                Command.create(
                                    {
                                        "product_id": self.paper.id,
                                        "quantity": 5,
                                        "location_id": stock.id,
                                        "location_dest_id": move.location_dest_id.id,
                                        "picked": True,
                                    }
                                )
                            ],
                        }
                    )
                ],
            }
        )
        detail = picking.move_ids.move_line_ids
        detail.location_dest_id = move.location_dest_id
        with self.assertRaises(UserError), self.env.cr.savepoint():
            picking.button_validate()
        detail.location_dest_id = stock
        picking.button_validate()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            detail.location_dest_id = move.location_dest_id

    def test_return_of_a_return_hands_out_nothing(self):
        counter, move = self._issued()
        back = self._return_in_stock(move.picking_id, 2)
        self.assertEqual(counter.line_ids.qty_returned, 2)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._return_in_stock(back, 2)
        self.assertEqual(counter.line_ids.qty_returned, 2)
        self.assertEqual(self._on_hand(self.paper), 99)

    def test_no_more_comes_back_in_stock_than_was_issued(self):
        counter, move = self._issued()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._return_in_stock(move.picking_id, 10)
        self.assertEqual(counter.line_ids.qty_returned, 0)

    def test_return_in_stock_of_another_product(self):
        counter, move = self._issued()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._return_in_stock(move.picking_id, 1, product_id=self.pen.id)
        self.assertEqual(counter.line_ids.qty_returned, 0)

    def _return_in_stock(self, picking, quantity, **changes):
        dialog = (
            self._as(self.env["stock.return.picking"], self.store_user)
            .with_context(
                active_id=picking.id, active_ids=picking.ids, active_model=picking._name
            )
            .create({})
        )
        dialog.product_return_moves.quantity = quantity
        back = self._as(self.env["stock.picking"], self.store_user).browse(
            dialog.action_create_returns()["res_id"]
        )
        if changes:
            back.move_ids.write(changes)
        back.move_ids.write({"quantity": quantity, "picked": True})
        back.button_validate()
        self.assertEqual(back.state, "done")
        return back

    def test_nothing_is_added_to_a_finished_issue(self):
        counter, move = self._issued()
        details = self._as(self.env["stock.move.line"], self.store_user)
        detail = {
            "product_id": self.paper.id,
            "quantity": 4,
            "company_id": self.company.id,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
        }
        for context, vals in (
            ({"default_move_id": move.id}, detail),
            ({}, {**detail, "picking_id": move.picking_id.id}),
            ({"default_picking_id": move.picking_id.id}, detail),
        ):
            with (
                self.subTest(context=context),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                details.with_context(**context).create(vals)
                self.env.flush_all()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._as(self.env["stock.move"], self.store_user).create(
                {
                    "picking_id": move.picking_id.id,
                    "product_id": self.pen.id,
                    "product_uom_qty": 4,
                    "quantity": 4,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                }
            )
        other = details.create({**detail, "location_dest_id": move.location_id.id})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            other.move_id = move
        self.assertEqual(counter.line_ids.qty_issued, 3)
        self.assertEqual(len(move.picking_id.move_ids), 1)

    def test_finished_issue_keeps_its_date_and_owner(self):
        _counter, move = self._issued()
        picking = move.picking_id
        for record, vals in (
            (picking, {"date_done": "2020-01-01 00:00:00"}),
            (picking, {"name": "other"}),
            (move.move_line_ids, {"owner_id": self.vendor.id}),
            (move.move_line_ids, {"date": "2020-01-01 00:00:00"}),
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self._as(record, self.store_user).write(vals)

    # ------------------------------------------------------------ purchase's app

    def test_received_goods_of_a_cancelled_order_count(self):
        request = self._approved((self.chair, 4), kind="purchase")
        line = request.sudo().line_ids
        self._as(line, self.buyer_user).action_set_vendor(self.vendor.id)
        order = self._as(line.purchase_line_ids.order_id, self.buyer_user)
        order.button_confirm()
        receipt = order.sudo().picking_ids
        receipt.move_ids.write({"quantity": 3, "picked": True})
        receipt.with_context(skip_backorder=True).button_validate()
        self.assertEqual(line.qty_received, 3)
        order.button_cancel()
        self.assertEqual(line.qty_received, 3)
        self.assertEqual(line.qty_to_order, 1)
        self._as(line, self.buyer_user).action_set_vendor(self.vendor.id)
        again = line.purchase_line_ids.order_id.filtered(lambda o: o.state == "draft")
        self.assertEqual(again.order_line.product_qty, 1)
        again.order_line.product_qty = 2
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self._as(again, self.buyer_user).button_confirm()

    def test_line_reduced_to_nothing_after_a_receipt_counts_what_arrived(self):
        request = self._approved((self.chair, 4), kind="purchase")
        line = request.sudo().line_ids
        self._as(line, self.buyer_user).action_set_vendor(self.vendor.id)
        order = line.purchase_line_ids.order_id
        order.button_confirm()
        receipt = order.picking_ids
        receipt.move_ids.write({"quantity": 3, "picked": True})
        receipt.with_context(skip_backorder=True).button_validate()
        bought = line.purchase_line_ids
        bought.product_qty = 3
        self.env.cr.execute(
            "UPDATE purchase_order_line SET product_qty = 0 WHERE id = %s", [bought.id]
        )
        bought.invalidate_recordset()
        self.assertEqual(bought._get_supply_quantity(), 3)
        self.assertEqual(bought._get_supply_amount(), 3 * bought.price_unit)
        request.sudo()._check_ordered_amount()

    def test_goods_issued_from_stock_are_not_bought_again(self):
        request = self._approved((self.paper, 4), kind="purchase")
        line = request.sudo().line_ids
        self.assertEqual(line.qty_to_order, 4)
        self._as(request, self.store_user).action_issue(SIGNATURE, {line.id: 4})
        self.assertEqual(request.state, "done")
        self.assertEqual(line.qty_to_order, 0)

    def test_order_goes_to_the_store_that_issues(self):
        other = self.env["res.company"].create({"name": "Other institution"})
        self.head_user.write(
            {"company_ids": [Command.link(other.id)], "company_id": other.id}
        )
        self.vendor_info = self.env["product.supplierinfo"].create(
            {
                "partner_id": self.vendor.id,
                "product_tmpl_id": self.chair.product_tmpl_id.id,
                "company_id": False,
            }
        )
        request = self._request((self.chair, 2), kind="purchase")
        request.action_submit()
        for _turn in range(9):
            seat = request.sudo().seat_ids.filtered(lambda s: s.state == "open")[:1]
            if not seat:
                break
            mine = request.with_user(seat.user_id)
            if seat.user_id == self.head_user:
                mine = mine.with_context(allowed_company_ids=(other + self.company).ids)
            if seat.step_id.check_code == "funds":
                mine.action_set_fund_source("Office expenses")
            mine.action_approve()
        self.assertEqual(request.approval_state, "approved")
        order = request.sudo().purchase_ids
        self.assertEqual(order.picking_type_id, self.warehouse.in_type_id)

    # ----------------------------------------------------------------- messages

    def test_odd_keys_and_prices_are_messages(self):
        request = self._request({"name": "Two chairs", "quantity": 2}, kind="purchase")
        request.action_submit()
        for _tier in range(2):
            seat = request.sudo().seat_ids.filtered(lambda s: s.state == "open")[:1]
            request.with_user(seat.user_id).action_approve()
        line = request.line_ids
        check = self._as(request, self.store_user)
        for values in (
            {"²": {"price_unit": 5}},
            {line.id: {"product_id": self.chair.id, "price_unit": [5]}},
            {line.id: None},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                check.action_price_lines(values)
        check.action_price_lines(
            {str(line.id): {"product_id": self.chair.id, "price_unit": "5"}}
        )
        self.assertEqual(line.price_unit, 5)

    def test_odd_lines_are_messages(self):
        requests = self._as(self.env["gov.supply.request"], self.staff_user)
        for lines in (
            "x",
            [5],
            [[0, 0]],
            [[0, 0, "x"]],
            [[0, 0, {"name": "a\0b"}]],
            [[0, 0, {"name": "Lamp", "estimate": -1}]],
        ):
            with (
                self.subTest(lines=lines),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                requests.create({"line_ids": lines})

    # -------------------------------------------------------------- price check

    def test_price_check_keeps_the_product_that_was_asked_for(self):
        request = self._request(
            (self.chair, 1), {"name": "A lamp", "quantity": 1}, kind="purchase"
        )
        request.action_submit()
        for _tier in range(2):
            seat = request.sudo().seat_ids.filtered(lambda s: s.state == "open")[:1]
            request.with_user(seat.user_id).action_approve()
        asked, free = request.line_ids
        other = self._create_product("Laptop", 900)
        check = self._as(request, self.store_user)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            check.action_price_lines({asked.id: {"product_id": other.id}})
        # The answer to a free text may be corrected until the check closes.
        check.action_price_lines({free.id: {"product_id": self.pen.id}})
        check.action_price_lines({free.id: {"product_id": other.id}})
        self.assertEqual(free.product_id, other)
        check.action_return("Ask for the pen instead")
        free.product_id = self.pen
        request.action_submit()
        for _tier in range(2):
            seat = request.sudo().seat_ids.filtered(lambda s: s.state == "open")[:1]
            request.with_user(seat.user_id).action_approve()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            check.action_price_lines({free.id: {"product_id": other.id}})

    # --------------------------------------------------------------- after that

    def test_archived_after_submission(self):
        request = self._request((self.paper, 3))
        request.action_submit()
        self.paper.product_tmpl_id.active = False
        self._decide_all(request)
        counter = self._as(request, self.store_user)
        counter.action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")

    def test_applicant_reads_every_field(self):
        counter, _move = self._issued()
        mine = self._as(counter, self.staff_user)
        self.env.invalidate_all()
        values = mine.read()[0]
        self.assertEqual(values["state"], "done")
        self.env.invalidate_all()
        self.assertTrue(mine.line_ids.read())

    def test_paper_names_nothing_approved_before_the_approval(self):
        request = self._request((self.chair, 2), kind="purchase")
        request.action_submit()
        report = "gov_logistics.report_supply_purchase"
        render = self.env["ir.actions.report"]._render_qweb_html
        capitals = self.env["gov.paper"].capitals(1560)
        self.assertNotIn(capitals, render(report, request.ids)[0].decode())
        self._decide_all(request)
        self.assertIn(capitals, render(report, request.ids)[0].decode())

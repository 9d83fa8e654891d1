import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestIssue(SupplyCommon):
    def _line(self, request, product):
        return request.line_ids.filtered(lambda line: line.product_id == product)

    def _consumption(self, department=None):
        return self.env["stock.location"].search(
            [("supply_department_id", "=", (department or self.office).id)]
        )

    # ------------------------------------------------------------------- issuing

    def test_issue_moves_real_quants(self):
        request = self._approved((self.paper, 10), (self.pen, 5))
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")
        self.assertFalse(request.to_issue)
        self.assertEqual(self._on_hand(self.paper), 90)
        self.assertEqual(self._on_hand(self.pen), 45)
        self.assertEqual(request.line_ids.mapped("qty_issued"), [10, 5])
        picking = request.sudo().picking_ids
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.picking_type_id.code, "internal")
        self.assertEqual(picking.create_uid, self.store_user)
        self.assertTrue(picking.date_done)
        location = self._consumption()
        self.assertEqual(picking.location_dest_id, location)
        self.assertEqual(self._on_hand(self.paper, location), 10)
        self.assertEqual(self.paper.with_company(self.company).qty_available, 90)

    def test_signature_and_receiver_are_recorded(self):
        request = self._approved((self.paper, 1))
        request.with_user(self.store_user).action_issue(SIGNATURE, None, self.clerk.id)
        picking = request.sudo().picking_ids
        self.assertEqual(picking.supply_signature_hash, self._fingerprint())
        self.assertEqual(
            base64.b64decode(picking.with_context(bin_size=False).supply_signature),
            base64.b64decode(SIGNATURE),
        )
        self.assertEqual(picking.supply_receiver_id, self.clerk)

    def test_receiver_who_has_left_is_refused(self):
        request = self._approved((self.paper, 1))
        self.clerk.active = False
        with self.assertRaisesRegex(UserError, "no such receiver"):
            request.with_user(self.store_user).action_issue(
                SIGNATURE, None, self.clerk.id
            )

    def test_receiver_is_the_user_of_the_goods(self):
        request = self._approved(
            (self.paper, 1),
            user=self.clerk_user,
            employee_id=self.staff.id,
            beneficiary_id=self.office_head.id,
        )
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(
            request.sudo().picking_ids.supply_receiver_id, self.office_head
        )

    def test_one_location_per_department(self):
        for _turn in range(2):
            self._approved((self.pen, 1)).with_user(self.store_user).action_issue(
                SIGNATURE
            )
        self._approved((self.pen, 1), user=self.works_staff_user).with_user(
            self.store_user
        ).action_issue(SIGNATURE)
        office, works = self._consumption(), self._consumption(self.works)
        self.assertEqual(len(office), 1)
        self.assertEqual(len(works), 1)
        self.assertEqual(office.location_id, works.location_id)
        self.assertEqual(office.usage, "production")

    def test_partial_issue(self):
        request = self._approved((self.paper, 10))
        clerk = request.with_user(self.store_user)
        line = request.line_ids
        clerk.action_issue(SIGNATURE, {str(line.id): 4})
        self.assertEqual(
            (request.state, line.qty_issued, line.qty_open), ("approved", 4, 6)
        )
        clerk.action_issue(SIGNATURE)
        self.assertEqual(
            (request.state, line.qty_issued, line.qty_open), ("done", 10, 0)
        )
        self.assertEqual(len(request.sudo().picking_ids), 2)

    def test_default_is_what_is_on_hand(self):
        request = self._approved((self.pen, 50), (self.paper, 5))
        self._set_stock(self.pen, -10)
        request.with_user(self.store_user).action_issue(SIGNATURE)
        pen = self._line(request, self.pen)
        self.assertEqual(pen.qty_issued, 40)
        self.assertEqual(pen.qty_open, 10)
        self.assertEqual(request.state, "approved")
        self.assertEqual(self._on_hand(self.pen), 0)

    def test_same_product_on_two_lines(self):
        self._set_stock(self.pen, 10)
        request = self._approved((self.pen, 30), (self.pen, 30))
        self._set_stock(self.pen, -10)
        clerk = request.with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "only 20"):
            clerk.action_issue(SIGNATURE, dict.fromkeys(request.line_ids.ids, 30))
        clerk.action_issue(SIGNATURE)
        self.assertEqual(sum(request.line_ids.mapped("qty_issued")), 50)
        self.assertEqual(self._on_hand(self.pen), 0)

    def test_goods_reserved_for_others_stay(self):
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.pen.id),
                ("location_id", "=", self.warehouse.lot_stock_id.id),
            ]
        )
        request = self._approved((self.pen, 10))
        quant.reserved_quantity = 45
        clerk = request.with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "only 5"):
            clerk.action_issue(SIGNATURE, {request.line_ids.id: 10})
        clerk.action_issue(SIGNATURE)
        self.assertEqual(request.line_ids.qty_issued, 5)
        self.assertEqual(quant.reserved_quantity, 45)
        self.assertEqual(quant.quantity, 45)

    def test_shelves_are_emptied_oldest_first(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id}
        )
        self.env["stock.quant"]._update_available_quantity(
            self.pen, shelf, 20, in_date="2020-01-01 00:00:00"
        )
        request = self._approved((self.pen, 60))
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(self._on_hand(self.pen, shelf), 0)
        self.assertEqual(self._on_hand(self.pen), 10)
        self.assertEqual(request.line_ids.qty_issued, 60)

    def test_shelf_below_zero_takes_from_the_others(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id}
        )
        request = self._approved((self.pen, 40))
        self.env["stock.quant"]._update_available_quantity(self.pen, shelf, -20)
        clerk, line = request.with_user(self.store_user), request.line_ids
        self.assertEqual(line.qty_on_hand, 30)
        with self.assertRaisesRegex(UserError, "only 30"):
            clerk.action_issue(SIGNATURE, {line.id: 31})
        clerk.action_issue(SIGNATURE)
        self.assertEqual(line.qty_issued, 30)
        self.assertEqual(self._on_hand(self.pen), 0)

    def test_lots(self):
        toner = self._create_product("Toner", 78, tracking="lot")
        lots = self.env["stock.lot"].create(
            [
                {"name": name, "product_id": toner.id, "company_id": self.company.id}
                for name in ("A", "B")
            ]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                toner, self.warehouse.lot_stock_id, 2, lot_id=lot
            )
        request = self._approved((toner, 3))
        clerk = request.with_user(self.store_user)
        clerk.action_issue(SIGNATURE)
        lines = request.sudo().picking_ids.move_line_ids
        self.assertEqual(lines.lot_id, lots)
        self.assertEqual(sum(lines.mapped("quantity")), 3)
        clerk.action_return_goods({request.line_ids.id: 3}, "Wrong printer")
        for lot in lots:
            self.assertEqual(lot.with_company(self.company).product_qty, 2)

    def test_units_of_the_request_and_of_the_stock(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        request = self._approved(
            {"product_id": self.pen.id, "quantity": 2, "uom_id": dozen.id}
        )
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(self._on_hand(self.pen), 26)
        self.assertEqual(request.line_ids.qty_issued, 2)

    def test_goods_that_stock_does_not_count(self):
        cups = self._create_product("Cups", 8.5, is_storable=False)
        request = self._approved((cups, 3))
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")
        self.assertEqual(request.line_ids.qty_issued, 3)

    # ------------------------------------------------------------------ refusals

    def test_missing_signature(self):
        clerk = self._approved((self.paper, 1)).with_user(self.store_user)
        for missing in (None, False, ""):
            with self.subTest(missing=missing):
                with self.assertRaisesRegex(UserError, "signature"):
                    clerk.action_issue(missing)
        with self.assertRaisesRegex(UserError, "signature"):
            clerk.action_issue()

    def test_signature_that_is_none(self):
        clerk = self._approved((self.paper, 1)).with_user(self.store_user)
        text = base64.b64encode(b"I am no image").decode()
        large = base64.b64encode(
            base64.b64decode(SIGNATURE) + b"\0" * 1_000_001
        ).decode()
        for bad in ("no base64 %", text, 17, ["x"], {"a": 1}, large):
            with self.subTest(bad=str(bad)[:20]):
                with self.assertRaisesRegex(UserError, "signature"):
                    clerk.action_issue(bad)
        self.assertEqual(self._on_hand(self.paper), 100)

    def test_only_the_store_clerk(self):
        request = self._approved((self.paper, 1))
        for user in (
            self.staff_user,
            self.office_head_user,
            self.head_user,
            self.buyer_user,
            self.supervision_user,
            self.admin_user,
        ):
            with self.subTest(user=user.login):
                with self.assertRaisesRegex(UserError, "store clerk"):
                    request.with_user(user).action_issue(SIGNATURE)

    def test_never_to_oneself(self):
        own = self._approved((self.paper, 1), user=self.store_user)
        with self.assertRaisesRegex(UserError, "themselves"):
            own.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertFalse(own.with_user(self.store_user).can_issue)
        own.with_user(self.store2_user).action_issue(SIGNATURE)
        self.assertEqual(own.state, "done")
        used = self._approved((self.paper, 1), beneficiary_id=self.store.id)
        with self.assertRaisesRegex(UserError, "themselves"):
            used.with_user(self.store_user).action_issue(SIGNATURE)
        other = self._approved((self.paper, 1))
        with self.assertRaisesRegex(UserError, "themselves"):
            other.with_user(self.store_user).action_issue(
                SIGNATURE, None, self.store.id
            )

    def test_clerk_may_issue_what_they_typed_for_others(self):
        request = self._approved(
            (self.paper, 1), user=self.store_user, employee_id=self.staff.id
        )
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")

    def test_only_when_approved(self):
        request = self._request((self.paper, 1))
        clerk = request.with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "last approval"):
            clerk.action_issue(SIGNATURE)
        request.action_submit()
        with self.assertRaisesRegex(UserError, "last approval"):
            clerk.action_issue(SIGNATURE)
        request.with_user(self.office_head_user).action_reject("No")
        with self.assertRaisesRegex(UserError, "last approval"):
            clerk.action_issue(SIGNATURE)

    def test_second_click(self):
        clerk = self._approved((self.paper, 10)).with_user(self.store_user)
        clerk.action_issue(SIGNATURE)
        with self.assertRaisesRegex(UserError, "Done"):
            clerk.action_issue(SIGNATURE)
        self.assertEqual(self._on_hand(self.paper), 90)

    def test_more_than_approved_or_on_hand(self):
        request = self._request((self.paper, 10), (self.pen, 60))
        request.action_submit()
        paper, pen = self._line(request, self.paper), self._line(request, self.pen)
        head = request.with_user(self.office_head_user)
        head.action_set_approved({paper.id: 6})
        self._set_stock(self.pen, 10)
        head.action_approve()
        self._set_stock(self.pen, -10)  # they turn out to be dried up
        clerk = request.with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "approved and not yet issued is 6"):
            clerk.action_issue(SIGNATURE, {paper.id: 7})
        with self.assertRaisesRegex(UserError, "only 50"):
            clerk.action_issue(SIGNATURE, {pen.id: 60})
        self.assertFalse(request.sudo().picking_ids)

    def test_quantities_that_make_no_sense(self):
        request = self._approved((self.paper, 10))
        foreign = self._approved((self.pen, 1)).line_ids
        clerk, line = request.with_user(self.store_user), request.line_ids
        for bad in (
            {line.id: -1},
            {line.id: "many"},
            {line.id: float("nan")},
            {line.id: float("inf")},
            {line.id: [1]},
            {foreign.id: 1},
            {0: 1},
            {"x": 1},
            {-line.id: 1},
            [line.id],
            "all",
            {line.id: 0},
            {},
        ):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                clerk.action_issue(SIGNATURE, bad)
        self.assertEqual(self._on_hand(self.paper), 100)

    def test_none_or_several_requests(self):
        requests = self._approved((self.pen, 1)) | self._approved((self.pen, 1))
        for several in (requests, requests.browse()):
            with self.assertRaises(UserError):
                several.with_user(self.store_user).action_issue(SIGNATURE)

    # ----------------------------------------------------------- returns, closing

    def test_return_unused_goods(self):
        request = self._approved((self.paper, 10))
        clerk, line = request.with_user(self.store_user), request.line_ids
        clerk.action_issue(SIGNATURE, {line.id: 4})
        clerk.action_issue(SIGNATURE, {line.id: 6})
        clerk.action_return_goods({line.id: 7}, "Training cancelled")
        self.assertEqual(self._on_hand(self.paper), 97)
        self.assertEqual(self._on_hand(self.paper, self._consumption()), 3)
        self.assertEqual((line.qty_issued, line.qty_returned), (10, 7))
        self.assertEqual(request.state, "done")
        back = request.sudo().picking_ids.sorted("id")[-1]
        self.assertEqual(back.supply_reason, "Training cancelled")
        with self.assertRaisesRegex(UserError, "3 .*was issued"):
            clerk.action_return_goods({line.id: 4}, "More")
        clerk.action_return_goods({line.id: 3}, "The rest")
        self.assertFalse(clerk.can_return_goods)

    def test_return_needs_reason_quantity_and_another_person(self):
        request = self._approved((self.paper, 10))
        clerk, line = request.with_user(self.store_user), request.line_ids
        with self.assertRaises(UserError):
            clerk.action_return_goods({line.id: 1}, "Nothing was issued")
        clerk.action_issue(SIGNATURE)
        for quantities, reason in (
            ({line.id: 1}, ""),
            ({line.id: 1}, "   "),
            ({line.id: 1}, None),
            ({line.id: 0}, "Nothing"),
            ({}, "Nothing"),
            ({line.id: -2}, "Negative"),
        ):
            with self.subTest(quantities=quantities, reason=reason):
                with self.assertRaises(UserError):
                    clerk.action_return_goods(quantities, reason)
        with self.assertRaisesRegex(UserError, "store clerk"):
            request.with_user(self.staff_user).action_return_goods({line.id: 1}, "Me")
        own = self._approved((self.paper, 1), user=self.store_user)
        own.with_user(self.store2_user).action_issue(SIGNATURE)
        with self.assertRaisesRegex(UserError, "themselves"):
            own.with_user(self.store_user).action_return_goods(
                {own.line_ids.id: 1}, "Mine"
            )

    def test_odoos_own_return_counts_as_well(self):
        request = self._approved((self.paper, 10))
        request.with_user(self.store_user).action_issue(SIGNATURE)
        picking = request.sudo().picking_ids
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.store_user)
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.quantity = 2
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": 2, "picked": True})
        back.button_validate()
        self.assertEqual(request.line_ids.qty_returned, 2)
        self.assertEqual(self._on_hand(self.paper), 92)

    def test_close_the_rest(self):
        request = self._approved((self.paper, 10))
        clerk, line = request.with_user(self.store_user), request.line_ids
        clerk.action_issue(SIGNATURE, {line.id: 4})
        with self.assertRaises(UserError):
            clerk.action_close_rest("")
        with self.assertRaisesRegex(UserError, "store clerk or procurement"):
            request.with_user(self.staff_user).action_close_rest("Enough")
        clerk.action_close_rest("Enough")
        self.assertEqual(request.state, "done")
        self.assertEqual((line.qty_closed, line.qty_open), (6, 0))
        with self.assertRaises(UserError):
            clerk.action_close_rest("Again")
        with self.assertRaises(UserError):
            clerk.action_issue(SIGNATURE)

    # ---------------------------------------------------------- signed is signed

    def test_finished_issue_cannot_be_rewritten(self):
        request = self._approved((self.paper, 10))
        request.with_user(self.store_user).action_issue(SIGNATURE)
        picking = request.sudo().picking_ids.with_user(self.store_user)
        move = picking.move_ids
        detail = move.move_line_ids
        attempts = [
            lambda: move.write({"quantity": 1}),
            lambda: move.write({"product_uom_qty": 1}),
            lambda: move.write({"supply_line_id": False}),
            lambda: move.write({"origin_returned_move_id": move.id}),
            lambda: detail.write({"quantity": 1}),
            lambda: detail.with_user(self.staff_user).write({"quantity": 1}),
            lambda: detail.unlink(),
            lambda: detail.create(
                {
                    "move_id": move.id,
                    "picking_id": picking.id,
                    "product_id": self.paper.id,
                    "quantity": 5,
                }
            ),
            lambda: picking.write({"supply_request_id": False}),
            lambda: picking.write({"supply_signature": False}),
            lambda: picking.write({"supply_signature_hash": "0"}),
            lambda: picking.unlink(),
            lambda: picking.create(
                {
                    "picking_type_id": picking.picking_type_id.id,
                    "supply_request_id": request.id,
                }
            ),
        ]
        for number, attempt in enumerate(attempts):
            with self.subTest(number=number), self.assertRaises(UserError):
                attempt()
        self.assertEqual(self._on_hand(self.paper), 90)
        self.assertEqual(request.line_ids.qty_issued, 10)

    def test_dialog_of_the_counter(self):
        request = self._approved((self.pen, 60), (self.paper, 5))
        clerk = request.with_user(self.store_user)
        action = clerk.with_context(supply_mode="issue").action_open_dialog()
        wizard = self.env[action["res_model"]].with_user(self.store_user)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(wizard.receiver_id, self.staff)
        self.assertEqual(wizard.line_ids.mapped("quantity"), [50, 5])
        with self.assertRaisesRegex(UserError, "signature"):
            wizard.action_confirm()
        wizard.signature = SIGNATURE
        wizard.action_confirm()
        self.assertEqual(sum(request.line_ids.mapped("qty_issued")), 55)

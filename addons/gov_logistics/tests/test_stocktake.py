from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon


class StocktakeCommon(SupplyCommon):
    """Paper 100 and pens 50 on the shelf; who counts has no group at all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counter, cls.counter_user = cls.works_staff, cls.works_staff_user

    def _stocktake(self, start=True, **values):
        stocktakes = self._as(self.env["gov.supply.stocktake"], self.store_user)
        stocktake = stocktakes.create(
            {
                "counter_id": self.counter.id,
                "keeper_id": self.store.id,
                "witness_id": self.finance.id,
                "is_blind": False,
                **values,
            }
        )
        if start:
            stocktake.action_start()
        return stocktake

    def _line(self, stocktake, product):
        return stocktake.line_ids.filtered(lambda line: line.product_id == product)

    def _count(self, stocktake, reason="Recount of the shelf", **quantities):
        for name, quantity in quantities.items():
            line = self._as(
                self._line(stocktake, getattr(self, name)), self.counter_user
            )
            line.write({"counted_quantity": quantity, "is_counted": True})
            if line.sudo().book_at_count != quantity:
                line.reason = reason


@tagged("post_install", "-at_install")
class TestStocktake(StocktakeCommon):
    """Book, counted, difference, reason and three names."""

    def test_whole_count(self):
        stocktake = self._stocktake()
        self.assertEqual(stocktake.state, "counting")
        self.assertEqual(stocktake.line_ids.product_id, self.paper | self.pen)
        self.assertEqual(self._line(stocktake, self.paper).book_shown, 100)
        self._count(stocktake, paper=97, pen=52)
        self.assertEqual(stocktake.counted_count, 2)
        self.assertEqual(stocktake.amount_loss, 61.5)
        self.assertEqual(stocktake.amount_gain, 3.2)
        stocktake.action_submit()
        self.assertIn("盘", stocktake.number)
        self.assertEqual(stocktake.amount_for_approval, 64.7)
        self.assertEqual(
            self._step_names(stocktake),
            ["Section head of the store", "Finance", "Leader for logistics"],
        )
        # Nothing changes before the last yes.
        for user in (self.works_head_user, self.finance_user):
            stocktake.with_user(user).action_approve()
            self.assertEqual(self._on_hand(self.paper), 100)
        stocktake.with_user(self.leader_user).action_approve()
        self.assertEqual(stocktake.state, "approved")
        self.assertEqual((self._on_hand(self.paper), self._on_hand(self.pen)), (97, 52))
        moves = self.env["stock.move"].search(
            [("product_id", "=", self.paper.id), ("is_inventory", "=", True)]
        )
        self.assertEqual(moves.quantity, 3)
        self.assertIn(stocktake.number, moves.inventory_name or "")
        for action in ("approve", "withdraw", "submit"):
            with self.subTest(action), self.assertRaises(UserError):
                getattr(stocktake, f"action_{action}")()
        with self.assertRaises(UserError):
            stocktake.action_cancel("Wrong")
        self.assertEqual(self._on_hand(self.paper), 97)

    def test_goods_that_move_meanwhile(self):
        request = self._approved((self.paper, 20))
        later = self._approved((self.paper, 5))
        stocktake = self._stocktake()
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self._count(stocktake, paper=79, pen=50)
        line = self._line(stocktake, self.paper)
        self.assertEqual(line.book_shown, 100)
        self.assertEqual(line.moved_quantity, -20)
        self.assertEqual(line.difference, -1)
        later.with_user(self.store_user).action_issue(SIGNATURE)
        stocktake.action_submit()
        self._decide_all(stocktake)
        self.assertEqual(self._on_hand(self.paper), 74)

    def test_one_open_sheet_for_one_thing(self):
        """Two sheets of one shelf would take the same difference off twice."""
        first = self._stocktake()
        with self.assertRaisesRegex(UserError, "counted already"):
            self._stocktake()
        self._count(first, paper=97, pen=50)
        first.action_submit()
        second = self._stocktake(start=False)
        with self.assertRaisesRegex(UserError, "counted already"):
            second.action_start()
        self._decide_all(first)
        second.action_start()
        self._count(second, paper=97, pen=50)
        second.action_submit()
        self.assertEqual(self._on_hand(self.paper), 97)

    def test_sheets_of_other_goods_do_not_meet(self):
        pens, papers = self.env["product.category"].create(
            [{"name": "Pens"}, {"name": "Papers"}]
        )
        self.pen.categ_id, self.paper.categ_id = pens, papers
        self._stocktake(categ_ids=pens.ids)
        other = self._stocktake(categ_ids=papers.ids)
        lines = self._as(other.line_ids, self.store_user)
        with self.assertRaisesRegex(UserError, "counted already"):
            lines.create({"stocktake_id": other.id, "product_id": self.pen.id})

    def test_no_difference_needs_nobody(self):
        stocktake = self._stocktake()
        self._count(stocktake, paper=100, pen=50)
        stocktake.action_submit()
        self.assertEqual(stocktake.state, "approved")
        self.assertEqual(stocktake.sudo().decision_ids.outcome, "skipped")
        self.assertEqual(self._on_hand(self.paper), 100)

    def test_incomplete_sheets(self):
        stocktake = self._stocktake(start=False)
        with self.assertRaises(UserError):
            stocktake.action_submit()
        stocktake.action_start()
        with self.assertRaisesRegex(UserError, "before"):
            stocktake.action_start()
        self._count(stocktake, pen=50)
        with self.assertRaisesRegex(UserError, "Paper"):
            stocktake.action_submit()
        self._count(stocktake, reason=" ", paper=99)
        with self.assertRaisesRegex(UserError, "Say why.*Paper"):
            stocktake.action_submit()

    def test_nothing_found(self):
        stocktake = self._stocktake()
        self._count(stocktake, paper=0, pen=50)
        stocktake.action_submit()
        self._decide_all(stocktake)
        self.assertEqual(self._on_hand(self.paper), 0)

    def test_found_without_a_book(self):
        stocktake = self._stocktake()
        line = stocktake.line_ids.create(
            {
                "stocktake_id": stocktake.id,
                "product_id": self.chair.id,
                "counted_quantity": 2,
                "reason": "Found behind the door",
            }
        )
        self.assertEqual((line.book_shown, line.difference), (0, 2))
        self.assertEqual(line.value, 1560)
        self._count(stocktake, paper=100, pen=50)
        stocktake.action_submit()
        self._decide_all(stocktake)
        self.assertEqual(self._on_hand(self.chair), 2)
        with self.assertRaises(UserError):
            stocktake.line_ids.create(
                {"stocktake_id": stocktake.id, "product_id": self.service.id}
            )

    def test_loss_greater_than_what_is_left(self):
        request = self._approved((self.pen, 50))
        stocktake = self._stocktake()
        self._count(stocktake, paper=100, pen=40)
        request.with_user(self.store_user).action_issue(SIGNATURE)
        stocktake.action_submit()
        for user in (self.works_head_user, self.finance_user):
            stocktake.with_user(user).action_approve()
        leader = stocktake.with_user(self.leader_user)
        with self.assertRaises(UserError) as caught:
            leader.action_approve()
        self.assertIn("counted again", str(caught.exception))
        leader.action_return("Count again")
        self.assertEqual(stocktake.state, "counting")
        self._count(stocktake, paper=100, pen=0)
        stocktake.action_submit()
        self.assertEqual(stocktake.state, "approved")

    def test_rejected_changes_nothing(self):
        stocktake = self._stocktake()
        self._count(stocktake, paper=1, pen=50)
        stocktake.action_submit()
        stocktake.with_user(self.works_head_user).action_reject("Impossible")
        self.assertEqual(self._on_hand(self.paper), 100)

    def test_three_names(self):
        for values in (
            {"keeper_id": self.counter.id},
            {"witness_id": self.counter.id},
            {"counter_id": self.finance.id},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._stocktake(**values)
        with self.assertRaisesRegex(UserError, "finance"):
            self._stocktake(witness_id=self.leader.id)
        # Somebody else of the section that finance sits in will do.
        self.assertTrue(self._stocktake(witness_id=self.clerk.id))

    def test_counter_and_keeper_do_not_decide(self):
        stocktake = self._stocktake(counter_id=self.works_head.id)
        line = self._line(stocktake, self.paper).with_user(self.works_head_user)
        line.write({"counted_quantity": 99, "reason": "One is missing"})
        self._line(stocktake, self.pen).counted_quantity = 50
        stocktake.action_submit()
        step = stocktake.sudo().current_step_id
        self.assertNotIn(self.works_head_user, step.seat_ids.user_id)

    def test_who_entered_the_figures_does_not_decide(self):
        """Another name on the sheet does not make the counter somebody else."""
        stocktake = self._stocktake(counter_id=self.leader.id)
        for line in self._as(stocktake.line_ids, self.leader_user):
            line.write({"counted_quantity": line.book_shown - 1, "reason": "Gone"})
        stocktake.counter_id = self.works_staff
        with self.assertRaisesRegex(UserError, "Leader for logistics"):
            stocktake.action_submit()
            self._decide_all(stocktake)
        self.assertEqual(self._on_hand(self.paper), 100)

    def test_categories(self):
        category = self.env["product.category"].create({"name": "Pens"})
        self.pen.categ_id = category
        stocktake = self._stocktake(categ_ids=category.ids)
        self.assertEqual(stocktake.line_ids.product_id, self.pen)
        empty = self.env["product.category"].create({"name": "Nothing"})
        with self.assertRaises(UserError):
            self._stocktake(categ_ids=empty.ids)

    def test_blind_count(self):
        """Nobody reads the book before the sheet is handed in, by RPC neither."""
        stocktake = self._stocktake(is_blind=True)
        self._count(stocktake, paper=97, pen=52)
        line = self._line(stocktake, self.paper)
        derived = ("book_shown", "moved_quantity", "difference", "value")
        for user in (self.counter_user, self.store_user, self.supervision_user):
            mine = self._as(line, user).with_context(gov_engine=True)
            with self.subTest(user=user.login):
                self.assertEqual(
                    [mine.read(derived)[0][name] for name in derived], [0] * 4
                )
                sheet = self._as(stocktake, user)
                sums = ("amount_gain", "amount_loss", "amount_for_approval")
                self.assertEqual([sheet[name] for name in sums], [0] * 3)
                self.assertFalse(mine.search([("difference", "!=", 0)]))
                # An empty difference would read as nothing to decide.
                self.assertNotIn("agrees", sheet.chain_preview)
                for name in ("book_quantity", "book_at_count"):
                    for call in (
                        lambda m=mine, n=name: m.read([n]),
                        lambda m=mine, n=name: m.search([(n, "=", 100)]),
                        lambda m=mine, n=name: m.search([], order=n),
                        lambda m=mine, n=name: m.formatted_read_group(
                            [], [], [f"{n}:sum"]
                        ),
                        lambda m=mine, n=name: m.export_data([n]),
                    ):
                        with self.assertRaises(UserError):
                            call()
        # The counter neither hands in nor learns from the refusal.
        with self.assertRaises(UserError) as caught:
            self._as(stocktake, self.counter_user).action_submit()
        self.assertNotIn("Paper", str(caught.exception))
        self._as(line, self.counter_user).reason = False
        with self.assertRaisesRegex(UserError, "Say why.*Paper"):
            stocktake.action_submit()
        with self.assertRaises(UserError):
            stocktake.is_handed_in = True
        self._as(line, self.counter_user).reason = "Recount of the shelf"
        stocktake.action_submit()
        self.assertEqual(stocktake.sudo().amount_frozen, 64.7)
        mine = self._as(line, self.counter_user)
        self.assertEqual((mine.book_shown, mine.difference), (100, -3))
        # A sheet that comes back is counted blind again.
        stocktake.with_user(self.works_head_user).action_return("Count again")
        self.assertEqual((mine.book_shown, mine.difference), (0, 0))
        stocktake.action_submit()
        self._decide_all(stocktake)
        self.assertEqual((self._on_hand(self.paper), self._on_hand(self.pen)), (97, 52))

    def test_paper(self):
        stocktake = self._stocktake(is_blind=True)
        report = self.env["ir.actions.report"]
        name = "gov_logistics.report_supply_stocktake"
        blind = report._render_qweb_html(name, stocktake.ids)[0].decode()
        self.assertNotIn("100", blind.split("<tbody>")[1])
        self._count(stocktake, paper=97, pen=50)
        stocktake.action_submit()
        html = report._render_qweb_html(name, stocktake.ids)[0].decode()
        for text in ("盘点表", "盘点人", "保管人", "监盘人", "97", "-3", "61.50"):
            self.assertIn(text, html)


@tagged("post_install", "-at_install")
class TestStocktakeSecurity(StocktakeCommon):
    """Who may do what, with any context."""

    def test_operations_by_role(self):
        stocktake = self._stocktake()
        line = self._line(stocktake, self.paper)
        for user in (
            self.staff_user,
            self.office_head_user,
            self.head_user,
            self.buyer_user,
            self.admin_user,
        ):
            with self.subTest(user=user.login):
                for records in (stocktake, line):
                    mine = self._as(records, user).with_context(gov_engine=True)
                    for call in (
                        lambda r=mine: r.read(["display_name"]),
                        lambda r=mine: r.write({"reason": "x"}),
                        mine.unlink,
                    ):
                        with self.assertRaises(UserError):
                            call()
                with self.assertRaises(UserError):
                    self._as(stocktake, user).action_start()
        for user in (self.counter_user, self.finance_user, self.supervision_user):
            with self.subTest(user=user.login):
                mine = self._as(stocktake, user)
                self.assertTrue(mine.read(["display_name"]))
                with self.assertRaises(UserError):
                    mine.write({"date": fields.Date.today()})
                with self.assertRaises(UserError):
                    mine.action_submit()
        for user in (self.finance_user, self.supervision_user):
            with self.assertRaises(AccessError):
                self._as(line, user).write({"counted_quantity": 1})

    def test_protected_fields(self):
        stocktake = self._stocktake()
        line = self._line(stocktake, self.paper)
        for user in (self.store_user, self.counter_user):
            mine = self._as(line, user).with_context(gov_engine=True)
            for name in ("book_quantity", "book_at_count", "difference", "value"):
                with self.subTest(user=user.login, name=name):
                    with self.assertRaises(UserError):
                        mine.write({name: 1})
            for vals in (
                {"product_id": self.chair.id},
                {"stocktake_id": stocktake.id},
                {"counted_by_id": user.id},
                {"counted_at": "2020-01-01"},
            ):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaises(UserError):
                        mine.write(vals)
        for vals in (
            {"state": "approved"},
            {"approval_state": "approved"},
            {"applied_at": "2020-01-01"},
            {"amount_loss": 0},
            {"is_blind": False},
            {"location_id": stocktake.location_id.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                stocktake.with_context(gov_engine=True).write(vals)
        with self.assertRaises(UserError):
            line.unlink()
        with self.assertRaises(UserError):
            stocktake.unlink()

    def test_bad_counts(self):
        line = self._line(self._stocktake(), self.paper)
        for value in (-1, 1e9, float("nan"), float("inf"), "x", [1]):
            with self.subTest(value=value), self.assertRaises(UserError):
                line.write({"counted_quantity": value})
        with self.assertRaises(UserError):
            line.write({"reason": "a\0b"})
        self.assertFalse(line.is_counted)

    def test_counted_only_while_counting(self):
        stocktake = self._stocktake(start=False)
        with self.assertRaises(UserError):
            stocktake.line_ids.create(
                {"stocktake_id": stocktake.id, "product_id": self.pen.id}
            )
        stocktake.action_start()
        self._count(stocktake, paper=99, pen=50)
        stocktake.action_submit()
        line = self._as(self._line(stocktake, self.paper), self.counter_user)
        with self.assertRaises(UserError):
            line.counted_quantity = 100
        stocktake.action_withdraw()
        line.counted_quantity = 100
        stocktake.action_submit()
        self.assertEqual(stocktake.state, "approved")

    def test_stock_is_not_adjusted_by_hand(self):
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.paper.id),
                ("location_id", "=", self.warehouse.lot_stock_id.id),
            ]
        )
        mine = self._as(quant, self.store_user).with_context(inventory_mode=True)
        mine.inventory_quantity = 1
        with self.assertRaisesRegex(UserError, "stocktake"):
            mine.action_apply_inventory()
        # Odoo's "Update Quantity" applies at once, with all rights.
        with self.assertRaisesRegex(UserError, "stocktake"):
            mine.create(
                {
                    "product_id": self.paper.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "inventory_quantity_auto_apply": 1,
                }
            )
        with self.assertRaisesRegex(UserError, "stocktake"):
            self._as(self.paper, self.store_user).qty_available = 1
        self.assertEqual(self._on_hand(self.paper), 100)

    def _move(self, source, target, user=None):
        """Move ten reams by Odoo's own transfer."""
        places = {"location_id": source.id, "location_dest_id": target.id}
        pickings = self._as(self.env["stock.picking"], user or self.store_user)
        picking = pickings.create(
            {
                **places,
                "picking_type_id": self.warehouse.int_type_id.id,
                "move_ids": [
                    Command.create(
                        {
                            **places,
                            "product_id": self.paper.id,
                            "product_uom_qty": 10,
                            "product_uom": self.paper.uom_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        picking.move_ids.quantity = 10
        picking.move_ids.picked = True
        return picking.button_validate()

    def test_stock_is_not_written_off_by_hand(self):
        store = self.warehouse.lot_stock_id
        loss = self.paper.with_company(self.company).property_stock_inventory
        customers = self.env.ref("stock.stock_location_customers")
        for source, target in ((store, loss), (loss, store), (store, customers)):
            with (
                self.subTest(source.name),
                self.assertRaisesRegex(UserError, "stocktake"),
            ):
                self._move(source, target)
        scraps = self._as(self.env["stock.scrap"], self.store_user)
        scrap = scraps.create(
            {
                "product_id": self.paper.id,
                "scrap_qty": 30,
                "location_id": store.id,
            }
        )
        with self.assertRaisesRegex(UserError, "stocktake"):
            scrap.action_validate()
        self.assertEqual(self._on_hand(self.paper), 100)
        # Within the store goods are moved about, and go back to the vendor.
        shelf = store.create({"name": "Shelf 9", "location_id": store.id})
        self._move(store, shelf)
        self._move(store, self.env.ref("stock.stock_location_suppliers"))
        self.assertEqual(self._on_hand(self.paper), 90)

    def test_other_institution(self):
        stocktake = self._stocktake()
        with self.assertRaises(AccessError):
            self._as(stocktake, self.other_staff_user).read(["display_name"])
        with self.assertRaises(UserError):
            self._stocktake(counter_id=self.other_staff.id)

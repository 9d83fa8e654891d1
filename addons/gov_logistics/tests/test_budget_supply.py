from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common import SIGNATURE
from .common_budget import BudgetCommon


@tagged("post_install", "-at_install")
class TestBudgetSupply(BudgetCommon):
    """Supply requests set money aside, give it free and use it up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._line()
        cls.works_line = cls._line(500, department=cls.works)

    def _issue(self, request, quantities=None):
        request.with_user(self.store_user).action_issue(SIGNATURE, quantities)

    # ------------------------------------------------------------------ stock issue

    def test_whole_life_of_an_issue(self):
        request = self._request((self.paper, 10), (self.pen, 5))
        self.assertFigures(self.line, 1000, 0, 0)
        request.action_submit()
        self.assertEqual(request.line_ids.budget_line_id, self.line)
        self.assertEqual(request.budget_line_id, self.line)
        self.assertFigures(self.line, 1000, 213, 0)
        self._decide_all(request)
        self.assertFigures(self.line, 1000, 213, 0)
        paper = request.line_ids[0]
        self._issue(request, {paper.id: 4})
        self.assertFigures(self.line, 1000, 131, 82)
        self._issue(request)
        self.assertFigures(self.line, 1000, 0, 213)
        self.assertEqual(request.state, "done")
        # Unused goods come back, and so does the money.
        request.with_user(self.store_user).action_return_goods(
            {paper.id: 3}, "Not needed"
        )
        self.assertFigures(self.line, 1000, 0, 151.5)
        self.assertWhole(self.line)

    def test_the_other_department_pays_its_own(self):
        request = self._request((self.paper, 1), user=self.works_staff_user)
        request.action_submit()
        self.assertFigures(self.works_line, 500, 20.5, 0)
        self.assertFigures(self.line, 1000, 0, 0)

    def test_money_comes_back(self):
        for action, user in (
            ("action_reject", self.office_head_user),
            ("action_return", self.office_head_user),
            ("action_withdraw", self.staff_user),
        ):
            request = self._request((self.paper, 10))
            request.action_submit()
            self.assertFigures(self.line, 1000, 205, 0)
            getattr(request.with_user(user), action)("Not now")
            with self.subTest(action=action):
                self.assertFigures(self.line, 1000, 0, 0)
            if request.state == "draft":
                request.with_user(self.staff_user).action_submit()
                self.assertFigures(self.line, 1000, 205, 0)
                request.with_user(self.staff_user).action_withdraw()

    def test_cancelled_and_closed(self):
        request = self._approved((self.paper, 10))
        request.with_user(self.staff_user).action_cancel("Not needed")
        self.assertFigures(self.line, 1000, 0, 0)
        request = self._approved((self.paper, 10))
        self._issue(request, {request.line_ids.id: 6})
        request.with_user(self.store_user).action_close_rest("Enough")
        self.assertFigures(self.line, 1000, 0, 123)

    def test_a_hold_keeps_it(self):
        request = self._request((self.paper, 10))
        request.action_submit()
        request.with_user(self.office_head_user).action_hold("Next week")
        self.assertFigures(self.line, 1000, 205, 0)

    def test_lowered(self):
        request = self._request((self.paper, 10))
        request.action_submit()
        head = request.with_user(self.office_head_user)
        head.action_set_approved({request.line_ids.id: 4})
        self.assertFigures(self.line, 1000, 82, 0)
        head.action_return("Once more")
        request.with_user(self.staff_user).action_submit()
        self.assertFigures(self.line, 1000, 205, 0)

    def test_the_last_money(self):
        first = self._request((self.paper, 40))
        first.action_submit()
        self.assertFigures(self.line, 1000, 820, 0)
        second = self._request((self.paper, 10))
        with self.assertRaises(UserError) as caught:
            second.action_submit()
        text = str(caught.exception)
        self.assertIn("205.00", text)
        self.assertIn("180.00", text)
        self.assertEqual(second.state, "draft")
        self._request((self.paper, 8)).action_submit()
        self.assertEqual(self.line.level, "warn")

    def test_no_line_no_money(self):
        """Goods that no line was planned for are issued as ever."""
        stamp = self._create_product("Stamp", 5, 10)
        request = self._approved((stamp, 1))
        self._issue(request)
        self.assertFalse(request.line_ids.budget_line_id)
        self.assertFalse(request.budget_left)
        self.assertFigures(self.line, 1000, 0, 0)

    def test_several_lines(self):
        repair = self._line(50, item=self.item2)
        lamp = self._create_product("Lamp", 10, 20)
        lamp.categ_id = self.env["product.category"].create(
            {"name": "Repair", "budget_item_id": self.item2.id}
        )
        request = self._approved((self.paper, 2), (lamp, 3))
        self.assertFalse(request.budget_line_id)
        self.assertFigures(self.line, 1000, 41, 0)
        self.assertFigures(repair, 50, 30, 0)
        self._issue(request)
        self.assertFigures(self.line, 1000, 0, 41)
        self.assertFigures(repair, 50, 0, 30)
        with self.assertRaises(UserError):
            self._request((self.paper, 2), (lamp, 3)).action_submit()
        self.assertFigures(self.line, 1000, 0, 41)

    # -------------------------------------------------------------------- purchases

    def _chair(self, quantity=1):
        request = self._request((self.chair, quantity), kind="purchase")
        request.action_submit()
        return request

    def _until_check(self, request, code):
        for _turn in range(10):
            if request.sudo().current_step_id.check_code == code:
                return request
            self._decide_one(request)
        self.fail(f"No check {code}.")

    def test_finance_names_the_line(self):
        request = self._until_check(self._chair(), "funds")
        self.assertFalse(request.line_ids.budget_line_id)
        finance = request.with_user(self.finance_user)
        finance.action_set_fund_source("Office expenses")
        with self.assertRaises(UserError) as caught:
            finance.action_approve()
        self.assertIn("Office chair", str(caught.exception))
        finance.action_set_fund_source("", self.line.id)
        self.assertIn("30201", request.fund_source)
        self.assertFigures(self.line, 1000, 780, 0)
        finance.action_approve()
        self._decide_all(request)
        self.assertEqual(request.state, "approved")
        self.assertFigures(self.line, 1000, 780, 0)

    def test_finance_names_another_line(self):
        request = self._until_check(self._chair(), "funds")
        finance = request.with_user(self.finance_user)
        finance.action_set_fund_source("", self.line.id)
        other = self._line(900, item=self.item2)
        finance.action_set_fund_source("", {str(request.line_ids.id): other.id})
        self.assertFigures(self.line, 1000, 0, 0)
        self.assertFigures(other, 900, 780, 0)

    def test_what_finance_cannot_name(self):
        request = self._until_check(self._chair(), "funds")
        finance = request.with_user(self.finance_user)
        last_year = self._line(9000, year=self.year - 1)
        strange = self._request((self.paper, 1)).line_ids
        other = self.env["gov.budget.line"].create(
            {
                "company_id": self.other_company.id,
                "department_id": self.other_department.id,
                "item_id": self.item.id,
                "year": self.year,
                "amount_initial": 9000,
            }
        )
        for named in (
            10**8,
            True,
            "x",
            [self.line.id],
            last_year.id,
            other.id,
            self.works_line.id,  # 500 are left, 780 are needed
            {strange.id: self.line.id},
            {"x": self.line.id},
        ):
            with self.subTest(named=named), self.assertRaises(UserError):
                finance.action_set_fund_source("Money", named)
        with self.assertRaises(UserError):
            request.with_user(self.staff_user).action_set_fund_source("", self.line.id)
        self.assertFigures(self.line, 1000, 0, 0)

    def test_price_check_moves_the_commitment(self):
        request = self._request(
            {"name": "Shelf", "quantity": 2, "estimate": 50}, kind="purchase"
        )
        request.action_submit()
        self._until_check(request, "price")
        store = request.with_user(self.store_user)
        shelf = self._create_product("Shelf", 60)
        line = request.line_ids
        line.with_user(self.store_user).action_price_line(shelf.id, 70)
        store.action_approve()
        self._until_check(request, "funds")
        finance = request.with_user(self.finance_user)
        finance.action_set_fund_source("", self.line.id)
        self.assertFigures(self.line, 1000, 140, 0)
        steps = request.sudo().step_ids
        step = steps.filtered(lambda s: s.check_code == "price").sequence
        finance.action_return("Ask for another offer", step)
        # Under way all the same: the money stays aside and follows the new price.
        self.assertFigures(self.line, 1000, 140, 0)
        line.with_user(self.store_user).action_price_line(price_unit=65)
        store.action_approve()
        self.assertFigures(self.line, 1000, 130, 0)

    def test_price_check_above_what_is_left(self):
        request = self._request((self.paper, 40), kind="purchase")
        request.action_submit()
        self.assertFigures(self.line, 1000, 820, 0)
        self._until_check(request, "price")
        line = request.line_ids.with_user(self.store_user)
        line.action_price_line(price_unit=26)
        with self.assertRaises(UserError) as caught:
            request.with_user(self.store_user).action_approve()
        self.assertIn("40.00", str(caught.exception))  # 1,040 − 1,000
        line.action_price_line(price_unit=25)
        request.with_user(self.store_user).action_approve()
        self.assertFigures(self.line, 1000, 1000, 0)

    def test_a_service_is_used_when_it_is_received(self):
        request = self._request((self.service, 1), kind="purchase")
        request.action_submit()
        self._until_check(request, "funds")
        request.with_user(self.finance_user).action_set_fund_source("", self.line.id)
        self._decide_all(request)
        line = request.line_ids
        order = self.env["purchase.order"].create({"partner_id": self.vendor.id})
        purchase_line = engine(self.env["purchase.order.line"]).create(
            {
                "order_id": order.id,
                "product_id": self.service.id,
                "product_qty": 1,
                "price_unit": 300,
                "tax_ids": [],
                "supply_line_id": line.id,
            }
        )
        order.button_confirm()
        self.assertFigures(self.line, 1000, 300, 0)
        purchase_line.with_env(self.env).qty_received = 1
        self.assertFigures(self.line, 1000, 0, 300)

    def test_what_is_short_moves_to_the_purchase(self):
        request = self._request((self.paper, 48), user=self.staff_user)
        self._set_stock(self.paper, -60)
        request.action_submit()
        self._decide_all(request)
        purchase = request.shortage_request_ids
        self.assertEqual(purchase.state, "submitted", purchase)
        self.assertEqual(purchase.line_ids.budget_line_id, self.line)
        # 40 are there, 8 are bought: set aside once, not twice.
        self.assertFigures(self.line, 1000, 984, 0)
        self.assertEqual(
            self.line._read_booked(request), {(self.line.id, ""): (820, 0)}
        )
        self.assertWhole(self.line)

    # ------------------------------------------------------------------- exceptions

    def _exception(self, quantity=49):
        """Return a submitted request for more than is left: 1,004.50 of 1,000."""
        self.company.gov_budget_over = "exception"
        request = self._request((self.paper, quantity))
        request.action_submit()
        return request

    def test_exception_walks_one_tier_more(self):
        request = self._exception()
        self.assertTrue(request.budget_over)
        names = self._step_names(request)
        self.assertEqual(names[-1], "Head of the institution, above the budget")
        # Nothing is booked until the chain has agreed.
        self.assertFigures(self.line, 1000, 0, 0)
        self.assertFalse(request.budget_exception)
        self._decide_all(request)
        self.assertEqual(request.state, "approved")
        self.assertTrue(request.budget_exception)
        self.assertFigures(self.line, 1000, 1004.5, 0)
        self.assertEqual(self.line.amount_exception, 4.5)
        entry = self.line.entry_ids.filtered("is_exception")
        self.assertIn(request.number, entry.note)
        marks = self.env["gov.approval.mark"].search(
            [("model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual(len(marks.filtered(lambda mark: mark.kind == "budget")), 1)
        self._issue(request)
        self.assertFigures(self.line, 1000, 0, 1004.5)
        self.assertEqual(self.line.level, "over")
        self.assertWhole(self.line)

    def test_rejected_exception(self):
        request = self._exception()
        request.with_user(self.office_head_user).action_approve()
        request.with_user(self.head_user).action_reject("No money")
        self.assertFigures(self.line, 1000, 0, 0)
        self.assertFalse(request.budget_exception)

    def test_lowered_to_what_is_left(self):
        request = self._exception()
        head = request.with_user(self.office_head_user)
        head.action_set_approved({request.line_ids.id: 10})
        self.assertFalse(request.budget_over)
        self.assertFigures(self.line, 1000, 205, 0)
        self._decide_all(request)
        self.assertFalse(request.budget_exception)
        self.assertEqual(self.line.amount_exception, 0)

    def test_exception_found_by_the_price_check(self):
        self.company.gov_budget_over = "exception"
        request = self._request((self.paper, 40), kind="purchase")
        request.action_submit()
        self.assertFalse(request.budget_over)
        self._until_check(request, "price")
        request.line_ids.with_user(self.store_user).action_price_line(price_unit=26)
        request.with_user(self.store_user).action_approve()
        self.assertTrue(request.budget_over)
        names = self._step_names(request)
        self.assertEqual(names[-1], "Head of the institution, above the budget")
        # What had been set aside before the price rose stays aside.
        self.assertFigures(self.line, 1000, 820, 0)
        self._decide_all(request)
        self.assertEqual(request.approval_state, "approved")
        self.assertFigures(self.line, 1000, 1040, 0)

    def test_exception_named_by_finance(self):
        self.company.gov_budget_over = "exception"
        request = self._until_check(self._chair(), "funds")
        finance = request.with_user(self.finance_user)
        finance.action_set_fund_source("", self.works_line.id)
        self.assertTrue(request.budget_over)
        self.assertFigures(self.works_line, 500, 0, 0)
        finance.action_approve()
        self.assertIn(
            "Head of the institution, above the budget", self._step_names(request)
        )
        self._decide_all(request)
        self.assertFigures(self.works_line, 500, 780, 0)
        self.assertTrue(request.budget_exception)

    def test_exception_without_a_rule(self):
        self.env.ref("gov_logistics.rule_budget_exception").active = False
        self.company.gov_budget_over = "exception"
        with self.assertRaises(UserError):
            self._request((self.paper, 49)).action_submit()

    def test_within_the_norm_but_above_the_budget(self):
        self.env["gov.supply.norm"].create(
            {
                "product_tmpl_id": self.paper.product_tmpl_id.id,
                "company_id": self.company.id,
                "quantity": 1000,
                "uom_id": self.paper.uom_id.id,
                "date_from": "2020-01-01",
                "citation": "Norm",
            }
        )
        request = self._request((self.paper, 1))
        request.action_submit()
        self.assertEqual(request.approval_state, "approved")
        self.assertFigures(self.line, 1000, 20.5, 0)
        request = self._exception()
        self.assertEqual(request.approval_state, "submitted")

    # ------------------------------------------------------------------ what is seen

    def test_heads_see_what_is_left(self):
        request = self._request((self.paper, 10))
        request.action_submit()
        head = self._as(request, self.office_head_user)
        self.assertIn("795.00", head.budget_left)
        self.assertIn("1,000.00", head.budget_left)
        self.assertEqual(head.budget_level, "ok")
        # Those who may read the request see it without reading budget lines.
        store = self._as(request, self.store_user)
        self.assertIn("795.00", store.budget_left)
        self._as(request, self.staff_user).web_read(
            {"budget_left": {}, "budget_line_id": {"fields": {"display_name": {}}}}
        )

    def test_a_draft_shows_what_is_left(self):
        request = self._request((self.paper, 49))
        mine = self._as(request, self.staff_user)
        self.assertIn("1,000.00", mine.budget_left)
        self.assertIn("left of the budget", mine.chain_preview)
        self.company.gov_budget_over = "exception"
        mine.invalidate_recordset()
        self.assertIn("above the budget", mine.chain_preview)
        few = self._as(self._request((self.paper, 4)), self.staff_user)
        self.assertNotIn("left of the budget", few.chain_preview)
        new = self._as(self.env["gov.supply.request"], self.staff_user).new(
            {"line_ids": [(0, 0, {"product_id": self.paper.id, "quantity": 4})]}
        )
        self.assertIn("1,000.00", new.budget_left)

    def test_urgent_above_the_budget(self):
        self.company.gov_budget_over = "exception"
        self.line._commit(self.vendor, 600)
        request = self._request(
            (self.paper, 20), is_urgent=True, urgent_reason="A pipe has burst"
        )
        request.action_submit()
        self.assertTrue(request.budget_over)
        self.assertEqual(self._step_names(request), ["Leader for logistics, urgent"])
        self._decide_all(request)
        self.assertTrue(request.budget_exception)
        self.assertFigures(self.line, 1000, 1010, 0)

    def test_guarded(self):
        request = self._request((self.paper, 10))
        for values in (
            {"budget_line_id": self.line.id},
            {"budget_over": True},
            {"budget_exception": True},
        ):
            for user in (self.staff_user, self.store_user, self.env.user):
                with self.subTest(values=values), self.assertRaises(UserError):
                    request.with_user(user).with_context(gov_engine=True).write(values)
        with self.assertRaises(UserError):
            request.line_ids.write({"budget_line_id": self.line.id})
        with self.assertRaises(UserError):
            self._request(
                {
                    "product_id": self.paper.id,
                    "quantity": 1,
                    "budget_line_id": self.line.id,
                }
            )

    def test_a_copy_has_no_money(self):
        request = self._request((self.paper, 10))
        request.action_submit()
        self.assertFalse(request.copy().line_ids.budget_line_id)

    # ------------------------------------------------------------------ other years

    def test_without_lines_of_this_year(self):
        """Only next year is planned: nobody has to name a line yet."""
        self.env.cr.execute("UPDATE gov_budget_line SET year = year + 1")
        self.env.invalidate_all()
        request = self._until_check(self._chair(), "funds")
        finance = request.with_user(self.finance_user)
        finance.action_set_fund_source("Office expenses")
        finance.action_approve()
        self._decide_all(request)
        self.assertEqual(request.state, "approved")

    def test_carried_over_while_under_way(self):
        request = self._approved((self.paper, 10))
        self._issue(request, {request.line_ids.id: 4})
        old = self.line
        # The year has passed.
        self.env.cr.execute(
            "UPDATE gov_budget_line SET year = year - 1 WHERE id = %s", [old.id]
        )
        self.env.invalidate_all()
        action = self._as(
            self.env["gov.budget.transfer"], self.budget_user
        ).action_draft_carry_over(self.year - 1)
        transfer = self.env["gov.budget.transfer"].browse(action["res_id"])
        transfer.with_user(self.budget_user).action_submit()
        self._decide_all(transfer)
        new = old.carried_to_id
        self.assertFigures(old, 82, 0, 82)
        self.assertFigures(new, 918, 123, 0)
        self._issue(request)
        self.assertFigures(old, 82, 0, 82)
        self.assertFigures(new, 918, 0, 123)
        request.with_user(self.store_user).action_return_goods(
            {request.line_ids.id: 1}, "Not needed"
        )
        self.assertFigures(new, 918, 0, 102.5)
        self.assertWhole(old + new)

    # ----------------------------------------------------------------------- queries

    def _count(self, action):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_few_queries_when_on_none_when_off(self):
        """Submission and issue, with the budget off and on."""
        self._issue(self._approved((self.paper, 1), (self.pen, 1)))  # warm
        on, off = [], []
        for counts, state in ((on, True), (off, False)):
            self.env.cr.execute(
                "UPDATE res_company SET gov_budget_on = %s WHERE id = %s",
                [state, self.company.id],
            )
            self.env.invalidate_all()
            request = self._request((self.paper, 1), (self.pen, 1))
            counts.append(self._count(request.action_submit))
            self._decide_all(request)
            counts.append(self._count(lambda: self._issue(request)))  # noqa: B023
        self.assertLessEqual(on[0] - off[0], 22, (on, off))
        self.assertLessEqual(on[1] - off[1], 16, (on, off))

    def test_many_lines_cost_no_more(self):
        products = [self._create_product(f"Thing {i}", 1) for i in range(24)]
        for product in products:
            product.categ_id = self.supplies
        counts = []
        for chosen in (products[:2], products[:2], products[2:]):
            request = self._request(*[(p, 1) for p in chosen], kind="purchase")
            counts.append(self._count(request.action_submit))
        # As without a budget: less than one query for each line more.
        self.assertLess(counts[2] - counts[1], 20)

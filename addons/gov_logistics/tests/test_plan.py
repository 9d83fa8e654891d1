import ast
from datetime import date
from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.res_company import ResCompany

from .common import SIGNATURE, SupplyCommon


class PlanCommon(SupplyCommon):
    """Twelve sections of one institution, each with a head and an officer.

    The office and the works of ``GovCommon`` are two of them.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_today(date(2026, 11, 10))
        cls.category = cls.env["product.category"].create({"name": "Chairs"})
        cls.seat = cls._create_product("Visitor chair", 900, categ_id=cls.category.id)
        cls.seat.seller_ids = [Command.create({"partner_id": cls.vendor.id})]
        cls.plan = cls.env["gov.supply.plan"].create({"month": "2026-11-01"})

    @classmethod
    def _set_today(cls, day):
        patcher = patch.object(ResCompany, "gov_today", lambda company: day)
        patcher.start()
        cls.addClassCleanup(patcher.stop)

    def _hand_in(self, *lines, user=None, agree=True, plan=None):
        """Return a request that its section head has agreed to."""
        request = self._request(
            *(lines or ((self.seat, 1),)), user=user, kind="purchase"
        )
        if plan:
            request.plan_id = plan
        else:
            request.action_add_to_plan()
        request.action_submit()
        if agree:
            self._decide_all(request)
        return request

    def _merge(self, plan=None, user=None):
        self._as(plan or self.plan, user or self.buyer_user).action_merge()
        return (plan or self.plan).merged_id

    def _receive(self, merged, quantity=None):
        """Confirm the order of ``merged`` and let goods arrive."""
        order = merged.purchase_ids
        if order.state == "draft":
            order.button_confirm()
        picking = order.picking_ids.filtered(lambda p: p.state == "assigned")
        for move in picking.move_ids:
            move.quantity = quantity or move.product_uom_qty
            move.picked = True
        picking._action_done()


@tagged("post_install", "-at_install")
class TestPlan(PlanCommon):
    """Handing in, merging and handing out."""

    def test_twelve_of_900(self):
        requests = [
            self._hand_in(user=self.works_staff_user if i % 2 else self.staff_user)
            for i in range(12)
        ]
        for request in requests:
            self.assertEqual(self._step_names(request), ["Section head"])
            self.assertEqual(request.state, "approved")
            self.assertEqual(request.state_shown, "to_merge")
            self.assertFalse(request.sudo().purchase_ids)
        self.assertEqual(self.plan.request_count, 12)
        self.assertEqual(self.plan.amount_total, 10800)
        merged = self._merge()
        self.assertEqual(self.plan.state, "merged")
        self.assertEqual(set(r.state_shown for r in requests), {"merged"})
        self.assertEqual(merged.state_shown, "submitted")
        self.assertEqual(merged.amount_total, 10800)
        self.assertEqual(merged.employee_id, self.buyer)
        self.assertRecordValues(
            merged.line_ids, [{"product_id": self.seat.id, "quantity": 12}]
        )
        self.assertIn("Clause check by procurement", self._step_names(merged))
        self.assertIn("Committee", self._step_names(merged))
        self.assertFalse(
            self.env["gov.finding"].search([("rule_code", "=", "split_purchase")])
        )
        self._decide_all(merged)
        self.assertEqual(self.plan.state, "approved")
        self.assertEqual(set(r.state_shown for r in requests), {"approved"})
        self.assertEqual(len(merged.purchase_ids), 1)
        self.assertFalse(any(r.sudo().purchase_ids for r in requests))
        # What stands in a plan counts for no other purchase.
        other = self._request((self.seat, 1), kind="purchase")
        other.action_submit()
        self.assertEqual(other.sudo().amount_band, 900)

    def test_waiting_to_be_merged_in_words(self):
        """The filter finds what the list calls so; a draft keeps its own word."""
        waiting = self._hand_in()
        asked = self._hand_in(agree=False)
        self.assertEqual(asked.state_shown, "submitted")
        field = waiting.fields_get(["state_shown"])["state_shown"]
        self.assertIn(("to_merge", "Waiting to be merged"), field["selection"])
        view = self.env["gov.supply.request"].get_view(view_type="search")
        [node] = etree.fromstring(view["arch"]).xpath("//filter[@name='to_merge']")
        domain = ast.literal_eval(node.get("domain"))
        self.assertEqual(waiting.search(domain) & (waiting | asked), waiting)
        self._merge()
        self.assertFalse(waiting.search(domain) & waiting)

    def test_dialog_shows_what_arrived(self):
        self._hand_in((self.seat, 2))
        self._hand_in(user=self.works_staff_user)
        merged = self._merge(user=self.store_user)
        self._decide_all(merged)
        self._receive(merged)
        dialogs = self._as(self.env["gov.supply.plan.wizard"], self.store_user)
        dialog = dialogs.new({"plan_id": self.plan.id})
        for department, quantity in ((self.office, 2), (self.works, 1)):
            dialog.department_id = department
            self.assertRecordValues(
                dialog.line_ids,
                [
                    {
                        "qty_received": quantity,
                        "qty_issued": 0,
                        "qty_to_distribute": quantity,
                    }
                ],
            )

    def test_units_and_free_texts(self):
        free = {"name": "A lamp", "quantity": 2, "estimate": 50}
        first = self._hand_in((self.seat, 1), (self.chair, 2), free)
        second = self._hand_in((self.seat, 3), dict(free), user=self.works_staff_user)
        merged = self._merge()
        self.assertRecordValues(
            merged.line_ids,
            [
                {"product_id": self.seat.id, "name": "Visitor chair", "quantity": 4},
                {"product_id": self.chair.id, "name": "Office chair", "quantity": 2},
                {"product_id": False, "name": "A lamp", "quantity": 4},
            ],
        )
        self.assertEqual(
            first.line_ids.merged_line_id | second.line_ids.merged_line_id,
            merged.line_ids,
        )
        lamp = self._create_product("Desk lamp", 60)
        for user in (self.works_head_user, self.leader_user):
            merged.with_user(user).action_approve()
        line = merged.line_ids.filtered(lambda line: line.name == "A lamp")
        line.with_user(self.store_user).action_price_line(lamp.id, 55.0)
        self._decide_all(merged)
        self.assertEqual(first.line_ids[2].product_id, lamp)
        self.assertEqual(first.line_ids[2].price_unit, 55)

    def test_late_hand_in(self):
        request = self._request((self.seat, 1), kind="purchase")
        request.action_add_to_plan()
        with patch.object(ResCompany, "gov_today", lambda company: date(2026, 11, 26)):
            with self.assertRaisesRegex(UserError, "11/25/2026.*25th"):
                request.action_submit()
            fresh = self._request((self.seat, 1), kind="purchase")
            self.assertTrue(fresh.is_plan_late)
            with self.assertRaisesRegex(UserError, "11/25/2026"):
                fresh.action_add_to_plan()
            fresh.action_add_to_next_plan()
            self.assertEqual(fresh.plan_id.month, date(2026, 12, 1))
            request.action_leave_plan()
            request.action_add_to_next_plan()
            request.action_submit()
        self.assertEqual(request.plan_id, fresh.plan_id)
        with patch.object(ResCompany, "gov_today", lambda company: date(2026, 11, 25)):
            self.assertTrue(self._hand_in())

    def test_hand_in_day_is_data(self):
        clause = self.env.ref("gov_logistics.policy_supply_plan_day")
        clause.copy({"value": "31", "company_id": self.company.id})
        plan = self.env["gov.supply.plan"].create({"month": "2027-02-10"})
        self.assertEqual(plan.month, date(2027, 2, 1))
        self.assertEqual(plan.hand_in_date, date(2027, 2, 28))
        self.assertEqual(self.plan.hand_in_date, date(2026, 11, 25))

    def test_not_agreed_at_merging_goes_to_the_next_plan(self):
        self._hand_in()
        waiting = self._hand_in(agree=False)
        draft = self._request((self.seat, 1), kind="purchase")
        draft.action_add_to_plan()
        merged = self._merge()
        self.assertEqual(merged.line_ids.quantity, 1)
        self._decide_all(waiting)
        self.assertEqual(waiting.plan_id.month, date(2026, 12, 1))
        with self.assertRaisesRegex(UserError, "next month"):
            draft.action_submit()

    def test_next_month_is_not_merged_today(self):
        """Else two plans merged on one day would each take a lower band."""
        self._hand_in((self.seat, 5))
        later = self._request((self.seat, 5), kind="purchase")
        later.action_add_to_next_plan()
        later.action_submit()
        self._decide_all(later)
        self._merge()
        with self.assertRaisesRegex(UserError, "12/01/2026"):
            self._merge(later.plan_id)
        with patch.object(ResCompany, "gov_today", lambda company: date(2026, 12, 1)):
            self.assertEqual(self._merge(later.plan_id).amount_total, 4500)

    def test_part_is_not_closed_while_it_is_bought(self):
        request = self._hand_in((self.seat, 2))
        other = self._hand_in((self.seat, 3), user=self.works_staff_user)
        merged = self._merge()
        mine = request.with_user(self.store_user)
        with self.assertRaisesRegex(UserError, merged.number):
            mine.action_close_rest("Not needed")
        self._decide_all(merged)
        with self.assertRaisesRegex(UserError, merged.number):
            mine.action_close_rest("Not needed")
        self._receive(merged)
        mine.action_close_rest("Not needed")
        other.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(self.plan.state, "done")
        self.assertEqual(self._on_hand(self.seat), 2)

    def test_old_for_new_and_signed_list(self):
        self.seat.old_for_new = True
        request = self._hand_in((self.seat, 2))
        merged = self._merge()
        self._decide_all(merged)
        self._receive(merged)
        mine = self._as(self.plan, self.store_user)
        office = request.department_id.id
        with self.assertRaisesRegex(UserError, "old for new"):
            mine.action_distribute(office, SIGNATURE)
        with self.assertRaisesRegex(UserError, "value for each"):
            mine.action_distribute(office, SIGNATURE, old_items=[1])
        mine.action_distribute(
            office, book="Plan 11", page="1", old_items={str(request.line_ids.id): True}
        )
        issue = request.sudo().picking_ids
        self.assertEqual(
            (issue.counter_method, issue.supply_book), ("paper", "Plan 11")
        )
        self.assertTrue(issue.move_ids.supply_old_returned)

    def test_merge_that_comes_to_nothing(self):
        request = self._hand_in()
        ends = {
            "rejected": lambda merged: merged.with_user(
                self.works_head_user
            ).action_reject("Too much"),
            "returned": lambda merged: merged.with_user(
                self.works_head_user
            ).action_return("Less, please"),
            "withdrawn": lambda merged: merged.with_user(
                self.buyer_user
            ).action_withdraw(),
            "cancelled": lambda merged: (
                self._decide_all(merged),
                merged.with_user(self.buyer_user).action_cancel("Not needed"),
            ),
        }
        for name, end in ends.items():
            with self.subTest(name):
                merged = self._merge()
                with self.assertRaisesRegex(UserError, merged.number):
                    request.action_cancel("Not needed")
                end(merged)
                self.assertEqual(self.plan.state, "open")
                self.assertFalse(self.plan.merged_id)
                self.assertFalse(request.line_ids.merged_line_id)
                self.assertIn(merged.approval_state, ("rejected", "cancelled"))
                with self.assertRaises(UserError):
                    merged.with_user(self.buyer_user).action_submit()
        self.assertEqual(len(self.plan.merged_request_ids), 4)
        request.action_cancel("Not needed")
        with self.assertRaisesRegex(UserError, "Nothing"):
            self._merge()

    def test_partial_delivery(self):
        first = self._hand_in((self.seat, 5))
        second = self._hand_in((self.seat, 3), user=self.works_staff_user)
        merged = self._merge()
        self._decide_all(merged)
        self._receive(merged, 5)
        self.assertEqual(first.line_ids.qty_received, 4)
        self.assertEqual(second.line_ids.qty_received, 1)
        self.assertTrue(first.to_issue)
        plan = self._as(self.plan, self.store_user)
        with self.assertRaisesRegex(UserError, "General Office"):
            self._as(first, self.store_user).action_issue(
                SIGNATURE, {first.line_ids.id: 5}
            )
        plan.action_distribute(self.works.id, SIGNATURE, self.works_head.id)
        picking = second.sudo().picking_ids
        self.assertEqual(picking.supply_receiver_id, self.works_head)
        self.assertEqual(picking.state, "done")
        self.assertEqual(second.line_ids.qty_issued, 1)
        self.assertEqual(merged.line_ids.qty_issued, 1)
        with self.assertRaisesRegex(UserError, "Works"):
            plan.action_distribute(self.works.id, SIGNATURE)
        plan.action_distribute(self.office.id, SIGNATURE)
        self.assertEqual(self.plan.state, "approved")
        self._receive(merged)
        self.assertEqual(first.line_ids.qty_received, 5)
        self.assertEqual(second.line_ids.qty_received, 3)
        self._as(first, self.store_user).action_issue(SIGNATURE)
        plan.action_distribute(self.works.id, SIGNATURE)
        self.assertEqual((first.state, second.state), ("done", "done"))
        self.assertEqual(merged.state, "done")
        self.assertEqual(self.plan.state, "done")
        self.assertEqual(self._on_hand(self.seat), 0)

    def test_shares_never_fall_below_what_was_issued(self):
        requests = [
            self._hand_in((self.seat, quantity), user=user)
            for quantity, user in (
                (1, self.staff_user),
                (9, self.staff_user),
                (10, self.works_staff_user),
            )
        ]
        merged = self._merge()
        self._decide_all(merged)
        merged = merged.sudo()
        line = merged.line_ids
        for received in range(21):
            shares = line._share(received)
            self.assertEqual(sum(shares.values()), received)
            for request in requests:
                share = shares[request.line_ids.id]
                self.assertLessEqual(share, request.line_ids.quantity)
        self.assertEqual(list(line._share(10).values()), [1, 4, 5])

    def test_lowered_merged_request(self):
        first = self._hand_in((self.seat, 5))
        second = self._hand_in((self.seat, 3), user=self.works_staff_user)
        merged = self._merge()
        merged.with_user(self.works_head_user).action_set_approved(
            {merged.line_ids.id: 4}
        )
        self._decide_all(merged)
        self.assertEqual(first.line_ids.qty_approved, 3)
        self.assertEqual(second.line_ids.qty_approved, 1)
        self._receive(merged)
        plan = self._as(self.plan, self.store_user)
        for department in (self.office, self.works):
            plan.action_distribute(department.id, SIGNATURE)
        self.assertEqual(self.plan.state, "done")

    def test_closing_the_rest(self):
        first = self._hand_in((self.seat, 5))
        merged = self._merge()
        self._decide_all(merged)
        self._receive(merged, 2)
        merged.purchase_ids.button_cancel()
        self._as(self.plan, self.store_user).action_distribute(
            self.office.id, SIGNATURE
        )
        self._as(merged, self.buyer_user).action_close_rest("Sold out")
        self.assertEqual(first.line_ids.qty_closed, 3)
        self.assertEqual((first.state, self.plan.state), ("done", "done"))

    def test_service_in_a_plan(self):
        self.service.seller_ids = [Command.create({"partner_id": self.vendor.id})]
        request = self._hand_in((self.service, 2))
        merged = self._merge()
        self._decide_all(merged)
        merged.purchase_ids.button_confirm()
        merged.purchase_ids.order_line.qty_received = 2
        self.assertEqual(request.state, "done")
        self.assertEqual(self.plan.state, "done")

    def test_who_has_not_handed_in(self):
        self._hand_in()
        missing = self.plan.missing_departments
        self.assertIn("Works", missing)
        self.assertNotIn("General Office", missing)
        self.assertNotIn("Other Office", missing)

    def test_distribution_list(self):
        self._hand_in((self.seat, 5))
        self._hand_in((self.seat, 3), user=self.works_staff_user)
        merged = self._merge()
        self._decide_all(merged)
        self._receive(merged)
        plan = self._as(self.plan, self.store_user)
        plan.action_distribute(self.office.id, SIGNATURE)
        rows = plan._get_distribution_rows()
        self.assertEqual(
            [row["department"] for row in rows], ["General Office", "Works"]
        )
        self.assertEqual(len(rows[0]["signatures"]), 1)
        self.assertFalse(rows[1]["signatures"])
        html = self.env["ir.actions.report"]._render_qweb_html(
            "gov_logistics.report_supply_distribution", plan.ids
        )[0]
        text = html.decode()
        self.assertIn("物资分发清单", text)
        self.assertIn(merged.number, text)
        self.assertLess(text.index("General Office"), text.index("Works"))
        with self.assertRaises(UserError):
            self._as(self.plan, self.staff_user)._get_distribution_rows()

    def test_dialog(self):
        self._hand_in((self.seat, 5))
        self._hand_in((self.seat, 3), user=self.works_staff_user)
        merged = self._merge()
        self._decide_all(merged)
        self._receive(merged)
        plan = self._as(self.plan, self.store_user)
        context = plan.action_open_distribution()["context"]
        wizard = plan.env["gov.supply.plan.wizard"].with_context(**context).create({})
        self.assertEqual(wizard.department_id, self.office)
        self.assertEqual(wizard.line_ids.qty_to_distribute, 5)
        with self.assertRaisesRegex(UserError, "signature"):
            wizard.action_confirm()
        wizard.signature = SIGNATURE
        action = wizard.action_confirm()
        self.assertEqual(action["res_model"], "gov.supply.plan.wizard")
        wizard = wizard.create({"plan_id": plan.id, "signature": SIGNATURE})
        self.assertEqual(wizard.action_confirm()["type"], "ir.actions.act_window_close")
        self.assertEqual(self.plan.state, "done")


@tagged("post_install", "-at_install")
class TestPlanSecurity(PlanCommon):
    """Who may do what, over RPC and with any context."""

    def test_roles(self):
        request = self._hand_in()
        merge = {self.store_user, self.buyer_user}
        for user in (
            self.staff_user,
            self.clerk_user,
            self.office_head_user,
            self.head_user,
            self.finance_user,
            self.supervision_user,
            self.admin_user,
        ):
            with self.subTest(user=user.login):
                plan = self._as(self.plan, user).with_context(gov_engine=True)
                self.assertTrue(plan.display_name)
                for call in (
                    plan.action_merge,
                    plan.action_open_distribution,
                    lambda plan=plan: plan.action_distribute(self.office.id, SIGNATURE),
                    lambda plan=plan: plan.create({"month": "2027-01-01"}),
                    lambda plan=plan: plan.write({"note": "x"}),
                    plan.unlink,
                ):
                    with self.assertRaises(UserError):
                        call()
        for user in merge:
            plan = self._as(self.plan, user)
            for vals in (
                {"state": "done"},
                {"merged_id": request.id},
                {"month": "2027-01-01"},
                {"company_id": self.other_company.id},
                {"hand_in_date": "2027-01-01"},
            ):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaises(UserError):
                        plan.write(vals)
            with self.assertRaises(UserError):
                plan.unlink()
        with self.assertRaises(UserError):
            self._as(self.plan, self.buyer_user).action_distribute(
                self.office.id, SIGNATURE
            )

    def test_protected_fields_of_the_request(self):
        request = self._request((self.seat, 1), kind="purchase")
        merged_vals = ({"is_plan_merged": True}, {"plan_role": "merged"})
        for vals in merged_vals:
            with self.subTest(vals=vals), self.assertRaises(UserError):
                request.write(vals)
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._request((self.seat, 1), kind="purchase", **vals)
        with self.assertRaises(UserError):
            request.line_ids.write({"merged_line_id": request.line_ids.id})
        request.action_submit()
        with self.assertRaises(UserError):
            request.write({"plan_id": self.plan.id})
        with self.assertRaises(UserError):
            request.action_add_to_plan()

    def test_only_own_drafts_of_purchases(self):
        request = self._request((self.seat, 1), kind="purchase")
        with self.assertRaises(UserError):
            request.with_user(self.works_staff_user).action_add_to_plan()
        issue = self._request((self.paper, 1))
        with self.assertRaises(UserError):
            issue.action_add_to_plan()
        with self.assertRaises(UserError):
            issue.write({"plan_id": self.plan.id})

    def test_bad_input(self):
        plan = self._as(self.plan, self.store_user)
        self._hand_in()
        merged = self._merge()
        self._decide_all(merged)
        self._receive(merged)
        for department in (None, True, "x", -1, 10**9, 1.5, [1]):
            with self.subTest(department=department), self.assertRaises(UserError):
                plan.action_distribute(department, SIGNATURE)
        for signature in (None, "", "no image", 7, "YWJj"):
            with self.subTest(signature=signature), self.assertRaises(UserError):
                plan.action_distribute(self.office.id, signature)
        with self.assertRaises(UserError):
            plan.browse().action_merge()
        with self.assertRaises(UserError):
            plan.browse(10**8).action_merge()
        with self.assertRaises(UserError):
            self._as(merged, self.store_user).action_issue(SIGNATURE)
        for month in ("x", "2026-13-01", 7):
            with self.subTest(month=month), self.assertRaises(UserError):
                plan.create({"month": month})
        self.assertEqual(self.plan.state, "approved")

    def test_other_institution(self):
        plan = self._as(self.plan, self.other_staff_user)
        with self.assertRaises(AccessError):
            plan.read(["display_name"])
        self.assertFalse(plan.search([("id", "=", plan.id)]))
        own = plan.create.__self__.sudo().create(
            {"month": "2026-11-01", "company_id": self.other_company.id}
        )
        request = self._request((self.seat, 1), kind="purchase")
        with self.assertRaises(UserError):
            request.write({"plan_id": own.id})

    def test_one_plan_a_month(self):
        plans = self.env["gov.supply.plan"]
        self.assertEqual(plans._get_plan(self.company, date(2026, 11, 30)), self.plan)
        december = plans._get_plan(self.company, date(2026, 12, 3))
        self.assertEqual(december.month, date(2026, 12, 1))
        self.assertEqual(plans._get_plan(self.company, date(2026, 12, 9)), december)

"""Merging, handing in and cancelling at once, on real connections."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_logistics.models.gov_supply_plan import GovSupplyPlan

from .common_race import RaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestPlanRace(RaceCase):
    """Nothing is merged twice, and nothing falls between two plans."""

    def setUp(self):
        super().setUp()
        # Each try has a plan of its own, of months that have not begun.
        self.patch(GovSupplyPlan, "_check_month_begun", lambda plan: None)

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        # The race is not about the calendar.
        env.ref("gov_logistics.policy_supply_plan_day").copy(
            {"value": "31", "company_id": company.id}
        )
        department = env["hr.department"].create(
            {"name": "Race Office", "company_id": company.id}
        )
        users = cls._create_users(
            env, company, "Planner", 4, "gov_logistics.group_procurement"
        )
        employees = cls._create_employees(env, users, department)
        department.manager_id = employees[3]
        # One tier and no check: the chain is not what is raced for.
        rules = env["gov.approval.rule"].search(
            [("model", "=", "gov.supply.request"), ("domain", "ilike", "merged")]
        )
        rules[1:].active = False
        rules[0].write({"approver_kind": "department_head"})
        cls.clerks, cls.asker, cls.head = users[:2].ids, users[2].id, users[3].id
        cls.product = (
            env["product.product"].create({"name": "Lamp", "standard_price": 10}).id
        )

    def _hand_in(self, env, agree=True):
        request = (
            env["gov.supply.request"]
            .with_user(self.asker)
            .create(
                {
                    "kind": "purchase",
                    "line_ids": [
                        Command.create({"product_id": self.product, "quantity": 1})
                    ],
                }
            )
        )
        request.plan_id = env["gov.supply.plan"]._get_next_plan(request.company_id)
        request.action_submit()
        if agree:
            request.with_user(self.head).action_approve()
        return request.id, request.plan_id.id

    @staticmethod
    def _merge(plan_id):
        return lambda env: bool(env["gov.supply.plan"].browse(plan_id).action_merge())

    def test_merged_twice(self):
        for number in range(TRIES):
            with self.transaction() as env:
                _request, plan_id = self._hand_in(env)
            outcomes = self.race(*[self._merge(plan_id)] * 2, user=self.clerks)
            with self.subTest(number=number, outcomes=outcomes):
                self.assertEqual(outcomes.count(True), 1)
                loser = next(outcome for outcome in outcomes if outcome is not True)
                self.assertIsInstance(loser, UserError)
                with self.transaction() as env:
                    plan = env["gov.supply.plan"].browse(plan_id)
                    self.assertEqual(len(plan.merged_request_ids), 1)
                    self.assertEqual(plan.merged_id.line_ids.quantity, 1)

    def test_agreed_while_merging(self):
        """The last yes is merged, or its request goes to the next plan."""

        def agree(request_id):
            return lambda env: (
                env["gov.supply.request"].browse(request_id).action_approve()
            )

        for number in range(TRIES):
            with self.transaction() as env:
                _first, plan_id = self._hand_in(env)
                late, _plan = self._hand_in(env, agree=False)
            outcomes = self.race(
                self._merge(plan_id), agree(late), user=[self.clerks[0], self.head]
            )
            with self.subTest(number=number, outcomes=outcomes):
                self.assertEqual(outcomes, [True, True])
                with self.transaction() as env:
                    request = env["gov.supply.request"].browse(late)
                    merged = request.line_ids.merged_line_id.request_id
                    self.assertTrue(
                        merged == request.plan_id.merged_id
                        if merged
                        else request.plan_id.id != plan_id
                    )

    def test_cancelled_while_merging(self):
        def cancel(request_id):
            return lambda env: (
                env["gov.supply.request"].browse(request_id).action_cancel("No")
            )

        for number in range(TRIES):
            with self.transaction() as env:
                self._hand_in(env)
                gone, plan_id = self._hand_in(env)
            outcomes = self.race(
                self._merge(plan_id), cancel(gone), user=[self.clerks[0], self.asker]
            )
            with self.subTest(number=number, outcomes=outcomes):
                self.assertIs(outcomes[0], True)
                with self.transaction() as env:
                    request = env["gov.supply.request"].browse(gone)
                    merged = bool(request.line_ids.merged_line_id)
                    self.assertEqual(merged, request.approval_state == "approved")
                    self.assertEqual(outcomes[1] is True, not merged)

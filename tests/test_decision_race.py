"""Members of one body decide at once, on real connections."""

import contextlib
import random

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_race import RaceCase

TRIES = 100
MEMBERS = 3
NEEDED = 2


@tagged("post_install", "-at_install")
class TestDecisionRace(RaceCase):
    """Two of three have to agree: every vote counts once, none is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with contextlib.closing(cls.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cls._prepare(env)
            cr.commit()

    def setUp(self):
        super().setUp()
        # A loser is retried after a random wait of up to a second: not here.
        self.patch(random, "uniform", lambda low, high: low)

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        office = env["hr.department"].create(
            {"name": "Race Office", "company_id": company.id}
        )
        people = [cls._person(env, number, office) for number in range(MEMBERS + 1)]
        asker, *members = people
        office.manager_id = members[0]
        role = env.ref("gov_base.gov_role_committee")
        role.holder_ids.date_to = role.holder_ids and "2020-12-31"
        for member in members:
            env["gov.role.holder"].create(
                {
                    "role_id": role.id,
                    "employee_id": member.id,
                    "company_id": company.id,
                    "date_from": "2021-01-01",
                }
            )
        env.ref("gov_logistics.rule_issue_department_head").write(
            {
                "approver_kind": "role",
                "role_id": role.id,
                "required_kind": "count",
                "required_count": NEEDED,
            }
        )
        cls.asker = asker.user_id.id
        cls.members = [member.user_id.id for member in members]
        cls.product = (
            env["product.product"]
            .create({"name": "Paper", "is_storable": True, "standard_price": 1})
            .id
        )

    @classmethod
    def _person(cls, env, number, department):
        company = department.company_id
        user = env["res.users"].create(
            {
                "name": f"Member {number}",
                "login": f"race_member{number}",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set(env.ref("base.group_user").ids)],
            }
        )
        return env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": company.id,
                "department_id": department.id,
            }
        )

    def _submitted(self, count):
        """Return the ids of ``count`` requests that wait for the body."""
        with self.transaction(self.asker) as env:
            line = Command.create({"product_id": self.product, "quantity": 1})
            requests = env["gov.supply.request"].create(
                [{"line_ids": [line]} for _number in range(count)]
            )
            requests.action_submit()
            return requests.ids

    def _call(self, request_id, method, *args):
        def call(env):
            return getattr(env["gov.supply.request"].browse(request_id), method)(*args)

        return call

    def _truth(self, request_id):
        """Return state, votes, outcomes recorded and seats that agreed."""
        with self.transaction() as env:
            request = env["gov.supply.request"].browse(request_id)
            return (
                request.approval_state,
                request.step_ids.votes,
                sorted(request.decision_ids.mapped("outcome")),
                len(request.seat_ids.filtered(lambda s: s.state == "approved")),
            )

    def test_two_approvals_at_once_both_count(self):
        for request in self._submitted(TRIES):
            approve = self._call(request, "action_approve")
            outcomes = self.race(approve, approve, user=self.members[:2])
            with self.subTest(request=request, outcomes=outcomes):
                self.assertEqual(outcomes, [True, True])
                self.assertEqual(
                    self._truth(request), ("approved", 2, ["approved"] * 2, 2)
                )

    def test_three_approvals_at_once_close_the_step_with_two(self):
        for request in self._submitted(30):
            approve = self._call(request, "action_approve")
            outcomes = self.race(approve, approve, approve, user=self.members)
            with self.subTest(request=request, outcomes=outcomes):
                self.assertEqual(outcomes.count(True), NEEDED)
                loser = next(outcome for outcome in outcomes if outcome is not True)
                self.assertIsInstance(loser, UserError)
                self.assertEqual(
                    self._truth(request), ("approved", 2, ["approved"] * 2, 2)
                )

    def test_one_person_twice_counts_once(self):
        for request in self._submitted(30):
            approve = self._call(request, "action_approve")
            outcomes = self.race(approve, approve, user=[self.members[0]] * 2)
            with self.subTest(request=request, outcomes=outcomes):
                self.assertEqual(outcomes.count(True), 1)
                self.assertEqual(
                    self._truth(request), ("submitted", 1, ["approved"], 1)
                )

    def test_approval_against_withdrawal(self):
        """Whoever is first wins; the other is told, nothing is half done."""
        for request in self._submitted(20):
            with self.transaction(self.members[0]) as env:
                env["gov.supply.request"].browse(request).action_approve()
            outcomes = self.race(
                self._call(request, "action_approve"),
                self._call(request, "action_withdraw"),
                user=[self.members[1], self.asker],
            )
            state, _votes, recorded, _seats = self._truth(request)
            with self.subTest(request=request, outcomes=outcomes):
                self.assertEqual(outcomes.count(True), 1)
                if outcomes[0] is True:
                    self.assertEqual(state, "approved")
                    self.assertNotIn("withdrawn", recorded)
                else:
                    self.assertEqual(state, "draft")
                    self.assertEqual(recorded, ["approved", "withdrawn"])

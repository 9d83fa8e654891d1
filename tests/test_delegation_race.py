"""Delegate and delegator on two real connections."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests import matter_models

from .common_race import RaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestDelegationRace(RaceCase):
    @classmethod
    def _prepare(cls, env):
        cls.model = matter_models.load(env)
        company = env["res.company"].create({"name": "Centre"})
        cls.company = company.id
        cls.department = env["hr.department"].create(
            {"name": "Office", "company_id": cls.company}
        )
        cls.staff, cls.head, cls.deputy = [
            cls._create_person(env, name) for name in ("Staff", "Head", "Deputy")
        ]
        cls.department.manager_id = env["hr.employee"].search(
            [("user_id", "=", cls.head), ("company_id", "=", cls.company)]
        )
        env["gov.approval.rule"].create(
            {
                "name": "Head",
                "model_id": env["ir.model"]._get(cls.model).id,
                "company_id": cls.company,
                "approver_kind": "department_head",
            }
        )
        today = company.gov_today()
        cls.delegation = (
            env["gov.approval.delegation"]
            .create(
                {
                    "delegator_id": cls.head,
                    "delegate_id": cls.deputy,
                    "date_from": today,
                    "date_to": today,
                    "reason": "Trip",
                    "company_id": cls.company,
                }
            )
            .id
        )

    @classmethod
    def _create_person(cls, env, name):
        user = env["res.users"].create(
            {
                "name": name,
                "login": f"delegation_race_{name.lower()}",
                "company_id": cls.company,
                "company_ids": [(6, 0, [cls.company])],
                "group_ids": [(6, 0, env.ref("base.group_user").ids)],
            }
        )
        env["hr.employee"].create(
            {
                "name": name,
                "user_id": user.id,
                "company_id": cls.company,
                "department_id": cls.department.id,
            }
        )
        return user.id

    def _matter(self):
        with self.transaction(
            self.staff, {"allowed_company_ids": [self.company]}
        ) as env:
            matter = env[self.model].create({"kind": "issue"})
            matter.action_submit()
            return matter.id

    def test_delegate_and_delegator_decide_at_once(self):
        """One wins, the other is told so; one decision stands."""
        for _try in range(TRIES):
            matter_id = self._matter()

            def approve(env, matter_id=matter_id):
                return env[self.model].browse(matter_id).action_approve()

            outcomes = self.race(approve, approve, user=[self.head, self.deputy])
            self.assertEqual(outcomes.count(True), 1, outcomes)
            (loser,) = [one for one in outcomes if one is not True]
            self.assertIsInstance(loser, UserError)
            with self.transaction() as env:
                matter = env[self.model].browse(matter_id)
                self.assertEqual(len(matter.decision_ids), 1)
                self.assertEqual(matter.approval_state, "approved")
                states = matter.seat_ids.mapped("state")
                self.assertEqual(sorted(states), ["approved", "lapsed"])

    def test_two_jobs_and_a_decision_move_one_seat(self):
        """The job that moves seats and the holder who decides meet on one row."""
        matter_id = self._matter()

        def approve(env):
            return env[self.model].browse(matter_id).action_approve()

        def reseat(env):
            matter = engine(env[self.model].browse(matter_id).sudo())
            return matter.step_ids._reseat()

        outcomes = self.race(approve, reseat, user=[self.head, 1])
        self.assertEqual(outcomes, [True, True])
        with self.transaction() as env:
            matter = env[self.model].browse(matter_id)
            self.assertEqual(matter.approval_state, "approved")
            self.assertNotIn("open", matter.seat_ids.mapped("state"))

    def test_zz_revoked_while_the_delegate_decides(self):
        """Either the decision stands or the revocation took the seat; never both."""
        matter_id = self._matter()

        def approve(env):
            return env[self.model].browse(matter_id).action_approve()

        def revoke(env):
            delegation = env["gov.approval.delegation"].browse(self.delegation)
            return delegation.action_revoke()

        approved, revoked = self.race(approve, revoke, user=[self.deputy, self.head])
        self.assertTrue(revoked is True)
        with self.transaction() as env:
            matter = env[self.model].browse(matter_id)
            seat = matter.seat_ids.filtered("on_behalf_of_id")
            if approved is True:
                self.assertEqual(seat.state, "approved")
                self.assertEqual(matter.approval_state, "approved")
            else:
                self.assertIsInstance(approved, UserError)
                self.assertEqual(seat.state, "lapsed")
                self.assertEqual(matter.approval_state, "submitted")

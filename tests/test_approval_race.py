"""Two real connections move one matter at once."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.tests import matter_models

from .common_race import RaceCase

TRIES = 100


@tagged("post_install", "-at_install")
class TestApprovalRace(RaceCase):
    """One tier in which two of three members have to agree."""

    @classmethod
    def _prepare(cls, env):
        cls.model = matter_models.load(env)
        cls.company = env["res.company"].create({"name": "Centre"}).id
        department = env["hr.department"].create({"name": "Office"})
        cls.staff, *cls.members = [
            cls._create_person(env, name, department)
            for name in ("Staff", "First", "Second", "Third")
        ]
        role = env["gov.role"].create({"name": "Members", "code": "members"})
        env["gov.role.holder"].create(
            [
                {
                    "role_id": role.id,
                    "company_id": cls.company,
                    "employee_id": env["res.users"]
                    .browse(user)
                    .with_company(cls.company)
                    .employee_id.id,
                    "date_from": "2020-01-01",
                }
                for user in cls.members
            ]
        )
        env["gov.approval.rule"].create(
            {
                "name": "Members",
                "model_id": env["ir.model"]._get(cls.model).id,
                "company_id": cls.company,
                "approver_kind": "role",
                "role_id": role.id,
                "required_kind": "count",
                "required_count": 2,
            }
        )

    @classmethod
    def _create_person(cls, env, name, department):
        user = env["res.users"].create(
            {
                "name": name,
                "login": f"race_{name}",
                "company_id": cls.company,
                "company_ids": [Command.set([cls.company])],
                "group_ids": [Command.set(env.ref("base.group_user").ids)],
            }
        )
        env["hr.employee"].create(
            {
                "name": name,
                "user_id": user.id,
                "company_id": cls.company,
                "department_id": department.id,
            }
        )
        return user.id

    def _drafts(self, count):
        with self.transaction(self.staff) as env:
            return env[self.model].create([{"kind": "issue"}] * count).ids

    def _submitted(self, count):
        ids = self._drafts(count)
        with self.transaction(self.staff) as env:
            env[self.model].browse(ids).action_submit()
        return ids

    def _call(self, method, *args):
        return lambda env: getattr(env[self.model].browse(self.now), method)(*args)

    def test_two_members_agree_at_once(self):
        agree = self._call("action_approve")
        for matter_id in self._submitted(TRIES):
            self.now = matter_id
            outcomes = self.race(agree, agree, user=self.members[:2])
            self.assertEqual(outcomes, [True, True])
            with self.transaction() as env:
                matter = env[self.model].browse(self.now)
                self.assertEqual(matter.approval_state, "approved")
                self.assertEqual(matter.step_ids.votes, 2)
                self.assertEqual(matter.log, "approved ")

    def test_three_members_agree_at_once(self):
        """Two are enough: the third is told that the step is closed."""
        agree = self._call("action_approve")
        for matter_id in self._submitted(30):
            self.now = matter_id
            outcomes = self.race(agree, agree, agree, user=self.members)
            self.assertEqual(outcomes.count(True), 2)
            self.assertTrue(any(isinstance(o, UserError) for o in outcomes), outcomes)
            with self.transaction() as env:
                matter = env[self.model].browse(self.now)
                self.assertEqual(matter.approval_state, "approved")
                self.assertEqual(len(matter.decision_ids), 2)

    def test_one_member_agrees_twice(self):
        agree = self._call("action_approve")
        for matter_id in self._submitted(8):
            self.now = matter_id
            outcomes = self.race(agree, agree, user=self.members[0])
            self.assertEqual(outcomes.count(True), 1)
            self.assertTrue(any(isinstance(o, UserError) for o in outcomes), outcomes)
            with self.transaction() as env:
                matter = env[self.model].browse(self.now)
                self.assertEqual(matter.approval_state, "submitted")
                self.assertEqual(len(matter.decision_ids), 1)

    def test_the_last_member_agrees_while_it_is_withdrawn(self):
        ids = self._submitted(8)
        with self.transaction(self.members[0]) as env:
            env[self.model].browse(ids).action_approve()
        for matter_id in ids:
            self.now = matter_id
            outcomes = self.race(
                self._call("action_approve"),
                self._call("action_withdraw"),
                user=[self.members[1], self.staff],
            )
            self.assertEqual(outcomes.count(True), 1, outcomes)
            with self.transaction() as env:
                matter = env[self.model].browse(self.now)
                agreed = outcomes[0] is True
                self.assertEqual(
                    matter.approval_state, "approved" if agreed else "draft"
                )
                self.assertEqual(
                    matter.decision_ids[-1:].outcome,
                    "approved" if agreed else "withdrawn",
                )

    def test_one_agrees_while_another_rejects(self):
        ids = self._submitted(8)
        with self.transaction(self.members[0]) as env:
            env[self.model].browse(ids).action_approve()
        for matter_id in ids:
            self.now = matter_id
            outcomes = self.race(
                self._call("action_approve"),
                self._call("action_reject", "no"),
                user=self.members[1:],
            )
            self.assertEqual(outcomes.count(True), 1, outcomes)

    def test_submitted_twice(self):
        submit = self._call("action_submit")
        for matter_id in self._drafts(8):
            self.now = matter_id
            outcomes = self.race(submit, submit, user=self.staff)
            self.assertEqual(outcomes.count(True), 1)
            with self.transaction() as env:
                matter = env[self.model].browse(self.now)
                self.assertEqual(matter.approval_round, 1)
                self.assertEqual(len(matter.step_ids), 1)

    def test_changed_while_it_is_submitted(self):
        for matter_id in self._drafts(8):
            self.now = matter_id
            outcomes = self.race(
                self._call("action_submit"),
                self._call("write", {"name": "other"}),
                user=self.staff,
            )
            self.assertIs(outcomes[0], True)
            with self.transaction() as env:
                matter = env[self.model].browse(self.now)
                changed = outcomes[1] is True
                self.assertEqual(matter.name, "other" if changed else False)

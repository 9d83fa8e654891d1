"""Two real connections confirm a meeting, or move what it decides, at once."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.tests import matter_models
from odoo.addons.gov_base.tests.common_scan import PDF

from .common_race import RaceCase

TRIES = 5


@tagged("post_install", "-at_install")
class TestMeetingRace(RaceCase):
    """A body of three members; a clerk records its meetings."""

    @classmethod
    def _prepare(cls, env):
        cls.model = matter_models.load(env)
        cls.company = env["res.company"].create({"name": "Centre"}).id
        department = env["hr.department"].create({"name": "Office"})
        cls.staff, cls.clerk, *cls.members = [
            cls._create_person(env, name, department)
            for name in ("Staff", "Clerk", "First", "Second", "Third")
        ]
        group = env.ref("gov_base.group_secretariat")
        env["res.users"].browse(cls.clerk).group_ids = [Command.link(group.id)]
        cls.role = cls._create_body(env).id

    @classmethod
    def _create_body(cls, env):
        role = env["gov.role"].create({"name": "Body", "code": "body"})
        for user in cls.members:
            employee = env["res.users"].browse(user).with_company(cls.company)
            env["gov.role.holder"].create(
                {
                    "role_id": role.id,
                    "company_id": cls.company,
                    "employee_id": employee.employee_id.id,
                    "date_from": "2020-01-01",
                }
            )
        env["gov.approval.rule"].create(
            {
                "name": "Body",
                "kind": "meeting",
                "model_id": env["ir.model"]._get(cls.model).id,
                "company_id": cls.company,
                "approver_kind": "role",
                "role_id": role.id,
            }
        )
        return role

    @classmethod
    def _create_person(cls, env, name, department):
        user = env["res.users"].create(
            {
                "name": name,
                "login": f"meeting_race_{name}",
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

    def _entered(self, number):
        """Return the ids of two matters and of the record that decides both."""
        with self.transaction(self.staff) as env:
            matters = env[self.model].create([{"name": "one"}, {"name": "two"}])
            matters.action_submit()
        with self.transaction(self.clerk) as env:
            holders = env["gov.role.holder"].search([("role_id", "=", self.role)])
            meeting = env["gov.approval.meeting"].create(
                {
                    "role_id": self.role,
                    "number": number,
                    "chair_id": holders[0].id,
                    "present_ids": [Command.set(holders.ids)],
                    "scan": PDF,
                }
            )
            meeting.action_add_waiting()
            meeting.action_enter()
        return matters.ids, meeting.id

    def _state(self, matter_ids, meeting_id):
        with self.transaction() as env:
            matters = env[self.model].browse(matter_ids)
            meeting = env["gov.approval.meeting"].browse(meeting_id)
            rows = matters.decision_ids.filtered(lambda d: d.channel == "meeting")
            return (
                matters.mapped("approval_state"),
                meeting.state,
                meeting.line_ids.sorted("id").mapped("result"),
                len(rows),
            )

    def test_two_members_confirm_at_once(self):
        for turn in range(TRIES):
            matters, meeting = self._entered(f"two {turn}")

            def confirm(env, meeting=meeting):
                return env["gov.approval.meeting"].browse(meeting).action_confirm()

            outcomes = self.race(confirm, confirm, user=self.members[:2])
            self.assertEqual(sum(o is True for o in outcomes), 1, outcomes)
            loser = next(o for o in outcomes if o is not True)
            self.assertIsInstance(loser, UserError)
            self.assertIn("Confirmed", str(loser))
            self.assertEqual(
                self._state(matters, meeting),
                (["approved"] * 2, "confirmed", ["decided"] * 2, 2),
            )

    def test_confirm_against_withdraw(self):
        for turn in range(TRIES):
            matters, meeting = self._entered(f"withdraw {turn}")

            def confirm(env, meeting=meeting):
                return env["gov.approval.meeting"].browse(meeting).action_confirm()

            def withdraw(env, matter=matters[0]):
                return env[self.model].browse(matter).action_withdraw()

            outcomes = self.race(confirm, withdraw, user=[self.members[0], self.staff])
            self.assertIs(outcomes[0], True, outcomes)
            states, meeting_state, results, rows = self._state(matters, meeting)
            self.assertEqual(meeting_state, "confirmed")
            self.assertEqual(states[1], "approved")
            if outcomes[1] is True:
                self.assertEqual(
                    (states[0], results, rows), ("draft", ["left", "decided"], 1)
                )
            else:
                self.assertIsInstance(outcomes[1], UserError)
                self.assertEqual(
                    (states[0], results, rows), ("approved", ["decided"] * 2, 2)
                )

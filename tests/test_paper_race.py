"""Two real connections decide on paper and here, hand in a paper, or tell, at once."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests import matter_models
from odoo.addons.gov_base.tests.common_scan import PDF

from .common_race import RaceCase

TRIES = 3


@tagged("post_install", "-at_install")
class TestPaperRace(RaceCase):
    """One leader decides; a clerk records what was decided on paper."""

    @classmethod
    def _prepare(cls, env):
        cls.model = matter_models.load(env)
        cls.company = env["res.company"].create({"name": "Paper centre"}).id
        department = env["hr.department"].create({"name": "Office"})
        cls.staff, cls.clerk, cls.leader = [
            cls._create_person(env, name, department)
            for name in ("Staff", "Clerk", "Leader")
        ]
        group = env.ref("gov_base.group_secretariat")
        env["res.users"].browse(cls.clerk).group_ids = [Command.link(group.id)]
        for urgent in False, True:
            env["gov.approval.rule"].create(
                {
                    "name": "Leader",
                    "for_urgent": urgent,
                    "model_id": env["ir.model"]._get(cls.model).id,
                    "company_id": cls.company,
                    "approver_kind": "user",
                    "user_id": cls.leader,
                }
            )

    @classmethod
    def _create_person(cls, env, name, department):
        user = env["res.users"].create(
            {
                "name": name,
                "login": f"paper_race_{name}",
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

    def _submitted(self, **values):
        with self.transaction(self.staff) as env:
            matter = env[self.model].create({"name": "one", **values})
            engine(matter.sudo()).price = 100
            matter.action_submit()
            return matter.id

    def test_recorded_while_the_leader_decides(self):
        for _turn in range(TRIES):
            matter = self._submitted()
            with self.transaction() as env:
                number = env[self.model].browse(matter).number
            with self.transaction(self.clerk) as env:
                row = env["gov.approval.offline"].create(
                    {
                        "number": number,
                        "leader_id": self.leader,
                        "decided_at": fields.Datetime.now(),
                        "scan": PDF,
                    }
                )

            def record(env, row=row.id):
                return env["gov.approval.offline"].browse(row).action_record()

            def approve(env, matter=matter):
                return env[self.model].browse(matter).action_approve()

            outcomes = self.race(record, approve, user=[self.clerk, self.leader])
            self.assertEqual(sum(o is True for o in outcomes), 1, outcomes)
            loser = next(o for o in outcomes if o is not True)
            self.assertIsInstance(loser, UserError)
            with self.transaction() as env:
                document = env[self.model].browse(matter)
                self.assertEqual(document.approval_state, "approved")
                self.assertEqual(len(document.decision_ids), 1)
                state = env["gov.approval.offline"].browse(row.id).state
                won = outcomes[0] is True
                self.assertEqual(state, "recorded" if won else "draft")
                self.assertEqual(len(document.mark_ids), int(won))

    def test_the_paper_of_an_urgent_matter_twice(self):
        for _turn in range(TRIES):
            matter = self._submitted(is_urgent=True, urgent_reason="burst")

            def hand_in(env, matter=matter):
                return env[self.model].browse(matter).action_paper_urgent(PDF)

            outcomes = self.race(hand_in, hand_in, user=self.staff)
            self.assertEqual(sum(o is True for o in outcomes), 1, outcomes)
            loser = next(o for o in outcomes if o is not True)
            self.assertIn("owes no paper any more", str(loser))

    def test_two_digests_tell_once(self):
        matter = self._submitted()

        def tell(env):
            seats = engine(env["gov.approval.seat"].sudo()).search(
                [("res_id", "=", matter), ("notice_at", "!=", False)]
            )
            engine(env["gov.approval.digest"].sudo())._send_now(seats)
            return len(seats)

        outcomes = self.race(tell, tell)
        self.assertEqual(sorted(outcomes), [0, 1])
        with self.transaction() as env:
            partner = env["res.users"].browse(self.leader).partner_id
            number = env[self.model].browse(matter).number
            told = env["mail.message"].search_count(
                [
                    ("notified_partner_ids", "in", partner.ids),
                    ("body", "like", f">{number}<"),
                ]
            )
            self.assertEqual(told, 1)

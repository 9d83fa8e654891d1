from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_race import RaceCase


@tagged("post_install", "-at_install")
class TestCaseRace(RaceCase):
    """Two officers finalise the same case at the same moment: one entry per share."""

    @classmethod
    def _prepare(cls, env):
        cls.users = cls._set_up(env).ids

    @classmethod
    def _set_up(cls, env, count=3):
        """Return the accounts of ``count`` scoring officers."""
        company = env.company
        department = env["hr.department"].create({"name": "Scoring office"})
        users = env["res.users"]
        groups = env.ref("gov_points.group_points_officer")
        groups |= env.ref("base.group_user")
        for number in range(count):
            user = env["res.users"].create(
                {
                    "name": f"Officer {number}",
                    "login": f"race_officer_{number}",
                    "group_ids": [Command.set(groups.ids)],
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                }
            )
            employee = env["hr.employee"].create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "department_id": department.id,
                    "company_id": company.id,
                }
            )
            env["gov.role.holder"].create(
                {
                    "role_id": env.ref("gov_points.role_points_officer").id,
                    "employee_id": employee.id,
                    "company_id": company.id,
                    "date_from": "2020-01-01",
                }
            )
            users |= user
        return users

    def _case(self, env):
        """Return a case of two people that waits for two officers."""
        works = env["hr.department"].create({"name": "Works"})
        scheme = env.ref("gov_points.scheme_default")
        article = scheme.article_ids.filtered(lambda a: a.code == "11.4")
        today = env.company.gov_today()
        shares = []
        for name in "Bai Jing", "Jiang Yan":
            person = env["hr.employee"].create(
                {
                    "name": name,
                    "department_id": works.id,
                    "company_id": env.company.id,
                }
            )
            shares.append(
                Command.create(
                    {
                        "employee_id": person.id,
                        "article_id": article.id,
                        "share": 50,
                        "heard_on": today,
                        "made_no_statement": True,
                    }
                )
            )
        case = (
            env["gov.points.case"]
            .with_user(self.users[0])
            .create({"facts": "Late", "date": today, "share_ids": shares})
        )
        case.action_check()
        case.action_submit()
        return case

    def _approve(self, user, case):
        def approve(env):
            return (
                env["gov.points.case"].browse(case.id).with_user(user).action_approve()
            )

        return approve

    def _counts(self, case):
        """Return state, entries per share, notices and totals, as committed."""
        with self.transaction() as env:
            case = env["gov.points.case"].browse(case.id)
            shares = case.share_ids
            entries = env["gov.points.entry"].search([("share_id", "in", shares.ids)])
            notices = env["gov.points.notice"].search([("share_id", "in", shares.ids)])
            return (
                case.state,
                sorted(entries.mapped("points")),
                len(notices),
                entries.cycle_id.mapped("total"),
            )

    def test_two_officers_at_the_same_moment(self):
        with self.transaction() as env:
            case = self._case(env)
        outcomes = self.race(
            self._approve(self.users[0], case), self._approve(self.users[1], case)
        )
        self.assertEqual(outcomes, [True, True])
        self.assertEqual(self._counts(case), ("decided", [1, 1], 2, [1, 1]))

    def test_two_last_votes_at_the_same_moment(self):
        """One yes is there; two others give the last one: one of them is too late."""
        with self.transaction() as env:
            case = self._case(env)
            case.with_user(self.users[0]).action_approve()
        outcomes = self.race(
            self._approve(self.users[1], case), self._approve(self.users[2], case)
        )
        refused = [o for o in outcomes if isinstance(o, UserError)]
        self.assertEqual(len(refused), 1, outcomes)
        self.assertIn(True, outcomes)
        self.assertEqual(self._counts(case), ("decided", [1, 1], 2, [1, 1]))

    def test_approved_while_it_is_transferred_out(self):
        with self.transaction() as env:
            case = self._case(env)
            case.with_user(self.users[0]).action_approve()
            day = str(env.company.gov_today())

        def transfer(env):
            return (
                env["gov.points.case"]
                .browse(case.id)
                .with_user(self.users[2])
                .action_transfer("Discipline inspection", "1", day)
            )

        outcomes = self.race(self._approve(self.users[1], case), transfer)
        self.assertEqual(
            len([o for o in outcomes if isinstance(o, UserError)]), 1, outcomes
        )
        state, points, notices, _totals = self._counts(case)
        self.assertIn(
            (state, points, notices), [("decided", [1, 1], 2), ("transferred", [], 0)]
        )

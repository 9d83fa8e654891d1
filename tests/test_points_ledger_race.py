"""Two decisions about the same person at the same moment, on real connections."""

from odoo import Command
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_race import RaceCase

DAY = "2026-03-10"


@tagged("post_install", "-at_install")
class TestPointsLedgerRace(RaceCase):
    """The total is right, and what it asks for is made once."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        department = env["hr.department"].create(
            {"name": "Race Office", "company_id": company.id}
        )
        user = env["res.users"].create(
            {
                "name": "Race Officer",
                "login": "race_officer",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [
                    Command.set(
                        (
                            env.ref("base.group_user")
                            | env.ref("gov_points.group_points_officer")
                        ).ids
                    )
                ],
            }
        )
        officer, *people = env["hr.employee"].create(
            [
                {
                    "name": name,
                    "company_id": company.id,
                    "department_id": department.id,
                    "user_id": login,
                }
                for name, login in [("Race Officer", user.id)]
                + [(f"Racer {number}", False) for number in range(4)]
            ]
        )
        department.manager_id = officer
        for person in people:
            person.points_review_date = "2020-03-01"
        cls.people = [person.id for person in people]
        cls.officer, cls.user, cls.company = officer.id, user.id, company.id

    def _share(self, env, person_id, points):
        scheme = env.ref("gov_points.scheme_default")
        case = engine(env["gov.points.case"]).create(
            {
                "date": DAY,
                "facts": "Race",
                "handler_id": self.user,
                "employee_id": self.officer,
                "company_id": self.company,
                "scheme_id": scheme.id,
            }
        )
        article = scheme.article_ids.filtered(
            lambda a: a.points == points and not a.must_transfer
        )[:1]
        share = engine(env["gov.points.share"]).create(
            {"case_id": case.id, "employee_id": person_id, "article_id": article.id}
        )
        share.write({"state": "noticed", "points": points})
        return share.id

    def _shares(self, person_id, *points):
        with self.transaction() as env:
            return [self._share(env, person_id, number) for number in points]

    def _post(self, share_id):
        def post(env):
            share = env["gov.points.share"].browse(share_id)
            return env["gov.points.entry"]._post(share).ids

        return post

    def _facts(self, person_id):
        with self.transaction() as env:
            cycles = env["gov.points.cycle"].search([("employee_id", "=", person_id)])
            drafts = env["gov.publication"].search(
                [
                    ("model", "=", "gov.points.measure"),
                    ("res_id", "in", cycles.measure_ids.ids),
                ]
            )
            kinds = cycles.measure_ids.mapped("kind")
            return {
                "cycles": len(cycles),
                "totals": cycles.mapped("total"),
                "levels": cycles.mapped("level"),
                "entries": len(cycles.entry_ids),
                "circulars": kinds.count("circular"),
                "drafts": len(drafts),
                "doubles": len(kinds) - len(set(kinds)),
                "behind": any(cycles.mapped("is_behind")),
            }

    def test_two_scores_at_once(self):
        """The second to come sees the first: 4 + 4 + 1 is a circular, once."""
        person = self.people[0]
        first, second, third = self._shares(person, 4, 4, 1)
        with self.transaction() as env:
            self._post(third)(env)
        outcomes = self.race(self._post(first), self._post(second))
        for outcome in outcomes:
            self.assertIsInstance(outcome, list, outcome)
        self.assertEqual(
            self._facts(person),
            {
                "cycles": 1,
                "totals": [9],
                "levels": ["circular"],
                "entries": 3,
                "circulars": 1,
                "drafts": 1,
                "doubles": 0,
                "behind": False,
            },
        )

    def test_two_open_the_cycle_at_once(self):
        """Neither finds a cycle: one opens it, the other is retried into it."""
        person = self.people[1]
        first, second = self._shares(person, 6, 6)
        outcomes = self.race(self._post(first), self._post(second))
        for outcome in outcomes:
            self.assertIsInstance(outcome, list, outcome)
        facts = self._facts(person)
        self.assertEqual((facts["cycles"], facts["totals"]), (1, [12]))
        self.assertEqual((facts["circulars"], facts["doubles"]), (1, 0))

    def test_one_score_decided_twice(self):
        """Two officers finalise the same case: one entry."""
        person = self.people[2]
        (share,) = self._shares(person, 6)
        outcomes = self.race(self._post(share), self._post(share))
        self.assertEqual(outcomes[0], outcomes[1])
        facts = self._facts(person)
        self.assertEqual((facts["entries"], facts["totals"]), (1, [6]))
        self.assertEqual((facts["circulars"], facts["drafts"]), (1, 1))

    def test_score_against_closing(self):
        """Posted while the job closes the cycle: sealed with it, or beside it."""
        person = self.people[3]
        first, second = self._shares(person, 4, 2)
        with self.transaction() as env:
            self._post(first)(env)
            cycle_id = env["gov.points.cycle"].search([("employee_id", "=", person)]).id
            env.flush_all()
            # The end has come.
            env.cr.execute(
                "UPDATE gov_points_cycle SET date_to = '2026-03-31' WHERE id = %s",
                [cycle_id],
            )

        def close(env):
            company = env["res.company"].browse(self.company)
            cycles = engine(env["gov.points.cycle"]).with_company(company)
            return cycles._close([cycle_id])

        outcomes = self.race(self._post(second), close)
        for outcome in outcomes:
            self.assertNotIsInstance(outcome, Exception)
        with self.transaction() as env:
            cycle = env["gov.points.cycle"].browse(cycle_id)
            self.assertEqual((cycle.total, cycle.closed), (6, True))
            last = cycle.closing_ids.sorted("id")[-1]
            self.assertEqual((last.total, last.entry_id), (6, cycle.last_entry_id))

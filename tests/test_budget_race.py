"""Two requests take the last money of a budget line, on real connections."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_race import RaceCase

TRIES = 25


@tagged("post_install", "-at_install")
class TestLastMoney(RaceCase):
    """Available never falls below zero, and exactly one of two rivals wins."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        department = env["hr.department"].create(
            {"name": "Race Office", "company_id": company.id}
        )
        users = cls._create_users(
            env, company, "Budget racer", 3, "gov_logistics.group_budget"
        )
        employees = cls._create_employees(env, users, department)
        department.manager_id = employees[2]
        item = env.ref("gov_logistics.budget_item_30201")
        categ = env["product.category"].create({"name": "Race goods"})
        categ.with_company(company).budget_item_id = item
        product = env["product.product"].create(
            {
                "name": "The last money's worth",
                "is_storable": True,
                "categ_id": categ.id,
            }
        )
        product.with_company(company).standard_price = 60
        cls.company, cls.product, cls.item = company.id, product.id, item.id
        cls.department = department.id
        cls.racers = [user.id for user in users[:2]]

    def _make_line(self, number, plan):
        with self.transaction() as env:
            line = env["gov.budget.line"].create(
                {
                    "company_id": self.company,
                    "department_id": self.department,
                    "item_id": self.item,
                    "project": f"Race {number}",
                    "year": env["res.company"].browse(self.company).gov_today().year,
                    "amount_initial": plan,
                }
            )
            return line.id

    def _figures(self, line_id):
        with self.transaction() as env:
            line = env["gov.budget.line"].browse(line_id)
            return line.amount_committed, line.amount_actual, line.amount_available

    def test_private_booking(self):
        for number in range(TRIES):
            line_id = self._make_line(number, 100)

            def commit(document_id, line_id=line_id):
                def run(env):
                    line = env["gov.budget.line"].browse(line_id)
                    partner = env["res.partner"].browse(document_id)
                    return len(line._commit(partner, 60))

                return run

            outcomes = self.race(commit(1), commit(2))
            won = [outcome for outcome in outcomes if outcome == 1]
            lost = [outcome for outcome in outcomes if isinstance(outcome, UserError)]
            self.assertEqual((len(won), len(lost)), (1, 1), outcomes)
            self.assertEqual(self._figures(line_id), (60, 0, 40))

    def test_two_requests(self):
        with self.transaction() as env:
            env.cr.execute("UPDATE gov_budget_line SET project = 'old' || id")
        year_line = self._make_line("requests", 100)
        with self.transaction() as env:
            env.cr.execute(
                "UPDATE gov_budget_line SET project = NULL WHERE id = %s", [year_line]
            )
        for _number in range(5):
            ids = []
            for user in self.racers:
                with self.transaction(user) as env:
                    request = env["gov.supply.request"].create(
                        {
                            "line_ids": [
                                Command.create(
                                    {"product_id": self.product, "quantity": 1}
                                )
                            ]
                        }
                    )
                    ids.append(request.id)

            def submit(request_id):
                return lambda env: (
                    env["gov.supply.request"].browse(request_id).action_submit()
                )

            outcomes = self.race(*map(submit, ids), user=self.racers)
            won = [outcome for outcome in outcomes if outcome is True]
            lost = [outcome for outcome in outcomes if isinstance(outcome, UserError)]
            self.assertEqual((len(won), len(lost)), (1, 1), outcomes)
            self.assertEqual(self._figures(year_line), (60, 0, 40))
            winner = outcomes.index(True)
            with self.transaction(self.racers[winner]) as env:
                env["gov.supply.request"].browse(ids[winner]).action_withdraw()
            self.assertEqual(self._figures(year_line), (0, 0, 100))

    def test_the_same_matter_twice(self):
        """A commitment that two processes move at once is set aside once."""
        line_id = self._make_line("same", 100)

        def commit(env):
            line = env["gov.budget.line"].browse(line_id)
            return len(line._commit(env["res.partner"].browse(1), 60))

        outcomes = self.race(commit, commit)
        self.assertEqual(sorted(outcomes), [0, 1], outcomes)
        self.assertEqual(self._figures(line_id), (60, 0, 40))

    def test_the_reminder_twice(self):
        """Two runs of the job tell each line once."""
        line_id = self._make_line("reminder", 100)

        def remind(env):
            line = env["gov.budget.line"].browse(line_id)
            key = (line.company_id.id, line.department_id.id, line.year)
            line._remind_departments([key])
            return True

        self.assertEqual(self.race(remind, remind), [True, True])
        with self.transaction() as env:
            todos = env["mail.activity"].search_count(
                [("res_model", "=", "gov.budget.line"), ("res_id", "=", line_id)]
            )
            self.assertLessEqual(todos, 1)
            self.assertTrue(env["gov.budget.line"].browse(line_id).reminded_on)

"""The last yes to a stocktake, twice and against an issue, on real connections."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_race import RaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestStocktakeRace(RaceCase):
    """Differences are applied once."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        department = env["hr.department"].create(
            {"name": "Race Store", "company_id": company.id}
        )
        users = cls._create_users(env, company, "Taker", 4, "gov_logistics.group_store")
        employees = cls._create_employees(env, users, department)
        department.manager_id = employees[3]
        env["gov.role.holder"].create(
            {
                "role_id": env.ref("gov_base.gov_role_finance").id,
                "employee_id": employees[2].id,
                "company_id": company.id,
                "date_from": "2020-01-01",
            }
        )
        # One tier: the chain is not what is raced for.
        rules = env["gov.approval.rule"].search(
            [("model", "=", "gov.supply.stocktake")]
        )
        rules[1:].active = False
        category = env["product.category"].create({"name": "Race"})
        cls.product = (
            env["product.product"]
            .create(
                {
                    "name": "Counted",
                    "is_storable": True,
                    "standard_price": 1,
                    "categ_id": category.id,
                }
            )
            .id
        )
        cls.category = category.id
        cls.employees, cls.users = employees.ids, users.ids

    def test_last_yes_twice(self):
        for number in range(TRIES):
            with self.transaction() as env:
                store = env["stock.warehouse"]._get_supply_warehouse(env.company)
                product = env["product.product"].browse(self.product)
                env["stock.quant"]._update_available_quantity(
                    product, store.lot_stock_id, 10
                )
                before = product.with_company(env.company).qty_available
                counter, keeper, witness, _head = self.employees
                stocktake = (
                    env["gov.supply.stocktake"]
                    .with_user(self.users[0])
                    .create(
                        {
                            "counter_id": counter,
                            "keeper_id": keeper,
                            "witness_id": witness,
                            "categ_ids": [Command.set([self.category])],
                        }
                    )
                )
                stocktake.action_start()
                line = stocktake.line_ids
                line.write(
                    {
                        "counted_quantity": line.sudo().book_quantity - 3,
                        "reason": "Gone",
                    }
                )
                stocktake.action_submit()
                stocktake_id = stocktake.id

            def approve(env, stocktake_id=stocktake_id):
                return env["gov.supply.stocktake"].browse(stocktake_id).action_approve()

            outcomes = self.race(approve, approve, user=self.users[3])
            with self.subTest(number=number, outcomes=outcomes):
                self.assertEqual(outcomes.count(True), 1)
                loser = next(outcome for outcome in outcomes if outcome is not True)
                self.assertIsInstance(loser, UserError)
                with self.transaction() as env:
                    product = env["product.product"].browse(self.product)
                    self.assertEqual(product.qty_available, before - 3)

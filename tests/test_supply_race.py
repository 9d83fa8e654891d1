"""Two clerks at the counter at once, on real connections."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_logistics.tests.common import SIGNATURE

from .common_race import RaceCase

TRIES = 100


@tagged("post_install", "-at_install")
class TestLastItem(RaceCase):
    """Stock never falls below zero, and nothing is handed out twice."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        department = env["hr.department"].create(
            {"name": "Race Office", "company_id": company.id}
        )
        users = cls._create_users(env, company, "Racer", 4, "gov_logistics.group_store")
        employees = cls._create_employees(env, users, department)
        department.manager_id = employees[2]
        product = env["product.product"].create(
            {"name": "The last one", "is_storable": True, "standard_price": 1}
        )
        store = env["stock.warehouse"]._get_supply_warehouse(company)
        cls.clerks = [user.id for user in users[:2]]
        cls.head, cls.asker = users[2].id, users[3].id
        cls.product, cls.place = product.id, store.lot_stock_id.id

    def _request(self, env, product_id, quantity):
        line = Command.create({"product_id": product_id, "quantity": quantity})
        requests = env["gov.supply.request"].with_user(self.asker)
        return requests.create({"line_ids": [line]})

    def _approved(self, env, quantity):
        request = self._request(env, self.product, quantity)
        request.action_submit()
        request.with_user(self.head).action_approve()
        return request.id, request.line_ids.id

    def _put(self, env, quantity):
        env["stock.quant"]._update_available_quantity(
            env["product.product"].browse(self.product),
            env["stock.location"].browse(self.place),
            quantity,
        )

    def _on_hand(self, env):
        quants = env["stock.quant"].search(
            [("product_id", "=", self.product), ("location_id", "=", self.place)]
        )
        self.assertFalse(quants.filtered(lambda q: q.quantity < 0))
        return sum(quants.mapped("quantity"))

    def _issue(self, request_id, line_id, quantity):
        def issue(env):
            request = env["gov.supply.request"].browse(request_id)
            return request.action_issue(SIGNATURE, {line_id: quantity})

        return issue

    def test_last_item(self):
        with self.transaction() as env:
            # What is short at approval would be bought instead.
            self._put(env, 20_000)
            requests = [self._approved(env, 10_000) for _clerk in self.clerks]
            self._put(env, -20_000)
        for number in range(TRIES):
            with self.transaction() as env:
                self._put(env, 1)
            outcomes = self.race(
                *[self._issue(*request, 1) for request in requests], user=self.clerks
            )
            with self.subTest(number=number, outcomes=outcomes):
                self.assertEqual(outcomes.count(True), 1)
                loser = next(outcome for outcome in outcomes if outcome is not True)
                self.assertIsInstance(loser, UserError)
                self.assertIn("on hand", str(loser))
                with self.transaction() as env:
                    self.assertEqual(self._on_hand(env), 0)
        with self.transaction() as env:
            lines = env["gov.supply.request.line"].browse([r[1] for r in requests])
            self.assertEqual(sum(lines.mapped("qty_issued")), TRIES)
            for request in lines.request_id.with_user(self.clerks[0]):
                request.action_close_rest("The shelf is empty")

    def test_two_clicks_on_one_request(self):
        """The same request at two counters: what was approved is issued once."""
        for number in range(20):
            with self.transaction() as env:
                self._put(env, 10)
                request = self._approved(env, 3)
                before = self._on_hand(env)
            outcomes = self.race(*[self._issue(*request, 3)] * 2, user=self.clerks)
            with self.subTest(number=number, outcomes=outcomes):
                self.assertEqual(outcomes.count(True), 1)
                with self.transaction() as env:
                    self.assertEqual(self._on_hand(env), before - 3)
                    line = env["gov.supply.request.line"].browse(request[1])
                    self.assertEqual((line.qty_issued, line.qty_open), (3, 0))

    def test_first_issue_of_a_department(self):
        """Two first issues make one consumption location."""
        with self.transaction() as env:
            department = env["hr.employee"].search([("user_id", "=", self.asker)])
            department = department._gov_department().sudo()
            locations = env["stock.location"].search(
                [("supply_department_id", "=", department.id)]
            )
            if locations:
                fresh = department.copy({"name": "Race Annex"})
                employee = env["hr.employee"].search([("user_id", "=", self.asker)])
                employee.working_department_id = fresh
                fresh.manager_id = department.manager_id
                department = fresh
            self._put(env, 2)
            requests = [self._approved(env, 1) for _clerk in self.clerks]
            department_id = department.id
        outcomes = self.race(
            *[self._issue(*request, 1) for request in requests], user=self.clerks
        )
        self.assertEqual(outcomes, [True, True])
        with self.transaction() as env:
            self.assertEqual(
                env["stock.location"].search_count(
                    [("supply_department_id", "=", department_id)]
                ),
                1,
            )

    def test_two_approvals_for_the_last_items(self):
        """What the first waits for is short for the second; nothing is asked twice."""
        for number in range(10):
            with self.transaction() as env:
                if missing := 10 - self._on_hand(env):
                    self._put(env, missing)
                requests = [
                    self._request(env, self.product, 6).id for _head in range(2)
                ]
                env["gov.supply.request"].browse(requests).with_user(
                    self.asker
                ).action_submit()

            def approve(env, ids):
                return env["gov.supply.request"].browse(ids).action_approve()

            outcomes = self.race(
                *[lambda env, id_=id_: approve(env, id_) for id_ in requests],
                user=self.head,
            )
            with self.subTest(number=number), self.transaction() as env:
                self.assertEqual(outcomes, [True, True])
                both = env["gov.supply.request"].browse(requests)
                self.assertEqual(sorted(both.line_ids.mapped("qty_open")), [4, 6])
                bought = both.shortage_request_ids
                self.assertEqual(bought.line_ids.mapped("quantity"), [2])
                for request in both:
                    request.with_user(self.clerks[0]).action_close_rest("Next try")

    def test_two_requests_within_one_norm(self):
        """Each alone stays within the norm, both do not: one walks the chain."""
        for number in range(10):
            with self.transaction() as env:
                # Not counted by stock: rivals do not meet on its quants either.
                product = env["product.product"].create(
                    {"name": f"Pen {number}", "standard_price": 1}
                )
                requests = [self._request(env, product.id, 5).id for _try in range(2)]
                # They have their numbers: rivals do not meet on the number series.
                both = env["gov.supply.request"].browse(requests).with_user(self.asker)
                both.action_submit()
                both.action_withdraw()
                env["gov.supply.norm"].create(
                    {
                        "product_id": product.id,
                        "quantity": 2,
                        "date_from": "2020-01-01",
                        "citation": "Race rule",
                        "company_id": env.ref("base.main_company").id,
                    }
                )

            def submit(env, ids):
                return env["gov.supply.request"].browse(ids).action_submit()

            outcomes = self.race(
                *[lambda env, id_=id_: submit(env, id_) for id_ in requests],
                user=self.asker,
            )
            with self.subTest(number=number), self.transaction() as env:
                self.assertEqual(outcomes, [True, True])
                both = env["gov.supply.request"].browse(requests)
                self.assertEqual(
                    sorted(both.mapped("approval_state")), ["approved", "submitted"]
                )

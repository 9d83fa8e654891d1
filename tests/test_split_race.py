"""Two purchases of one category submitted at once, on real connections."""

from odoo import Command
from odoo.tests import tagged

from .common_race import RaceCase


@tagged("post_install", "-at_install")
class TestSplitRace(RaceCase):
    """The second of two submissions sees the first."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        department = env["hr.department"].create(
            {"name": "Race Office", "company_id": company.id}
        )
        users = cls._create_users(env, company, "Splitter", 4)
        employees = cls._create_employees(env, users, department)
        department.manager_id = employees[2]
        # One person decides and a band names no body: only the sum is of interest.
        rules = env["gov.approval.rule"].search(
            [("model", "=", "gov.supply.request"), ("domain", "ilike", "purchase")]
        )
        one_person = {
            "approver_kind": "user",
            "user_id": users[3].id,
            "required_kind": "one",
            "distinct_person": False,
        }
        meetings = rules.filtered(lambda rule: rule.kind == "meeting")
        meetings.write({**one_person, "kind": "decision"})
        (rules - meetings).write(one_person)
        cls.askers = users[:2].ids

    def _draft(self, env, user, product, quantity):
        requests = env["gov.supply.request"].with_user(user)
        line = {"product_id": product.id, "quantity": quantity}
        return requests.create(
            {"kind": "purchase", "line_ids": [Command.create(line)]}
        ).id

    def test_pair_submitted_at_once(self):
        def submit(request_id):
            return lambda env: (
                env["gov.supply.request"].browse(request_id).action_submit()
            )

        for number in range(20):
            with self.transaction() as env:
                category = env["product.category"].create({"name": f"Race {number}"})
                product = env["product.product"].create(
                    {
                        "name": "Split device",
                        "standard_price": 100,
                        "categ_id": category.id,
                    }
                )
                drafts = [
                    self._draft(env, user, product, quantity)
                    for user, quantity in zip(self.askers, (48, 49), strict=True)
                ]
            outcomes = self.race(*map(submit, drafts), user=self.askers)
            with self.subTest(number=number, outcomes=outcomes):
                self.assertEqual(outcomes, [True, True])
                with self.transaction() as env:
                    requests = env["gov.supply.request"].browse(drafts)
                    bands = sorted(requests.mapped("amount_band"))
                    self.assertIn(bands, ([4800, 9700], [4900, 9700]))
                    findings = env["gov.finding"].search_count(
                        [
                            ("rule_code", "=", "split_purchase"),
                            ("res_id", "in", drafts),
                        ]
                    )
                    self.assertEqual(findings, 1)

    def test_resubmitted_at_once(self):
        """Without a new number, so that the category is all that they share."""
        with self.transaction() as env:
            category = env["product.category"].create({"name": "Race again"})
            product = env["product.product"].create(
                {"name": "Device", "standard_price": 100, "categ_id": category.id}
            )
            drafts = [
                self._draft(env, user, product, quantity)
                for user, quantity in zip(self.askers, (48, 49), strict=True)
            ]
        for number in range(20):
            with self.transaction() as env:
                for request_id, user in zip(drafts, self.askers, strict=True):
                    request = env["gov.supply.request"].browse(request_id)
                    request = request.with_user(user)
                    if not number:
                        request.action_submit()
                    request.action_withdraw()

            def submit(request_id):
                return lambda env: (
                    env["gov.supply.request"].browse(request_id).action_submit()
                )

            outcomes = self.race(*map(submit, drafts), user=self.askers)
            with self.subTest(number=number, outcomes=outcomes):
                self.assertEqual(outcomes, [True, True])
                with self.transaction() as env:
                    requests = env["gov.supply.request"].browse(drafts)
                    self.assertEqual(max(requests.mapped("amount_band")), 9700)

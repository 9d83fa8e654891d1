from collections import Counter
from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.gov_demo.generator import year

from .test_demo import DemoCase

BANDS = (1000, 5000, 10000)
IN_BAND = [78, 36, 9, 3]
SUM = 266160


@tagged("post_install", "-at_install")
class TestYear(DemoCase):
    """Last year's register has the figures of the office handbook (part 3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.last_year = cls.company.gov_today().year - 1
        requests = cls.env["gov.supply.request"].search(
            [
                ("is_imported", "=", True),
                ("number", "like", f"〔{cls.last_year}〕"),
            ]
        )
        cls.issues = requests.filtered(lambda r: r.kind == "issue")
        cls.purchases = requests - cls.issues

    def _months(self, requests):
        self.assertEqual({r.occurred_on.year for r in requests}, {self.last_year})
        count = Counter(r.occurred_on.month for r in requests)
        return tuple(count[month] for month in range(1, 13))

    def test_each_month_has_its_numbers(self):
        self.assertEqual(self._months(self.issues), year.ISSUES)
        self.assertEqual(self._months(self.purchases), year.PURCHASES)
        self.assertEqual(len(self.issues), 1170)
        self.assertEqual(len(self.purchases), 126)
        self.assertEqual(set((self.issues | self.purchases).mapped("state")), {"done"})

    def test_december_has_its_share(self):
        december = [r for r in self.purchases if r.occurred_on.month == 12]
        self.assertEqual(round(100 * len(december) / len(self.purchases)), 17)

    def test_purchases_lie_in_their_bands(self):
        count = Counter(
            sum(amount > bound for bound in BANDS)
            for amount in self.purchases.mapped("amount_total")
        )
        self.assertEqual([count[band] for band in range(4)], IN_BAND)
        self.assertEqual(sum(self.purchases.mapped("amount_total")), SUM)
        roles = {"committee": 0, "logistics_leader": 0}
        for step in self.purchases.step_ids:
            if step.role_id.code in roles:
                roles[step.role_id.code] += 1
        self.assertEqual(roles, {"committee": 9 + 3, "logistics_leader": 78})

    def test_the_split_pair(self):
        first, second = self.demo("split_1"), self.demo("split_2")
        self.assertEqual((first.amount_total, second.amount_total), (4800, 4900))
        self.assertEqual(second.occurred_on - first.occurred_on, timedelta(days=9))
        self.assertEqual(
            first.line_ids.product_id.categ_id, second.line_ids.product_id.categ_id
        )

    def test_the_slips_are_stock_moves_of_their_day(self):
        rows = self.env["gov.supply.consumption"].search(
            [("request_id", "in", self.issues.ids)]
        )
        self.assertEqual(len(rows), len(self.issues.line_ids))
        self.assertAlmostEqual(
            sum(rows.mapped("amount")), sum(self.issues.mapped("amount_total")), 2
        )
        for request in self.issues[:20]:
            self.assertEqual(
                set(request.picking_ids.move_ids.mapped("date")), {request.decided_at}
            )
            self.assertEqual(request.picking_ids.date_done, request.decided_at)
            self.assertEqual(request.counter_method, "paper")

    def test_decisions_are_paper_and_fell_last_year(self):
        decisions = (self.issues | self.purchases).decision_ids
        self.assertLessEqual({d.channel for d in decisions}, {"paper", "meeting"})
        self.assertEqual({d.decided_at.year for d in decisions}, {self.last_year})

    def test_the_plan_is_the_same_each_time(self):
        plans = [year.Year(self.loader) for __ in range(2)]
        self.assertEqual(plans[0].plan_issues(), plans[1].plan_issues())
        self.assertEqual(*[plan.plan_purchases() for plan in plans])

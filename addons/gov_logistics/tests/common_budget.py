from odoo import Command

from .common import SupplyCommon


class BudgetCommon(SupplyCommon):
    """The small institution with a budget: office has 1,000 for office expenses.

    ``budget_user`` is the budget clerk, from the office; ``item`` is 30201 office
    expenses, ``item2`` 30213 maintenance; the category ``supplies`` of paper and pen
    belongs to ``item``, the chair and the service to no item.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person("budget", "Qian Jun", cls.office, 36, "Budget clerk")
        cls.budget_user.group_ids = [
            Command.link(cls.env.ref("gov_logistics.group_budget").id)
        ]
        cls.item = cls.env.ref("gov_logistics.budget_item_30201")
        cls.item2 = cls.env.ref("gov_logistics.budget_item_30213")
        cls.year = cls.company.gov_today().year
        parent = cls.env["product.category"].create(
            {"name": "Consumables", "budget_item_id": cls.item.id}
        )
        cls.supplies = cls.env["product.category"].create(
            {"name": "Office supplies", "parent_id": parent.id}
        )
        (cls.paper + cls.pen).categ_id = cls.supplies

    @classmethod
    def _line(cls, amount=1000.0, department=None, item=None, user=None, **values):
        lines = cls.env["gov.budget.line"]
        if user:
            lines = cls._as(lines, user)
        return lines.create(
            {
                "company_id": cls.company.id,
                "department_id": (department or cls.office).id,
                "item_id": (item or cls.item).id,
                "year": cls.year,
                "amount_initial": amount,
                **values,
            }
        )

    def _figures(self, line):
        line.invalidate_recordset()
        return (
            line.amount_plan,
            line.amount_committed,
            line.amount_actual,
            line.amount_available,
        )

    def assertFigures(self, line, plan, committed, actual):
        available = round(plan - committed - actual, 2)
        self.assertEqual(self._figures(line), (plan, committed, actual, available))

    def assertWhole(self, lines):
        """The figures of each line are the sums of its entries, to the cent."""
        for line in lines:
            sums = dict.fromkeys(("plan", "commit", "release", "actual"), 0.0)
            for entry in line.sudo().entry_ids:
                sums[entry.kind] += entry.amount
                self.assertTrue(entry.is_sealed)
            self.assertFigures(
                line,
                round(sums["plan"], 2),
                round(sums["commit"] - sums["release"], 2),
                round(sums["actual"], 2),
            )
            self.assertGreaterEqual(
                round(line.amount_available + line.amount_exception, 2), 0
            )

    def _transfer(self, *lines, user=None, kind="transfer", **values):
        """Return a draft; each line is (budget line, amount)."""
        transfers = self._as(self.env["gov.budget.transfer"], user or self.budget_user)
        return transfers.create(
            {
                "kind": kind,
                "year": self.year,
                "reason": "The plan has changed",
                "line_ids": [
                    Command.create({"line_id": line.id, "amount": amount})
                    for line, amount in lines
                ],
                **values,
            }
        )

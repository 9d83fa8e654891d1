from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_budget import BudgetCommon
from .common_import import ImportCommon, make_table
from .test_import import read_demo


@tagged("post_install", "-at_install")
class TestBudgetImport(BudgetCommon, ImportCommon):
    """The year's plan from Excel: whole or not at all, row and reason."""

    def _lines(self):
        return self.env["gov.budget.line"].search(
            [("company_id", "=", self.company.id)], order="id"
        )

    def test_plan_of_the_year(self):
        content = make_table(
            "budget",
            {
                "year": 2027,
                "department": "Works",
                "item": "30213",
                "amount": 480000.55,
            },
            {
                "year": "2027",
                "department": "Works",
                "item": "Maintenance and repair",
                "project": " Roof  of the hall ",
                "source": "County",
                "amount": 0,
                "note": "To be granted",
            },
        )
        wizard = self._import("budget", content, self.budget_user)
        self.assertEqual(wizard.new_count, 2)
        lines = self._lines()
        self.assertRecordValues(
            lines,
            [
                {
                    "year": 2027,
                    "department_id": self.works.id,
                    "item_id": self.item2.id,
                    "project": False,
                    "fund_source": False,
                    "amount_plan": 480000.55,
                    "amount_available": 480000.55,
                },
                {
                    "year": 2027,
                    "department_id": self.works.id,
                    "item_id": self.item2.id,
                    "project": "Roof of the hall",
                    "fund_source": "County",
                    "amount_plan": 0,
                    "amount_available": 0,
                },
            ],
        )
        self.assertWhole(lines)
        self.assertTrue(self.company.gov_budget_on)
        again = self._import("budget", content, self.budget_user)
        self.assertEqual((again.new_count, again.existing_count), (0, 2))
        self.assertEqual(self._lines(), lines)

    def test_bad_rows(self):
        self._line(1000, project="Roof")
        good = {"year": self.year, "department": "Works", "item": "30201", "amount": 1}
        self._assert_bad(
            "budget",
            make_table(
                "budget",
                {**good, "item": "30299"},
                {**good, "year": None},
                {**good, "year": 26},
                {**good, "department": "Wroks"},
                {**good, "item": "30999"},
                {**good, "amount": -5},
                {**good, "amount": 1.234, "item": "30202"},
                {**good, "amount": "many", "item": "30203"},
                {**good, "item": "Other goods and services"},
                {
                    **good,
                    "department": "General Office",
                    "project": "Roof",
                    "amount": 900,
                },
            ),
            (3, "年度", "empty"),
            (4, "年度", "four digits"),
            (5, "部门", "works"),
            (6, "部门经济分类", "no such economic item"),
            (7, "预算数", ""),
            (8, "预算数", ""),
            (9, "预算数", ""),
            (10, "部门经济分类", "row 2"),
            (11, "预算数", "1,000.00"),
            user=self.budget_user,
        )
        self.assertEqual(len(self._lines()), 1)

    def test_needs_the_budget_clerk(self):
        content = make_table(
            "budget",
            {"year": 2027, "department": "Works", "item": "30213", "amount": 1},
        )
        wizard = self._open("budget", content, self.keeper_user)
        with self.assertRaisesRegex(UserError, "Budget clerk"):
            wizard.action_check()
        # The budget clerk imports the budget and nothing else.
        norms = make_table("norm", {"name": "Gel pen", "quantity": 1, "citation": "N"})
        wizard = self._open("norm", norms, self.budget_user)
        with self.assertRaises(UserError):
            wizard.action_check()

    def test_demo_file(self):
        company, user = self._empty_company()
        user.group_ids += self.env.ref("gov_logistics.group_budget")
        self._import(
            "department",
            read_demo("department"),
            user,
            people_file=read_demo("person"),
        )
        for turn in range(2):
            wizard = self._import("budget", read_demo("budget"), user)
            with self.subTest(turn=turn):
                lines = self.env["gov.budget.line"].search(
                    [("company_id", "=", company.id)]
                )
                self.assertEqual(len(lines), wizard.row_count)
                self.assertEqual(len(lines.department_id), 12)
                self.assertEqual(set(lines.mapped("year")), {2026})

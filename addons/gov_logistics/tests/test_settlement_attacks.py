from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_settlement import SCAN, SettlementCase


@tagged("post_install", "-at_install")
class TestSettlementAttacks(SettlementCase):
    """What moves between two confirmations, and what a reversal leaves behind."""

    def test_a_price_between_the_confirmations(self):
        statement = self.draft(self.vendor_contract)[:1]
        self.confirm_own(statement)
        line = self._line_of(self.vendor_contract, self.guard)
        self._as(self.env["gov.contract.supplement"], self.keeper_user).create(
            {
                "contract_id": self.vendor_contract.id,
                "kind": "price",
                "line_id": line.id,
                "date_from": self.day(1, 10),
                "price": 1000,
                "reason": "Agreed",
            }
        ).action_apply()
        with self.assertRaises(UserError):
            self.confirm_paper(statement)

    def test_a_termination_between_the_confirmations(self):
        statement = self.draft(self.vendor_contract)[:1]
        self.confirm_own(statement)
        self.vendor_contract.action_terminate("Agreed", self.day(1, 10))
        with self.assertRaises(UserError):
            self.confirm_paper(statement)

    def test_reversal_of_what_was_not_billed(self):
        statement = self.seal(self.draft(self.vendor_contract)[:1])
        self.assertEqual(statement.state, "sealed")
        reversal = self.statements().browse(statement.action_reverse("Wrong"))
        self.seal(reversal)
        self.assertEqual(statement.state, "reversed")
        with self.assertRaises(UserError):
            reversal.action_bill()
        self.assertFalse(reversal.move_id)

    def test_a_refund_of_what_was_not_paid(self):
        statement = self.seal(self.draft(self.vendor_contract)[:1])
        statement.action_bill()
        reversal = self.statements().browse(statement.action_reverse("Wrong"))
        self.seal(reversal)
        today = self.company.gov_today()
        with self.assertRaises(UserError):
            reversal.action_pay("R1", today, 100)

    def test_release_and_reversal(self):
        contract = self._contract(
            "vendor", (self.meal, "fixed", 1000, 1), retention_percent=10
        )
        statement = self.seal(self.draft(contract)[:1])
        self.assertEqual(statement.amount_retained, 100)
        contract.action_release_retention()
        release = self.statements().search(
            [("contract_id", "=", contract.id), ("kind", "=", "retention")]
        )
        reversal = self.statements().browse(statement.action_reverse("Wrong"))
        self.seal(reversal)
        with self.assertRaises(UserError):
            self.confirm_both(release)

    def test_a_clerk_alone(self):
        statement = self.draft(self.vendor_contract)[:1]
        today = self.company.gov_today()
        statement.action_confirm_paper("other", "Ma", today, SCAN)
        with self.assertRaises(UserError):
            statement.action_confirm_paper("own", "Li", today, SCAN)

    def test_run_changed_while_it_runs(self):
        run = self._as(self.env["gov.settlement.run"], self.keeper_user).create(
            {"date_to": self.day(1, 31)}
        )
        run.action_start()
        for vals in (
            {"date_to": self.day(12, 31)},
            {"kind": "bill"},
            {"company_id": self.other_company.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                run.write(vals)

    def test_a_line_from_elsewhere(self):
        user = self._create_user("gov_acc2", "account.group_account_manager")
        contract = (
            self.env["contract.contract"]
            .with_user(user)
            .create(
                {
                    "name": "OCA",
                    "partner_id": self.service_vendor.id,
                    "company_id": self.company.id,
                    "contract_line_ids": [
                        Command.create(
                            {
                                "name": "Smuggled",
                                "quantity": 5,
                                "service_item_id": self.meal.id,
                            }
                        )
                    ],
                }
            )
        )
        with self.assertRaises(UserError):
            contract.contract_line_ids.write({"contract_id": self.vendor_contract.id})

    def test_budget_of_another_department(self):
        item = self.env["gov.budget.item"].search([], limit=1)
        own, other = (
            self.env["gov.budget.line"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "department_id": department.id,
                    "item_id": item.id,
                    "year": self.year,
                }
            )
            for department in (self.works, self.office)
        )
        with self.assertRaises(UserError), self.cr.savepoint():
            self.vendor_contract.budget_line_id = other
        self.vendor_contract.budget_line_id = own
        self.assertEqual(self.vendor_contract.budget_line_id, own)
        with self.assertRaises(UserError), self.cr.savepoint():
            self.office_contract.budget_line_id = own
        self.office_contract.budget_line_id = other

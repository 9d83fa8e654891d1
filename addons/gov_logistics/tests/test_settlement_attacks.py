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

    def test_the_signed_paper_stays(self):
        contract = self.vendor_contract
        contract.write({"scan": SCAN, "scan_name": "contract.png"})
        self.assertTrue(contract.scan_sha256)
        for vals in ({"scan": False}, {"scan": SCAN}, {"scan_name": "x.png"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                contract.write(vals)

    def test_a_clerk_is_not_the_other_side(self):
        for user in (self.keeper_user, self.centre_user):
            with self.subTest(user=user.name), self.assertRaises(UserError):
                with self.cr.savepoint():
                    self.vendor_contract.other_confirmer_id = user
        self.vendor_contract.other_confirmer_id = self.vendor_user

    def test_missing_service_found_late_takes_no_month_off_twice(self):
        """A month of 31 days by thirtieths: thirty of them are the whole fee."""
        contract = self._contract(
            "vendor", (self.meal, "fixed", 3000, 1), day_divisor="30"
        )
        for day in range(1, 31):
            self.use(contract, self.meal, self.day(1, day), 1, "missing")
        january = self.draft(contract)
        self.assertEqual(january.amount_payable, 0)
        self.confirm_both(january)
        self.use(contract, self.meal, self.day(1, 31), 1, "missing")
        february = self.draft(contract, 2)
        self.assertEqual(february.amount_payable, 3000)
        late = february.line_ids.filtered("is_late")
        self.assertEqual((late.kind, late.amount, late.quantity), ("missing", 0, 1))
        self.assertEqual(late.usage_count, 1)

    def test_missing_service_that_was_there_after_all(self):
        """Of 31 missing days one is taken back: thirty still are the whole fee."""
        contract = self._contract(
            "vendor", (self.meal, "fixed", 3000, 1), day_divisor="30"
        )
        rows = [
            self.use(contract, self.meal, self.day(1, day), 1, "missing")
            for day in range(1, 32)
        ]
        january = self.draft(contract)
        self.assertEqual(january.amount_payable, 0)
        self.confirm_both(january)
        rows[3]._reverse("It was there")
        rows[4]._reverse("It was there")
        february = self.draft(contract, 2)
        # 29 thirtieths are taken off in all.
        self.assertEqual(february.amount_payable, 3100)

    def test_a_second_refund_joins_the_first(self):
        company = self.company.id
        account = self.env["account.account"].create(
            {
                "name": "Services",
                "code": "599991",
                "account_type": "expense",
                "company_ids": [Command.set([company])],
            }
        )
        payable = self.env["account.account"].create(
            {
                "name": "Payable",
                "code": "229991",
                "account_type": "liability_payable",
                "reconcile": True,
                "company_ids": [Command.set([company])],
            }
        )
        partner = self.service_vendor.with_company(self.company)
        partner.property_account_payable_id = payable
        self.env["account.journal"].create(
            {
                "name": "Bills",
                "code": "TBI",
                "type": "purchase",
                "company_id": company,
                "default_account_id": account.id,
            }
        )
        statements = self.statements()
        plant = self._create_item("plant", "Plants")
        for item, price in ((self.meal, 12), (plant, 5)):
            contract = self._contract(
                "vendor", (item, "metered", price), bill_grouping="partner"
            )
            row = self.use(contract, item, self.day(1, 9), 10)
            self.confirm_both(self.draft(contract))
            row._reverse("Wrong")
            statements |= self.seal(self.draft(contract, 2))
        self.assertEqual(statements.mapped("amount_due"), [-120, -50])
        for statement in statements:
            statement.action_bill()
        move = statements.sudo().move_id
        self.assertEqual((len(move), move.move_type), (1, "in_refund"))
        self.assertEqual(move.amount_total, 170)

    def test_a_reversal_counts_when_it_is_sealed(self):
        """Room below the ceiling is not lent by a reversal that may be refused."""
        contract = self._contract("vendor", (self.meal, "fixed", 1000, 1), ceiling=1500)
        january = self.seal(self.draft(contract))
        reversal = self.statements().browse(january.action_reverse("Wrong"))
        self.confirm_both(reversal)
        self.assertEqual(contract.amount_settled, 1000)
        february = self.draft(contract, 2)
        self.confirm_own(february)
        with self.assertRaisesRegex(UserError, "ceiling"), self.cr.savepoint():
            self.confirm_paper(february)
        reversal.action_submit()
        reversal.with_user(self.finance_user).action_reject("It was right")
        self.assertEqual((reversal.state, january.state), ("cancelled", "sealed"))
        self.assertEqual(contract.amount_settled, 1000)
        again = self.statements().browse(january.action_reverse("Wrong after all"))
        self.seal(again)
        self.assertEqual((again.amount_before, again.ceiling_left), (1000, 1500))
        self.assertEqual(contract.amount_settled, 0)
        self.confirm_paper(february)
        self.assertEqual(contract.amount_settled, 1000)

    def test_above_the_budget(self):
        """Blocked, or let through and marked, as the institution has set it."""
        line = self.env["gov.budget.line"].create(
            {
                "company_id": self.company.id,
                "department_id": self.office.id,
                "item_id": self.env["gov.budget.item"].search([], limit=1).id,
                "year": self.year,
                "amount_initial": 100,
            }
        )
        self.office_contract.budget_line_id = line
        self.use(self.office_contract, self.meal, self.day(1, 9), 10)
        statement = self.draft(self.office_contract)
        self.confirm_own(statement)
        statement.with_user(self.office_head_user).action_confirm()
        self.company.gov_budget_over = "block"
        statement.action_submit()
        statement.with_user(self.finance_user).action_approve()
        last = statement.with_user(self.head_user)
        with self.assertRaisesRegex(UserError, "short"), self.cr.savepoint():
            last.action_approve()
        self.company.gov_budget_over = "exception"
        last.action_approve()
        self.assertEqual((statement.state, line.amount_actual), ("sealed", 120))
        entry = self.env["gov.budget.entry"].search(
            [("line_id", "=", line.id), ("kind", "=", "actual")]
        )
        self.assertTrue(entry.is_exception)

    def test_a_forgotten_price(self):
        values = {
            "contract_id": self.vendor_contract.id,
            "line_id": self._line_of(self.vendor_contract, self.guard).id,
            "date_from": self.day(6, 1),
            "kind": "price",
            "reason": "Agreed",
        }
        rows = self._as(self.env["gov.contract.supplement"], self.keeper_user)
        with self.assertRaisesRegex(UserError, "New price"):
            rows.create(values).action_apply()

    def test_who_confirmed_does_not_decide(self):
        statement = self.draft(self.vendor_contract)[:1]
        self.confirm_both(statement)
        people = self.works_head_user + self.keeper_user
        self.assertFalse(people - statement._approval_party_users())
        statement.action_take_back("A slip")
        self.assertNotIn(self.works_head_user, statement._approval_party_users())

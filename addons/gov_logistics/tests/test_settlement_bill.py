from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_settlement import SettlementCase


@tagged("post_install", "-at_install")
class TestSettlementBill(SettlementCase):
    """Bills once, elsewhere without a journal, payments, the budget."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["account.account"].create(
            {
                "name": "Services",
                "code": "660999",
                "account_type": "expense",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        cls.journals = cls.env["account.journal"].create(
            [
                {
                    "name": kind,
                    "code": kind[:3].upper(),
                    "type": kind,
                    "company_id": cls.company.id,
                    "default_account_id": cls.account.id,
                }
                for kind in ("purchase", "sale")
            ]
        )
        payable = cls.env["account.account"].create(
            [
                {
                    "name": kind,
                    "code": f"22{number}999",
                    "account_type": kind,
                    "reconcile": True,
                    "company_ids": [Command.set(cls.company.ids)],
                }
                for number, kind in enumerate(("liability_payable", "asset_receivable"))
            ]
        )
        for partner in cls.service_vendor + cls.service_vendor2 + cls.unit:
            partner = partner.with_company(cls.company)
            partner.property_account_payable_id = payable[0]
            partner.property_account_receivable_id = payable[1]

    def test_a_vendor_bill_once(self):
        self.use(self.vendor_contract, self.power, self.day(1, 5), 1000)
        statement = self.seal(self.draft(self.vendor_contract))
        statement.action_bill()
        move = statement.sudo().move_id
        self.assertEqual(statement.state, "billed")
        self.assertEqual(move.move_type, "in_invoice")
        self.assertEqual(move.amount_total, statement.amount_due)
        self.assertEqual(len(move.invoice_line_ids), len(statement.line_ids))
        self.assertEqual(move.invoice_origin, statement.number)
        with self.assertRaisesRegex(UserError, "not possible now"):
            statement.action_bill()

    def test_a_customer_invoice_less_retention(self):
        engine(self.unit_contract).retention_percent = 10
        statement = self.seal(self.draft(self.unit_contract))
        statement.action_bill()
        move = statement.sudo().move_id
        self.assertEqual(move.move_type, "out_invoice")
        self.assertEqual((move.amount_total, move.partner_id), (270.0, self.unit))
        self.assertEqual(move.amount_tax, 0)

    def test_one_bill_for_each_partner_and_period(self):
        other = self._contract(
            "vendor", (self.meal, "fixed", 500, 1), bill_grouping="partner"
        )
        engine(self.vendor_contract).bill_grouping = "partner"
        statements = self.draft(self.vendor_contract, 2) | self.draft(other)
        for statement in statements:
            self.seal(statement)
        january = statements.filtered(lambda s: s.date_from == self.day(1, 1))
        january[:1].action_bill()
        (statements - january[:1]).action_bill()
        self.assertEqual(len(january.sudo().move_id), 1)
        self.assertEqual(len(statements.sudo().move_id), 2)
        self.assertEqual(january.sudo().move_id.amount_total, 14650.0)

    def test_a_reversal_is_a_refund(self):
        statement = self.seal(self.draft(self.vendor_contract))
        statement.action_bill()
        reversal = self.statements().browse(statement.action_reverse("Wrong"))
        self.seal(reversal)
        reversal.action_bill()
        move = reversal.sudo().move_id
        self.assertEqual(move.move_type, "in_refund")
        self.assertEqual(move.amount_total, statement.amount_due)
        self.assertEqual(move.reversed_entry_id, statement.sudo().move_id)
        self.assertEqual(statement.state, "reversed")

    def test_nothing_due_makes_no_bill(self):
        contract = self._contract("vendor", (self.meal, "metered", 12))
        statement = self.seal(self.draft(contract))
        statement.action_bill()
        self.assertEqual(statement.state, "billed")
        self.assertFalse(statement.move_id)

    def test_without_a_journal_it_is_billed_elsewhere(self):
        self.journals.active = False
        statement = self.seal(self.draft(self.vendor_contract))
        with self.assertRaisesRegex(UserError, "billed here"):
            statement.action_billed_elsewhere("2026-77")
        statement.action_bill()
        self.assertEqual((statement.state, statement.is_elsewhere), ("sealed", True))
        action = statement.action_export()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].split("/")[-1].split("?")[0])
        )
        text = attachment.sudo().raw.decode("utf-8-sig")
        self.assertIn(statement.number, text)
        self.assertEqual(len(text.splitlines()), 3)
        with self.assertRaisesRegex(UserError, "missing"):
            statement.action_billed_elsewhere(" ")
        statement.action_billed_elsewhere("2026-77")
        self.assertEqual(
            (statement.state, statement.bill_number), ("billed", "2026-77")
        )

    def test_a_formula_in_a_cell_is_text(self):
        cell = self.env["gov.settlement"]._get_safe_cell
        self.assertEqual(cell("=1+1"), "'=1+1")
        self.assertEqual(cell("-12.50"), "-12.50")
        self.assertEqual(cell(False), "")

    # ------------------------------------------------------------------- payments

    def test_payments(self):
        statement = self.seal(self.draft(self.vendor_contract))
        today = self.company.gov_today()
        statement.action_bill()
        for number, day, amount in (
            ("", today, 1),
            ("T1", today.replace(year=today.year + 1), 1),
            ("T1", "31.12.2026", 1),
            ("T1", self.day(1, 1).replace(year=2020), 1),
            ("T1", today, 0),
            ("T1", today, -5),
            ("T1", today, float("nan")),
            ("T1", today, 14150.01),
        ):
            with self.subTest(number=number, day=day, amount=amount):
                with self.assertRaises(UserError):
                    statement.action_pay(number, day, amount)
        first = statement.action_pay("T1", today, 10000)
        with self.assertRaisesRegex(UserError, "entered already"):
            statement.action_pay("T1", today, 10)
        self.assertEqual(statement.payment_state, "part")
        statement.with_user(self.budget_user).action_pay("T2", today, 4150)
        self.assertEqual(statement.payment_state, "paid")
        statement.action_pay_back(first, "Wrong number")
        self.assertEqual(statement.amount_paid, 4150)
        with self.assertRaisesRegex(UserError, "no such payment"):
            statement.action_pay_back(first, "Again")
        statement.action_pay("T1", today, 10000)
        self.assertEqual(statement.payment_state, "paid")
        with self.assertRaisesRegex(UserError, "filled back by"):
            statement.with_user(self.staff_user).action_pay("T3", today, 1)

    # --------------------------------------------------------------------- budget

    def _budget_line(self, department, plan=100000):
        item = self.env["gov.budget.item"].search([], limit=1)
        return self.env["gov.budget.line"].create(
            {
                "company_id": self.company.id,
                "department_id": department.id,
                "item_id": item.id,
                "year": self.year,
                "amount_initial": plan,
            }
        )

    def test_a_sealed_statement_is_the_actual_of_its_budget(self):
        line = self._budget_line(self.works)
        engine(self.vendor_contract).budget_line_id = line
        statement = self.draft(self.vendor_contract)
        self.confirm_both(statement)
        self.assertEqual(line.amount_actual, 0)
        self.approve(statement)
        statement.action_stamp(*self._scan())
        self.assertEqual(line.amount_actual, 14150.0)
        self.seal(self.statements().browse(statement.action_reverse("Wrong")))
        self.assertEqual(line.amount_actual, 0)

    def _scan(self):
        from .common_settlement import SCAN

        return SCAN, "paper.png"

    def test_internal_books_the_department(self):
        line = self._budget_line(self.office)
        engine(self.office_contract).budget_line_id = line
        self.use(self.office_contract, self.meal, self.day(1, 9), 10)
        statement = self.draft(self.office_contract)
        self.confirm_own(statement)
        statement.with_user(self.office_head_user).action_confirm()
        self.approve(statement)
        self.assertEqual(line.amount_actual, 120.0)

    def test_free_books_nothing(self):
        line = self._budget_line(self.office)
        contract = self.office_contract
        engine(contract).write({"settlement_mode": "free", "budget_line_id": line.id})
        self.use(contract, self.meal, self.day(1, 9), 10)
        statement = self.draft(contract)
        self.confirm_own(statement)
        statement.with_user(self.office_head_user).action_confirm()
        self.approve(statement)
        self.assertEqual((statement.state, line.amount_actual), ("sealed", 0))

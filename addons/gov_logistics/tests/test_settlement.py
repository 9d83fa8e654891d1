from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_settlement import SettlementCase


@tagged("post_install", "-at_install")
class TestSettlement(SettlementCase):
    """A statement from the draft to the seal."""

    def test_path(self):
        self.use(self.vendor_contract, self.power, self.day(1, 5), 1000)
        self.use(self.vendor_contract, self.power, self.day(1, 6), 0.5)
        statement = self.draft(self.vendor_contract)
        self.assertEqual(len(statement), 1)
        self.assertEqual(statement.state, "draft")
        amounts = {
            line.service_item_id: line.amount
            for line in statement.line_ids
        }
        self.assertEqual(
            amounts,
            {self.cleaning: 2600.0, self.guard: 11550.0, self.power: 680.34},
        )
        self.assertEqual(statement.amount_due, 14830.34)
        self.confirm_own(statement)
        self.assertEqual(statement.state, "draft")
        self.confirm_paper(statement)
        self.assertEqual(statement.state, "confirmed")
        self.assertEqual(self.vendor_contract.amount_settled, 14830.34)
        self.approve(statement)
        self.assertEqual(statement.state, "stamping")
        from .common_settlement import SCAN

        statement.action_stamp(SCAN, "x.png")
        self.assertEqual(statement.state, "sealed")
        self.assertTrue(statement.is_sealed)
        self.assertTrue(all(statement.line_ids.mapped("is_sealed")))

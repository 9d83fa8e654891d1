from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestIssue(SupplyCommon):
    def test_issue_moves_real_quants(self):
        request = self._approved((self.paper, 10), (self.pen, 5))
        self.assertEqual(request.state, "approved")
        clerk = request.with_user(self.store_user)
        clerk.action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")
        self.assertEqual(self._on_hand(self.paper), 90)
        self.assertEqual(self._on_hand(self.pen), 45)
        self.assertEqual(request.line_ids.mapped("qty_issued"), [10, 5])
        picking = request.sudo().picking_ids
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.supply_signature_hash, self._fingerprint())

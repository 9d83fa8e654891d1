from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestWaiting(SupplyCommon):
    """The manager of office supplies sees at which tier requests wait."""

    def test_who_reads(self):
        request = self._request((self.chair, 1), kind="purchase")
        request.action_submit()
        self.env.flush_all()
        manager = self._create_user("gov_man", "gov_logistics.group_logistics_manager")
        rows = self.env["gov.approval.waiting"]
        domain = [("model", "=", request._name), ("res_id", "=", request.id)]
        for user in (manager, self.supervision_user):
            row = self._as(rows, user).search(domain)
            self.assertEqual((row.number, row.age), (request.number, "1"))
            self.assertEqual(row.department_id, self.office)
            self.assertEqual(row.action_open_matter()["res_id"], request.id)
        for user in (self.store_user, self.buyer_user, self.staff_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(rows, user).search(domain)

    def test_manager_reads_supplies_only(self):
        manager = self._create_user("gov_man", "gov_logistics.group_logistics_manager")
        self._request((self.paper, 1)).action_submit()
        self.env.flush_all()
        rows = self._as(self.env["gov.approval.waiting"], manager)
        self.assertTrue(rows.search([]))
        rule = self.env.ref("gov_logistics.gov_approval_waiting_rule_supply")
        rule.domain_force = [("model", "=", "gov.supply.stocktake")]
        self.assertFalse(rows.search([]))

"""A month from the run to the bill: desk, phone, paper, chain, stamps."""

from urllib.parse import quote

from odoo import Command
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PDF

from .common_settlement import SettlementCase
from .test_tours_depth import PhoneTourCase


@tagged("post_install", "-at_install")
class TestSettlementTour(SettlementCase, PhoneTourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        account = cls.env["account.account"].create(
            {
                "name": "Services",
                "code": "660998",
                "account_type": "expense",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        cls.env["account.journal"].create(
            {
                "name": "Purchases",
                "code": "PUR",
                "type": "purchase",
                "company_id": cls.company.id,
                "default_account_id": account.id,
            }
        )
        vendor = cls.service_vendor.with_company(cls.company)
        vendor.property_account_payable_id = cls.env["account.account"].create(
            {
                "name": "Payable",
                "code": "220998",
                "account_type": "liability_payable",
                "reconcile": True,
                "company_ids": [Command.set(cls.company.ids)],
            }
        )

    def test_from_the_month_to_the_bill(self):
        self.start_tour(
            "/odoo/settlement-runs", "gov_settlement_month", login="gov_keeper"
        )
        run = self.env["gov.settlement.run"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(run.state, "running")
        while engine(run.sudo())._step():
            pass
        statement = run.settlement_ids.filtered(
            lambda s: s.contract_id == self.vendor_contract
        ).sorted("date_from")[:1]
        self.assertEqual(statement.state, "draft")
        path = f"/odoo/settlements/{statement.id}"
        self._start_phone_tour(
            path, "gov_settlement_confirm_phone", login="gov_works_head"
        )
        self.assertTrue(statement.own_confirmed_at)
        scan = {"gov_scan": quote(PDF)}
        self.start_tour(path, "gov_settlement_paper", login="gov_keeper", cookies=scan)
        self.assertEqual(statement.approval_state, "submitted")
        statement.with_user(self.finance_user).action_approve()
        self._start_phone_tour(path, "gov_settlement_agree_phone", login="gov_head")
        self.assertEqual(statement.state, "stamping")
        self.start_tour(path, "gov_settlement_bill", login="gov_keeper", cookies=scan)
        self.assertEqual(statement.state, "billed")
        self.assertEqual(statement.sudo().move_id.amount_total, 14150.0)

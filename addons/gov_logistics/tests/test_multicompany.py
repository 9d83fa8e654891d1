from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestMultiCompany(SupplyCommon):
    """Two institutions in one database see and serve only their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person(
            "other_head", "Zhou Lixin", cls.other_department, 10, "Section Head"
        )
        cls._create_person(
            "other_store", "Wu Yulan", cls.other_department, 30, "Keeper"
        )
        cls.other_department.manager_id = cls.other_head
        cls.other_store_user.group_ids = [
            Command.link(cls.env.ref("gov_logistics.group_store").id)
        ]

    def _other_request(self):
        return self._request(
            (self.paper, 1),
            user=self.other_staff_user,
            company_id=self.other_company.id,
        )

    def test_record_of_the_other_institution(self):
        request = self._other_request()
        self.assertEqual(request.company_id, self.other_company)
        for user in (self.staff_user, self.store_user, self.supervision_user):
            for records in (request, request.line_ids):
                with self.subTest(user=user.login, model=records._name):
                    mine = self._as(records, user)
                    self.assertFalse(mine.has_access("read"))
                    self.assertFalse(mine.search([("id", "in", records.ids)]))
                    with self.assertRaises(UserError):
                        mine.read(["display_name"])
        with self.assertRaises(UserError):
            self._as(request, self.store_user).action_issue(SIGNATURE)

    def test_request_for_the_other_institution(self):
        with self.assertRaises(UserError):
            self._request((self.paper, 1), company_id=self.other_company.id)
        request = self._request((self.paper, 1))
        with self.assertRaises(UserError):
            request.write({"company_id": self.other_company.id})

    def test_people_of_the_other_institution(self):
        for field in ("employee_id", "beneficiary_id"):
            with self.subTest(field=field), self.assertRaises(UserError):
                self._request(
                    (self.paper, 1),
                    user=self.store_user,
                    **{field: self.other_staff.id},
                )

    def test_product_of_the_other_institution(self):
        foreign = self._create_product("Foreign", 5, company_id=self.other_company.id)
        with self.assertRaises(UserError):
            self._request((foreign, 1))

    def test_numbers_prices_and_stores_are_their_own(self):
        self.paper.with_company(self.other_company).standard_price = 33
        other_store = self.env["stock.warehouse"]._get_supply_warehouse(
            self.other_company
        )
        self.env["stock.quant"]._update_available_quantity(
            self.paper, other_store.lot_stock_id, 7
        )
        request = self._other_request()
        self.assertEqual(request.amount_total, 33)
        self.assertEqual(request.line_ids.qty_on_hand, 7)
        request.action_submit()
        self.assertIn("0001", request.number)
        mine = self._request((self.paper, 1))
        mine.action_submit()
        self.assertIn("0001", mine.number)
        self._as(request, self.other_head_user).action_approve()
        self._as(request, self.other_store_user).action_issue(SIGNATURE)
        self.assertEqual(self._on_hand(self.paper, other_store.lot_stock_id), 6)
        self.assertEqual(self._on_hand(self.paper), 100)
        picking = request.sudo().picking_ids
        self.assertEqual(picking.company_id, self.other_company)
        self.assertEqual(picking.location_dest_id.company_id, self.other_company)
        self.assertEqual(picking.picking_type_id, other_store.supply_type_id)
        self.env.flush_all()
        rows = self._as(self.env["gov.supply.consumption"], self.store_user)
        self.assertFalse(rows.search([("request_id", "=", request.id)]))

    def test_receiver_of_the_other_institution(self):
        request = self._approved((self.paper, 1))
        with self.assertRaisesRegex(UserError, "no such receiver"):
            self._as(request, self.store_user).action_issue(
                SIGNATURE, None, self.other_staff.id
            )

    def test_new_institution_has_its_operation_type(self):
        company = self._create_company("Third Centre")
        store = self.env["stock.warehouse"]._get_supply_warehouse(company)
        self.assertEqual(store.supply_type_id.code, "internal")
        self.assertEqual(store.supply_type_id.company_id, company)
        self.assertTrue(store.supply_type_id.active)

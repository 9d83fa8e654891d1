from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestDeadStock(SupplyCommon):
    """What the store has and nobody drew for the days of the clause."""

    def _rows(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self._as(self.env["gov.supply.dead.stock"], user or self.store_user)
        return rows.search([], order="product_id")

    def _came_in(self, products, days):
        """Let the stock of ``products`` have come in so many days ago."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE stock_quant SET in_date = %s WHERE product_id IN %s",
                fields.Datetime.now() - timedelta(days=days),
                tuple(products.ids),
            )
        )

    def _issue(self, product, quantity, days):
        """Hand out, so many days ago."""
        request = self._approved((product, quantity))
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE stock_move SET date = %s WHERE supply_line_id IN %s",
                fields.Datetime.now() - timedelta(days=days),
                tuple(request.line_ids.ids),
            )
        )
        return request

    def test_days_of_the_clause(self):
        self._came_in(self.paper + self.pen, 364)
        self.assertFalse(self._rows())
        self._came_in(self.pen, 365)
        row = self._rows()
        self.assertEqual(row.product_id, self.pen)
        self.assertEqual((row.quantity, row.value, row.days), (50, 80.0, 365))
        self.assertFalse(row.last_issue_on)
        self.assertEqual(row.stored_on, self.company.gov_today() - timedelta(days=365))
        self.env["gov.policy"].create(
            {
                "code": "supply.dead.days",
                "name": "Ours",
                "value_type": "integer",
                "value": "400",
                "citation": "Ours",
                "company_id": self.company.id,
                "date_from": self.company.gov_today(),
            }
        )
        self.assertFalse(self._rows())

    def test_last_issue_counts(self):
        self._came_in(self.paper + self.pen, 900)
        self._issue(self.paper, 2, days=400)
        self._issue(self.pen, 1, days=10)
        row = self._rows()
        self.assertEqual(row.product_id, self.paper)
        self.assertEqual((row.quantity, row.days), (98, 400))
        self.assertEqual(
            row.last_issue_on, self.company.gov_today() - timedelta(days=400)
        )
        self.assertAlmostEqual(row.value, 98 * 20.5)
        self._issue(self.paper, 1, days=0)
        self.assertFalse(self._rows())

    def test_what_comes_back_is_no_issue(self):
        self._came_in(self.paper, 900)
        request = self._issue(self.paper, 2, days=400)
        request.with_user(self.store_user).action_return_goods(
            {request.line_ids.id: 1}, "Too many"
        )
        self._came_in(self.paper, 900)
        self.assertEqual(self._rows().days, 400)

    def test_store_only(self):
        """What stands elsewhere, or is used up, is not the store's."""
        other = self.env["stock.location"].create(
            {
                "name": "Annex",
                "usage": "internal",
                "location_id": self.warehouse.view_location_id.id,
                "company_id": self.company.id,
            }
        )
        shelf = self.env["stock.location"].create(
            {
                "name": "Shelf",
                "usage": "internal",
                "location_id": self.warehouse.lot_stock_id.id,
                "company_id": self.company.id,
            }
        )
        quants = self.env["stock.quant"]
        quants._update_available_quantity(self.chair, other, 3)
        quants._update_available_quantity(self.pen, shelf, 5)
        quants._update_available_quantity(self.paper, self.warehouse.lot_stock_id, -100)
        self._came_in(self.paper + self.pen + self.chair, 500)
        row = self._rows()
        self.assertEqual((row.product_id, row.quantity), (self.pen, 55))

    def test_roles(self):
        self._came_in(self.paper + self.pen, 500)
        manager = self._create_user("gov_man", "gov_logistics.group_logistics_manager")
        for user in (self.store_user, self.buyer_user, manager):
            with self.subTest(user=user.login):
                self.assertEqual(len(self._rows(user)), 2)
        for user in (self.staff_user, self.office_head_user, self.admin_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rows(user)
        row = self._rows()[0]
        for call in (lambda: row.write({"days": 1}), row.unlink):
            with self.assertRaises(AccessError):
                call()

    def test_other_institution(self):
        store = self.env["stock.warehouse"]._get_supply_warehouse(self.other_company)
        self.paper.with_company(self.other_company).standard_price = 33
        self.env["stock.quant"]._update_available_quantity(
            self.paper, store.lot_stock_id, 7
        )
        self._came_in(self.paper, 500)
        mine = self._rows()
        self.assertEqual((mine.company_id, mine.quantity), (self.company, 100))
        keeper = self._create_user(
            "gov_keeper2", "gov_logistics.group_store", self.other_company
        )
        theirs = self._rows(keeper)
        self.assertEqual(theirs.company_id, self.other_company)
        self.assertEqual((theirs.quantity, theirs.value), (7, 231))
        # A forged list of institutions opens nothing.
        with self.assertRaises(AccessError):
            mine.with_context(allowed_company_ids=self.other_company.ids).search([])

    def test_queries(self):
        """A list of 80 costs as many queries as a list of 8."""
        products = self.env["product.product"]
        for number in range(80):
            products |= self._create_product(f"Old thing {number}", 2, 3)
        self._came_in(products, 500)
        fields_read = {
            name: {} for name in ("quantity", "value", "last_issue_on", "days")
        } | {
            name: {"fields": {"display_name": {}}}
            for name in ("product_id", "categ_id", "uom_id", "currency_id")
        }
        rows = self._as(self.env["gov.supply.dead.stock"], self.store_user)
        counts = []
        for limit in (8, 8, 80):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = rows.web_search_read([], fields_read, limit=limit)
            self.assertEqual(len(result["records"]), limit)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])
        self.assertLessEqual(counts[2], 24)

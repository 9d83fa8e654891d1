from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import SIGNATURE
from .test_norms import NormCommon


@tagged("post_install", "-at_install")
class TestPerHead(NormCommon):
    """What departments drew per head, against the norm. Three people in the office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company.gov_today()
        cls.month = cls.today.replace(day=1)

    def _draw(self, *lines, day=None, user=None):
        """Let a department draw, on ``day``."""
        request = self._approved(*lines, user=user)
        request.with_user(self.store_user).action_issue(SIGNATURE)
        if day:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE stock_move SET date = %s WHERE supply_line_id IN %s",
                    day,
                    tuple(request.line_ids.ids),
                )
            )
        return request

    def _rows(self, user=None, domain=()):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self._as(self.env["gov.supply.per.head"], user or self.store_user)
        return rows.search([*domain], order="month, department_id, product_id")

    def _facts(self, *names, **kwargs):
        return [tuple(row[name] for name in names) for row in self._rows(**kwargs)]

    def test_per_head_and_ratio(self):
        norm = self._norm(self.pen, 2)
        self._draw((self.pen, 5))
        request = self._draw((self.pen, 3), (self.paper, 2))
        request.with_user(self.store_user).action_return_goods(
            {request.line_ids[0].id: 1}, "Too many"
        )
        pen, paper = self._rows()
        self.assertEqual((pen.product_id, pen.norm_id), (self.pen, norm))
        self.assertEqual((pen.department_id, pen.month), (self.office, self.month))
        self.assertEqual(pen.period, f"{self.month:%Y-%m}")
        self.assertEqual((pen.quantity, pen.heads), (7, 3))
        self.assertAlmostEqual(pen.per_head, 7 / 3, 2)
        self.assertEqual((pen.norm_per_head, pen.norm_quantity), (2, 6))
        self.assertAlmostEqual(pen.ratio, 7 / 6)
        self.assertEqual(pen.deviation, "above")
        self.assertAlmostEqual(pen.amount, 7 * 1.6)
        self.assertEqual((paper.product_id, paper.deviation), (self.paper, "none"))
        self.assertFalse(paper.norm_id)
        self.assertFalse(paper.norm_per_head or paper.ratio)

    def test_exactly_the_norm_is_within(self):
        self._norm(self.pen, 0.1)
        self._norm(self.paper, 0.7)
        self._draw((self.pen, 0.3), (self.paper, 2.1))
        self.assertEqual(self._facts("deviation"), [("within",), ("within",)])

    def test_department_and_month_apart(self):
        self._norm(self.pen, 2)
        before = self.month - timedelta(days=1)
        self._draw((self.pen, 3), day=before)
        self._draw((self.pen, 6))
        self._draw((self.pen, 1), user=self.works_staff_user)
        last = before.replace(day=1)
        works = len(
            self.env["hr.employee"].search([("department_id", "=", self.works.id)])
        )
        self.assertEqual(
            self._facts("month", "department_id", "quantity", "ratio"),
            [
                (last, self.office, 3, 0.5),
                (self.month, self.office, 6, 1),
                (self.month, self.works, 1, 1 / (2 * works)),
            ],
        )

    def test_specific_goes_before_general(self):
        category = self.env["product.category"].create({"name": "Writing"})
        below = category.create({"name": "Pens", "parent_id": category.id})
        self.pen.categ_id = below
        self._draw((self.pen, 1))
        unit = {"uom_id": self.pen.uom_id.id}
        office = {"department_id": self.office.id}
        self._norm(category, 99, **unit, department_id=self.works.id)
        litre = self.env.ref("uom.product_uom_litre").id
        self._norm(self.paper, 98)
        for thing, values, expected in (
            (category, unit, 10),
            (below, unit, 9),
            (self.pen.product_tmpl_id, {}, 8),
            (self.pen, {}, 7),
            (category, {**unit, **office}, 6),
            (below, {**office, "uom_id": litre}, 6),
            (self.pen, office, 5),
        ):
            norm = self._norm(thing, 6 if thing == below else expected, **values)
            if thing == below and not values.get("department_id"):
                norm.quantity = expected
            request = self._request((self.pen, 1)).sudo()
            with self.subTest(expected=expected):
                [row] = self._rows()
                self.assertEqual(row.norm_per_head, expected)
                # The same norm as that of a request today.
                self.assertEqual(row.norm_quantity, request.line_ids.norm_quantity)

    def test_products_share_the_norm_of_their_category(self):
        category = self.env["product.category"].create({"name": "Writing"})
        marker = self._create_product("Marker", 2.5, 50, categ_id=category.id)
        self.pen.categ_id = category
        self._norm(category, 2, uom_id=self.pen.uom_id.id)
        self._draw((self.pen, 4), (marker, 5))
        self.assertEqual(
            self._facts("quantity", "ratio", "deviation"),
            [(4, 1.5, "above"), (5, 1.5, "above")],
        )

    def test_units(self):
        """A norm by the dozen, goods by the piece."""
        dozen = self.env.ref("uom.product_uom_dozen")
        self._norm(self.pen, 1, uom_id=dozen.id)
        self._draw((self.pen, 18))
        [row] = self._rows()
        self.assertEqual((row.norm_per_head, row.norm_quantity), (12, 36))
        self.assertEqual((row.per_head, row.ratio), (6, 0.5))

    def test_per_device(self):
        toner = self._create_product("Toner", 78, 10)
        self._norm(
            toner, 0.5, basis="device", department_id=self.office.id, device_count=4
        )
        self._draw((toner, 3))
        self.assertEqual(
            self._facts("norm_per_head", "norm_quantity", "ratio", "deviation"),
            [(0, 2, 1.5, "above")],
        )

    def test_norm_of_the_month(self):
        """The norm on the last day of the month; a later one changes nothing."""
        last = self.month - timedelta(days=1)
        self._draw((self.pen, 3), day=last - timedelta(days=5))
        self._draw((self.pen, 3))
        old = self._norm(self.pen, 2, date_to=last - relativedelta(days=1))
        self.assertEqual(self._facts("norm_per_head", "deviation"), [(0, "none")] * 2)
        old.date_to = last
        self._norm(self.pen, 4, date_from=self.month, date_to=self.today)
        self._norm(self.pen, 9, date_from=self.today + timedelta(days=1))
        self.assertEqual(self._facts("norm_per_head", "ratio"), [(2, 0.5), (4, 0.25)])

    def test_people_of_today(self):
        self._norm(self.pen, 2)
        self._draw((self.pen, 6))
        self.assertEqual(self._facts("heads", "ratio"), [(3, 1)])
        self.works_staff.working_department_id = self.office
        self.assertEqual(self._facts("heads", "ratio"), [(4, 0.75)])
        people = self.office_head + self.clerk + self.staff + self.works_staff
        people.active = False
        self.assertEqual(
            self._facts("heads", "per_head", "ratio", "deviation"),
            [(0, 0, 0, "none")],
        )

    def test_sums_show_the_highest_ratio(self):
        self._norm(self.pen, 2)
        self._norm(self.paper, 1)
        self._draw((self.pen, 3), (self.paper, 6))
        rows = self._rows()
        [(ratio, heads)] = rows._read_group(
            [("id", "in", rows.ids)], [], ["ratio:max", "heads:max"]
        )
        self.assertEqual((ratio, heads), (2, 3))
        self.assertEqual(rows._fields["ratio"].aggregator, "max")

    def test_roles(self):
        self._draw((self.pen, 1))
        self._draw((self.pen, 1), user=self.works_staff_user)
        both, office = self.office + self.works, self.office
        none = self.env["hr.department"]
        for user, expected in (
            (self.store_user, both),
            (self.buyer_user, both),
            (self.manager_user, both),
            (self.supervision_user, both),
            (self.leader_user, both),
            (self.office_head_user, office),
            (self.clerk_user, office),
            (self.works_head_user, self.works),
            (self.staff_user, none),
            (self.admin_user, none),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._rows(user).sudo().department_id, expected)
        row = self._rows()[0]
        for call in (lambda: row.write({"ratio": 1}), row.unlink):
            with self.assertRaises(AccessError):
                call()

    def test_other_institution(self):
        self._norm(self.pen, 2, company_id=self.other_company.id)
        self._draw((self.pen, 1))
        # A norm of another institution says nothing about ours.
        self.assertEqual(self._facts("deviation"), [("none",)])
        keeper = self._create_user(
            "gov_keeper2", "gov_logistics.group_store", self.other_company
        )
        self.assertFalse(self._rows(keeper))

    def test_queries(self):
        """A list of 80 costs as many queries as a list of 8, norms or not."""
        products = [self._create_product(f"Thing {i}", 1, 5) for i in range(80)]
        for product in products[::2]:
            self._norm(product, 1)
        self._draw(*[(product, 1) for product in products])
        self.env.flush_all()
        load = {
            name: {} for name in ("month", "quantity", "heads", "per_head", "ratio")
        } | {
            name: {"fields": {"display_name": {}}}
            for name in ("department_id", "product_id", "uom_id", "norm_id")
        }
        for user in (self.store_user, self.office_head_user):
            rows = self._as(self.env["gov.supply.per.head"], user)
            counts = []
            for limit in (8, 8, 80):
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                result = rows.web_search_read([], load, limit=limit)
                self.assertEqual(len(result["records"]), limit)
                counts.append(self.env.cr.sql_log_count - before)
            with self.subTest(user=user.login, counts=counts):
                self.assertLessEqual(counts[2], counts[1])
                self.assertLessEqual(counts[2], 24)

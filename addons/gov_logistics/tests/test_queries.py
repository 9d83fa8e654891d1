from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon

LIST_FIELDS = (
    "number",
    "kind",
    "line_summary",
    "amount_total",
    "submitted_at",
    "waiting_for",
    "state",
)
LIST_RECORDS = ("department_id", "employee_id", "currency_id")


@tagged("post_install", "-at_install")
class TestQueries(SupplyCommon):
    """A list of 80 costs as many queries as a list of 8."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number in range(80):
            user = cls.staff_user if number % 2 else cls.works_staff_user
            cls._request((cls.paper, 1), (cls.pen, 2), user=user).action_submit()
        cls.env.flush_all()

    def _count(self, user, limit, load):
        self.env.invalidate_all()
        model = self.env[load[0]].with_user(user)
        before = self.env.cr.sql_log_count
        result = model.web_search_read(load[1], load[2], limit=limit)
        self.assertEqual(len(result["records"]), limit)
        return self.env.cr.sql_log_count - before

    def _assert_flat(self, model, domain, fields, users, most):
        load = (model, domain, fields)
        for user in users:
            self._count(user, 8, load)  # access rights and metadata are cached
            few, many = self._count(user, 8, load), self._count(user, 80, load)
            with self.subTest(user=user.login, few=few, many=many):
                self.assertLessEqual(many, few)
                self.assertLessEqual(many, most)

    def _fields(self, plain, records):
        return {name: {} for name in plain} | {
            name: {"fields": {"display_name": {}}} for name in records
        }

    def test_list_of_requests(self):
        self._assert_flat(
            "gov.supply.request",
            [("company_id", "=", self.company.id)],
            self._fields(LIST_FIELDS, LIST_RECORDS),
            self.store_user + self.supervision_user + self.leader_user,
            most=18,
        )

    def test_list_of_lines(self):
        self._assert_flat(
            "gov.supply.request.line",
            [("company_id", "=", self.company.id)],
            self._fields(
                ("name", "quantity", "qty_approved", "qty_to_order", "qty_on_hand"),
                ("request_id", "uom_id", "vendor_id"),
            ),
            self.store_user + self.buyer_user,
            most=18,
        )

    def test_form_of_many_lines(self):
        """The approver's screen: consumption and stock of all lines at once."""
        few = self._request((self.paper, 1), (self.pen, 1))
        products = [self._create_product(f"Thing {i}", 1) for i in range(20)]
        many = self._request(*[(product, 1) for product in products])
        (few + many).action_submit()
        fields = {
            "amount_last_year": {},
            "line_ids": {
                "fields": self._fields(
                    ("name", "quantity", "qty_on_hand", "qty_last_year", "subtotal"),
                    ("product_id", "uom_id"),
                )
            },
        }
        counts = []
        for request in (few, few, many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            request.with_user(self.office_head_user).web_read(fields)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])

    def test_submission_of_many_lines(self):
        products = [self._create_product(f"Thing {i}", 1) for i in range(22)]
        counts = []
        for lines in (products[:2], products[:2], products[2:]):
            request = self._request(*[(p, 1) for p in lines], kind="purchase")
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            request.action_submit()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        # Less than one query for each line more.
        self.assertLess(counts[2] - counts[1], 18)

    def test_issue_stays_lean(self):
        """Handing out is one transfer without detours."""
        self._approved((self.paper, 1)).with_user(self.store_user).action_issue(
            SIGNATURE
        )
        request = self._approved((self.paper, 1))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 72)

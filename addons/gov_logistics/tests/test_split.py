from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine

from .common import SupplyCommon


class SplitCommon(SupplyCommon):
    """A category of its own and a device of 100 in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category, cls.other_category = cls.env["product.category"].create(
            [{"name": "Printers"}, {"name": "Desks"}]
        )
        cls.device = cls._create_product("Printer", 100, categ_id=cls.category.id)
        cls.desk = cls._create_product("Desk", 100, categ_id=cls.other_category.id)

    def _buy(self, quantity, product=None, submit=True, **values):
        line = (product or self.device, quantity)
        request = self._request(line, kind="purchase", **values)
        if submit:
            request.action_submit()
        return request

    def _bands(self, request):
        steps = request.sudo().step_ids.filtered(
            lambda s: s.has_band and s.state != "cancelled"
        )
        return steps.sorted("sequence").mapped("name")

    def _findings(self, request):
        return self.env["gov.finding"].search(
            [("rule_code", "=", "split_purchase"), ("res_id", "=", request.id)]
        )

    def _age(self, request, days):
        """Let ``request`` have been submitted ``days`` ago."""
        moment = fields.Datetime.now() - timedelta(days=days)
        engine(request.sudo()).submitted_at = moment


COMMITTEE = ["Head of the institution, review", "Committee"]


@tagged("post_install", "-at_install")
class TestSplit(SplitCommon):
    """Purchases of one category count together."""

    def test_an_urgent_purchase_counts_with_the_others(self):
        urgent = {"is_urgent": True, "urgent_reason": "The pipe has burst"}
        first = self._buy(9)
        self.assertFalse(self._findings(first))
        second = self._buy(9, **urgent)
        self.assertIn("1,800", self._findings(second).evidence)
        self.assertFalse(second.split_note, "no band decided who approves")
        self.assertFalse(self._findings(self._buy(9, self.desk, **urgent)))

    def test_pair_nine_days_apart(self):
        first = self._buy(48)
        self.assertEqual(self._bands(first), ["Head of the institution"])
        self.assertFalse(self._findings(first))
        self._age(first, 9)
        second = self._buy(49)
        self.assertEqual(self._bands(second), COMMITTEE)
        self.assertEqual(second.sudo().amount_band, 9700)
        finding = self._findings(second)
        self.assertEqual(finding.state, "open")
        for text in (first.number, "9,700", "4,900", "4,800", "Printers", "30"):
            self.assertIn(text, finding.evidence)
        self.assertIn("art. 28", finding.evidence)
        # The first keeps the chain that was frozen when it was submitted.
        self.assertEqual(self._bands(first), ["Head of the institution"])

    def test_another_department_counts(self):
        self._buy(48, user=self.works_staff_user)
        second = self._buy(49)
        self.assertEqual(self._bands(second), COMMITTEE)
        self.assertIn("Works", self._findings(second).evidence)

    def test_window_of_the_clause(self):
        first = self._buy(48)
        self._age(first, 30)
        self.assertEqual(self._bands(self._buy(49)), COMMITTEE)

    def test_outside_the_window(self):
        first = self._buy(48)
        self._age(first, 31)
        second = self._buy(49)
        self.assertEqual(self._bands(second), ["Head of the institution"])
        self.assertEqual(second.sudo().amount_band, 4900)
        self.assertFalse(self._findings(second))

    def test_clause_is_data(self):
        first = self._buy(48)
        self._age(first, 9)
        clause = self.env.ref("gov_logistics.policy_supply_split_days")
        clause.copy({"value": "8", "company_id": self.company.id})
        self.assertEqual(self._bands(self._buy(49)), ["Head of the institution"])

    def test_whole_amount_of_the_other_counts(self):
        """Its lines of other categories count too: the rule says the requests'."""
        self._request(
            (self.device, 1), (self.desk, 47), kind="purchase"
        ).action_submit()
        self.assertEqual(self._bands(self._buy(49)), COMMITTEE)

    def test_request_with_two_shared_categories_counts_once(self):
        self._request(
            (self.device, 10), (self.desk, 10), kind="purchase"
        ).action_submit()
        request = self._request((self.device, 1), (self.desk, 1), kind="purchase")
        request.action_submit()
        self.assertEqual(request.sudo().amount_band, 2200)

    def test_urgent_cap_is_not_split(self):
        urgent = {"is_urgent": True, "urgent_reason": "A pipe has burst"}
        self._buy(48)  # what walked the whole chain leaves the cap alone
        self._buy(6, **urgent)
        self._buy(4, **urgent)
        with self.assertRaisesRegex(UserError, "2 other urgent.*1,100"):
            self._buy(1, user=self.works_staff_user, **urgent)
        self.assertEqual(self._buy(1, self.desk, **urgent).state, "submitted")
        self.assertEqual(self._buy(1).state, "submitted")

    def test_same_band_opens_no_finding(self):
        self._buy(11)
        second = self._buy(12)
        self.assertEqual(second.sudo().amount_band, 2300)
        self.assertFalse(self._findings(second))

    def test_what_does_not_count(self):
        draft = self._buy(48, submit=False)
        withdrawn = self._buy(48)
        withdrawn.action_withdraw()
        returned = self._buy(48)
        returned.with_user(self.office_head_user).action_return("Which model?")
        rejected = self._buy(48)
        rejected.with_user(self.office_head_user).action_reject("Not needed.")
        self._buy(48, self.desk)
        cancelled = self._approved((self.device, 3), kind="purchase")
        cancelled.action_cancel("Not needed any more")
        self._set_stock(self.device, 40)
        self._request((self.device, 40)).action_submit()
        request = self._buy(49)
        self.assertEqual(self._bands(request), ["Head of the institution"])
        self.assertEqual(request.sudo().amount_band, 4900)
        draft.action_submit()
        self.assertEqual(draft.sudo().amount_band, 9700)

    def test_approved_and_done_count(self):
        self._approved((self.device, 48), kind="purchase")
        self.assertEqual(self._bands(self._buy(49)), COMMITTEE)

    def test_no_category_of_its_own(self):
        general = self.env.ref("product.product_category_goods")
        root = self.env["product.category"].create({"name": "All"})
        for category in (general, root, self.env["product.category"]):
            with self.subTest(category=category.name):
                product = self._create_product("Thing", 100, categ_id=category.id)
                self._buy(48, product)
                request = self._buy(49, product)
                self.assertEqual(self._bands(request), ["Head of the institution"])
                self.assertFalse(request.line_ids.categ_id)

    def test_category_of_the_submission(self):
        """A product that moves afterwards changes nothing of what was submitted."""
        first = self._buy(48)
        self.device.categ_id = self.other_category
        self.assertEqual(first.line_ids.categ_id, self.category)
        second = self._buy(49)
        self.assertEqual(second.line_ids.categ_id, self.other_category)
        self.assertEqual(self._bands(second), ["Head of the institution"])
        draft = self._buy(1, self.desk, submit=False)
        self.desk.categ_id = self.category
        draft.action_submit()
        self.assertEqual(draft.line_ids.categ_id, self.category)

    def test_free_text_at_the_price_check(self):
        self._buy(48)
        request = self._request(
            {"name": "A printer of 4,900", "quantity": 1, "estimate": 4900},
            kind="purchase",
        )
        request.action_submit()
        self.assertFalse(self._bands(request))
        request.with_user(self.office_head_user).action_approve()
        request.with_user(self.leader_user).action_approve()
        later = self._buy(1)
        self.assertEqual(later.sudo().amount_band, 4900)
        priced = request.with_user(self.store_user)
        priced.line_ids.action_price_line(self.device.id, 4900.0)
        priced.action_approve()
        self.assertEqual(self._bands(request), COMMITTEE)
        # What came in between submission and price check counts as well.
        self.assertEqual(request.sudo().amount_band, 9800)
        self.assertTrue(self._findings(request))

    def test_preview_says_it(self):
        self._buy(48, user=self.works_staff_user)
        request = self._buy(49, submit=False)
        self.assertIn("9,700", request.split_note)
        self.assertIn("30 days", request.split_note)
        self.assertNotIn("MP", request.split_note)
        self.assertIn("Committee", request.chain_preview)
        small = self._buy(1, self.desk, submit=False)
        self.assertFalse(small.split_note)
        request.action_submit()
        self.assertIn("9,700", request.with_user(self.office_head_user).split_note)

    def test_preview_of_an_unsaved_request(self):
        self._buy(48, user=self.works_staff_user)
        with self.assertRaises(UserError):
            self._as(self.env["gov.supply.request"], self.staff_user).create(
                {"kind": "purchase", "amount_band": 1}
            )
        model = self._as(self.env["gov.supply.request"], self.staff_user)
        line = {"product_id": self.device.id, "quantity": 49}
        draft = model.new({"kind": "purchase", "line_ids": [(0, 0, line)]})
        self.assertIn("9,700", draft.split_note)

    def test_withdrawn_resolves_anew(self):
        first = self._buy(48)
        second = self._buy(49)
        second.action_withdraw()
        self.assertEqual(second.sudo().amount_band, 0)
        first.action_withdraw()
        second.action_submit()
        self.assertEqual(second.sudo().amount_band, 4900)

    def test_fields_are_the_servers(self):
        request = self._buy(48, submit=False)
        for user in (self.staff_user, self.store_user):
            for record, vals in (
                (request, {"amount_band": 1}),
                (request.line_ids, {"categ_id": False}),
                (request.line_ids, {"submitted_at": "2020-01-01"}),
            ):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaises(UserError):
                        record.with_user(user).with_context(gov_engine=True).write(vals)

    def test_other_institution_does_not_count(self):
        first = self._buy(48)
        self.env.flush_all()
        for records in (first, first.line_ids):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET company_id = %s WHERE id IN %s",
                    SQL.identifier(records._table),
                    self.other_company.id,
                    tuple(records.ids),
                )
            )
        self.env.invalidate_all()
        self.assertEqual(self._bands(self._buy(49)), ["Head of the institution"])

import ast

from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import SupplyCommon


@tagged("post_install", "-at_install")
class TestForm(SupplyCommon):
    """The screens as a person fills them in."""

    def _form(self, user=None):
        requests = self.env["gov.supply.request"].with_user(user or self.staff_user)
        return Form(requests)

    def test_draw_from_stock(self):
        with self._form() as form:
            self.assertEqual(form.kind, "issue")
            self.assertEqual(form.employee_id.id, self.staff.id)
            with form.line_ids.new() as line:
                line.product_id = self.paper
                self.assertEqual(line.uom_id, self.paper.uom_id)
                self.assertEqual(line.price_unit, 20.5)
                self.assertEqual(line.qty_on_hand, 100)
                line.quantity = 3
                self.assertEqual(line.subtotal, 61.5)
        request = form.record
        self.assertEqual(request.amount_total, 61.5)
        self.assertTrue(request.can_submit)
        self.assertFalse(request.can_issue)

    def test_catalogue_shows_the_stock_to_all_staff(self):
        action = self.env.ref("gov_logistics.product_product_action_catalogue")
        products = self._as(self.env["product.product"], self.staff_user)
        arch = etree.fromstring(products.get_view(action.view_id.id, "list")["arch"])
        names = [node.get("name") for node in arch.iter("field")]
        row = products.browse(self.paper.id).read(names)[0]
        self.assertEqual(row["supply_on_hand"], 100)

    def test_purpose_from_the_pick_list(self):
        pick = self.env["gov.supply.purpose"].search([], limit=1)
        with self._form() as form:
            form.purpose_id = pick
            self.assertEqual(form.purpose, pick.name)
            form.purpose = f"{pick.name}, and more"
            with form.line_ids.new() as line:
                line.product_id = self.pen
        self.assertEqual(form.record.purpose, f"{pick.name}, and more")

    def test_buy_by_free_text(self):
        with self._form() as form:
            form.kind = "purchase"
            with form.line_ids.new() as line:
                line.name = "Repair of the roof"
                line.line_type = "labour"
                line.quantity = 2
                line.estimate = 450
        request = form.record
        self.assertEqual(request.amount_estimated, 900)
        self.assertEqual(request.line_ids.line_type, "labour")

    def test_price_is_readonly_and_lines_close_on_submission(self):
        with self._form() as form:
            with form.line_ids.new() as line:
                line.product_id = self.pen
                with self.assertRaises(AssertionError):
                    line.price_unit = 1
        request = form.record
        request.action_submit()
        with Form(request) as form:
            with self.assertRaises(AssertionError):
                form.line_ids.new()
            with self.assertRaises(AssertionError):
                form.kind = "purchase"

    def test_applicant_changes_and_with_him_user_and_department(self):
        with self._form(self.store_user) as form:
            form.employee_id = self.env["hr.employee"].browse(self.clerk.id)
            with form.line_ids.new() as line:
                line.product_id = self.pen
        self.assertEqual(form.record.department_id, self.office)

    def test_chain_is_shown_before_submission(self):
        with self._form() as form:
            form.kind = "purchase"
            with form.line_ids.new() as line:
                line.product_id = self.chair
        preview = form.record.chain_preview
        for name in ("Cheng Xiaolan", "Han Suqin", "Hou Xiaoman", "Zou Jingyi"):
            self.assertIn(name, preview)

    def test_every_action_opens_for_every_role(self):
        """Lists, forms and search filters of the app load with each role's rights."""
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "=like", "gov.supply.%")]
        )
        self.assertTrue(actions)
        for user in (self.staff_user, self.store_user, self.buyer_user):
            for action in actions:
                if action.target == "new":
                    continue
                model = self.env[action.res_model].with_user(user)
                if not self._is_offered(action, user):
                    continue
                with self.subTest(user=user.login, action=action.name):
                    self.assertTrue(action.help)
                    self.assertTrue(action.path)
                    views = [(False, mode) for mode in action.view_mode.split(",")]
                    model.get_views([*views, (False, "search")])
                    model.web_search_read([], {"display_name": {}}, limit=5)

    def _is_offered(self, action, user):
        """Tell whether a menu, if there is any, offers the action to ``user``."""
        menus = self.env["ir.ui.menu"].search(
            [("action", "=", f"ir.actions.act_window,{action.id}")]
        )
        return not menus or any(
            not menu.group_ids or menu.group_ids & user.all_group_ids for menu in menus
        )

    def _evaluate(self, text, user):
        return safe_eval(text or "{}", {"uid": user.id, "self": "A4"})

    def test_every_filter_and_field_of_the_search_works(self):
        """Each filter finds, and each grouping groups, without an error."""
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "=like", "gov.supply.%"), ("target", "!=", "new")]
        )
        views = self.env["ir.ui.view"].search(
            [
                ("model", "in", actions.mapped("res_model")),
                ("type", "=", "search"),
            ]
        )
        self.assertGreaterEqual(len(views), 3)
        user = self.store_user
        for view in views:
            model = self.env[view.model].with_user(user)
            arch = etree.fromstring(model.get_view(view.id, "search")["arch"])
            names = {node.get("name") for node in arch.iter("filter")}
            for node in arch.iter("filter", "field"):
                with self.subTest(view=view.name, node=node.get("name")):
                    text = node.get("domain") or node.get("filter_domain")
                    if text:
                        model.search_count(self._evaluate(text, user))
                    group = self._evaluate(node.get("context"), user).get("group_by")
                    if group:
                        model.formatted_read_group([], [group], ["__count"])
            for action in actions.filtered(lambda a, v=view: a.res_model == v.model):
                for key in ast.literal_eval(
                    action.context.replace("uid", str(user.id)) or "{}"
                ):
                    if key.startswith("search_default_"):
                        with self.subTest(action=action.name, key=key):
                            self.assertIn(key.removeprefix("search_default_"), names)

    def test_pivot_of_consumption_opens_with_its_filter(self):
        model = self.env["gov.supply.consumption"].with_user(self.store_user)
        self.env.flush_all()
        model.formatted_read_grouping_sets(
            [("date", ">=", "today -1y")],
            [[], ["department_id"], ["department_id", "date:month"]],
            ["amount:sum", "quantity:sum", "__count"],
        )

    def test_approval_rules_say_in_words_what_they_apply_to(self):
        rule = self.env.ref("gov_logistics.rule_purchase_above_committee").copy()
        self.assertEqual(
            rule.scope, "Purchase; Not in a monthly plan, Merged monthly plan"
        )
        rule.domain = "[('kind', 'in', ['issue', 'purchase'])]"
        self.assertEqual(rule.scope, "Stock issue, Purchase")
        rule.domain = "[('amount_total', '>', 5)]"
        self.assertEqual(rule.scope, rule.domain)
        rule.domain = "['|', ('kind', '=', 'issue'), ('amount_total', '>', 5)]"
        self.assertEqual(rule.scope, rule.domain)
        rule.domain = "[]"
        self.assertEqual(rule.scope, "All")

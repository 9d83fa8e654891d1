from odoo.tests import Form, tagged

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
                with self.subTest(user=user.login, action=action.name):
                    self.assertTrue(action.help)
                    self.assertTrue(action.path)
                    views = [(False, mode) for mode in action.view_mode.split(",")]
                    model.get_views([*views, (False, "search")])
                    model.web_search_read([], {"display_name": {}}, limit=5)

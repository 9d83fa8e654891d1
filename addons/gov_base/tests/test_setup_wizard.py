from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_approval import ApprovalCase
from .common_rpc import CONTEXTS, RpcCase


@tagged("post_install", "-at_install")
class TestSetupWizard(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gov.workday.year"]._load_known_years()
        cls.Wizard = cls.env["gov.setup.wizard"]

    def _lines(self, user=None):
        user = user or self.admin_user
        wizards = self.Wizard.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )
        action = wizards.action_open()
        wizard = wizards.browse(action["res_id"])
        return {line.name: line for line in wizard.line_ids}, wizard

    def test_what_is_missing_and_what_is_not(self):
        self.leadership.manager_id = False
        lines, wizard = self._lines()
        self.assertEqual(lines["Working days"].state, "ok")
        self.assertEqual(lines["Departments without a head"].state, "missing")
        self.assertIn("Leadership", lines["Departments without a head"].text)
        self.assertEqual(lines["Fallback list"].state, "missing")
        self.assertEqual(lines["Supervision"].state, "ok")
        self.assertEqual(lines["Publishers"].state, "advice")
        missing = [line for line in lines.values() if line.state == "missing"]
        self.assertEqual(wizard.missing_count, len(missing))
        self.assertEqual(wizard.company_id, self.company)

    def test_what_was_put_right_is_there_the_next_time(self):
        self.leadership.manager_id = self.head
        self.env["gov.approval.fallback"].create(
            {"employee_id": self.head.id, "company_id": self.company.id}
        )
        lines, _wizard = self._lines()
        self.assertEqual(lines["Departments without a head"].state, "ok")
        self.assertEqual(lines["Departments without a line leader"].state, "ok")
        self.assertEqual(lines["Fallback list"].state, "ok")

    def test_posts_that_cannot_decide(self):
        self.works_head.user_id = False
        self.roles["store"].holder_ids.date_to = "2020-12-31"
        lines, _wizard = self._lines()
        self.assertIn("Shao Liqun", lines["Heads and leaders without a login"].text)
        self.assertIn("Store", lines["Roles in use without a holder"].text)

    def test_people_without_a_department(self):
        self.env["hr.employee"].create(
            {"name": "Lost Soul", "company_id": self.company.id}
        )
        lines, _wizard = self._lines()
        self.assertIn("Lost Soul", lines["People without a department"].text)

    def test_bands_and_rules(self):
        name = "Gaps and overlaps between bands"
        self.assertNotIn("Test Matter", self._lines()[0][name].text or "")
        self.small_rule.amount_upto = 500
        self.assertIn("Test Matter: Gap", self._lines()[0][name].text)
        self.rules.active = False
        lines, _wizard = self._lines()
        self.assertIn("Test Matter", lines["Matters without an approval rule"].text)

    def test_clause_without_a_figure(self):
        self.env["gov.policy"].create(
            {
                "code": "test.gone",
                "name": "Gone",
                "value": "1",
                "citation": "x",
                "date_from": "2020-01-01",
                "date_to": "2020-12-31",
            }
        )
        lines, _wizard = self._lines()
        self.assertIn("Gone", lines["Policy clauses without a figure in force"].text)

    def test_long_lists_are_cut(self):
        self.env["hr.department"].create(
            [{"name": f"D{n}", "company_id": self.company.id} for n in range(9)]
        )
        lines, _wizard = self._lines()
        self.assertRegex(lines["Departments without a head"].text, r"and \d+ more")

    def test_each_button_opens_its_place(self):
        lines, _wizard = self._lines()
        for line in lines.values():
            try:
                action = line.action_open_place()
            except AccessError:
                continue  # people and accounts need rights of their own
            self.assertIn(action["type"], ("ir.actions.act_window",))
        line = lines["Fallback list"]
        line.sudo().place = "base.action_res_groups"
        with self.assertRaisesRegex(UserError, "nothing to open"):
            line.action_open_place()

    def test_for_the_administrator_only(self):
        for user in self.staff_user, self.supervision_user, self.head_user:
            with self.assertRaises(AccessError):
                self.Wizard.with_user(user).action_open()

    def test_other_institutions_stay_out(self):
        foreign = self._create_user(
            "foreign_admin", "gov_base.group_approval_admin", self.other_company
        )
        lines, wizard = self._lines(foreign)
        self.assertEqual(wizard.company_id, self.other_company)
        self.assertNotIn("Works", lines["Departments without a head"].text)
        self.assertIn("Other Office", lines["Departments without a head"].text)

    def test_departments_are_personnels(self):
        with self.assertRaises(AccessError):
            self.office.with_user(self.admin_user).manager_id = self.staff
        self.admin_user.group_ids = [Command.link(self.env.ref("hr.group_hr_user").id)]
        self.office.with_user(self.admin_user).manager_id = self.staff


@tagged("post_install", "-at_install")
class TestSetupWizardRpc(ApprovalCase, RpcCase):
    def test_raw_calls(self):
        everybody = self.staff_user | self.supervision_user | self.admin_user
        self._make_keys(everybody)
        for user in everybody:
            for context in CONTEXTS:
                self._assert_refused(
                    user, "gov.setup.wizard", "_get_checks", company=1, context=context
                )
                if user != self.admin_user:
                    for model in "gov.setup.wizard", "gov.setup.line":
                        self._assert_refused(
                            user, model, "search_read", domain=[], context=context
                        )
                    self._assert_refused(
                        user, "gov.setup.wizard", "action_open", context=context
                    )
        status, action = self._json2(self.admin_user, "gov.setup.wizard", "action_open")
        self.assertEqual((status, action["res_model"]), (200, "gov.setup.wizard"))

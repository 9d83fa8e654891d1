from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import PointsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-22 04:00:00")
class TestPointsSetup(PointsCommon):
    """What the set-up page says of conduct scoring, and the pages of the set-up."""

    def _check(self, text):
        wizard = self.env["gov.setup.wizard"]
        checks = wizard._get_points_checks(self.company)
        return next(check for check in checks if text in check["name"])

    def _hold(self, code, *employees):
        roles = self.env["gov.role"].search([("code", "=", code)], limit=1)
        self.env["gov.role.holder"].create(
            [
                {
                    "role_id": roles.id,
                    "employee_id": employee.id,
                    "company_id": self.company.id,
                    "date_from": "2020-01-01",
                }
                for employee in employees
            ]
        )

    def test_rulebook_in_force(self):
        check = self._check("rulebook in force")
        self.assertTrue(check["ok"])
        with freeze_time("2023-06-01 04:00:00"):
            self.assertFalse(self._check("rulebook in force")["ok"])

    def test_roles_without_a_holder(self):
        codes = "points_officer", "points_office_head", "points_group", "head"
        check = self._check("roles without a holder")
        self.assertIn("Leading group for conduct scoring", check["names"])
        for code in (*codes, "committee"):
            self._hold(code, self.head)
        self.assertTrue(self._check("roles without a holder")["ok"])

    def test_two_officers_need_a_login(self):
        self._hold("points_officer", self.clerk)
        self.assertFalse(self._check("two officers")["ok"])
        guard = self.env["hr.employee"].create(
            {"name": "Guard", "company_id": self.company.id}
        )
        self._hold("points_officer", guard)
        self.assertFalse(self._check("two officers")["ok"])
        self._hold("points_officer", self.staff)
        self.assertTrue(self._check("two officers")["ok"])

    def test_page_shows_the_lines_and_opens_their_places(self):
        wizards = self.env["gov.setup.wizard"].with_user(self.admin_user)
        wizard = wizards.browse(wizards.action_open()["res_id"])
        lines = wizard.line_ids.filtered(lambda line: "Conduct scoring" in line.name)
        self.assertEqual(len(lines), 3)
        places = {check["place"] for check in wizards._get_points_checks(self.company)}
        for place in places:
            self.assertEqual(self.env.ref(place)._name, "ir.actions.act_window")

    def test_rules_page_shows_cases_and_appeals_alone(self):
        action = self.env.ref("gov_points.gov_points_approval_rule_action")
        rules = self.env["gov.approval.rule"].search(
            [*safe_eval(action.domain), ("company_id", "=", False)]
        )
        self.assertEqual(
            rules.mapped("name"),
            [
                "Head of the institution",
                "Party group meeting",
                "Two scoring officers",
                "Leading group",
            ],
        )

    def test_last_day_dialog(self):
        scheme = self._draft()
        scheme.action_release()
        action = self.env.ref("gov_points.gov_points_last_day_action")
        dialogs = self.env[action.res_model].with_user(self.manager_user)
        with Form(dialogs.with_context(default_scheme_id=scheme.id)) as form:
            form.date_to = "2026-12-31"
        form.save().action_apply()
        self.assertEqual(str(scheme.date_to), "2026-12-31")
        dialog = dialogs.create({"scheme_id": scheme.id, "date_to": "2026-01-01"})
        with self.assertRaisesRegex(UserError, "cannot lie before"):
            dialog.action_apply()
        with self.assertRaises(AccessError):
            dialogs.with_user(self.officer_user).create({"scheme_id": scheme.id})

    def test_form_writes_a_rulebook(self):
        schemes = self.env["gov.points.scheme"].with_user(self.manager_user)
        with Form(schemes) as form:
            form.name = "Typed"
            form.code = "TYPED"
            form.scores = "3, 1"
            form.date_from = "2027-01-01"
            with form.article_ids.new() as article:
                article.code = "1"
                article.name = "Late"
                article.points = 3
            with form.threshold_ids.new() as level:
                level.code = "talk"
                level.name = "Talk"
                level.total_from = 3
                with level.measure_ids.new() as measure:
                    measure.kind = "talk_section"
                    self.assertTrue(measure.name)
        scheme = form.save()
        self.assertFalse(scheme.release_blockers)
        scheme.action_release()
        self.assertEqual(scheme.company_id, self.company)

    def test_articles_in_force_are_looked_up_by_everybody(self):
        self._draft()
        articles = self.env["gov.points.article"].with_user(self.staff_user)
        found = articles.search([("scheme_id.is_current", "=", True)])
        self.assertEqual(found.scheme_id, self.scheme)
        self.assertFalse(
            articles.search([("scheme_id.state", "=", "draft")]),
        )

    def test_menus(self):
        menus = self.env["ir.ui.menu"]
        rulebooks = self.env.ref("gov_points.menu_points_scheme")
        for user, seen in (
            (self.manager_user, True),
            (self.officer_user, False),
            (self.staff_user, False),
        ):
            visible = menus.with_user(user)._visible_menu_ids()
            self.assertEqual(rulebooks.id in visible, seen)
        admin = menus.with_user(self.admin_user)._visible_menu_ids()
        self.assertIn(self.env.ref("gov_points.menu_points_rules").id, admin)

    def test_scope_survives_a_form(self):
        draft = self._draft(department_ids=[Command.set(self.works.ids)])
        with Form(draft.with_user(self.manager_user)) as form:
            form.appeal_number = 4
        self.assertEqual(draft.department_ids, self.works)

    def test_names_of_colleagues_are_read_without_rights_on_personnel(self):
        """No field of ours may come along that is not public."""
        for user in (
            self.manager_user,
            self.officer_user,
            self.hr_user,
            self.supervision_user,
            self.staff_user,
        ):
            self.env.invalidate_all()
            self.assertTrue(self.works_staff.with_user(user).name)

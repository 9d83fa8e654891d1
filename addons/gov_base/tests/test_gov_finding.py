from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.gov_guard import engine
from .common import GovCommon


@tagged("post_install", "-at_install")
class TestGovFinding(GovCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Finding = cls.env["gov.finding"]

    def _open(self, record=None, employee=None, **kwargs):
        record = record or self.staff
        return self.Finding._raise(
            "test_rule",
            record,
            "Odometer jumps by 380 km",
            employee=employee or self.staff,
            **kwargs,
        )

    # === Opening ===

    def test_opened_by_the_server_whoever_the_user_is(self):
        with freeze_time("2026-11-22 16:30:00"):  # 00:30 on the 23rd in Shanghai
            finding = (
                self.Finding.with_user(self.works_staff_user)
                ._raise("test_rule", self.office, "Evidence", "serious", self.staff)
                .sudo()
            )
        self.assertRecordValues(
            finding,
            [
                {
                    "rule_code": "test_rule",
                    "severity": "serious",
                    "model": "hr.department",
                    "res_id": self.office.id,
                    "employee_id": self.staff.id,
                    "department_id": self.office.id,
                    "company_id": self.company.id,
                    "evidence": "Evidence",
                    "state": "open",
                    "opened_on": date(2026, 11, 23),
                }
            ],
        )
        self.assertEqual(finding.rule_id.name, "Test rule")
        self.assertIn("General Office", finding.display_name)

    def test_kinds_have_names(self):
        kind = self.env["gov.finding.rule"].create(
            {"code": "test_rule", "name": "Odometer jump"}
        )
        self.assertEqual(self._open().rule_id, kind)
        self.assertEqual(self._open().display_name, "Odometer jump: Bai Jing")

    def test_department_is_the_working_one(self):
        self.staff.working_department_id = self.works
        self.assertEqual(self._open().department_id, self.works)

    def test_one_unsettled_finding_per_rule_and_record(self):
        first = self._open()
        self.assertEqual(self._open(), first)
        self.assertNotEqual(self._open(self.clerk), first)
        first.with_user(self.staff_user).action_explain("A typing error")
        self.assertEqual(self._open(), first)
        first.with_user(self.supervision_user).action_dismiss("Seen")
        again = self._open()
        self.assertNotEqual(again, first)
        self.assertEqual(again.state, "open")

    def test_what_is_found_later_is_added(self):
        finding = self._open()
        with freeze_time("2026-11-23 04:00:00"):
            for _i in range(2):
                self.Finding._raise(
                    "test_rule", self.staff, "Again by 90 km", employee=self.staff
                )
        self.assertEqual(
            finding.evidence, "Odometer jumps by 380 km\n11/23/2026: Again by 90 km"
        )

    def test_many_records_at_once(self):
        first = self._open(self.clerk)
        people = self.staff + self.clerk + self.head
        findings = self._open(people)
        self.assertEqual(findings.mapped("res_id"), people.ids)
        self.assertEqual(findings[1], first)

    @mute_logger("odoo.sql_db")
    def test_the_database_holds_against_a_rival(self):
        finding = self._open()
        self.env.flush_all()
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            engine(finding).copy()
        # A rival's row is not in this transaction's snapshot: search finds nothing.
        with patch.object(type(self.Finding), "search", lambda self, *a, **k: self):
            self.assertFalse(self._open())
        self.assertEqual(
            self.Finding.search_count([("rule_code", "=", "test_rule")]), 1
        )

    def test_person_concerned_finds_it_on_the_list(self):
        finding = self._open()
        self.assertEqual(finding.activity_ids.user_id, self.staff_user)
        finding.with_user(self.staff_user).action_explain("A typing error")
        self.assertFalse(finding.activity_ids)
        self.staff_user.active = False
        self.assertEqual(
            self._open(self.clerk).activity_ids.user_id, self.office_head_user
        )

    # === Steps ===

    def test_explained_then_confirmed(self):
        finding = self._open()
        explained = finding.with_user(self.staff_user)
        self.assertTrue(explained.can_explain)
        self.assertFalse(explained.can_close)
        self.assertIs(explained.action_explain("  A typing error "), True)
        self.assertRecordValues(
            finding,
            [
                {
                    "state": "explained",
                    "explanation": "A typing error",
                    "explained_by_id": self.staff_user.id,
                }
            ],
        )
        closing = finding.with_user(self.supervision_user)
        self.assertTrue(closing.can_close)
        with freeze_time("2026-11-22 16:30:00"):
            closing.action_confirm("The log says otherwise")
        self.assertRecordValues(
            finding,
            [
                {
                    "state": "confirmed",
                    "conclusion": "The log says otherwise",
                    "closed_by_id": self.supervision_user.id,
                    "closed_on": date(2026, 11, 23),
                    "explanation": "A typing error",
                }
            ],
        )

    def test_supervision_may_close_what_nobody_explains(self):
        finding = self._open().with_user(self.supervision_user)
        finding.action_dismiss("The meter was replaced on that day")
        self.assertEqual(finding.state, "dismissed")

    def test_a_step_needs_a_text(self):
        finding = self._open()
        for text in ("", "   ", False, None):
            with self.subTest(text=text), self.assertRaisesRegex(UserError, "text"):
                finding.with_user(self.staff_user).action_explain(text)
            with self.subTest(text=text), self.assertRaisesRegex(UserError, "text"):
                finding.with_user(self.supervision_user).action_confirm(text)
        self.assertEqual(finding.state, "open")

    def test_head_of_the_department_may_explain(self):
        finding = self._open().with_user(self.office_head_user)
        finding.action_explain("He was on leave; the meter was misread")
        self.assertEqual(finding.explained_by_id, self.office_head_user)
        self.works.parent_id = self.office
        above = self._open(self.works_staff, self.works_staff)
        above.with_user(self.office_head_user).action_explain("Known to me")
        self.assertEqual(above.state, "explained")

    def test_others_neither_explain_nor_close(self):
        finding = self._open()
        with self.assertRaisesRegex(UserError, "person concerned"):
            finding.with_user(self.supervision_user).action_explain("For them")
        with self.assertRaises(AccessError):
            finding.with_user(self.works_staff_user).action_explain("I know")
        for user in (self.staff_user, self.office_head_user):
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(UserError, "by supervision"),
            ):
                finding.with_user(user).action_dismiss("Nothing in it")
        with self.assertRaises(AccessError):
            finding.with_user(self.admin_user).action_dismiss("Nothing in it")

    def test_nobody_closes_a_finding_about_themselves(self):
        self.staff_user.group_ids += self.env.ref("gov_base.group_supervision")
        finding = self._open().with_user(self.staff_user)
        self.assertFalse(finding.can_close)
        for action in (finding.action_confirm, finding.action_dismiss):
            with self.assertRaisesRegex(UserError, "concerns you"):
                action("Nothing in it")

    def test_a_closed_finding_is_closed(self):
        finding = self._open()
        finding.with_user(self.supervision_user).action_dismiss("Seen")
        closing = finding.with_user(self.supervision_user)
        explaining = finding.with_user(self.staff_user)
        for action in (
            closing.action_confirm,
            closing.action_dismiss,
            explaining.action_explain,
        ):
            with self.assertRaisesRegex(UserError, "Dismissed"):
                action("Again")

    def test_the_window_that_asks_for_the_text(self):
        finding = self._open()
        wizard = Form(
            self.env["gov.finding.text"]
            .with_user(self.staff_user)
            .with_context(active_ids=finding.ids, default_action="explain")
        )
        wizard.text = "A typing error"
        wizard.save().action_apply()
        self.assertEqual(finding.state, "explained")
        wizard = Form(
            self.env["gov.finding.text"]
            .with_user(self.staff_user)
            .with_context(active_ids=finding.ids, default_action="dismiss")
        )
        wizard.text = "Nothing in it"
        with self.assertRaisesRegex(UserError, "by supervision"):
            wizard.save().action_apply()

    # === Rights ===

    def test_nobody_writes_by_hand(self):
        finding = self._open()
        everybody = [
            self.staff_user,
            self.office_head_user,
            self.supervision_user,
            self.admin_user,
            self.env.ref("base.user_admin"),
            self.env.ref("base.user_root"),
        ]
        for user in everybody:
            findings = finding.with_user(user).with_context(
                gov_engine=True, default_state="dismissed"
            )
            with self.subTest(user=user.login):
                for values in ({"state": "dismissed"}, {"evidence": "None"}):
                    with self.assertRaises(UserError):
                        findings.write(values)
                with self.assertRaises(UserError):
                    findings.create({"rule_code": "mine"})
                with self.assertRaises(UserError):
                    findings.unlink()
                with self.assertRaises(UserError):
                    findings.copy()
        self.assertEqual(finding.state, "open")

    def test_who_reads_what(self):
        about_staff = self._open()
        about_works = self._open(self.works_staff, self.works_staff)
        elsewhere = self._open(self.other_staff, self.other_staff)
        engine(elsewhere).company_id = self.other_company
        findings = about_staff + about_works + elsewhere
        cases = [
            (self.staff_user, about_staff),
            (self.office_head_user, about_staff),
            (self.works_head_user, about_works),
            (self.works_staff_user, about_works),
            (self.clerk_user, self.Finding),
            (self.admin_user, self.Finding),
            (self.supervision_user, about_staff + about_works),
        ]
        for user, expected in cases:
            with self.subTest(user=user.login):
                found = self.Finding.with_user(user).search(
                    [("id", "in", findings.ids)], order="id"
                )
                self.assertEqual(found, expected)

    def test_days_since_it_was_opened(self):
        with freeze_time("2026-11-22 04:00:00"):
            finding = self._open()
        with freeze_time("2026-12-02 04:00:00"):
            self.assertEqual(finding.age_days, 10)
            finding.with_user(self.supervision_user).action_dismiss("Seen")
        finding.invalidate_recordset()
        with freeze_time("2026-12-31 04:00:00"):
            self.assertEqual(finding.age_days, 10)

    def test_a_long_list_costs_no_more_queries_than_a_short_one(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Partner {i}"} for i in range(40)]
        )
        findings = self._open(partners)
        view = self.env.ref("gov_base.gov_finding_view_list")
        columns = {
            field.get("name"): {"fields": {"display_name": {}}}
            if self.Finding._fields[field.get("name")].type == "many2one"
            else {}
            for field in etree.fromstring(view.arch).iter("field")
        }
        counts = []
        for number in (4, 4, 40):  # the first call warms the caches
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows = self.Finding.with_user(self.supervision_user).web_search_read(
                [("id", "in", findings[:number].ids)], columns
            )
            self.assertEqual(len(rows["records"]), number)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_the_document_is_one_click_away(self):
        action = self._open().action_open_document()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("hr.employee", self.staff.id)
        )


@tagged("post_install", "-at_install")
class TestSelfGrantedRole(GovCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person(
            "sysadmin",
            "Sun Ming",
            cls.office,
            60,
            "Technician",
            groups="base.group_user,base.group_system",
        )
        cls.supervision = cls.env.ref("gov_base.group_supervision")
        cls.approval_admin = cls.env.ref("gov_base.group_approval_admin")

    def _findings(self):
        return self.env["gov.finding"].search(
            [
                ("rule_code", "=", "self_granted_role"),
                ("model", "=", "res.users"),
                ("res_id", "=", self.sysadmin_user.id),
            ]
        )

    def test_on_the_form_of_the_user(self):
        user = self.sysadmin_user.with_user(self.sysadmin_user)
        user.write({"group_ids": [Command.link(self.supervision.id)]})
        finding = self._findings()
        self.assertEqual(finding.employee_id, self.sysadmin)
        self.assertEqual(finding.severity, "serious")
        self.assertIn("Supervision", finding.evidence)
        with self.assertRaisesRegex(UserError, "concerns you"):
            finding.with_user(self.sysadmin_user).action_dismiss("It was needed")

    def test_on_the_form_of_the_role(self):
        self.approval_admin.with_user(self.sysadmin_user).write(
            {"user_ids": [Command.link(self.sysadmin_user.id)]}
        )
        self.assertIn("Approval administrator", self._findings().evidence)

    def test_a_second_role_is_added_to_the_finding(self):
        user = self.sysadmin_user.with_user(self.sysadmin_user)
        for group in (self.supervision, self.approval_admin):
            user.write({"group_ids": [Command.link(group.id)]})
        [finding] = self._findings()
        self.assertIn("Supervision", finding.evidence)
        self.assertIn("Approval administrator", finding.evidence)

    def test_by_way_of_an_implied_role(self):
        erp = self.env.ref("base.group_system").with_user(self.sysadmin_user)
        erp.write({"implied_ids": [Command.link(self.supervision.id)]})
        self.assertTrue(self._findings())

    def test_by_way_of_a_new_role(self):
        self.env["res.groups"].with_user(self.sysadmin_user).create(
            {
                "name": "Helper",
                "implied_ids": [Command.link(self.supervision.id)],
                "user_ids": [Command.link(self.sysadmin_user.id)],
            }
        )
        self.assertTrue(self._findings())

    def test_given_by_somebody_else_or_to_somebody_else(self):
        self.sysadmin_user.write({"group_ids": [Command.link(self.supervision.id)]})
        self.staff_user.with_user(self.sysadmin_user).write(
            {"group_ids": [Command.link(self.supervision.id)]}
        )
        self.assertFalse(self._findings())

    def test_other_roles_and_giving_up_are_no_matter(self):
        self.sysadmin_user.write({"group_ids": [Command.link(self.supervision.id)]})
        user = self.sysadmin_user.with_user(self.sysadmin_user)
        user.write({"group_ids": [Command.link(self.env.ref("hr.group_hr_user").id)]})
        user.write({"group_ids": [Command.unlink(self.supervision.id)]})
        self.assertFalse(self._findings())

    def test_age_counts_for_a_finding_on_an_account(self):
        user = self.sysadmin_user.with_user(self.sysadmin_user)
        user.write({"group_ids": [Command.link(self.supervision.id)]})
        finding = self._findings()
        self.assertEqual(finding.opened_on, self.company.gov_today())
        self.assertEqual(finding.age_days, 0)

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import GovCommon
from .common_approval import ApprovalCase
from .common_rpc import CONTEXTS, RpcCase


class DeskCase(GovCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gov.workday.year"]._load_known_years()
        cls.Finding = cls.env["gov.finding"]
        cls.rule = cls.env["gov.finding.rule"].create(
            {"code": "test_rule", "name": "Odometer jump"}
        )

    def _open(self, employee=None, **kwargs):
        person = employee or self.staff
        return self.Finding._raise(
            "test_rule", person, "Odometer jumps", employee=person, **kwargs
        )


@tagged("post_install", "-at_install")
class TestFindingDesk(DeskCase):
    # === Time to explain ===

    def test_deadline_in_working_days(self):
        with freeze_time("2026-09-17 02:00:00"):
            finding = self._open()
            # Fri 18, Sun 20 (worked), Mon 21, Tue 22, Wed 23
            self.assertEqual(finding.deadline, date(2026, 9, 23))
            self.assertEqual(finding.activity_ids.date_deadline, finding.deadline)
        for moment, late in (
            ("2026-09-23 15:50:00", False),  # 23:50 at the institution
            ("2026-09-23 16:10:00", True),
        ):
            with freeze_time(moment):
                finding.invalidate_recordset()
                self.assertIs(finding.is_overdue, late)
                overdue = self.Finding.search([("is_overdue", "=", True)])
                self.assertEqual(finding in overdue, late)
                others = self.Finding.search([("is_overdue", "=", False)])
                self.assertEqual(finding in others, not late)
        with freeze_time("2026-09-30 02:00:00"):
            finding.with_user(self.staff_user).action_explain("A typing error")
            self.assertFalse(finding.is_overdue)

    def test_a_missing_clause_hides_nothing(self):
        self.env["gov.policy"].search(
            [("code", "=", "finding.explain.days")]
        ).date_to = "2020-12-31"
        finding = self._open()
        self.assertFalse(finding.deadline)
        self.assertFalse(finding.is_overdue)
        self.assertTrue(finding.activity_ids)

    def test_one_reminder_on_the_last_day(self):
        with freeze_time("2026-09-17 02:00:00"):
            finding = self._open()
            self.Finding._cron_remind()
            self.assertFalse(finding.reminded_on)
        with freeze_time("2026-09-23 00:10:00"):
            self.Finding._cron_remind()
            self.Finding._cron_remind()
        self.assertEqual(finding.reminded_on, date(2026, 9, 23))
        self.assertEqual(len(finding.activity_ids), 2)
        self.assertEqual(finding.activity_ids.user_id, self.staff_user)
        with freeze_time("2026-09-24 02:00:00"):
            self.Finding._cron_remind()
            finding.with_user(self.staff_user).action_explain("Corrected")
        self.assertFalse(finding.activity_ids)

    def test_explained_findings_are_not_reminded(self):
        with freeze_time("2026-09-17 02:00:00"):
            finding = self._open()
            finding.with_user(self.staff_user).action_explain("Corrected")
        with freeze_time("2026-10-30 02:00:00"):
            self.Finding._cron_remind()
        self.assertFalse(finding.reminded_on)

    # === Lists ===

    def test_short_evidence(self):
        finding = self._open()
        self.assertEqual(finding.evidence_short, "Odometer jumps")
        self.Finding._raise("test_rule", self.staff, "x " * 100, employee=self.staff)
        self.assertLessEqual(len(finding.evidence_short), 90)
        self.assertNotIn("\n", finding.evidence_short)

    def test_my_department(self):
        mine, other = self._open(), self._open(self.works_staff)
        for user, expected in (
            (self.staff_user, mine),
            (self.office_head_user, mine),
            (self.works_head_user, other),
        ):
            found = self.Finding.with_user(user).search(
                [("in_my_department", "=", True), ("rule_code", "=", "test_rule")]
            )
            self.assertEqual(found, expected)
        self.assertTrue(mine.with_user(self.staff_user).in_my_department)

    def test_figures_by_age(self):
        with freeze_time("2026-11-10 02:00:00"):
            old = self._open()
        with freeze_time("2026-11-18 02:00:00"):
            middle = self._open(self.clerk)
        with freeze_time("2026-11-22 02:00:00"):
            new = self._open(self.works_staff)
            self.env.flush_all()
            report = self.env["gov.finding.report"].with_user(self.supervision_user)
            rows = report.browse((old + middle + new).ids)
            self.assertEqual(rows.mapped("age"), ["3", "2", "1"])
            self.assertEqual(rows.mapped("days"), [12, 4, 0])
            self.assertTrue(all(rows.mapped("is_unsettled")))
            # 11 to 17 November are the five working days of the first.
            self.assertEqual(rows.mapped("is_overdue"), [True, False, False])
            self.assertEqual(
                report._read_group(
                    [("id", "in", rows.ids)], ["age", "state"], ["__count"]
                ),
                [("1", "open", 1), ("2", "open", 1), ("3", "open", 1)],
            )
        with self.assertRaises(AccessError):
            self.env["gov.finding.report"].with_user(self.staff_user).search([])

    def test_figures_stay_in_the_institution(self):
        foreign = self.Finding.with_company(self.other_company)._raise(
            "test_rule", self.other_staff, "x", employee=self.other_staff
        )
        self.env.flush_all()
        report = self.env["gov.finding.report"].with_user(self.supervision_user)
        self.assertNotIn(foreign.id, report.search([]).ids)

    # === Several at once, stock texts ===

    def _wizard(self, findings, user, action="explain", text=False):
        wizard = Form(
            self.env["gov.finding.text"]
            .with_user(user)
            .with_context(active_ids=findings.ids, default_action=action)
        )
        wizard.text = text
        return wizard.save()

    def test_explained_with_one_tap(self):
        finding = self._open()
        wizard = self._wizard(finding, self.staff_user)
        wizard.with_context(gov_stock="typo").action_apply_stock()
        self.assertEqual(finding.state, "explained")
        self.assertIn("typing error", finding.explanation)

    def test_stock_text_with_own_words(self):
        finding = self._open()
        wizard = self._wizard(finding, self.staff_user, text="Slip 12")
        wizard.with_context(gov_stock="paper").action_apply_stock()
        self.assertTrue(finding.explanation.endswith("Slip 12"))

    def test_several_are_closed_with_one_text(self):
        findings = self._open() + self._open(self.clerk)
        wizard = self._wizard(findings, self.supervision_user, "dismiss")
        wizard.with_context(gov_stock="no_fault").action_apply_stock()
        self.assertEqual(set(findings.mapped("state")), {"dismissed"})

    def test_one_that_is_not_mine_stops_all(self):
        findings = self._open() + self._open(self.works_staff)
        wizard = self._wizard(findings[:1], self.staff_user, text="x")
        wizard.sudo().finding_ids = findings
        with self.assertRaises(UserError):
            wizard.action_apply()
        self.assertEqual(set(findings.mapped("state")), {"open"})

    def test_bad_texts(self):
        finding = self._open()
        wizard = self._wizard(finding, self.staff_user)
        for code in None, "no such", ["typo"], 5:
            with self.assertRaisesRegex(UserError, "no such stock text"):
                wizard.with_context(gov_stock=code).action_apply_stock()
        for text in "", None, 5, [], "x" * 5001, "a\x00b":
            with self.assertRaises(UserError):
                finding.with_user(self.staff_user).action_explain(text)
        self.assertEqual(finding.state, "open")

    # === Switching a kind off ===

    def test_switched_off_and_on_with_a_trace(self):
        rule = self.rule.with_user(self.supervision_user)
        self.assertTrue(rule.is_on)
        rule.action_switch("Meters are replaced this month")
        self.assertFalse(rule.is_on)
        self.assertFalse(self._open())
        notice = self.env["gov.config.notice"].search(
            [("code", "=", "finding_off"), ("company_id", "=", self.company.id)]
        )
        self.assertIn("Meters are replaced", notice.text)
        rule.action_switch("Done")
        self.assertTrue(rule.is_on)
        self.assertTrue(self._open())
        self.assertEqual(notice.state, "done")
        self.assertEqual(
            self.rule.switch_ids.mapped("reason"),
            ["Done", "Meters are replaced this month"],
        )
        self.assertEqual(self.rule.switch_ids.user_id, self.supervision_user)

    def test_off_here_is_on_elsewhere(self):
        self.rule.with_user(self.supervision_user).action_switch("Off")
        found = self.Finding.with_company(self.other_company)._raise(
            "test_rule", self.other_staff, "x", employee=self.other_staff
        )
        self.assertTrue(found)

    def test_only_supervision_switches(self):
        for user in self.staff_user, self.admin_user, self.head_user:
            with self.assertRaisesRegex(UserError, "by supervision"):
                self.rule.with_user(user).action_switch("I do not like it")
        for reason in "", None, 7, "x" * 2001, "a\x00":
            with self.assertRaises(UserError):
                self.rule.with_user(self.supervision_user).action_switch(reason)
        self.assertTrue(self.rule.is_on)

    def test_the_wizard_switches(self):
        wizard = (
            self.env["gov.finding.switch.text"]
            .with_user(self.supervision_user)
            .with_context(active_ids=self.rule.ids)
            .create({"text": "Off"})
        )
        wizard.action_apply()
        self.assertFalse(self.rule.is_on)


@tagged("post_install", "-at_install")
class TestLiftedTier(ApprovalCase):
    def _lifted(self, matter):
        return self.env["gov.finding"].search(
            [
                ("rule_code", "=", "beneficiary_lifts_tier"),
                ("model", "=", matter._name),
                ("res_id", "=", matter.id),
            ]
        )

    def test_the_head_as_user_lifts_the_tier(self):
        matter = self._submitted(beneficiary_id=self.office_head.id)
        self.assertEqual(self._seat_users(matter, "Section head"), self.leader_user)
        finding = self._lifted(matter)
        self.assertEqual(finding.severity, "info")
        self.assertEqual(finding.employee_id, self.staff)
        self.assertIn("Section head", finding.evidence)
        self.assertIn("Cheng Xiaolan", finding.evidence)

    def test_what_is_no_trick(self):
        own = self._submitted(user=self.office_head_user)
        typed = self._matter(user=self.clerk_user, employee_id=self.office_head.id)
        typed.action_submit()
        other = self._submitted(beneficiary_id=self.clerk.id)
        for matter in own, typed, other:
            self.assertFalse(self._lifted(matter))

    def test_once_per_matter(self):
        matter = self._submitted(beneficiary_id=self.office_head.id)
        matter.with_user(self.staff_user).action_withdraw()
        matter.with_user(self.staff_user).action_submit()
        self.assertEqual(len(self._lifted(matter)), 1)


@tagged("post_install", "-at_install")
class TestFindingDeskRpc(DeskCase, RpcCase):
    def test_raw_calls(self):
        system = self._create_user("gov_system", "base.group_system")
        everybody = self.staff_user | self.supervision_user | self.admin_user | system
        self._make_keys(everybody)
        finding = self._open()
        self.rule.with_user(self.supervision_user).action_switch("Off")
        switch = self.rule.switch_ids
        attacks = (
            ("gov.finding", "write", {"ids": finding.ids, "vals": {"deadline": False}}),
            ("gov.finding", "write", {"ids": finding.ids, "vals": {"reminded_on": 0}}),
            ("gov.finding", "_cron_remind", {}),
            ("gov.finding.switch", "write", {"ids": switch.ids, "vals": {"is_on": 1}}),
            ("gov.finding.switch", "unlink", {"ids": switch.ids}),
            ("gov.finding.switch", "create", {"vals_list": [{"is_on": True}]}),
            ("gov.finding.switch", "_write_switch", {"rule": 1}),
            ("gov.finding.rule", "write", {"ids": self.rule.ids, "vals": {"name": 1}}),
            ("gov.finding.rule", "_get", {"code": "x"}),
        )
        for user in everybody:
            for context in CONTEXTS:
                for model, method, arguments in attacks:
                    with self.subTest(user=user.login, model=model, method=method):
                        self._assert_refused(
                            user, model, method, context=context, **arguments
                        )
        for user in everybody - self.supervision_user:
            self._assert_refused(
                user,
                "gov.finding.rule",
                "action_switch",
                ids=self.rule.ids,
                reason="x",
            )
        self.assertFalse(self.rule.is_on)

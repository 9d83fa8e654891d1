from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import format_date

from odoo.addons.gov_base.models.gov_guard import engine

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestLateEntry(ApprovalCase):
    """What happened earlier is accepted, marked, and counts in an open month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company.gov_today()
        cls.yesterday = cls.today - timedelta(days=1)

    def test_a_matter_of_today_is_not_late(self):
        matter = self._submitted(occurred_on=self.today)
        self.assertFalse(matter.is_late)
        self.assertEqual(matter.period_date, self.today)
        self.assertFalse(matter.sudo().mark_ids)

    def test_without_a_day_it_counts_on_the_day_of_submission(self):
        self.assertEqual(self._submitted().period_date, self.today)

    def test_the_future_is_refused(self):
        with self.assertRaisesRegex(UserError, "future"):
            self._matter(occurred_on=self.today + timedelta(days=1))

    def test_a_late_entry_needs_a_reason(self):
        matter = self._matter(occurred_on=self.yesterday)
        with self.assertRaisesRegex(UserError, "choose the reason"):
            matter.action_submit()
        self.assertEqual(matter.approval_state, "draft")

    def test_a_late_entry_is_accepted_and_marked_once(self):
        matter = self._matter(
            occurred_on=self.yesterday, late_reason="system_down", late_note="power"
        )
        matter.action_submit()
        self.assertTrue(matter.is_late)
        self.assertEqual(matter.period_date, self.yesterday)
        mark = matter.sudo().mark_ids
        self.assertEqual(mark.mapped("kind"), ["late"])
        self.assertIn("power", mark.text)
        self.assertIn(format_date(self.env, self.yesterday), mark.text)
        self.assertNotIn(f"{self.yesterday}", mark.text)
        self.assertEqual(mark.month, f"{self.today:%Y-%m}")
        self.assertEqual(matter.mark_summary, "Late entry")
        matter.action_withdraw()
        matter.action_submit()
        self.assertEqual(len(matter.sudo().mark_ids), 1)

    def test_a_closed_month_counts_on_the_first_open_day(self):
        self.company._gov_close_until(self.yesterday)
        day = self.yesterday - timedelta(days=40)
        matter = self._matter(occurred_on=day, late_reason="forgotten")
        matter.action_submit()
        self.assertEqual(matter.occurred_on, day)
        self.assertEqual(matter.period_date, self.today)
        self.assertIn(format_date(self.env, self.today), matter.sudo().mark_ids.text)

    def test_the_day_of_the_institution_counts(self):
        # 00:30 on the 2nd in Shanghai is the 1st in UTC.
        with freeze_time("2026-11-01 16:30:00"):
            matter = self._matter(occurred_on="2026-11-02")
            self.assertFalse(matter.is_late)
            late = self._matter(occurred_on="2026-11-01")
            self.assertTrue(late.is_late)

    def test_only_a_draft_is_changed(self):
        matter = self._submitted()
        for values in (
            {"occurred_on": self.yesterday},
            {"late_reason": "urgent"},
            {"late_note": "x"},
            {"is_urgent": True},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                matter.write(values)

    def test_what_the_server_says_is_not_written(self):
        matter = self._matter()
        for values in (
            {"is_late": True},
            {"period_date": self.yesterday},
            {"mark_ids": [(0, 0, {"kind": "late"})]},
        ):
            for user in self.staff_user, self.admin_user, self.env.user:
                with self.subTest(values=values), self.assertRaises(UserError):
                    matter.with_user(user).sudo().write(values)
        with self.assertRaises(UserError):
            self.env["gov.approval.mark"].sudo().create({"kind": "late"})

    def test_a_stranger_reads_no_mark(self):
        matter = self._submitted(occurred_on=self.yesterday, late_reason="urgent")
        Mark = self.env["gov.approval.mark"]
        domain = [("model", "=", matter._name), ("res_id", "=", matter.id)]
        for user, number in (
            (self.works_staff_user, 0),
            (self.staff_user, 1),
            (self.supervision_user, 1),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(Mark.with_user(user).search_count(domain), number)


@tagged("post_install", "-at_install")
class TestClosedMonth(ApprovalCase):
    """Books are closed by the engine and opened again with a trace."""

    def test_nobody_writes_the_last_closed_day(self):
        for user in self.env.user, self.admin_user:
            with self.assertRaises(UserError):
                self.company.with_user(user).sudo().gov_closed_until = "2026-01-31"

    def test_it_never_goes_back_by_itself(self):
        self.company._gov_close_until("2026-02-28")
        with self.assertRaisesRegex(UserError, "closed until"):
            self.company._gov_close_until("2026-01-31")
        with self.assertRaisesRegex(UserError, "not over"):
            self.company._gov_close_until(self.company.gov_today())

    def test_opening_again_leaves_a_trace(self):
        self.company._gov_close_until("2026-02-28")
        company = self.company.with_user(self.admin_user)
        for day, reason in (("2026-01-31", ""), ("2026-03-31", "x"), ("nonsense", "x")):
            with self.subTest(day=day), self.assertRaises(UserError):
                company.action_gov_reopen(day, reason)
        with self.assertRaisesRegex(UserError, "administrator"):
            self.company.with_user(self.staff_user).action_gov_reopen(False, "x")
        company.action_gov_reopen("2026-01-31", "A bill came late")
        self.assertEqual(str(self.company.gov_closed_until), "2026-01-31")
        finding = self.env["gov.finding"].search(
            [("rule_code", "=", "month_reopened")], limit=1
        )
        self.assertIn("A bill came late", finding.evidence)
        self.assertEqual(finding.company_id, self.company)

    def test_the_engine_may_close(self):
        engine(self.company).gov_closed_until = "2025-12-31"
        self.assertEqual(str(self.company.gov_closed_until), "2025-12-31")

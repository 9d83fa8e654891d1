from datetime import date

from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PDF

from .common_notice import START, NoticeCommon


@tagged("post_install", "-at_install")
class TestJob(NoticeCommon):
    """What the calendar alone brings about, once."""

    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, type(self), "day", START)

    def _run(self, day=None):
        if day:
            type(self).day = date.fromisoformat(day)
        with self.enter_registry_test_mode():
            self.env.ref("gov_points.cron_points_notices").method_direct_trigger()
        self.env.invalidate_all()

    def _todos(self, notice, xmlid):
        kind = self.env.ref(f"gov_points.mail_activity_type_{xmlid}")
        return notice.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def test_appealed_at_the_last_moment(self):
        """The job has found it, the person is quicker: it does not become final."""
        appeal = self._filed()
        self.env.flush_all()
        engine(appeal.notice_id)._make_final()
        self.assertEqual(appeal.share_id.state, "appealed")

    def test_a_draft_does_not_silence_the_reminder(self):
        notice = self._served()
        # Never filed, it is no appeal.
        self._appeal(notice, self.points_user)
        self._run(str(notice.appeal_deadline))
        self.assertTrue(notice.appeal_reminded_on)

    def test_final_the_day_after(self):
        type(self).day = date(2026, 4, 30)
        notice = self._served()
        self._run("2026-05-08")
        self.assertEqual(notice.share_id.state, "noticed")
        self._run("2026-05-09")
        self.assertEqual(notice.share_id.state, "final")

    def test_not_under_appeal_nor_unserved(self):
        appeal = self._filed()
        unserved = self._issued(self.clerk)
        self._run("2026-07-01")
        self.assertEqual(appeal.share_id.state, "appealed")
        self.assertEqual(unserved.share_id.state, "noticed")

    def test_withdrawn_then_final(self):
        appeal = self._filed()
        self._as(appeal, self.staff_user).action_withdraw()
        self._run("2026-07-01")
        self.assertEqual(appeal.share_id.state, "final")

    def test_provisional_dates_are_counted_again(self):
        type(self).day = date(2026, 12, 30)
        notice = self._served()
        self.assertTrue(notice.provisional)
        before = notice.appeal_deadline
        self._run("2027-01-08")
        self.assertEqual(notice.share_id.state, "noticed")
        self.env["gov.workday"].create(
            [
                {
                    "date": day,
                    "kind": "holiday",
                    "name": "New Year",
                    "official": True,
                }
                for day in ("2027-01-01", "2027-01-04")
            ]
        )
        self._run("2027-01-08")
        self.assertFalse(notice.provisional)
        self.assertGreater(notice.appeal_deadline, before)
        self.assertEqual(notice.share_id.state, "final")

    def test_provisional_dates_do_not_wait_for_ever(self):
        type(self).day = date(2026, 12, 30)
        notice = self._served()
        self._run("2027-02-01")
        self.assertEqual(notice.share_id.state, "final")

    def test_unserved_is_overdue_work(self):
        notice = self._issued(self.staff)
        self._run("2026-05-08")  # the fifth working day after the issue
        self.assertFalse(self._todos(notice, "serve"))
        self._run("2026-05-12")
        todo = self._todos(notice, "serve")
        self.assertEqual(todo.user_id, self.points_user)
        self._run("2026-05-13")
        self.assertEqual(len(self._todos(notice, "serve")), 1)
        self.assertGreater(notice.age, 5)
        self._as(notice, self.points_user).action_serve_paper(self.day, PDF)
        self.assertFalse(notice.activity_ids)

    def test_the_list_of_the_unserved(self):
        notice = self._issued(self.staff)
        served = self._served(self.clerk)
        action = self.env.ref("gov_points.gov_points_notice_action_waiting")
        domain = [("state", "=", "issued")]
        self.assertEqual(action.domain, str(domain))
        found = self._as(self.notices, self.points_user).search(domain)
        self.assertIn(notice.id, found.ids)
        self.assertNotIn(served.id, found.ids)

    def test_reminders(self):
        type(self).day = date(2026, 9, 18)
        notice = self._served()
        self._run("2026-09-18")
        self.assertFalse(self._todos(notice, "appeal"))
        self._run("2026-09-21")
        todo = self._todos(notice, "appeal")
        self.assertEqual(todo.user_id, self.staff_user)
        self.assertEqual(todo.date_deadline, date(2026, 9, 22))
        self._run("2026-09-22")
        self.assertEqual(len(self._todos(notice, "appeal")), 1)
        self._run("2026-09-23")
        self.assertFalse(self._todos(notice, "appeal"))
        self.assertEqual(self._todos(notice, "correction").user_id, self.staff_user)

    def test_without_a_login_the_officer_prints(self):
        type(self).day = date(2026, 9, 18)
        notice = self._served(self.driver)
        self._run("2026-09-21")
        todo = self._todos(notice, "appeal")
        self.assertEqual(todo.user_id, self.points_user)
        self.assertIn("Ma Dajun", todo.summary)

    def test_who_appealed_is_not_reminded(self):
        type(self).day = date(2026, 9, 18)
        appeal = self._filed()
        self._run("2026-09-21")
        self.assertFalse(self._todos(appeal.notice_id, "appeal"))

    def test_a_killed_run_goes_on(self):
        first, second = self._served(), self._served(self.clerk)
        engine(first.share_id).write({"state": "final"})
        self._run("2026-07-01")
        self.assertEqual(second.share_id.state, "final")

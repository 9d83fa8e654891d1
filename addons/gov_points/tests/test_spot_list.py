from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestSpotList(CaseCommon):
    """The month's on-the-spot decisions before the leading group."""

    def _decided_on(self, day, *shares, **values):
        with freeze_time(f"{day} 02:00:00"):
            type(self).today = self.company.gov_today()
            type(self).yesterday = self.today
            return self._decided(*shares, **values)

    def _run(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref("gov_points.cron_points_spot_list").method_direct_trigger()
        return self.env["gov.points.spot.list"].search(
            [("company_id", "=", self.company.id)]
        )

    def test_listed_on_the_first_working_day(self):
        one = self._decided_on("2026-09-10")
        share = self._share(self.works_staff, "10.1", heard_on="2026-09-30")
        two = self._decided_on("2026-09-30", share)
        share = self._share(self.works_staff, "9.3", heard_on="2026-09-11")
        self._decided_on("2026-09-11", share)
        # 1 to 7 October are the holiday; 8 October is the first working day.
        self.assertFalse(self._run("2026-10-01 02:00:00"))
        self.assertFalse(self._run("2026-10-07 02:00:00"))
        month = self._run("2026-10-07 16:30:00")  # 00:30 on 8 October there
        self.assertEqual(month.month, "2026-09")
        self.assertEqual(month.share_ids, (one | two).share_ids)
        self.assertEqual((month.share_count, month.points_total), (2, 3))
        self.assertEqual(
            month.activity_ids.user_id,
            self.head_user | self.leader_user | self.deputy_user,
        )
        self.assertEqual(self._run("2026-10-09 02:00:00"), month)
        self.assertEqual(len(month.activity_ids), 3)

    def test_a_month_without_decisions_has_no_list(self):
        self.assertFalse(self._run("2026-10-08 02:00:00"))

    def test_the_group_reads_the_list_and_no_case(self):
        case = self._decided_on("2026-09-10", reporter_name="Aunt Wang")
        month = self._run("2026-10-08 02:00:00")
        self.env.invalidate_all()
        mine = month.with_user(self.leader_user)
        self.assertIn("Bai Jing", mine.table)
        self.assertIn("Shen Huiwen", mine.table)
        self.assertNotIn("Aunt Wang", mine.table)
        with self.assertRaises(AccessError):
            case.with_user(self.leader_user).read(["facts"])
        with self.assertRaises(AccessError):
            mine.read(["share_ids"])
        with self.assertRaises(AccessError):
            month.with_user(self.staff_user).read(["table"])
        with self.assertRaises(UserError):
            month.write({"points_total": 0})
        html = self.env["ir.actions.report"].with_user(self.leader_user)
        html = html._render_qweb_html(
            "gov_points.action_report_points_spot_list", month.ids
        )[0].decode()
        self.assertIn("当场记分情况月报表", html)
        self.assertIn(case.number, html)

    def test_the_paper_of_a_case(self):
        case = self._decided_on("2026-09-10", reporter_name="Aunt Wang")
        html = self._html(case)
        self.assertIn("当场记分决定书", html)
        for text in case.number, "Bai Jing", "I am sorry.", "Ma Lili", "11.4":
            self.assertIn(text, html)
        self.assertNotIn("Aunt Wang", html)
        group = self._submitted(self._share(self.staff, "9.3"))
        self.assertIn("记分事项审批表", self._html(group))

    def _html(self, case):
        reports = self.env["ir.actions.report"].with_user(self.first_user)
        return reports._render_qweb_html(
            "gov_points.action_report_points_case", case.ids
        )[0].decode()

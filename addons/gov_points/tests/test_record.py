from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_notice import NoticeCommon


@tagged("post_install", "-at_install")
class TestRecord(NoticeCommon):
    """My record: one's own, nothing of others."""

    def _record(self, user, person=None):
        person = person or user.employee_id
        return self._as(self.env["gov.points.record"], user).browse(person.id)

    def test_what_stands_there(self):
        notice = self._issued(self.staff, 4)
        self._served(self.staff, 2)
        record = self._record(self.staff_user)
        self.assertEqual(record.total, 6)
        self.assertTrue(record.level_name)
        self.assertEqual(record.date_to, fields.Date.to_date("2027-02-28"))
        self.assertEqual(sorted(record.entry_ids.mapped("points")), [2, 4])
        self.assertEqual(record.to_sign_id, notice)
        self.assertIn("you may appeal until", record.right_text)
        self.assertEqual(len(record.notice_ids), 2)
        self.assertIn("talk_section", record.measure_ids.mapped("kind"))
        action = record.action_open_to_sign()
        self.assertEqual(action["res_id"], notice.id)
        action = record.action_open_may_appeal()
        self.assertEqual(action["res_model"], "gov.points.appeal")

    def test_nothing_yet(self):
        record = self._record(self.works_staff_user)
        self.assertEqual(record.total, 0)
        self.assertFalse(record.cycle_id or record.notice_ids or record.log_ids)
        self.assertFalse(record.right_text or record.published)
        for method in ("action_open_to_sign", "action_open_may_appeal"):
            with self.subTest(method=method), self.assertRaises(UserError):
                getattr(record, method)()

    def test_landing_page(self):
        records = self._as(self.env["gov.points.record"], self.staff_user)
        action = records.action_open_my()
        self.assertEqual(action["res_id"], self.staff.id)
        nobody = self._create_user("gov_points_nobody", "base.group_user")
        action = self._as(records, nobody).action_open_my()
        self.assertEqual(action["domain"], [("id", "=", 0)])

    def test_who_reads_whom(self):
        person = self.staff
        for user in (
            self.staff_user
            + self.office_head_user
            + self.leader_user
            + self.points_user
            + self.hr_user
            + self.supervision_user
        ):
            with self.subTest(user=user.login):
                self.assertTrue(self._record(user, person).has_access("read"))
        for user in self.works_staff_user + self.works_head_user + self.clerk_user:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._record(user, person).read(["name"])

    def test_the_colleagues_numbers_are_not_there(self):
        self._issued(self.clerk, 4)
        found = self._as(self.env["gov.points.record"], self.staff_user).search([])
        self.assertEqual(found.employee_id, self.staff)
        self.assertFalse(self._record(self.staff_user).notice_ids)

    def test_list_costs_no_more_for_more(self):
        self._issued(self.staff + self.clerk + self.works_staff)
        fields_ = ["name", "total", "level_name", "date_to"]
        records = self._as(self.env["gov.points.record"], self.points_user)
        few = records.search([], limit=2)
        many = records.search([], limit=10)
        counts = []
        for found in (few, many, few, many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found.read(fields_)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[3], counts[2] + 1)

    def test_what_was_published(self):
        self._issued(self.staff, 6)
        record = self._record(self.staff_user)
        self.assertFalse(record.published)  # a draft is nobody's business
        publisher = self._create_user("gov_points_pub", "gov_base.group_publisher")
        measures = self.env["gov.points.measure"].search(
            [("employee_id", "=", self.staff.id), ("kind", "=", "circular")]
        )
        publication = measures.publication_id
        publication.with_user(publisher).action_release()
        record.invalidate_recordset()
        self.assertIn(publication.title, str(record.published))

    # ------------------------------------------------------------------ the log

    def _look(self, record, user, by_supervision=False):
        return engine(self.env["gov.access.log"]).create(
            {
                "model": record._name,
                "res_id": record.id,
                "company_id": self.company.id,
                "user_id": user.id,
                "kind": "form",
                "day": self.day,
                "opened_at": fields.Datetime.now(),
                "by_supervision": by_supervision,
            }
        )

    def test_who_has_looked(self):
        notice = self._issued(self.staff + self.clerk, reporter_id=self.third.id)[0]
        case = notice.sudo().share_id.case_id
        shown = self._look(notice, self.hr_user) + self._look(case, self.points_user)
        hidden = self._look(notice, self.supervision_user, True)
        hidden += self._look(case, self.third_user)  # the reporter
        hidden += self._look(case, self.clerk_user)  # another person of the case
        hidden += self._look(notice, self.staff_user)  # oneself
        other = self._issued(self.works_staff)
        hidden += self._look(other, self.hr_user)
        log = self._record(notice.employee_id.user_id).log_ids
        self.assertEqual(log, shown.with_env(log.env))
        self.assertFalse(log & hidden)
        self.assertFalse(self._record(self.office_head_user, self.staff).log_ids)

    def test_a_case_that_is_not_decided_shows_nothing(self):
        notice = self._issued(self.staff)
        case = notice.sudo().share_id.case_id
        self._look(case, self.points_user)
        engine(notice.sudo().share_id).write({"state": "checked"})
        self.assertFalse(self._record(self.staff_user).log_ids)

    def test_opening_a_record_is_logged(self):
        logs = self.env["gov.access.log"]
        written = []
        self.patch(
            type(logs), "_note", lambda self, records, kind: written.append(records)
        )
        self._record(self.hr_user, self.staff).web_read({"log_ids": {}})
        self.assertEqual(written[0].employee_id, self.staff)
        notice = self._as(self._issued(self.staff), self.hr_user)
        notice.web_read({"deadline_text": {}, "facts": {}})
        self.assertEqual(written[1], notice)

    # ------------------------------------------------------------------- papers

    def _html(self, xmlid, record):
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html(xmlid, record.ids)[0]
        return html.decode()

    def test_the_notice_on_paper(self):
        notice = self._issued(self.staff)
        html = self._html("gov_points.report_points_notice", notice)
        for text in (
            notice.number,
            notice.title,
            "Bai Jing",
            "General Office",
            "About 14:30",
            "Canteen",
            "Left the stove burning",
            notice.article_code,
            "3 working days",
            "Refused to sign",
            "Witnesses",
            "2026年4月28日",
        ):
            with self.subTest(text=text):
                self.assertIn(text, html)

    def test_the_record_of_service_on_paper(self):
        notice = self._issued(self.staff)
        self.assertIn(
            "送达回证", self._html("gov_points.report_points_service", notice)
        )
        self._as(notice, self.points_user).action_serve_refused(
            self.day,
            (self.works_head + self.works_staff).ids,
            "Meeting room 2",
            "Left on the table",
        )
        html = self._html("gov_points.report_points_service", notice)
        self.assertIn("Jiang Yan", html)
        self.assertIn("Meeting room 2", html)

    def test_appeal_and_decision_on_paper(self):
        appeal = self._filed()
        html = self._html("gov_points.report_points_appeal", appeal)
        self.assertIn("申诉书", html)
        self.assertIn("It was not me", html)
        self._as(appeal, self.head_user).action_decide("reduced", "Mild", 2)
        html = self._html("gov_points.report_points_decision", appeal)
        self.assertIn("复核决定书", html)
        self.assertIn(appeal.decision_number, html)
        self.assertIn("Reduced from 4 to 2 points", html)
        self.assertIn("Lu Qiming", html)
        html = self._html("gov_points.report_points_notice", appeal.notice_id)
        self.assertIn("Changed on appeal", html)
        html = self._html("gov_points.report_points_service_decision", appeal)
        self.assertIn("送达回证", html)
        self.assertIn(appeal.decision_number, html)

    def test_the_sheet_of_a_person_without_a_login(self):
        self._served(self.driver)
        record = self._record(self.points_user, self.driver)
        html = self._html("gov_points.report_points_record", record)
        self.assertIn("个人记分单", html)
        self.assertIn("Ma Dajun", html)
        self.assertIn("2026年5月6日", html)

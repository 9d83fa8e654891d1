from datetime import date

from psycopg2 import DatabaseError
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import NO_SCANS, PDF

from .common_notice import SIGNATURE, NoticeCommon


@tagged("post_install", "-at_install")
class TestIssue(NoticeCommon):
    """The system issues, numbers and seals; nobody else does."""

    def test_what_it_says(self):
        notice = self._issued(self.staff)
        self.assertRecordValues(
            notice,
            [
                {
                    "person_name": "Bai Jing",
                    "department_name": "General Office",
                    "post": "Officer",
                    "time_text": "About 14:30",
                    "place": "Canteen",
                    "facts": "Left the stove burning",
                    "points": 4,
                    "total_after": 4,
                    "state": "issued",
                    "issued_on": self.day,
                    "appeal_number": 3,
                    "officer_id": self.points_user.id,
                    "received_on": False,
                    "appeal_deadline": False,
                }
            ],
        )
        self.assertEqual(notice.article_code, self._article(4).code)
        self.assertTrue(notice.level_name)
        self.assertTrue(notice.is_sealed)

    def test_numbers_run_per_year(self):
        first = self._issued(self.staff)
        more = self._issued(self.clerk + self.works_staff)
        self.assertEqual(first.number, "机记通〔2026〕0001号")
        self.assertEqual(
            sorted(more.mapped("number")),
            ["机记通〔2026〕0002号", "机记通〔2026〕0003号"],
        )
        type(self).day = date(2027, 1, 5)
        self.addCleanup(setattr, type(self), "day", date(2026, 4, 28))
        later = self._issued(self.staff)
        self.assertEqual(later.number, "机记通〔2027〕0001号")

    def test_the_total_includes_these_points(self):
        self._issued(self.staff, 4)
        self.assertEqual(self._issued(self.staff, 2).total_after, 6)

    def test_once_per_score(self):
        notice = self._issued(self.staff)
        again = self.notices._issue(notice.share_id)
        self.assertFalse(again)
        self.assertEqual(
            self.notices.search_count([("share_id", "=", notice.share_id.id)]), 1
        )

    def test_nobody_writes_it(self):
        notice = self._issued(self.staff)
        for user in self.staff_user + self.points_user + self.head_user:
            mine = self._as(notice, user)
            with (
                self.subTest(user=user.login),
                self.assertRaises(UserError),
            ):
                mine.write({"points": 1})
        with self.assertRaisesRegex(UserError, "written by the system"):
            notice.write({"state": "served"})
        with self.assertRaisesRegex(UserError, "sealed"):
            engine(notice).write({"facts": "Something else"})
        with self.assertRaises(UserError):
            engine(notice).unlink()

    def test_the_reporter_is_not_on_it(self):
        notice = self._issued(self.staff, reporter_name="A whistle blower")
        text = " ".join(str(notice[name]) for name in notice._sealed_fields)
        self.assertNotIn("whistle", text)

    def test_to_sign_for_those_with_a_login(self):
        notices = self._issued(self.staff + self.driver)
        todos = notices.activity_ids
        self.assertEqual(todos.user_id, self.staff_user)
        self.assertFalse(notices.message_partner_ids)

    def test_queries_of_three(self):
        self._issued(self.clerk)  # the year's range and caches
        shares = self._shares(self.staff + self.works_staff + self.driver)
        self.env["gov.points.entry"]._post(shares)
        self.env.flush_all()
        with self.assertQueryCount(15):
            self.notices._issue(shares)
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestService(NoticeCommon):
    """Signed in the app, on paper, or refused before two witnesses."""

    def test_signed_in_the_app(self):
        notice = self._issued(self.staff)
        self.assertTrue(self._as(notice, self.staff_user).can_sign)
        self.assertTrue(self._as(notice, self.staff_user).action_sign(SIGNATURE))
        self.assertEqual(notice.state, "served")
        self.assertEqual(notice.received_on, self.day)
        service = notice.service_ids
        self.assertRecordValues(
            service,
            [
                {
                    "method": "app",
                    "recorded_by_id": self.staff_user.id,
                    "employee_id": self.staff.id,
                    "is_sealed": True,
                }
            ],
        )
        self.assertEqual(len(service.signature_sha256), 64)
        self.assertFalse(notice.activity_ids)

    def test_a_stranger_does_not_sign(self):
        notice = self._issued(self.staff)
        for user in self.points_user + self.office_head_user:
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(UserError, "who alone can sign"),
            ):
                self._as(notice, user).action_sign(SIGNATURE)
        with self.assertRaises(AccessError):
            self._as(notice, self.works_staff_user).action_sign(SIGNATURE)
        self.assertEqual(notice.state, "issued")

    def test_no_signature(self):
        notice = self._as(self._issued(self.staff), self.staff_user)
        for value in ("", None, "abc", 17, True, PDF, {"a": 1}):
            with self.subTest(value=value), self.assertRaises(UserError):
                notice.action_sign(value)

    def test_on_paper(self):
        notice = self._issued(self.driver)
        self._as(notice, self.points_user).action_serve_paper(
            "2026-04-28", PDF, "a.pdf"
        )
        self.assertEqual(notice.state, "served")
        self.assertEqual(notice.service_ids.method, "paper")
        self.assertEqual(len(notice.service_ids.scan_sha256), 64)

    def test_paper_needs_officer_scan_and_day(self):
        notice = self._issued(self.staff)
        with self.assertRaisesRegex(UserError, "by a scoring officer"):
            self._as(notice, self.office_head_user).action_serve_paper(self.day, PDF)
        office = self._as(notice, self.points_user)
        for scan in (False, *NO_SCANS):
            with self.subTest(scan=scan), self.assertRaises(UserError):
                office.action_serve_paper(self.day, scan)
        with self.assertRaisesRegex(UserError, "issued on .* only"):
            office.action_serve_paper("2026-04-27", PDF)
        with self.assertRaisesRegex(UserError, "lies in the future"):
            office.action_serve_paper("2026-04-29", PDF)
        for day in (None, "", "soon", 5, True, float("nan")):
            with self.subTest(day=day), self.assertRaises(UserError):
                office.action_serve_paper(day, PDF)
        self.assertEqual(notice.state, "issued")

    def test_an_officer_does_not_serve_on_themselves(self):
        notice = self._issued(self.points2)
        with self.assertRaisesRegex(UserError, "your own notice"):
            self._as(notice, self.points2_user).action_serve_paper(self.day, PDF)

    def test_served_once(self):
        notice = self._served()
        with self.assertRaisesRegex(UserError, "served on .* already"):
            self._as(notice, self.staff_user).action_sign(SIGNATURE)
        with self.assertRaisesRegex(UserError, "served on .* already"):
            self._as(notice, self.points_user).action_serve_paper(self.day, PDF)

    def test_refused(self):
        notice = self._issued(self.staff)
        self._as(notice, self.points_user).action_serve_refused(
            self.day,
            (self.works_head + self.works_staff).ids,
            "Meeting room 2",
            "Read it, would not sign; left on the table",
            "9:30",
            SIGNATURE,
        )
        self.assertEqual(notice.state, "refused")
        service = notice.service_ids
        self.assertEqual(service.witness_ids, self.works_head + self.works_staff)
        self.assertEqual(service.served_at, "9:30")
        self.assertEqual(len(service.photo_sha256), 64)
        self.assertTrue(service.is_sealed)
        self.assertTrue(notice.appeal_deadline)

    def test_terms_of_the_rulebook(self):
        """Unit and rule for the last day are those of the notice, one by one."""
        received = date(2026, 4, 28)
        for unit, roll, appeal, correction in (
            ("working_day", "next_working_day", "2026-05-06", "2026-04-30"),
            # Three days on lies Labour Day; two days on is a working day.
            ("calendar_day", "next_working_day", "2026-05-06", "2026-04-30"),
            ("calendar_day", "none", "2026-05-01", "2026-04-30"),
        ):
            notice = self.notices.new(
                {
                    "company_id": self.company.id,
                    "appeal_number": 3,
                    "appeal_unit": unit,
                    "appeal_roll": roll,
                    "correction_number": 2,
                    "correction_unit": unit,
                    "correction_roll": roll,
                }
            )
            dates = notice._get_deadlines(received)
            self.assertEqual(str(dates["appeal_deadline"]), appeal, (unit, roll))
            self.assertEqual(str(dates["correction_deadline"]), correction)

    def test_the_section_of_the_office_is_no_witness(self):
        """Whoever works there, with rights in the scoring or without."""
        notice = self._as(self._issued(self.staff), self.points_user)
        section = self.env["hr.department"].create(
            {"name": "Personnel", "company_id": self.company.id}
        )
        role = self.env.ref("gov_points.role_points_office_head")
        role.department_id = section
        unit = section.copy({"name": "Training", "parent_id": section.id})
        for values in ({"department_id": unit.id}, {"working_department_id": unit.id}):
            self.driver.write(values)
            with self.assertRaisesRegex(UserError, "belongs to the scoring office"):
                notice.action_serve_refused(
                    self.day, [self.driver.id, self.works_head.id], "Yard", "Left it"
                )
            self.driver.write(
                {"department_id": self.works.id, "working_department_id": False}
            )
        self._hold("points_officer", self.driver)
        with self.assertRaisesRegex(UserError, "belongs to the scoring office"):
            notice.action_serve_refused(
                self.day, [self.driver.id, self.works_head.id], "Yard", "Left it"
            )

    def test_who_is_no_witness(self):
        notice = self._issued(self.staff)
        office = self._as(notice, self.points_user)

        def refuse(people, text):
            ids = people if isinstance(people, list) else people.ids
            with self.assertRaisesRegex(UserError, text):
                office.action_serve_refused(self.day, ids, "Room 2", "Refused")

        refuse(self.works_head, "before two witnesses; 1")
        refuse(
            self.works_head + self.works_staff + self.head, "before two witnesses; 3"
        )
        refuse([self.works_head.id, self.works_head.id], "before two witnesses; 1")
        refuse(self.works_head + self.staff, "Bai Jing cannot be a witness")
        refuse(self.works_head + self.points2, "scoring office")
        refuse(self.works_head + self.boss, "scoring office")
        refuse(self.works_head + self.other_staff, "does not work here")
        refuse([0, self.works_head.id], "two witnesses")
        refuse(["a", "b"], "two witnesses")
        with self.assertRaisesRegex(UserError, "required"):
            office.action_serve_refused(
                self.day, (self.works_head + self.works_staff).ids, " ", "Refused"
            )

    def test_the_record_of_service_is_sealed(self):
        service = self._served().service_ids
        with self.assertRaises(UserError):
            service.write({"received_on": "2026-04-01"})
        with self.assertRaisesRegex(UserError, "sealed"):
            engine(service).write({"received_on": "2026-04-01"})
        with self.assertRaises(UserError):
            self.env["gov.points.service"].create({"method": "app"})

    def test_the_database_holds_it(self):
        notice = self._served()
        service = notice.service_ids
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "INSERT INTO gov_points_service (company_id, notice_id, employee_id,"
                " method, received_on, recorded_by_id, recorded_at)"
                " SELECT company_id, notice_id, employee_id, method, received_on,"
                " recorded_by_id, recorded_at FROM gov_points_service WHERE id = %s",
                (service.id,),
            )
        for query in (
            "UPDATE gov_points_notice SET points = 1 WHERE id = %s",
            "UPDATE gov_points_notice SET facts = 'x' WHERE id = %s",
            "DELETE FROM gov_points_notice WHERE id = %s",
        ):
            with (
                self.subTest(query=query),
                mute_logger("odoo.sql_db"),
                self.assertRaises(DatabaseError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(query, (notice.id,))

    def test_the_chains_are_whole(self):
        self._served()
        for chain in ("points_notice", "points_service"):
            with self.subTest(chain=chain):
                self.env["gov.seal"]._link_pending()
                seals = self.env["gov.seal"].with_user(self.supervision_user)
                result = seals.verify(chain, self.company)
                self.assertTrue(result["ok"], result)
                self.assertTrue(result["checked"])


@tagged("post_install", "-at_install")
class TestDeadlines(NoticeCommon):
    """The receipt day starts the clock, by the official calendar."""

    def _received(self, day):
        type(self).day = date.fromisoformat(day)
        self.addCleanup(setattr, type(self), "day", date(2026, 4, 28))
        return self._served()

    def test_over_labour_day(self):
        notice = self._received("2026-04-30")
        self.assertEqual(notice.appeal_deadline, date(2026, 5, 8))
        self.assertFalse(notice.provisional)

    def test_over_a_worked_sunday(self):
        notice = self._received("2026-09-18")
        self.assertEqual(notice.appeal_deadline, date(2026, 9, 22))

    def test_before_the_plan_of_the_year(self):
        notice = self._received("2026-12-30")
        self.assertTrue(notice.provisional)
        self.assertIn("provisional", notice.deadline_text)

    def test_days_one_by_one(self):
        text = self._received("2026-04-30")._explain_deadline()
        lines = text.split("\n")
        self.assertEqual(len(lines), 1 + 8 + 1)
        self.assertEqual(sum("counted, day" in line for line in lines), 3)
        self.assertEqual(sum("passed over" in line for line in lines), 5)

    def test_correction(self):
        notice = self._received("2026-09-18")
        self.assertEqual(notice.correction_deadline, date(2026, 9, 24))

    def test_unserved_starts_no_clock(self):
        notice = self._issued(self.staff)
        self.assertFalse(notice.appeal_deadline)
        self.assertFalse(notice.correction_deadline)

"""Departments say good, fair or poor once a quarter; silence is no answer."""

from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from ..models.gov_service_survey_job import last_quarter
from .common_assessment import AssessmentCase


@tagged("post_install", "-at_install")
class TestSurvey(AssessmentCase):
    def setUp(self):
        super().setUp()
        self.first, self.last = last_quarter(self.today)
        self.asked_on = self.last + timedelta(days=1)
        self.clock = self._on(self.asked_on)
        self.clock.__enter__()
        self.addCleanup(self.clock.__exit__, None, None, None)
        self.surveys = self.env["gov.service.survey"]
        self.surveys._job_ask(self.company)
        self.survey = self._survey(self.office)

    def _survey(self, department):
        return self.surveys.search(
            [("department_id", "=", department.id), ("date_from", "=", self.first)]
        )

    def _line(self, user):
        return self._as(self.survey.line_ids, user).filtered(
            lambda line: line.group_id == self.service_group
        )

    def test_quarters(self):
        for day, first, last in (
            (date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
            (date(2026, 3, 31), date(2025, 10, 1), date(2025, 12, 31)),
            (date(2026, 11, 22), date(2026, 7, 1), date(2026, 9, 30)),
        ):
            self.assertEqual(last_quarter(day), (first, last))

    def test_one_survey_per_department_and_quarter(self):
        self.assertEqual(len(self.survey), 1)
        self.assertIn(self.service_group, self.survey.line_ids.group_id)
        before = self.surveys.search_count([])
        self.surveys._job_ask(self.company)
        self.assertEqual(self.surveys.search_count([]), before)
        expected = self.env["gov.workday"].add_working_days(self.last, 10)
        self.assertEqual(self.survey.deadline, expected)

    def test_silence_is_no_answer(self):
        self.assertFalse(any(self.survey.line_ids.mapped("answer")))
        with self._on(self.survey.deadline + timedelta(days=1)):
            self.surveys._job_ask(self.company)
            self.assertFalse(self.survey.activity_ids, "the to-do is taken back")
            with self.assertRaises(UserError):
                self._line(self.clerk_user).action_good()
        self.assertFalse(any(self.survey.line_ids.mapped("answer")))

    def test_head_or_liaison_answers(self):
        """One answer: the later tap replaces the earlier one, until the deadline."""
        self._line(self.clerk_user).action_fair()
        line = self._line(self.clerk_user)
        self.assertEqual((line.answer, line.answered_by_id), ("fair", self.clerk_user))
        self._line(self.office_head_user).action_poor()
        self.assertEqual(line.answer, "poor")
        self.assertEqual(line.answered_by_id, self.office_head_user)

    def test_others_do_not_answer(self):
        for user in (self.staff_user, self.works_head_user):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._line(user).action_good()
        for user in (self.keeper_user, self.centre_user, self.supervision_user):
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self._line(user).action_good()
        self.assertFalse(any(self.survey.line_ids.mapped("answer")))

    def test_bad_answers(self):
        for answer in ("best", "", None, 5, ["good"], {"good": 1}):
            with self.subTest(answer=answer), self.assertRaises(UserError):
                self._line(self.clerk_user).action_answer(answer)

    def test_rest_and_todo(self):
        """The to-do of head and liaisons goes with the last answer."""
        todo_users = self.survey.activity_ids.user_id
        self.assertEqual(todo_users, self.office_head_user + self.clerk_user)
        self._line(self.clerk_user).action_poor()
        survey = self._as(self.survey, self.clerk_user)
        survey.action_rest_good()
        self.assertEqual(self._line(self.clerk_user).answer, "poor")
        self.assertFalse(survey.open_count)
        self.assertFalse(self.survey.sudo().activity_ids)

    def test_raw_writes(self):
        for user in (
            self.clerk_user,
            self.office_head_user,
            self.keeper_user,
            self.centre_user,
        ):
            for record, values in (
                (self.survey, {"deadline": self.today}),
                (self.survey.line_ids, {"answer": "good"}),
            ):
                with (
                    self.subTest(user=user.name),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    self._as(record, user).write(values)
            with self.assertRaises(UserError), self.cr.savepoint():
                self._as(self.survey, user).unlink()
        with self.assertRaises(UserError):
            self.survey.sudo().line_ids.write({"answer": "good"})

    def test_taps_stand_beside_the_sheet(self):
        self._line(self.clerk_user).action_poor()
        sheet = self._sheet()
        engine(sheet.sudo())._refresh_figures()
        self.assertEqual(sheet.tap_poor, 1)
        self.assertEqual(sheet.tap_good, 0)
        self.assertGreater(sheet.tap_silent, 0)
        self.assertEqual(sheet.score, 100)

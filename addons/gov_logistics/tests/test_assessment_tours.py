"""The inspector walks with the phone, the second signs, the score becomes final."""

from datetime import timedelta

from odoo.tests import tagged

from ..models.gov_service_survey_job import last_quarter
from .common_assessment import AssessmentCase
from .test_tours_depth import PhoneTourCase


@tagged("post_install", "-at_install")
class TestAssessmentTour(AssessmentCase, PhoneTourCase):
    def test_from_the_phone_to_the_final_score(self):
        sheet = self._sheet()
        self._start_phone_tour(
            "/odoo/my-assessments", "gov_assessment_phone", login="gov_inspector"
        )
        self.assertEqual((sheet.state, sheet.score), ("draft", 98))
        self.assertEqual(len(sheet.signature_ids), 2)
        self.start_tour(
            "/odoo/my-assessments", "gov_assessment_second", login="gov_inspector2"
        )
        self.assertEqual(sheet.state, "inspected")
        self._as(sheet, self.vendor_user).action_statement("It was swept at noon")
        self.start_tour(
            "/odoo/service-assessments", "gov_assessment_final", login="gov_keeper"
        )
        self.assertEqual((sheet.state, sheet.deduction_percent), ("final", 0))
        self.assertEqual(sheet.answer_text, "The photo is of 14:00")

    def test_survey(self):
        first, last = last_quarter(self.today)
        with self._on(last + timedelta(days=1)):
            self.env["gov.service.survey"]._job_ask(self.company)
            survey = self.env["gov.service.survey"].search(
                [("department_id", "=", self.office.id), ("date_from", "=", first)]
            )
        survey.sudo().flush_recordset()
        self.env.cr.execute(
            "UPDATE gov_service_survey SET deadline = %s WHERE id = %s",
            [self.today, survey.id],
        )
        survey.invalidate_recordset()
        self._start_phone_tour(
            f"/odoo/service-survey/{survey.id}", "gov_survey_phone", login="gov_clerk"
        )
        line = survey.line_ids.filtered(lambda ln: ln.group_id == self.service_group)
        self.assertEqual((line.answer, line.answered_by_id), ("poor", self.clerk_user))

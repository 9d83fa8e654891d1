from odoo import fields, models
from odoo.exceptions import UserError

from .gov_service_survey import ANSWERS


class GovServiceSurveyLine(models.Model):
    """One department's answer about one service group in one quarter."""

    _name = "gov.service.survey.line"
    _description = "Answer of a Department"
    _inherit = ["gov.guard.mixin"]
    _order = "survey_id, group_sequence, id"
    _rec_name = "group_id"
    _engine_only = True

    survey_id = fields.Many2one(
        "gov.service.survey",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="survey_id.company_id", store=True, index=True)
    department_id = fields.Many2one(
        related="survey_id.department_id", store=True, index=True
    )
    date_from = fields.Date(related="survey_id.date_from", store=True)
    date_to = fields.Date(related="survey_id.date_to", store=True)
    group_id = fields.Many2one(
        "gov.service.group",
        string="Service",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    group_sequence = fields.Integer(
        related="group_id.sequence", string="Order", store=True
    )
    answer = fields.Selection(
        ANSWERS, readonly=True, help="Empty: no answer, which is not “good”."
    )
    answered_by_id = fields.Many2one("res.users", string="Answered by", readonly=True)
    answered_at = fields.Datetime(string="Answered at", readonly=True)
    can_answer = fields.Boolean(related="survey_id.can_answer", related_sudo=False)

    _group_uniq = models.UniqueIndex(
        "(survey_id, group_id)", "One answer per department, service and quarter."
    )

    def action_good(self):
        """Answer “good”. See :meth:`action_answer`."""
        return self.action_answer("good")

    def action_fair(self):
        """Answer “fair”. See :meth:`action_answer`."""
        return self.action_answer("fair")

    def action_poor(self):
        """Answer “poor”. See :meth:`action_answer`."""
        return self.action_answer("poor")

    def action_answer(self, answer):
        """Answer for the department; until the deadline the answer can be changed.

        :param str answer: ``good``, ``fair`` or ``poor``.
        :return: True
        :raise UserError: no such answer, not the head nor a liaison, or too late.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        survey = self.survey_id._begin()
        self.with_env(survey.env)._set_answer(answer)
        return True

    def _set_answer(self, answer):
        """Keep the answer; the last open one closes the department's to-do."""
        if not isinstance(answer, str) or answer not in dict(ANSWERS):
            raise UserError(self.env._("Answer with good, fair or poor."))
        self.write(
            {
                "answer": answer,
                "answered_by_id": self.env.uid,
                "answered_at": fields.Datetime.now(),
            }
        )
        for survey in self.survey_id:
            survey.invalidate_recordset(["open_count"], flush=False)
            if not survey.open_count:
                survey.activity_unlink(["mail.mail_activity_data_todo"])

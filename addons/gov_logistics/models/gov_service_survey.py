from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals

ANSWERS = [("good", "Good"), ("fair", "Fair"), ("poor", "Poor")]


class GovServiceSurvey(models.Model):
    """What a department says of the services of a quarter, in three taps (季度评价).

    One row per service group; the department's head or a liaison taps good, fair or
    poor until the deadline. Silence is "no answer" and never "good". The rows are
    made by the quarterly job; nobody writes them but by the taps.
    """

    _name = "gov.service.survey"
    _description = "Quarterly Survey of a Department"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "date_from desc, department_id, id"
    _engine_only = True

    department_id = fields.Many2one(
        "hr.department",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="Until", required=True, readonly=True)
    deadline = fields.Date(
        string="Answer until",
        readonly=True,
        help="Working days by the clause service.survey.days.",
    )
    line_ids = fields.One2many(
        "gov.service.survey.line", "survey_id", string="Services", readonly=True
    )
    open_count = fields.Integer(string="Not answered", compute="_compute_open_count")
    is_open = fields.Boolean(
        string="May be answered", compute="_compute_is_open", search="_search_is_open"
    )
    can_answer = fields.Boolean(compute="_compute_can_answer")

    _department_uniq = models.UniqueIndex(
        "(department_id, date_from)",
        "This department has been asked for this quarter already.",
    )

    @api.depends("department_id", "date_from")
    def _compute_display_name(self):
        for survey in self:
            day = survey.date_from
            # The name of a department is no secret.
            name = survey.department_id.sudo().name or ""
            survey.display_name = name
            if day:
                survey.display_name = self.env._(
                    "%(department)s, quarter %(quarter)s of %(year)s",
                    department=name,
                    quarter=(day.month + 2) // 3,
                    year=day.year,
                )

    @api.depends("line_ids.answer")
    def _compute_open_count(self):
        groups = self.env["gov.service.survey.line"]._read_group(
            [("survey_id", "in", self.ids), ("answer", "=", False)],
            ["survey_id"],
            ["__count"],
        )
        counts = {survey.id: count for survey, count in groups}
        for survey in self:
            survey.open_count = counts.get(survey.id, 0)

    @api.depends("deadline")
    def _compute_is_open(self):
        for survey in self:
            today = survey.company_id.gov_today()
            survey.is_open = bool(survey.deadline and survey.deadline >= today)

    @api.model
    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = fields.Domain("deadline", ">=", self.env.company.gov_today())
        return domain if True in value else ~domain

    @api.depends("deadline", "department_id")
    @api.depends_context("uid")
    def _compute_can_answer(self):
        for survey in self:
            survey.can_answer = survey.is_open and self.env.user in survey._speakers()

    def _speakers(self):
        """Return who answers for the department: its head and its liaisons."""
        self.ensure_one()
        # sudo: only who speaks for the department is asked.
        department = self.sudo().department_id
        users = department.manager_id.user_id | department.liaison_ids
        return users.filtered("active").with_env(self.env)

    def _begin(self):
        """Meet the rivals and check person and deadline.

        :return: the survey in the engine's environment.
        :raise UserError: not one row, too late, or not for the department to say.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        meet_rivals(self)
        if self.env.user not in self._speakers():
            raise UserError(
                self.env._(
                    "%s: the head of the department or a liaison answers.",
                    self.display_name,
                )
            )
        if not self.is_open:
            raise UserError(
                self.env._("%s: the time to answer is over.", self.display_name)
            )
        # sudo: person and deadline have just been checked.
        return engine(self.sudo())

    def action_answer_rest(self, answer):
        """Give the same answer for every service that has none yet.

        :param str answer: ``good``, ``fair`` or ``poor``.
        :return: True
        :raise UserError: as the answer of one line.
        """
        survey = self._begin()
        lines = survey.line_ids.filtered(lambda line: not line.answer)
        lines._set_answer(answer)
        return True

    def action_rest_good(self):
        """Say “good” for every service that has no answer yet.

        :return: True
        """
        return self.action_answer_rest("good")

from odoo import api, fields, models
from odoo.exceptions import UserError

STEPS = [
    ("sign", "Sign the sheet"),
    ("manager", "Signature of the site manager"),
    ("state", "View of the other side"),
    ("enter", "Statement on paper"),
    ("finalise", "Make the score final"),
    ("reopen", "Open the sheet again"),
    ("replace", "Change a final score"),
]


class GovServiceAssessmentStep(models.TransientModel):
    """Ask for what the next step of an assessment needs: signature, text or scan.

    Who may take the step is for the assessment to say.
    """

    _name = "gov.service.assessment.step"
    _description = "Step of an Assessment"

    assessment_id = fields.Many2one(
        "gov.service.assessment", required=True, readonly=True, ondelete="cascade"
    )
    step = fields.Selection(STEPS, required=True, readonly=True, default="sign")
    # Related fields are read with the user's own rights: anybody may name a sheet.
    score = fields.Float(related="assessment_id.score", related_sudo=False)
    line_count = fields.Integer(related="assessment_id.line_count", related_sudo=False)
    percent_preview = fields.Char(
        related="assessment_id.percent_preview", related_sudo=False
    )
    statement_text = fields.Text(
        related="assessment_id.statement_text", related_sudo=False
    )
    method = fields.Selection(
        [
            ("app", "Signs on this screen"),
            ("paper", "Has signed on paper"),
            ("refused", "Refuses to sign"),
        ],
        required=True,
        default="app",
    )
    person_name = fields.Char(string="Site manager")
    signature = fields.Binary(attachment=False)
    # The public side of employees: an inspector need not be of personnel.
    witness_ids = fields.Many2many("hr.employee.public", string="Two witnesses")
    accepts = fields.Boolean(string="Agrees with the score")
    received_on = fields.Date(default=lambda self: self.env.company.gov_today())
    text = fields.Text()
    scan = fields.Binary(attachment=False)
    scan_name = fields.Char()

    @api.model
    def _get_action(self, assessment):
        """Return the window action that asks for the step of the context.

        :raise UserError: no such step.
        """
        step = self.env.context.get("gov_step", "sign")
        titles = dict(self._fields["step"]._description_selection(self.env))
        if step not in titles:
            raise UserError(self.env._("There is no such step."))
        return {
            "type": "ir.actions.act_window",
            "name": titles[step],
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_assessment_id": assessment.id,
                "default_step": step,
            },
        }

    def action_confirm(self):
        """Take the step.

        :return: the client action that closes the dialog, or opens the new sheet.
        :raise UserError: as the assessment's own methods.
        """
        self.ensure_one()
        wizard = self.with_context(bin_size=False)
        result = getattr(wizard, f"_take_{self.step}")(self.assessment_id)
        if isinstance(result, dict):
            return result
        return {"type": "ir.actions.act_window_close"}

    def _take_sign(self, assessment):
        return assessment.action_sign(self.signature)

    def _take_manager(self, assessment):
        if self.method == "paper":
            return assessment.action_sign_manager_paper(
                self.person_name, self.scan, self.scan_name
            )
        if self.method == "refused":
            return assessment.action_refuse_manager(
                self.person_name, self.witness_ids.ids, self.text
            )
        return assessment.action_sign_manager(self.person_name, self.signature)

    def _take_state(self, assessment):
        return assessment.action_statement(self.text, self.accepts)

    def _take_enter(self, assessment):
        return assessment.action_enter_statement(
            self.received_on, self.text, self.scan, self.accepts, self.scan_name
        )

    def _take_finalise(self, assessment):
        return assessment.action_finalise(self.text)

    def _take_reopen(self, assessment):
        return assessment.action_reopen(self.text)

    def _take_replace(self, assessment):
        return assessment.action_replace(self.text)

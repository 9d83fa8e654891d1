from odoo import api, fields, models
from odoo.exceptions import UserError


class GovApprovalWizard(models.TransientModel):
    """Ask for the opinion that goes with a decision, and for the step to return to."""

    _name = "gov.approval.wizard"
    _description = "Opinion on a Matter"

    model = fields.Char(required=True, readonly=True)
    res_ids = fields.Char(required=True, readonly=True)
    outcome = fields.Selection(
        [
            ("approve", "Approve"),
            ("reject", "Reject"),
            ("return", "Return for correction"),
            ("hold", "Put on hold"),
            ("opinion", "Ask an opinion"),
            ("answer", "Answer"),
            ("withdraw", "Withdraw"),
            ("cancel", "Cancel"),
        ],
        required=True,
        readonly=True,
    )
    phrase_id = fields.Many2one(
        "gov.approval.phrase",
        string="Stock phrase",
        domain="[('outcome', '=', outcome)]",
    )
    user_ids = fields.Many2many(
        "res.users", string="Whom to ask", domain=[("share", "=", False)]
    )
    question = fields.Text(compute="_compute_question")
    reason = fields.Text(
        string="Opinion", compute="_compute_reason", store=True, readonly=False
    )
    earlier_step_ids = fields.Many2many(
        "gov.approval.step", compute="_compute_earlier_step_ids"
    )
    to_step_id = fields.Many2one(
        "gov.approval.step",
        string="Return to",
        domain="[('id', 'in', earlier_step_ids)]",
        help="Empty: back to the applicant.",
    )

    @api.depends("model", "res_ids", "outcome")
    def _compute_earlier_step_ids(self):
        for wizard in self:
            matters = wizard._get_matters()
            steps = wizard.earlier_step_ids.browse()
            if wizard.outcome == "return" and len(matters) == 1:
                steps = matters.step_ids.filtered(
                    lambda s, m=matters: s.round == m.approval_round
                    and s.state in ("approved", "skipped")
                )
            wizard.earlier_step_ids = steps

    @api.depends("phrase_id")
    def _compute_reason(self):
        for wizard in self:
            if wizard.phrase_id:
                wizard.reason = wizard.phrase_id.name
            elif wizard.outcome == "approve" and not wizard.reason:
                step = wizard._get_matters()[:1].current_step_id
                phrase = wizard.phrase_id.browse()
                if step:
                    phrase = phrase._get_filled(step)
                wizard.reason = phrase.name

    @api.depends("model", "res_ids", "outcome")
    def _compute_question(self):
        for wizard in self:
            questions = wizard.env["gov.approval.opinion"]
            if wizard.outcome == "answer" and (matters := wizard._get_matters()):
                questions = matters._get_my_questions()
            wizard.question = "\n".join(questions.mapped("question")) or False

    def _get_matters(self):
        self.ensure_one()
        ids = [int(id_) for id_ in (self.res_ids or "").split(",") if id_.isdecimal()]
        if self.model not in self.env["gov.matter.part"]._get_matter_models():
            return self.env["gov.matter.part"].browse()
        return self.env[self.model].browse(ids)

    def action_confirm(self):
        """Do what was asked for, with the opinion typed here.

        :return: the client action that closes the dialog.
        :raise UserError: when no matter is named, and as the matter's own method.
        """
        matters = self._get_matters()
        if not matters:
            raise UserError(self.env._("Choose a matter first."))
        reason = self.reason or ""
        if self.outcome == "approve":
            matters.action_approve(reason)
        elif self.outcome == "reject":
            matters.action_reject(reason)
        elif self.outcome == "return":
            matters.action_return(reason, self.to_step_id.sequence or None)
        elif self.outcome == "hold":
            matters.action_hold(reason)
        elif self.outcome == "opinion":
            matters.action_ask_opinion(self.user_ids.ids, reason)
        elif self.outcome == "answer":
            return self._answer(matters, reason)
        elif self.outcome == "withdraw":
            matters.action_withdraw(reason)
        else:
            matters.action_cancel(reason)
        return {"type": "ir.actions.act_window_close"}

    def _answer(self, matters, text):
        """Answer, and go back to the list: the matter may not be open any more."""
        questions = matters._get_my_questions()
        if not questions:
            raise UserError(
                self.env._("This question is not open any more; nothing was recorded.")
            )
        questions.with_env(self.env).action_answer(text)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_base.gov_approval_opinion_action_mine"
        )
        return {**action, "target": "main"}

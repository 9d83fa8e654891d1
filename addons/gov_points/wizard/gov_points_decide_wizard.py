from odoo import api, fields, models

from ..models.gov_points_appeal import OUTCOMES


class GovPointsDecideWizard(models.TransientModel):
    """Uphold, reduce or revoke: two taps, with stock phrases for the grounds.

    The same dialog takes a proposal, the parent body's decision and a withdrawal on
    paper. It shows of the appeal what the user may read there.
    """

    _name = "gov.points.decide.wizard"
    _description = "Decision on an Appeal"

    appeal_id = fields.Many2one("gov.points.appeal", required=True, readonly=True)
    step = fields.Selection(
        [
            ("decide", "Decide"),
            ("propose", "Propose"),
            ("outside", "Parent body"),
            ("withdraw", "Withdrawal"),
        ],
        required=True,
        readonly=True,
        default="decide",
    )
    person_name = fields.Char(related="appeal_id.person_name", related_sudo=False)
    article_code = fields.Char(related="appeal_id.article_code", related_sudo=False)
    points_before = fields.Integer(related="appeal_id.points", related_sudo=False)
    total_after = fields.Integer(related="appeal_id.total_after", related_sudo=False)
    grounds_of_appeal = fields.Text(related="appeal_id.grounds", related_sudo=False)
    proposed_outcome = fields.Selection(
        related="appeal_id.proposed_outcome", related_sudo=False
    )
    proposed_grounds = fields.Text(
        related="appeal_id.proposed_grounds", related_sudo=False
    )
    outcome = fields.Selection(
        OUTCOMES, compute="_compute_proposed", store=True, readonly=False
    )
    score_ids = fields.Many2many(
        "gov.points.score", string="Possible scores", compute="_compute_score_ids"
    )
    score_id = fields.Many2one(
        "gov.points.score",
        string="Reduced to",
        domain="[('id', 'in', score_ids)]",
    )
    phrase_id = fields.Many2one(
        "gov.approval.phrase",
        string="Stock phrase",
        domain="[('outcome', '=', phrase_kind)]",
    )
    phrase_kind = fields.Char(compute="_compute_phrase_kind")
    grounds = fields.Text(compute="_compute_grounds", store=True, readonly=False)
    outside_body = fields.Char(string="Parent body")
    outside_number = fields.Char(string="Number of its document")
    outside_date = fields.Date(string="Date of its document")
    scan = fields.Binary()
    scan_name = fields.Char()

    @api.depends("appeal_id", "step")
    def _compute_proposed(self):
        for wizard in self:
            if wizard.step == "decide":
                wizard.outcome = wizard.appeal_id.proposed_outcome

    @api.depends("appeal_id")
    def _compute_score_ids(self):
        for wizard in self:
            wizard.appeal_id.check_access("read")
            # Only the scores of the rulebook are shown.
            scheme = wizard.appeal_id.sudo().share_id.scheme_id
            smaller = wizard.appeal_id._get_smaller_scores()
            wizard.score_ids = scheme.score_ids.filtered_domain(
                [("points", "in", smaller)]
            )

    @api.depends("outcome")
    def _compute_phrase_kind(self):
        for wizard in self:
            wizard.phrase_kind = f"appeal_{wizard.outcome or 'upheld'}"

    @api.depends("phrase_id")
    def _compute_grounds(self):
        for wizard in self:
            if wizard.phrase_id:
                wizard.grounds = wizard.phrase_id.name
            elif wizard.step == "decide" and not wizard.grounds:
                wizard.grounds = wizard.appeal_id.proposed_grounds

    def action_confirm(self):
        """Take the step of this dialog.

        :return: the client action that closes the dialog.
        :raise UserError: as the appeal's own methods.
        """
        self.ensure_one()
        appeal, wizard = self.appeal_id, self.with_context(bin_size=False)
        points = self.score_id.points if self.outcome == "reduced" else None
        grounds = self.grounds or ""
        if self.step == "decide":
            appeal.action_decide(self.outcome, grounds, points or None)
        elif self.step == "propose":
            appeal.action_propose(self.outcome, grounds, points or None)
        elif self.step == "withdraw":
            appeal.action_withdraw_paper(grounds, wizard.scan)
        else:
            appeal.action_record_outside(
                self.outcome,
                grounds,
                self.outside_body or "",
                self.outside_number or "",
                self.outside_date,
                wizard.scan,
                points or None,
                self.scan_name,
            )
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models


class GovContractProposalWizard(models.TransientModel):
    """What the manager of the service centre decides on a proposal of termination."""

    _name = "gov.contract.proposal.wizard"
    _description = "Decide on a Proposal of Termination"

    proposal_id = fields.Many2one(
        "gov.contract.proposal", required=True, readonly=True, ondelete="cascade"
    )
    evidence = fields.Text(related="proposal_id.evidence")
    date = fields.Date(string="Last day of service")
    reason = fields.Text()

    def action_confirm(self):
        """Terminate the contract; see ``gov.contract.proposal.action_confirm``."""
        self.ensure_one()
        self.proposal_id.action_confirm(self.date, self.reason or "")
        return {"type": "ir.actions.act_window_close"}

    def action_drop(self):
        """Leave the contract in force; see ``gov.contract.proposal.action_drop``."""
        self.ensure_one()
        self.proposal_id.action_drop(self.reason or "")
        return {"type": "ir.actions.act_window_close"}

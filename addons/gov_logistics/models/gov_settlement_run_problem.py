from odoo import fields, models


class GovSettlementRunProblem(models.Model):
    """A contract for which a month run could not draft a statement, and why."""

    _name = "gov.settlement.run.problem"
    _description = "Problem of a Month Run"
    _inherit = ["gov.guard.mixin"]
    _order = "run_id desc, id"
    _engine_only = True

    run_id = fields.Many2one(
        "gov.settlement.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="run_id.company_id", store=True, index=True, precompute=True
    )
    contract_id = fields.Many2one(
        "contract.contract", readonly=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="Reason", required=True, readonly=True)

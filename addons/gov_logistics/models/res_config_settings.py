from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # ------------------------------------------------------------------- budget

    gov_budget_warn = fields.Float(related="company_id.gov_budget_warn", readonly=False)
    gov_budget_over = fields.Selection(
        related="company_id.gov_budget_over", readonly=False
    )
    gov_budget_carry = fields.Selection(
        related="company_id.gov_budget_carry", readonly=False
    )
    gov_budget_remind = fields.Integer(
        related="company_id.gov_budget_remind", readonly=False
    )

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

    # --- service desk ---
    service_phone = fields.Char(related="company_id.service_phone", readonly=False)
    service_chief_id = fields.Many2one(
        related="company_id.service_chief_id", readonly=False
    )
    service_response_hours = fields.Float(
        related="company_id.service_response_hours", readonly=False
    )
    service_resolve_hours = fields.Float(
        related="company_id.service_resolve_hours", readonly=False
    )
    service_warn_percent = fields.Integer(
        related="company_id.service_warn_percent", readonly=False
    )
    service_callback_percent = fields.Integer(
        related="company_id.service_callback_percent", readonly=False
    )
    service_repeat_days = fields.Integer(
        related="company_id.service_repeat_days", readonly=False
    )
    service_repeat_count = fields.Integer(
        related="company_id.service_repeat_count", readonly=False
    )
    service_reopen_days = fields.Integer(
        related="company_id.service_reopen_days", readonly=False
    )
    service_store_id = fields.Many2one(
        related="company_id.service_store_id", readonly=False
    )

    # --- use per head and per m² ---
    use_heads = fields.Integer(related="company_id.use_heads", readonly=False)
    use_area = fields.Float(related="company_id.use_area", readonly=False)

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gov_tz = fields.Selection(related="company_id.gov_tz", readonly=False)
    gov_digest_first = fields.Float(
        related="company_id.gov_digest_first", readonly=False
    )
    gov_digest_second = fields.Float(
        related="company_id.gov_digest_second", readonly=False
    )

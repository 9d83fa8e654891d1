from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gov_tz = fields.Selection(related="company_id.gov_tz", readonly=False)

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # ----------------------------------------------------------------- vehicles
    fleet_keeper_id = fields.Many2one(
        related="company_id.fleet_keeper_id", readonly=False
    )
    fleet_phone = fields.Char(related="company_id.fleet_phone", readonly=False)

    # ----------------------------------------------------------------- requests
    fleet_intake_id = fields.Many2one(
        related="company_id.fleet_intake_id", readonly=False
    )

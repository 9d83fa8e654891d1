from odoo import models


class GovAccessLog(models.Model):
    """Who opened a protected trip would tell whose it is."""

    _name = "gov.access.log"
    _inherit = ["gov.access.log", "gov.protected.part"]

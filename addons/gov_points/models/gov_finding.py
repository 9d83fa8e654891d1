from odoo import models


class GovFinding(models.Model):
    """A confirmed finding about a person proposes a conduct case."""

    _inherit = "gov.finding"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "confirmed":
            self.env["gov.points.proposal"]._propose(self)
        return result

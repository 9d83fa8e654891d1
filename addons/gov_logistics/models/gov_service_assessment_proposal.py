from odoo import models


class GovServiceAssessment(models.Model):
    """A final score may be the last of a row that is too low."""

    _inherit = "gov.service.assessment"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "final":
            self.env["gov.contract.proposal"]._propose(self.contract_id)
        return result

from odoo import models

from .contract_contract import GENERATION


class ResPartner(models.Model):
    """OCA's buttons on a partner count the contracts that their lists show."""

    _inherit = "res.partner"

    def _compute_contract_count(self):
        result = super()._compute_contract_count()
        ours = self.env["contract.contract"]._read_group(
            [("partner_id", "in", self.ids), ("generation_type", "=", GENERATION)],
            ["partner_id", "contract_type"],
            ["__count"],
        )
        for partner in self if ours else ():
            family = partner + partner.child_ids
            for other, kind, count in ours:
                if other in family and kind == "sale":
                    partner.sale_contract_count -= count
                elif other in family and kind == "purchase":
                    partner.purchase_contract_count -= count
        return result

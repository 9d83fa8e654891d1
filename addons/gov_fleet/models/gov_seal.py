from odoo import api, models
from odoo.fields import Domain


class GovSeal(models.Model):
    """Seals of decisions on protected trips hold who decided what, and why.

    Whoever may read the decision reads it there; its seal is nobody's. Chains are
    verified all the same: the verifier compares every link, whatever rules say.
    """

    _name = "gov.seal"
    _inherit = ["gov.seal", "gov.protected.part"]

    @api.depends("model", "res_id")
    def _compute_on_protected_trip(self):
        # sudo: only which of these are hidden is asked.
        hidden = self.sudo().search(
            [("id", "in", self.ids), ("on_protected_trip", "=", True)]
        )
        for seal in self:
            seal.on_protected_trip = seal in hidden

    @api.model
    def _search_on_protected_trip(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: only which decisions are hidden is asked.
        decisions = self.env["gov.approval.decision"].sudo()
        hidden = self.env["gov.vehicle.request"]._get_protected_domain()
        domain = Domain("model", "=", decisions._name)
        domain &= Domain("res_id", "in", decisions._search(hidden))
        return domain if True in value else ~domain

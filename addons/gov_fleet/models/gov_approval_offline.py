from odoo import api, models
from odoo.exceptions import UserError


class GovApprovalOffline(models.Model):
    """Decisions by phone on protected trips: between those who may read them."""

    _name = "gov.approval.offline"
    _inherit = ["gov.approval.offline", "gov.protected.part"]

    @api.model
    def _find_by_number(self, number):
        """The secretariat names a matter by its number, but for a protected trip."""
        matter = super()._find_by_number(number)
        is_secret = matter._name == "gov.vehicle.request" and matter.is_protected
        if is_secret and not matter.with_user(self.env.user).has_access("read"):
            raise UserError(
                self.env._("No matter under way has the number “%s”.", number)
            )
        return matter

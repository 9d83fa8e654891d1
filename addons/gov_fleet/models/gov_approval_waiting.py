from odoo import models


class GovApprovalWaiting(models.Model):
    """A protected trip stands on no list of waiting matters but its approver's."""

    _name = "gov.approval.waiting"
    _inherit = ["gov.approval.waiting", "gov.protected.part"]

from odoo import models


class GovApprovalSeat(models.Model):
    """Seats of a protected trip are seen by who sits there, and by nobody else."""

    _name = "gov.approval.seat"
    _inherit = ["gov.approval.seat", "gov.protected.part"]

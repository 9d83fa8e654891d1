from odoo import fields, models


class GovApprovalMark(models.Model):
    """What was let through above the budget stands in the register, too."""

    _inherit = "gov.approval.mark"

    kind = fields.Selection(
        selection_add=[("budget", "Above the budget")],
        ondelete={"budget": "cascade"},
    )

from odoo import fields, models


class GovSupplyRequestLine(models.Model):
    """Each line may be paid from a budget line of its own."""

    _inherit = "gov.supply.request.line"

    _protected_fields = frozenset({"budget_line_id"})

    budget_line_id = fields.Many2one(
        "gov.budget.line",
        string="Budget line",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Named at submission by the category's economic item, else by finance.",
    )

from odoo import fields, models


class GovServiceUsage(models.Model):
    """Usage stands on one line of one statement; a draft's is drawn anew."""

    _inherit = "gov.service.usage"
    _protected_fields = frozenset({"settlement_line_id"})

    settlement_line_id = fields.Many2one(
        "gov.settlement.line",
        string="Line of the statement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    settlement_id = fields.Many2one(
        related="settlement_line_id.settlement_id", string="Statement"
    )

    _unsettled = models.Index(
        "(contract_id, date) WHERE settlement_line_id IS NULL"
        " AND contract_line_id IS NOT NULL"
    )

    def _is_settled(self):
        return super()._is_settled() or bool(self.sudo().settlement_line_id)

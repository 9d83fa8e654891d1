from odoo import fields, models

# kind → which of the statement's sums it belongs to
GROUPS = {
    "fixed": "gross",
    "metered": "gross",
    "missing": "deducted",
    "deduction": "deducted",
    "fine": "deducted",
    "retention": "retained",
}


class GovSettlementLine(models.Model):
    """A line of a statement: what, how much, at which price, and its amount.

    Written by the server alone. The amount is rounded once, here; what is taken off is
    negative, so that the sum of the lines is the total.
    """

    _name = "gov.settlement.line"
    _description = "Line of a Statement"
    _inherit = ["gov.seal.mixin"]
    _order = "settlement_id desc, sequence, id"
    _check_company_auto = True
    _engine_only = True
    _allow_sudo_commands = False
    _seal_chain = "settlement"
    _sealed_fields = (
        "settlement_id",
        "company_id",
        "contract_line_id",
        "kind",
        "name",
        "quantity",
        "price_unit",
        "share_text",
        "date_from",
        "date_to",
        "is_late",
        "norm_quantity",
        "quantity_above",
        "amount",
    )

    settlement_id = fields.Many2one(
        "gov.settlement",
        string="Statement",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="settlement_id.state")
    contract_id = fields.Many2one(related="settlement_id.contract_id")
    sequence = fields.Integer(readonly=True)
    contract_line_id = fields.Many2one(
        "contract.line",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    service_item_id = fields.Many2one(
        related="contract_line_id.service_item_id", string="Service"
    )
    uom_id = fields.Many2one(related="contract_line_id.uom_id", string="Unit")
    kind = fields.Selection(
        [
            ("fixed", "Fixed fee"),
            ("metered", "Metered"),
            ("missing", "Missing service"),
            ("deduction", "Assessment deduction"),
            ("fine", "Other deduction"),
            ("retention", "Retention"),
        ],
        required=True,
        readonly=True,
    )
    name = fields.Char(required=True, readonly=True)
    quantity = fields.Float(digits=(16, 4), readonly=True)
    price_unit = fields.Float(string="Price", digits=(16, 6), readonly=True)
    days = fields.Integer(readonly=True, aggregator=None)
    divisor = fields.Selection(
        [("calendar", "Days of the month"), ("30", "30 days")],
        string="By days",
        readonly=True,
    )
    share_text = fields.Char(
        string="Months",
        readonly=True,
        help="How many months' fees, as an exact figure: 1, or 15/31.",
    )
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="Until", readonly=True)
    is_late = fields.Boolean(
        string="Late usage",
        readonly=True,
        help="Of an earlier period, at the price of its own day.",
    )
    is_split = fields.Boolean(string="Shared by percentage", readonly=True)
    norm_quantity = fields.Float(
        string="Norm",
        digits=(16, 4),
        readonly=True,
        help="Of use free of charge: the norm of the days of this period.",
    )
    quantity_above = fields.Float(
        string="Above the norm",
        digits=(16, 4),
        readonly=True,
        help="Late usage is listed with the period of its day.",
    )
    amount = fields.Monetary(readonly=True)
    usage_count = fields.Integer(string="Records", readonly=True, aggregator=None)
    usage_ids = fields.One2many(
        "gov.service.usage", "settlement_line_id", string="Usage", readonly=True
    )
    objection = fields.Char(readonly=True)
    objection_side = fields.Selection(
        [("own", "Our side"), ("other", "The other side")],
        string="Objection by",
        readonly=True,
    )
    answer = fields.Char(string="Answer to the objection", readonly=True)

    def _get_group(self):
        """Return which sum of the statement this line belongs to."""
        return GROUPS[self.kind]

    def _is_open_objection(self):
        return bool(self.objection and not self.answer)

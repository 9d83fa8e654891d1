from odoo import fields, models


class GovSettlementPayment(models.Model):
    """What the treasury's system has paid on a statement, filled back.

    Never changed: a mistake is taken back by a row with the opposite amount.
    """

    _name = "gov.settlement.payment"
    _description = "Payment of a Statement"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False
    _rec_name = "number"

    settlement_id = fields.Many2one(
        "gov.settlement",
        string="Statement",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    number = fields.Char(
        string="Payment number",
        required=True,
        readonly=True,
        help="The number in the treasury's system.",
    )
    date = fields.Date(string="Paid on", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Entered by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    reversal_of_id = fields.Many2one(
        "gov.settlement.payment",
        string="Takes back",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reason = fields.Char(readonly=True)

    _reversal_uniq = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "This payment has been taken back already.",
    )

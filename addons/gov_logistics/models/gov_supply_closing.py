from odoo import fields, models


class GovSupplyClosing(models.Model):
    """Trace of a month of supplies that was closed: who, when, and what it came to.

    Written by ``gov.supply.month`` alone; nobody changes or deletes it.
    """

    _name = "gov.supply.closing"
    _description = "Closed Month of Supplies"
    _inherit = ["gov.guard.mixin"]
    _order = "date_to desc, id desc"
    _rec_name = "date_to"
    _engine_only = True

    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="Month", required=True, readonly=True)
    date_to = fields.Date(string="Closed until", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Closed by", required=True, readonly=True
    )
    closed_at = fields.Datetime(required=True, readonly=True)
    line_count = fields.Integer(string="Lines of the register", readonly=True)
    amount = fields.Monetary(readonly=True)

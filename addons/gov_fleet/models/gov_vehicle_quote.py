from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine


class GovVehicleQuote(models.Model):
    """A shop's quote (报价) for a repair order; one of them is chosen."""

    _name = "gov.vehicle.quote"
    _description = "Quote of a Shop"
    _inherit = ["gov.scan.mixin", "gov.vehicle.order.child"]
    _order = "order_id, amount, id"
    _rec_name = "partner_id"
    _protected_fields = frozenset({"is_chosen"})

    partner_id = fields.Many2one(
        "res.partner", string="Shop", required=True, ondelete="restrict"
    )
    amount = fields.Monetary(required=True)
    date = fields.Date(
        string="Quoted on",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    note = fields.Char()
    is_designated = fields.Boolean(
        related="partner_id.is_designated_shop", string="Designated"
    )
    is_chosen = fields.Boolean(string="Chosen", readonly=True, copy=False)

    _amount_check = models.Constraint(
        "CHECK (amount > 0 AND amount < 1000000000)", "A quote is a sum above 0."
    )
    _one_chosen = models.UniqueIndex(
        "(order_id) WHERE is_chosen", "Another quote of this order is chosen."
    )
    _one_per_shop = models.UniqueIndex(
        "(order_id, partner_id)", "This shop has quoted for this order already."
    )

    @api.model
    def _get_linked_names(self):
        return (*super()._get_linked_names(), "partner_id")

    def action_choose(self):
        """Choose this quote: its shop gets the order.

        :return: True
        :raise UserError: none or several rows, or the order is no draft any more.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self._check_order_open()
        self.order_id._approval_meet_rivals()
        # sudo: who may write the draft, and that it is one, was checked just above.
        quote = engine(self.sudo())
        quote.order_id.quote_ids.filtered("is_chosen").is_chosen = False
        quote.is_chosen = True
        quote.order_id.vendor_id = quote.partner_id
        return True

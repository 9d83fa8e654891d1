from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine


class PurchaseOrderLine(models.Model):
    """Order lines linked to the line of the supply request that allows them."""

    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "gov.guard.mixin"]

    _protected_fields = frozenset({"supply_line_id"})

    supply_line_id = fields.Many2one(
        "gov.supply.request.line",
        string="Supply request line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def write(self, vals):
        if "product_id" in vals and not is_engine(self.env):
            for line in self:
                if line.supply_line_id and line.product_id.id != vals["product_id"]:
                    raise UserError(
                        self.env._(
                            "%(product)s was approved on %(request)s; another product "
                            "needs a new request.",
                            product=line.product_id.display_name,
                            request=line.supply_line_id.request_id.display_name,
                        )
                    )
        result = super().write(vals)
        if not {"qty_received", "qty_received_manual"}.isdisjoint(vals):
            # Whoever enters a receipt books the service, in whatever request.
            lines = self.sudo().supply_line_id
            if any(company.gov_budget_on for company in lines.company_id):
                lines.request_id._budget_sync_all()
        return result

    @api.constrains(
        "product_qty", "product_uom_id", "price_unit", "discount", "tax_ids", "order_id"
    )
    def _check_supply_approved(self):
        """Refuse to order more, or dearer, than the approved request allows.

        Quotations may ask what they like; the check bites when an order is confirmed,
        and for every later change. The sum of a request over all its orders stays
        within the approved amount plus the tolerance of the clause
        ``supply.purchase.tolerance``.
        """
        # Whoever changes an order must be held against the request even where they
        # may not read it; the message names its number only.
        lines = self.sudo().filtered(
            lambda line: line.supply_line_id and line._is_supply_ordered()
        )
        for supply_line in lines.supply_line_id:
            supply_line._check_ordered_quantity()
        for request in lines.supply_line_id.request_id:
            request._check_ordered_amount()

    def _is_supply_ordered(self):
        return bool(self._get_supply_quantity())

    def _get_supply_quantity(self):
        """Return the quantity that counts as ordered, in the unit of this line.

        What had arrived before an order was cancelled has been bought all the same.
        """
        if self.order_id.state == "cancel":
            return self.qty_received
        ordered = self.order_id.state in ("to approve", "purchase")
        return max(self.product_qty, self.qty_received) if ordered else 0.0

    def _get_supply_amount(self):
        """Return the cost, tax included, of the quantity that counts as ordered.

        A line that was reduced to nothing after a receipt has no total any more: what
        had arrived then counts at its price.
        """
        quantity = self._get_supply_quantity()
        if not self.product_qty:
            return self.price_unit * quantity
        return self.price_total * quantity / self.product_qty

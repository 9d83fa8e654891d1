from odoo import api, fields, models


class ProductProduct(models.Model):
    """What the store has of a product, for whoever asks for it."""

    _inherit = "product.product"

    supply_on_hand = fields.Float(
        string="On hand",
        digits="Product Unit",
        compute="_compute_supply_on_hand",
        help="In the store and not reserved.",
    )

    @api.depends_context("company")
    def _compute_supply_on_hand(self):
        on_hand = self._read_supply_on_hand(self.env.company)
        for product in self:
            product.supply_on_hand = on_hand.get(product.id, 0.0)

    def _read_supply_on_hand(self, company):
        """Return the free quantities in the store of ``company``, in product units.

        :return: dict product id → quantity, without the products that it has none of.
        """
        products = self.filtered("is_storable")
        if not products or not company:
            return {}
        place = self.env["stock.warehouse"]._get_supply_warehouse(company)
        # Stock on hand is shown to all staff, as a figure and nothing else.
        groups = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [
                    ("product_id", "in", products.ids),
                    ("location_id", "child_of", place.lot_stock_id.ids),
                    ("location_id.usage", "=", "internal"),
                    ("owner_id", "=", False),
                ],
                ["product_id"],
                ["quantity:sum", "reserved_quantity:sum"],
            )
        )
        return {
            product.id: quantity - reserved for product, quantity, reserved in groups
        }

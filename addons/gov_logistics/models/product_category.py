from odoo import models

# What Odoo creates by itself: a product there has no category of its own.
_GENERAL = (
    "product.product_category_all",
    "product.product_category_goods",
    "product.product_category_services",
    "product.product_category_expenses",
)


class ProductCategory(models.Model):
    """Categories by which purchases are added up."""

    _inherit = "product.category"

    def _filter_supply_own(self):
        """Return those that say what a product is, without Odoo's general ones."""
        general = self.browse()
        for name in _GENERAL:
            if category := self.env.ref(name, raise_if_not_found=False):
                general |= category
        return self.filtered(
            lambda category: category not in general
            and (category.parent_id or category.name not in ("All", "全部", "所有"))
        )

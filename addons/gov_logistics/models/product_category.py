from odoo import fields, models

# What Odoo creates by itself: a product there has no category of its own.
_GENERAL = (
    "product.product_category_goods",
    "product.product_category_services",
    "product.product_category_expenses",
)


class ProductCategory(models.Model):
    """Categories by which purchases are added up."""

    _inherit = "product.category"

    budget_item_id = fields.Many2one(
        "gov.budget.item",
        string="Economic item",
        company_dependent=True,
        help="What is asked for of this category is paid from the department's budget "
        "line for this item; a category without one follows the one above it.",
    )

    def _get_budget_item(self, company):
        """Return the economic item of this category, or of the nearest above it."""
        # Which item a category belongs to is no secret.
        category = self.sudo().with_company(company)
        while category and not category.budget_item_id:
            category = category.parent_id
        return category.budget_item_id

    def _filter_supply_own(self):
        """Return those that say what a product is, without Odoo's general ones."""
        # Known without a query for each line, unlike ``env.ref``.
        names = self.env["ir.model.data"]
        general = {names._xmlid_to_res_id(name) for name in _GENERAL}
        return self.filtered(
            lambda category: category.id not in general
            and (category.parent_id or category.name not in ("All", "全部", "所有"))
        )

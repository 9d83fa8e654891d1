from odoo import api, fields, models

from odoo.addons.gov_base.models.gov_guard import engine


class GovSupplyRequestLine(models.Model):
    """What the splitting check looks for among the lines of other requests."""

    _inherit = "gov.supply.request.line"

    _protected_fields = frozenset({"categ_id", "submitted_at"})

    categ_id = fields.Many2one(
        "product.category",
        string="Category",
        compute="_compute_categ_id",
        store=True,
        precompute=True,
        copy=False,
        ondelete="restrict",
        help="Category of the product at submission; empty where it has none of its "
        "own.",
    )
    submitted_at = fields.Datetime(
        related="request_id.submitted_at", string="Request submitted at", store=True
    )

    # Purchases of one category within some days: the splitting check.
    _split_idx = models.Index(
        "(company_id, categ_id, submitted_at) INCLUDE (request_id)"
        " WHERE categ_id IS NOT NULL AND submitted_at IS NOT NULL"
    )

    @api.depends("product_id")
    def _compute_categ_id(self):
        # A product that moves to another category later changes nothing here.
        for line in self:
            line.categ_id = line._get_own_category()

    def _get_own_category(self):
        # Whoever may read the line may know what kind of thing it is.
        return self.product_id.sudo().categ_id._filter_supply_own()

    def _refresh_category(self):
        """Take over the categories of today; called at submission."""
        for line in self:
            category = line._get_own_category()
            if line.categ_id != category:
                # The caller is submitting a request whose lines they may write.
                engine(line.sudo()).categ_id = category

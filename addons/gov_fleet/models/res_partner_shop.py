from odoo import fields, models


class ResPartner(models.Model):
    """Shops that were chosen for repairs (定点维修厂)."""

    _inherit = "res.partner"

    is_designated_shop = fields.Boolean(
        string="Designated repair shop",
        help="Chosen by procurement for repair and maintenance of official vehicles.",
    )
    shop_agreement = fields.Char(
        string="Repair agreement", help="Number of the framework agreement."
    )
    shop_date_to = fields.Date(string="Agreement until")

    def _is_designated_on(self, day):
        """Tell whether this shop is designated on ``day``."""
        self.ensure_one()
        return self.is_designated_shop and not (
            self.shop_date_to and self.shop_date_to < day
        )

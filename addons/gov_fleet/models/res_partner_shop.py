from odoo import api, fields, models
from odoo.exceptions import UserError

_SHOP = frozenset({"is_designated_shop", "shop_agreement", "shop_date_to"})


class ResPartner(models.Model):
    """Shops that procurement has chosen for repairs (定点维修厂)."""

    _inherit = "res.partner"

    is_designated_shop = fields.Boolean(
        string="Designated repair shop",
        help="Chosen by procurement for repair and maintenance of official vehicles.",
    )
    shop_agreement = fields.Char(
        string="Repair agreement", help="Number of the framework agreement."
    )
    shop_date_to = fields.Date(string="Agreement until")

    @api.model_create_multi
    def create(self, vals_list):
        if any(_SHOP & {k for k, v in vals.items() if v} for vals in vals_list):
            self._check_may_designate()
        partners = super().create(vals_list)
        if partners.filtered("is_designated_shop"):
            # A default in the caller's context is a value, too.
            self._check_may_designate()
        return partners

    def write(self, vals):
        if _SHOP & set(vals):
            self._check_may_designate()
        return super().write(vals)

    @api.model
    def _check_may_designate(self):
        """Raise unless the manager of vehicles or procurement names the shop."""
        groups = "gov_fleet.group_fleet_manager,gov_logistics.group_procurement"
        if not self.env.su and not self.env.user.has_groups(groups):
            raise UserError(
                self.env._(
                    "Designated shops are named by the manager of official vehicles or "
                    "by procurement."
                )
            )

    def _is_designated_on(self, day):
        """Tell whether this shop is designated on ``day``."""
        self.ensure_one()
        return self.is_designated_shop and not (
            self.shop_date_to and self.shop_date_to < day
        )

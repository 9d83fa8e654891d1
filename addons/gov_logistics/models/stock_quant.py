from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine


class StockQuant(models.Model):
    """Stock of the supply store is corrected by a stocktake, not by hand."""

    _inherit = "stock.quant"

    def _apply_inventory(self, date=None):
        """Refuse corrections by hand, but for the manager's opening stock.

        Odoo lets every stock user adjust quantities; gains and losses of supplies go
        through the chain of a stocktake. The manager of supplies enters the opening
        stock. Odoo also comes here with all rights, on behalf of a stock user.
        """
        if not self._may_correct_supply():
            stores = self.env["stock.warehouse"]
            for company in self.company_id:
                store = stores._get_supply_warehouse(company).lot_stock_id
                inside = self.location_id.filtered(
                    lambda place, path=store.parent_path: path
                    and (place.parent_path or "").startswith(path)
                )
                if inside:
                    raise UserError(
                        self.env._(
                            "Stock of %(store)s is corrected by a stocktake with its "
                            "three names and its approval, not by hand.",
                            store=inside[:1].display_name,
                        )
                    )
        return super()._apply_inventory(date)

    def _may_correct_supply(self):
        """Tell whether the user may change the store's stock without a stocktake.

        It is the person that counts, not the rights which Odoo's own code has taken.
        """
        return (
            is_engine(self.env)
            or self.env.uid == SUPERUSER_ID
            or self.env.user.has_group("gov_logistics.group_logistics_manager")
        )

from odoo import api, models


class StockMoveLine(models.Model):
    """Detailed operations of an issue stay as signed, like the move itself."""

    _inherit = "stock.move.line"

    _supply_frozen_fields = frozenset(
        {
            "date",
            "location_dest_id",
            "location_id",
            "lot_id",
            "move_id",
            "owner_id",
            "package_id",
            "picking_id",
            "product_id",
            "product_uom_id",
            "quantity",
            "result_package_id",
        }
    )

    @api.model_create_multi
    def create(self, vals_list):
        details = super().create(vals_list)
        # Odoo finds move and transfer by context and product too: looked at afterwards.
        details.filtered(lambda d: d.state == "done").move_id._check_supply_guard(
            {"move_line_ids"}
        )
        return details

    def write(self, vals):
        names = self._supply_frozen_fields & set(vals)
        if names:
            self.move_id._check_supply_guard(names)
        result = super().write(vals)
        if names:
            # The same for the move, and the place, that a detail has been put on.
            self.move_id._check_supply_guard(names)
        return result

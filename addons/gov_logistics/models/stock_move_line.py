from odoo import api, models


class StockMoveLine(models.Model):
    """Detailed operations of an issue stay as signed, like the move itself."""

    _inherit = "stock.move.line"

    _supply_frozen_fields = frozenset(
        {
            "location_dest_id",
            "location_id",
            "lot_id",
            "move_id",
            "picking_id",
            "product_id",
            "product_uom_id",
            "quantity",
        }
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        self.env["stock.move"].browse(moves)._check_supply_guard({"move_line_ids"})
        return super().create(vals_list)

    def write(self, vals):
        if names := self._supply_frozen_fields & set(vals):
            self.move_id._check_supply_guard(names)
        return super().write(vals)

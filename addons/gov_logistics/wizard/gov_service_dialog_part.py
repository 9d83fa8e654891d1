from odoo import api, fields, models


class GovServiceDialogPart(models.TransientModel):
    """A part that the repairer has used."""

    _name = "gov.service.dialog.part"
    _description = "Part Used in a Service"

    dialog_id = fields.Many2one("gov.service.dialog", required=True, ondelete="cascade")
    product_id = fields.Many2one(
        "product.product",
        string="Part",
        required=True,
        domain=[("type", "=", "consu")],
    )
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    qty_on_hand = fields.Float(
        string="On hand", digits="Product Unit", compute="_compute_qty_on_hand"
    )

    @api.depends("product_id")
    def _compute_qty_on_hand(self):
        requests = self.dialog_id.request_ids
        store = requests[:1].sudo()._get_parts_store() if requests else False
        for line in self:
            # sudo: what the store of parts holds is known to those who use them.
            product = line.product_id.sudo()
            free = product.with_context(location=store.id) if store else product
            line.qty_on_hand = free.free_qty

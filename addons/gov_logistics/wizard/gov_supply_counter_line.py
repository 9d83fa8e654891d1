from odoo import api, fields, models


class GovSupplyCounterLine(models.TransientModel):
    """What is handed out at the counter."""

    _name = "gov.supply.counter.line"
    _description = "Counter Line"

    wizard_id = fields.Many2one(
        "gov.supply.counter", required=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        domain=[("supply_ok", "=", True), ("type", "=", "consu")],
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1)
    uom_id = fields.Many2one(related="product_id.uom_id")
    on_hand = fields.Float(related="product_id.supply_on_hand", string="On hand")
    norm_text = fields.Char(string="Used / norm", compute="_compute_norm_text")
    norm_over = fields.Float(compute="_compute_norm_text")
    old_for_new = fields.Boolean(related="product_id.old_for_new")
    old_returned = fields.Boolean(string="Old one came back")
    old_reason = fields.Char(string="Else why not")

    @api.depends("wizard_id.employee_id", "wizard_id.line_ids.quantity", "product_id")
    def _compute_norm_text(self):
        for wizard, lines in self.grouped("wizard_id").items():
            lines.norm_text, lines.norm_over = False, 0
            goods = wizard.line_ids.filtered("product_id")
            request = wizard._get_preview()
            for line, made in zip(goods, request.line_ids, strict=False):
                if line in lines:
                    line.norm_text, line.norm_over = made.norm_text, made.norm_over

    def _get_old_item(self):
        return True if self.old_returned else self.old_reason or False

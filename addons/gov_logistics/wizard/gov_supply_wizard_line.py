from odoo import api, fields, models


class GovSupplyWizardLine(models.TransientModel):
    """One line of the supply request dialog."""

    _name = "gov.supply.wizard.line"
    _description = "Supply Request Dialog Line"

    wizard_id = fields.Many2one(
        "gov.supply.wizard", required=True, ondelete="cascade", index=True
    )
    request_line_id = fields.Many2one(
        "gov.supply.request.line", required=True, readonly=True, ondelete="cascade"
    )
    # Related fields are read with the user's own rights: anybody may name a line.
    name = fields.Char(related="request_line_id.name", related_sudo=False)
    spec = fields.Char(related="request_line_id.spec", related_sudo=False)
    uom_id = fields.Many2one(related="request_line_id.uom_id", related_sudo=False)
    line_type = fields.Selection(
        related="request_line_id.line_type", related_sudo=False
    )
    currency_id = fields.Many2one(
        related="request_line_id.currency_id", related_sudo=False
    )
    qty_asked = fields.Float(
        related="request_line_id.quantity", related_sudo=False, string="Asked"
    )
    qty_approved = fields.Float(
        related="request_line_id.qty_approved", related_sudo=False
    )
    qty_issued = fields.Float(related="request_line_id.qty_issued", related_sudo=False)
    qty_returned = fields.Float(
        related="request_line_id.qty_returned", related_sudo=False
    )
    qty_on_hand = fields.Float(
        related="request_line_id.qty_on_hand", related_sudo=False
    )
    qty_last_year = fields.Float(
        related="request_line_id.qty_last_year", related_sudo=False
    )
    estimate = fields.Monetary(related="request_line_id.estimate", related_sudo=False)
    old_for_new = fields.Boolean(
        related="request_line_id.old_for_new", related_sudo=False
    )
    old_returned = fields.Boolean(string="Old one came back")
    old_reason = fields.Char(string="Else why not")
    quantity = fields.Float(digits="Product Unit")
    product_id = fields.Many2one("product.product")
    price_unit = fields.Float(string="Price", digits="Product Price")
    vendor_id = fields.Many2one("res.partner")

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id and self.product_id.standard_price:
            self.price_unit = self.product_id.uom_id._compute_price(
                self.product_id.standard_price, self.uom_id
            )

    def _get_old_item(self):
        return True if self.old_returned else self.old_reason or False

    def _prepare_price_values(self):
        """Return what the price check sets on the request's line."""
        values = {"vendor_id": self.vendor_id.id, "price_unit": self.price_unit}
        if self.product_id:
            values["product_id"] = self.product_id.id
        else:
            values.pop("price_unit")
        return values

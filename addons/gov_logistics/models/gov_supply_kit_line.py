from odoo import api, fields, models
from odoo.exceptions import UserError

from .input_check import check_plain_values, check_records_exist


class GovSupplyKitLine(models.Model):
    """One product of a kit and how many of it one person gets."""

    _name = "gov.supply.kit.line"
    _description = "Supply Kit Line"
    _order = "kit_id, sequence, id"
    _check_company_auto = True

    kit_id = fields.Many2one(
        "gov.supply.kit",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="kit_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain=[("supply_ok", "=", True), ("type", "=", "consu")],
    )
    quantity = fields.Float(
        string="Per person", digits="Product Unit", required=True, default=1
    )
    uom_id = fields.Many2one(related="product_id.uom_id")

    _quantity_check = models.Constraint(
        "CHECK (quantity > 0 AND quantity <= 10000)",
        "The quantity of a kit must be above zero and within reason.",
    )
    _product_uniq = models.UniqueIndex(
        "(kit_id, product_id)", "A product stands once in a kit."
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        return super().write(vals)

    @api.model
    def _check_input(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
            if "quantity" in vals and not 0 < float(vals["quantity"] or 0) <= 10000:
                raise UserError(
                    self.env._(
                        "The quantity of a kit must be above zero and within reason."
                    )
                )
        check_records_exist(self.browse(), vals_list, ("kit_id", "product_id"))

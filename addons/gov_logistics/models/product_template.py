from odoo import fields, models


class ProductTemplate(models.Model):
    """Goods and services that staff may ask for."""

    _inherit = "product.template"

    supply_ok = fields.Boolean(
        string="Can be requested",
        default=True,
        index=True,
        help="Staff find the product in the catalogue of office supplies.",
    )
    supply_spec = fields.Char(
        string="Specification",
        translate=True,
        help="Size, model or packing, as the slips and lists show it.",
    )
    old_for_new = fields.Boolean(
        string="Old for new",
        help="Handed out against the old one: the clerk ticks that it came back, or "
        "says why not.",
    )

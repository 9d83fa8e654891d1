from odoo import fields, models
from odoo.tools import SQL


class GovSupplyConsumption(models.Model):
    """What departments drew from the store: one row per issued or returned move.

    Read straight from the stock moves, so it equals the slips; returns count
    negative. The amount is at the price of the request.
    """

    _name = "gov.supply.consumption"
    _description = "Consumption of Supplies"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "product_id"
    _depends = {
        "stock.move": [
            "supply_line_id",
            "origin_returned_move_id",
            "state",
            "quantity",
            "product_uom",
            "date",
        ],
        "gov.supply.request.line": ["request_id", "price_unit", "uom_id"],
        "gov.supply.request": ["department_id", "company_id", "employee_id"],
    }

    date = fields.Datetime(readonly=True)
    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    request_id = fields.Many2one("gov.supply.request", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    employee_id = fields.Many2one("hr.employee", string="Applicant", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Category", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    quantity = fields.Float(digits="Product Unit", readonly=True)
    amount = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT move.id,
                   move.date,
                   request.company_id,
                   request.id AS request_id,
                   request.department_id,
                   request.employee_id,
                   move.product_id,
                   template.categ_id,
                   sign.factor * move.quantity * unit.factor / base.factor
                       AS quantity,
                   sign.factor * move.quantity * unit.factor / asked.factor
                       * line.price_unit AS amount
              FROM stock_move move
              JOIN gov_supply_request_line line ON line.id = move.supply_line_id
              JOIN gov_supply_request request ON request.id = line.request_id
              JOIN product_product product ON product.id = move.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom unit ON unit.id = move.product_uom
              JOIN uom_uom base ON base.id = template.uom_id
              JOIN uom_uom asked ON asked.id = line.uom_id
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN move.origin_returned_move_id IS NULL THEN 1
                               ELSE -1 END AS factor) sign
             WHERE move.state = 'done'
            """
        )

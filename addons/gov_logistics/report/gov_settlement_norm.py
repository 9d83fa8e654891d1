from odoo import fields, models
from odoo.tools import SQL

from ..models.gov_settlement import VOID


class GovSettlementNorm(models.Model):
    """What was used free of charge, against its norm (超定额使用).

    One row per statement and line with a norm of a contract free of charge. Use counts
    for the period of its own day, late usage too, so that it does not escape the norm;
    the norm is the one that stands on the statement.
    """

    _name = "gov.settlement.norm"
    _description = "Free Use above the Norm"
    _auto = False
    _order = "date desc, quantity_above desc, id desc"
    _rec_name = "contract_id"
    _depends = {
        "contract.line": ["service_item_id"],
        "gov.settlement": [
            "company_id",
            "contract_id",
            "date_from",
            "date_to",
            "kind",
            "partner_id",
            "served_department_id",
            "settlement_mode",
            "state",
        ],
        "gov.settlement.line": ["contract_line_id", "norm_quantity", "settlement_id"],
        "gov.service.usage": ["contract_line_id", "date", "kind", "quantity"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    settlement_id = fields.Many2one("gov.settlement", string="Statement", readonly=True)
    contract_id = fields.Many2one(
        "contract.contract", string="Service contract", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Other side", readonly=True)
    served_department_id = fields.Many2one(
        "hr.department", string="Department served", readonly=True
    )
    service_item_id = fields.Many2one(
        "gov.service.item", string="Service", readonly=True
    )
    uom_id = fields.Many2one(related="service_item_id.uom_id", string="Unit")
    date_from = fields.Date(string="From", readonly=True)
    date = fields.Date(string="Period until", readonly=True)
    quantity = fields.Float(string="Used", digits=(16, 4), readonly=True)
    norm_quantity = fields.Float(string="Norm", digits=(16, 4), readonly=True)
    quantity_above = fields.Float(
        string="Above the norm", digits=(16, 4), readonly=True
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT l.id, s.company_id, s.id AS settlement_id, s.contract_id,
                   s.partner_id, s.served_department_id, cl.service_item_id,
                   s.date_from, s.date_to AS date, l.norm_quantity, used.quantity,
                   greatest(used.quantity - l.norm_quantity, 0) AS quantity_above
              FROM gov_settlement_line l
              JOIN gov_settlement s ON s.id = l.settlement_id
              JOIN contract_line cl ON cl.id = l.contract_line_id
              JOIN LATERAL (
                    SELECT coalesce(sum(u.quantity), 0) AS quantity
                      FROM gov_service_usage u
                     WHERE u.contract_line_id = cl.id AND u.kind = 'use'
                       AND u.date BETWEEN s.date_from AND s.date_to
                   ) used ON true
             WHERE s.settlement_mode = 'free' AND s.kind = 'period'
               AND s.state NOT IN %s AND l.norm_quantity > 0
            """,
            VOID,
        )

from odoo import fields, models
from odoo.tools import SQL

from ..tools import settle


class GovSettlementRunning(models.Model):
    """What a department or served unit has run up so far this month.

    One row per line of an internal contract in force: fixed fees by the days that have
    passed, metered use at the price of its day. The arithmetic is the statement's
    (``tools/settle.py``), so that on the last day of a month the fees are those of its
    statement; what is taken off, for missing service or by the score, is not in here.
    """

    _name = "gov.settlement.running"
    _description = "Bill so far this Month"
    _auto = False
    _order = "amount desc, id"
    _rec_name = "contract_id"
    _depends = {
        "contract.contract": [
            "company_id",
            "day_divisor",
            "gov_state",
            "partner_id",
            "served_department_id",
            "service_role",
            "settlement_mode",
        ],
        "contract.line": [
            "charge_kind",
            "contract_id",
            "date_end",
            "date_start",
            "fixed_per",
            "quantity",
            "service_item_id",
        ],
        "gov.contract.price": ["date_from", "date_to", "line_id", "price"],
        "gov.service.usage": [
            "amount_split",
            "contract_line_id",
            "date",
            "is_split",
            "kind",
            "quantity",
        ],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
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
    settlement_mode = fields.Selection(
        [
            ("transfer", "By transfer"),
            ("internal", "Internal account"),
            ("free", "Free of charge"),
        ],
        string="Settled by",
        readonly=True,
    )
    month = fields.Date(readonly=True)
    quantity = fields.Float(digits=(16, 4), readonly=True)
    amount = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        today = self.env.company.gov_today()
        first = today.replace(day=1)
        return SQL(
            """
            SELECT l.id, c.company_id, c.id AS contract_id, c.partner_id,
                   c.served_department_id, c.settlement_mode, l.service_item_id,
                   %(first)s::date AS month,
                   CASE l.charge_kind WHEN 'fixed' THEN l.quantity
                       ELSE coalesce(used.quantity, 0) END AS quantity,
                   CASE l.charge_kind WHEN 'fixed' THEN coalesce(fee.amount, 0)
                       ELSE coalesce(used.amount, 0) END AS amount
              FROM contract_line l
              JOIN contract_contract c ON c.id = l.contract_id
              LEFT JOIN LATERAL (
                    SELECT sum(amount) AS amount
                      FROM (SELECT round(
                                l.quantity * price * sum(days)
                                / (CASE WHEN c.day_divisor = '30' AND NOT (
                                            l.date_start <= %(first)s
                                            AND (l.date_end IS NULL
                                                 OR l.date_end >= %(last)s))
                                        THEN 30 ELSE %(length)s END
                                   * CASE l.fixed_per WHEN 'year' THEN 12 ELSE 1 END),
                                2) AS amount
                              FROM (SELECT p.price,
                                           least(%(today)s::date, l.date_end, p.date_to)
                                           - greatest(%(first)s::date, l.date_start,
                                                      p.date_from) + 1 AS days,
                                           row_number() OVER (ORDER BY p.date_from)
                                           - row_number() OVER (
                                               PARTITION BY p.price
                                               ORDER BY p.date_from) AS span
                                      FROM gov_contract_price p
                                     WHERE p.line_id = l.id
                                       AND least(%(today)s::date, l.date_end, p.date_to)
                                           >= greatest(%(first)s::date, l.date_start,
                                                       p.date_from)
                                   ) prices
                             GROUP BY price, span
                           ) spans
                   ) fee ON l.charge_kind = 'fixed'
              LEFT JOIN LATERAL (
                    SELECT sum(quantity) AS quantity, sum(amount) AS amount
                      FROM (SELECT sum(u.quantity) AS quantity,
                                   CASE WHEN u.is_split THEN sum(u.amount_split)
                                        ELSE round(sum(u.quantity) * p.price, 2) END
                                       AS amount
                              FROM gov_service_usage u
                              LEFT JOIN gov_contract_price p
                                ON p.line_id = l.id AND p.date_from <= u.date
                               AND (p.date_to IS NULL OR p.date_to >= u.date)
                             WHERE u.contract_line_id = l.id AND u.kind = 'use'
                               AND u.date BETWEEN %(first)s AND %(today)s
                             GROUP BY p.price, u.is_split
                           ) parts
                   ) used ON l.charge_kind = 'metered'
             WHERE c.generation_type = 'gov_settlement'
               AND c.service_role = 'internal' AND c.gov_state = 'active'
               AND l.service_item_id IS NOT NULL AND l.date_start <= %(today)s
               AND (l.date_end IS NULL OR l.date_end >= %(first)s)
            """,
            first=first,
            last=settle.month_end(today),
            length=settle.month_days(today),
            today=today,
        )

from odoo import fields, models
from odoo.tools import SQL


class GovSettlementAnalysis(models.Model):
    """The centre's income and cost by service (服务中心收支).

    One row per line of a sealed statement: what the centre earned by serving (income),
    what it paid to vendors (cost), and the balance of both. Retention is left out: it
    is kept of what was earned. A reversal takes its statement off again.
    """

    _name = "gov.settlement.analysis"
    _description = "Income and Cost by Service"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "contract_id"
    _depends = {
        "gov.settlement": [
            "company_id",
            "contract_id",
            "date_to",
            "partner_id",
            "sealed_at",
            "served_department_id",
            "service_role",
            "settlement_mode",
        ],
        "gov.settlement.line": [
            "amount",
            "contract_line_id",
            "kind",
            "quantity",
            "settlement_id",
        ],
        "contract.line": ["service_item_id"],
        "contract.contract": ["service_group_id"],
        "gov.service.item": ["group_id"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    settlement_id = fields.Many2one("gov.settlement", string="Statement", readonly=True)
    contract_id = fields.Many2one(
        "contract.contract", string="Service contract", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Other side", readonly=True)
    served_department_id = fields.Many2one(
        "hr.department", string="Department served", readonly=True
    )
    service_group_id = fields.Many2one("gov.service.group", readonly=True)
    service_item_id = fields.Many2one(
        "gov.service.item", string="Service", readonly=True
    )
    date = fields.Date(string="Period until", readonly=True)
    service_role = fields.Selection(
        [("internal", "The centre serves"), ("vendor", "A vendor serves")],
        string="Kind of contract",
        readonly=True,
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
    quantity = fields.Float(digits=(16, 4), readonly=True)
    income = fields.Monetary(readonly=True)
    cost = fields.Monetary(readonly=True)
    balance = fields.Monetary(string="Income less cost", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT l.id, s.id AS settlement_id, s.company_id, s.contract_id,
                   s.partner_id, s.served_department_id, s.service_role,
                   s.settlement_mode, s.date_to AS date,
                   coalesce(i.group_id, c.service_group_id) AS service_group_id,
                   cl.service_item_id,
                   CASE WHEN l.kind IN ('fixed', 'metered') THEN l.quantity ELSE 0 END
                       AS quantity,
                   CASE s.service_role WHEN 'internal' THEN l.amount ELSE 0 END
                       AS income,
                   CASE s.service_role WHEN 'vendor' THEN l.amount ELSE 0 END AS cost,
                   CASE s.service_role WHEN 'internal' THEN l.amount
                       ELSE -l.amount END AS balance
              FROM gov_settlement_line l
              JOIN gov_settlement s ON s.id = l.settlement_id
              JOIN contract_contract c ON c.id = s.contract_id
              LEFT JOIN contract_line cl ON cl.id = l.contract_line_id
              LEFT JOIN gov_service_item i ON i.id = cl.service_item_id
             WHERE s.sealed_at IS NOT NULL AND l.kind != 'retention'
               AND s.settlement_mode != 'free'
            """
        )

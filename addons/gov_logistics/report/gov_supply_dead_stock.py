from odoo import fields, models
from odoo.tools import SQL

_DAYS_CLAUSE = "supply.dead.days"


class GovSupplyDeadStock(models.Model):
    """Dead stock (呆滞物资): what lies in the supply store and nobody draws.

    One row per product of which the store has some, without an issue for as many days
    as the clause ``supply.dead.days`` says. What has never been issued counts from the
    day on which it came into the store. Only the institutions that the user works in
    at the moment are looked at. Store, procurement and their manager read it.
    """

    _name = "gov.supply.dead.stock"
    _description = "Dead Stock"
    _auto = False
    _order = "value desc, days desc, id"
    _rec_name = "product_id"
    _depends = {
        "gov.supply.consumption": ["product_id", "company_id", "period_date"],
        "product.product": ["standard_price", "product_tmpl_id"],
        "product.template": ["categ_id"],
        "stock.quant": [
            "product_id",
            "company_id",
            "location_id",
            "quantity",
            "in_date",
        ],
        "stock.location": ["parent_path"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Category", readonly=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    currency_id = fields.Many2one(related="company_id.currency_id")
    quantity = fields.Float(string="On hand", digits="Product Unit", readonly=True)
    value = fields.Monetary(
        readonly=True, help="What is on hand, at the price of the catalogue."
    )
    stored_on = fields.Date(
        string="In the store since",
        readonly=True,
        help="When the oldest of what is on hand came in.",
    )
    last_issue_on = fields.Date(
        string="Last issue", readonly=True, help="Empty: never issued."
    )
    days = fields.Integer(
        string="Days without issue",
        readonly=True,
        aggregator="max",
        help="Since the last issue, or since it came in when it was never issued.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT kept.id,
                   kept.company_id,
                   kept.product_id,
                   template.categ_id,
                   kept.quantity,
                   kept.quantity * coalesce(
                       (product.standard_price ->> kept.company_id::text)::numeric, 0
                   ) AS value,
                   kept.stored_on,
                   issued.last_issue_on,
                   since.days
              FROM (SELECT min(quant.id) AS id,
                           store.company_id,
                           store.day,
                           store.dead_days,
                           quant.product_id,
                           sum(quant.quantity) AS quantity,
                           (min(quant.in_date) FILTER (WHERE quant.quantity > 0)
                               AT TIME ZONE 'UTC' AT TIME ZONE store.tz)::date
                               AS stored_on
                      FROM stock_quant quant
                      JOIN stock_location place ON place.id = quant.location_id
                      JOIN (VALUES %(stores)s)
                           store (company_id, path, tz, day, dead_days)
                        ON store.company_id = quant.company_id
                       AND place.parent_path LIKE store.path || '%%'
                     GROUP BY store.company_id, store.tz, store.day,
                              store.dead_days, quant.product_id
                    HAVING sum(quant.quantity) > 0) kept
              JOIN product_product product ON product.id = kept.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN (SELECT company_id, product_id,
                                max(period_date) AS last_issue_on
                           FROM (%(consumption)s) consumption
                          WHERE quantity > 0
                          GROUP BY company_id, product_id) issued
                ON issued.company_id = kept.company_id
               AND issued.product_id = kept.product_id
             CROSS JOIN LATERAL (
                   SELECT kept.day - coalesce(issued.last_issue_on, kept.stored_on)
                          AS days) since
             WHERE since.days >= kept.dead_days
            """,
            stores=self._get_stores(),
            consumption=self.env["gov.supply.consumption"]._table_query,
        )

    def _get_stores(self):
        """Return the supply stores, their day and their clause as rows of SQL."""
        # sudo: which store an institution has is configuration, no figure of it is
        # shown; record rules still hold for the rows.
        companies = self.env.companies.sudo()
        stores = self.env["stock.warehouse"].sudo()
        by_company = stores.search([("company_id", "in", companies.ids)]).grouped(
            "company_id"
        )
        rows = [SQL("(0, ' ', 'UTC', current_date, 0)")]
        for company, warehouses in by_company.items():
            policies = self.env["gov.policy"].with_company(company).sudo()
            rows.append(
                SQL(
                    "(%s, %s, %s, %s::date, %s)",
                    company.id,
                    warehouses[:1].lot_stock_id.parent_path,
                    company.gov_tz,
                    company.gov_today(),
                    policies.get_value(_DAYS_CLAUSE),
                )
            )
        return SQL(", ").join(rows)

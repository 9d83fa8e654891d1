from odoo import fields, models
from odoo.tools import SQL


class GovSupplyPerHead(models.Model):
    """Drawn per head against the norm (人均领用与定额).

    One row per department, product and month in which the department drew something,
    returns taken off, as in ``gov.supply.consumption``. Its norm is the one in force on
    the last day of the month (today in the month that runs), found as for a request:
    that of the department before the general one; among these that of the product
    before that of the template, and that before the nearest category. All products
    that one norm covers share it: ``ratio`` is what they took of it together, and is
    the same on each of their rows.

    How many people a department had in the past is not kept: people are counted as of
    today, by the department in which they work. What is carried over from the months
    before is left out. Rows have the same readers as the consumption.
    """

    _name = "gov.supply.per.head"
    _description = "Drawn per Head against the Norm"
    _auto = False
    _order = "month desc, ratio desc NULLS LAST, id"
    _rec_name = "product_id"
    _depends = {
        "gov.supply.consumption": [
            "company_id",
            "department_id",
            "product_id",
            "period_date",
            "quantity",
            "amount",
        ],
        "gov.supply.norm": [
            "company_id",
            "department_id",
            "product_id",
            "product_tmpl_id",
            "categ_id",
            "basis",
            "quantity",
            "device_count",
            "uom_id",
            "carry_over",
            "date_from",
            "date_to",
        ],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id", "uom_id"],
        "product.category": ["parent_path"],
        "uom.uom": ["factor", "parent_path"],
        "hr.employee": [
            "active",
            "company_id",
            "current_version_id",
            "working_department_id",
        ],
        "hr.version": ["department_id"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Category", readonly=True)
    month = fields.Date(readonly=True, help="The first day of the month.")
    period = fields.Char(string="Year and month", readonly=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    currency_id = fields.Many2one(related="company_id.currency_id")
    quantity = fields.Float(string="Drawn", digits="Product Unit", readonly=True)
    amount = fields.Monetary(readonly=True)
    heads = fields.Integer(
        string="People today",
        readonly=True,
        aggregator="max",
        help="Who works in the department today; how many they were in the month is "
        "not kept.",
    )
    per_head = fields.Float(
        string="Drawn per head",
        digits="Product Unit",
        readonly=True,
        aggregator="avg",
        help="What was drawn, by the number of people today.",
    )
    norm_id = fields.Many2one("gov.supply.norm", string="Norm", readonly=True)
    norm_per_head = fields.Float(
        string="Norm per head",
        digits="Product Unit",
        readonly=True,
        aggregator="avg",
        help="The norm on the last day of the month, in the unit of the product; "
        "nothing where the norm is per device.",
    )
    norm_quantity = fields.Float(
        string="Norm of the department",
        digits="Product Unit",
        readonly=True,
        aggregator="avg",
        help="What the department may draw in a month, without what is carried over.",
    )
    carry_over = fields.Integer(
        string="Months carried over", readonly=True, aggregator="max"
    )
    ratio = fields.Float(
        string="Of the norm",
        readonly=True,
        aggregator="max",
        help="What all products under the norm took of it in the month; in sums, the "
        "highest.",
    )
    deviation = fields.Selection(
        [
            ("above", "Above the norm"),
            ("within", "Within the norm"),
            ("none", "No norm"),
        ],
        readonly=True,
    )

    @property
    def _table_query(self):
        # sudo: only the days of the institutions are asked, record rules still hold.
        days = SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company.gov_today())
            for company in self.env.companies.sudo()
        )
        return SQL(
            """
            SELECT pool.id,
                   pool.company_id,
                   pool.department_id,
                   pool.product_id,
                   pool.categ_id,
                   pool.month,
                   to_char(pool.month, 'YYYY-MM') AS period,
                   pool.quantity,
                   pool.amount,
                   pool.heads,
                   pool.quantity / nullif(pool.heads, 0) AS per_head,
                   pool.norm_id,
                   pool.norm_per_head,
                   pool.norm_quantity,
                   pool.carry_over,
                   pool.ratio,
                   CASE WHEN pool.ratio IS NULL THEN 'none'
                        WHEN pool.ratio > 1.00001 THEN 'above'
                        ELSE 'within' END AS deviation
              FROM (SELECT row.*,
                           sum(row.share) OVER (
                               PARTITION BY row.company_id, row.department_id,
                                            row.month, row.norm_id) AS ratio
                      FROM (%(rows)s) row) pool
            """,
            rows=self._get_rows(days),
        )

    def _get_rows(self, days):
        """Return the query of the rows, each with the share it took of its norm.

        :param days: the day of each institution as rows of SQL.
        """
        return SQL(
            """
            SELECT drawn.*,
                   template.categ_id,
                   coalesce(people.heads, 0) AS heads,
                   norm.id AS norm_id,
                   norm.carry_over,
                   CASE WHEN norm.basis = 'head'
                        THEN norm.quantity * norm.factor / unit.factor
                   END AS norm_per_head,
                   norm.quantity * basis.count * norm.factor / unit.factor
                       AS norm_quantity,
                   drawn.quantity * unit.factor
                       / nullif(norm.quantity * basis.count * norm.factor, 0) AS share
              FROM (%(drawn)s) drawn
              JOIN (VALUES %(days)s) today (company_id, day)
                ON today.company_id = drawn.company_id
              JOIN product_product product ON product.id = drawn.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom unit ON unit.id = template.uom_id
              LEFT JOIN product_category category ON category.id = template.categ_id
              LEFT JOIN (%(people)s) people
                ON people.company_id = drawn.company_id
               AND people.department_id = drawn.department_id
              LEFT JOIN LATERAL (%(norm)s) norm ON true
             CROSS JOIN LATERAL (
                   SELECT CASE norm.basis WHEN 'device' THEN norm.device_count
                               ELSE coalesce(people.heads, 0) END AS count) basis
            """,
            drawn=self._get_drawn(),
            days=days,
            people=self.env["hr.department"]._people_query(),
            norm=self._get_norm(),
        )

    def _get_drawn(self):
        """Return the query of what was drawn by department, product and month."""
        return SQL(
            """
            SELECT min(id) AS id,
                   company_id,
                   department_id,
                   product_id,
                   date_trunc('month', period_date)::date AS month,
                   sum(quantity) AS quantity,
                   sum(amount) AS amount
              FROM (%s) consumption
             GROUP BY 2, 3, 4, 5
            """,
            self.env["gov.supply.consumption"]._table_query,
        )

    def _get_norm(self):
        """Return the query of the norm of one row; the order is that of the model.

        Longer paths are nearer, since all categories asked are above the product's.
        """
        return SQL(
            """
            SELECT norm.id, norm.basis, norm.quantity, norm.device_count,
                   norm.carry_over, norm_unit.factor
              FROM gov_supply_norm norm
              JOIN uom_uom norm_unit ON norm_unit.id = norm.uom_id
              LEFT JOIN product_category above ON above.id = norm.categ_id
             CROSS JOIN LATERAL (
                   SELECT least(
                       today.day,
                       (drawn.month + interval '1 month' - interval '1 day')::date
                   ) AS last_day) month
             WHERE norm.company_id = drawn.company_id
               AND (norm.department_id IS NULL
                    OR norm.department_id = drawn.department_id)
               AND (norm.product_id = drawn.product_id
                    OR norm.product_tmpl_id = product.product_tmpl_id
                    OR category.parent_path LIKE above.parent_path || '%%')
               AND norm.date_from <= month.last_day
               AND (norm.date_to IS NULL OR norm.date_to >= month.last_day)
               AND split_part(norm_unit.parent_path, '/', 1)
                   = split_part(unit.parent_path, '/', 1)
             ORDER BY norm.department_id IS NULL,
                      norm.product_id IS NULL,
                      norm.product_tmpl_id IS NULL,
                      length(above.parent_path) DESC
             LIMIT 1
            """
        )

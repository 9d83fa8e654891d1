from odoo import api, fields, models
from odoo.tools import SQL


class GovMeterUse(models.Model):
    """Use per head and per m² (人均、单位面积用量) against the norm and the last year.

    One row per month and kind for the institution as a whole, and one for each
    department. What a meter has counted between two readings is spread over its days;
    other usage falls on its day, by the kind of its service. Power, gas and heat come
    together as energy in standard coal, by the factors of the clauses.

    The institution is counted at its main meters; departments at what is theirs, where
    a meter with meters behind it is left out. What served units use is theirs. People
    and rooms are those of today: how they were in the past is not kept. Where the main
    meters count for a whole compound, its people and its floor stand in the settings
    and count for the institution's row. Norms are the
    clauses ``use.norm.<kind>.head`` and ``use.norm.<kind>.area`` in force on the last
    day of the month, a twelfth of the year's figure.

    Who keeps contracts, inspectors, the desk and supervision read all rows; heads
    those of their department.
    """

    _name = "gov.meter.use"
    _description = "Use per Head and per m²"
    _auto = False
    _order = "month desc, scope, kind, id"
    _rec_name = "kind"
    _depends = {
        "gov.service.usage": [
            "company_id",
            "date",
            "date_from",
            "department_id",
            "is_reversed",
            "kind",
            "partner_id",
            "quantity",
            "reading_id",
            "reversal_of_id",
            "service_item_id",
        ],
        "gov.service.item": ["use_kind"],
        "gov.meter.reading": ["kind", "meter_id"],
        "gov.meter": ["parent_id"],
        "gov.room": ["active", "area", "company_id", "department_id"],
        "res.company": ["use_area", "use_heads"],
        "gov.policy": ["code", "company_id", "date_from", "date_to", "value"],
        "hr.employee": [
            "active",
            "company_id",
            "current_version_id",
            "working_department_id",
        ],
        "hr.version": ["department_id"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    scope = fields.Selection(
        [("institution", "Institution"), ("department", "Department")], readonly=True
    )
    department_id = fields.Many2one("hr.department", readonly=True)
    kind = fields.Selection(
        [
            ("electricity", "Electricity"),
            ("water", "Water"),
            ("gas", "Gas"),
            ("heat", "Heat"),
            ("print", "Printing"),
            ("energy", "Energy as standard coal"),
        ],
        readonly=True,
    )
    month = fields.Date(readonly=True, help="The first day of the month.")
    period = fields.Char(string="Year and month", readonly=True)
    unit = fields.Char(compute="_compute_unit")
    quantity = fields.Float(string="Use", digits=(16, 2), readonly=True)
    last_year = fields.Float(
        string="Same month last year", digits=(16, 2), readonly=True
    )
    change = fields.Float(
        string="Against last year",
        readonly=True,
        aggregator="avg",
        help="0 where there is nothing to compare with.",
    )
    heads = fields.Integer(string="People today", readonly=True, aggregator="max")
    area = fields.Float(
        string="Floor (m²)", digits=(16, 2), readonly=True, aggregator="max"
    )
    per_head = fields.Float(digits=(16, 4), readonly=True, aggregator="avg")
    per_area = fields.Float(
        string="Per m²", digits=(16, 4), readonly=True, aggregator="avg"
    )
    norm_head = fields.Float(
        string="Norm per head", digits=(16, 4), readonly=True, aggregator="avg"
    )
    norm_area = fields.Float(
        string="Norm per m²", digits=(16, 4), readonly=True, aggregator="avg"
    )
    ratio = fields.Float(
        string="Of the norm",
        readonly=True,
        aggregator="max",
        help="The higher of both: per head and per m².",
    )
    deviation = fields.Selection(
        [
            ("above", "Above the norm"),
            ("within", "Within the norm"),
            ("none", "No norm"),
        ],
        readonly=True,
    )

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_unit(self):
        units = {
            "electricity": "kWh",
            "water": "m³",
            "gas": "m³",
            "heat": "GJ",
            "print": self.env._("pages"),
            "energy": "kgce",
        }
        for row in self:
            row.unit = units.get(row.kind, "")

    @property
    def _table_query(self):
        return SQL(
            """
            WITH spread AS (%(spread)s),
            plain AS (
                SELECT company_id, 'department' AS scope, department_id, kind, month,
                       sum(quantity) AS quantity
                  FROM spread
                 WHERE department_id IS NOT NULL AND NOT is_main
                 GROUP BY 1, 3, 4, 5
                 UNION ALL
                SELECT company_id, 'institution', NULL, kind, month, sum(quantity)
                  FROM spread WHERE NOT is_sub GROUP BY 1, 4, 5
            ),
            uses AS (
                SELECT * FROM plain
                 UNION ALL
                SELECT plain.company_id, plain.scope, plain.department_id, 'energy',
                       plain.month, sum(plain.quantity * coal.value)
                  FROM plain
                 CROSS JOIN LATERAL (%(coal)s) coal
                 GROUP BY 1, 2, 3, 5
            ),
            people AS (%(people)s),
            rooms AS (
                SELECT company_id, department_id, sum(area) AS area
                  FROM gov_room WHERE active GROUP BY 1, 2
            )
            SELECT figures.*,
                   to_char(figures.month, 'YYYY-MM') AS period,
                   CASE WHEN figures.ratio IS NULL THEN 'none'
                        WHEN figures.ratio > 1.00001 THEN 'above'
                        ELSE 'within' END AS deviation
              FROM (
                SELECT row_number() OVER (
                           ORDER BY uses.company_id, uses.scope, uses.department_id,
                                    uses.kind, uses.month)::integer AS id,
                       uses.company_id,
                       uses.scope,
                       uses.department_id,
                       uses.kind,
                       uses.month,
                       uses.quantity::float AS quantity,
                       before.quantity::float AS last_year,
                       (uses.quantity / nullif(before.quantity, 0) - 1)::float
                           AS change,
                       counted.heads::integer AS heads,
                       counted.area::float AS area,
                       (uses.quantity / nullif(counted.heads, 0))::float AS per_head,
                       (uses.quantity / nullif(counted.area, 0))::float AS per_area,
                       (head.value / 12)::float AS norm_head,
                       (floor.value / 12)::float AS norm_area,
                       greatest(
                           uses.quantity * 12
                               / nullif(counted.heads, 0) / nullif(head.value, 0),
                           uses.quantity * 12
                               / nullif(counted.area, 0) / nullif(floor.value, 0)
                       )::float AS ratio
                  FROM uses
                  LEFT JOIN uses before
                    ON before.company_id = uses.company_id
                   AND before.scope = uses.scope
                   AND before.department_id IS NOT DISTINCT FROM uses.department_id
                   AND before.kind = uses.kind
                   AND before.month = (uses.month - interval '1 year')::date
                 CROSS JOIN LATERAL (
                       SELECT coalesce(
                                  CASE uses.scope WHEN 'institution'
                                       THEN nullif(company.use_heads, 0) END,
                                  (SELECT sum(people.heads) FROM people
                                    WHERE people.company_id = uses.company_id
                                      AND (uses.scope = 'institution'
                                           OR people.department_id
                                              = uses.department_id))) AS heads,
                              coalesce(
                                  CASE uses.scope WHEN 'institution'
                                       THEN nullif(company.use_area, 0) END,
                                  (SELECT sum(rooms.area)::numeric FROM rooms
                                    WHERE rooms.company_id = uses.company_id
                                      AND (uses.scope = 'institution'
                                           OR rooms.department_id
                                              = uses.department_id))) AS area
                         FROM res_company company
                        WHERE company.id = uses.company_id) counted
                  LEFT JOIN LATERAL (%(head)s) head ON true
                  LEFT JOIN LATERAL (%(floor)s) floor ON true
              ) figures
            """,
            spread=self._get_spread(),
            coal=self._get_clause(SQL("'use.coal.' || plain.kind"), SQL("plain")),
            people=self.env["hr.department"]._people_query(),
            head=self._get_clause(
                SQL("'use.norm.' || uses.kind || '.head'"), SQL("uses")
            ),
            floor=self._get_clause(
                SQL("'use.norm.' || uses.kind || '.area'"), SQL("uses")
            ),
        )

    def _get_spread(self):
        """Return the query of usage by month, each row spread over its days."""
        return SQL(
            """
            SELECT usage.company_id,
                   usage.department_id,
                   coalesce(reading.kind, item.use_kind) AS kind,
                   month.first::date AS month,
                   meter.parent_id IS NOT NULL AS is_sub,
                   meter.id IS NOT NULL AND EXISTS (
                       SELECT FROM gov_meter sub WHERE sub.parent_id = meter.id
                   ) AS is_main,
                   usage.quantity
                       * (least(usage.date,
                                (month.first + interval '1 month')::date - 1)
                          - greatest(start.day, month.first::date) + 1)
                       / (usage.date - start.day + 1) AS quantity
              FROM gov_service_usage usage
             CROSS JOIN LATERAL (
                   SELECT coalesce(usage.date_from, usage.date) AS day) start
             CROSS JOIN LATERAL generate_series(
                   date_trunc('month', start.day::timestamp),
                   usage.date::timestamp, interval '1 month') month (first)
              LEFT JOIN gov_meter_reading reading ON reading.id = usage.reading_id
              LEFT JOIN gov_meter meter ON meter.id = reading.meter_id
              LEFT JOIN gov_service_item item ON item.id = usage.service_item_id
             WHERE usage.kind = 'use'
               AND usage.partner_id IS NULL
               AND usage.is_reversed IS NOT TRUE
               AND usage.reversal_of_id IS NULL
               AND coalesce(reading.kind, item.use_kind) IN
                   ('electricity', 'water', 'gas', 'heat', 'print')
               AND usage.company_id = ANY(%s)
            """,
            self.env.companies.ids,
        )

    def _get_clause(self, code, row):
        """Return the query of a clause on the last day of a month, own ones first.

        :param code: SQL of the code.
        :param row: SQL name of the row with ``company_id`` and ``month``.
        """
        return SQL(
            """
            SELECT policy.value::numeric AS value
              FROM gov_policy policy
             WHERE policy.code = %(code)s
               AND policy.value ~ '^[0-9]+(\\.[0-9]+)?$'
               AND (policy.company_id IS NULL
                    OR policy.company_id = %(row)s.company_id)
               AND policy.date_from
                   < (%(row)s.month + interval '1 month')::date
               AND (policy.date_to IS NULL OR policy.date_to
                    >= (%(row)s.month + interval '1 month')::date - 1)
             ORDER BY policy.company_id
             LIMIT 1
            """,
            code=code,
            row=row,
        )

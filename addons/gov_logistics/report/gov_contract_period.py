from odoo import fields, models
from odoo.tools import SQL

from ..models.contract_contract import GENERATION, IN_FORCE
from ..models.gov_settlement import FROZEN, VOID


class GovContractPeriod(models.Model):
    """The periods of service contracts up to today, with what became of each.

    Done: statements whose lines are frozen cover all its days. Open: together with
    drafts. Missed: it is over and some of its days stand on no statement. A missed
    period stays in the list until the month run, or somebody, catches up.
    """

    _name = "gov.contract.period"
    _description = "Period of a Contract"
    _auto = False
    _order = "date_from desc, contract_id"
    _rec_name = "date_from"
    _depends = {
        "contract.contract": [
            "company_id",
            "date_end",
            "date_start",
            "generation_type",
            "gov_state",
            "settlement_period",
        ],
        "gov.settlement": ["contract_id", "date_from", "date_to", "kind", "state"],
    }

    contract_id = fields.Many2one(
        "contract.contract", string="Service contract", readonly=True
    )
    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="Until", readonly=True)
    state = fields.Selection(
        [
            ("done", "Done"),
            ("open", "Open"),
            ("missed", "Missed"),
            ("running", "Running"),
        ],
        readonly=True,
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH term AS (
                SELECT c.id, c.company_id, c.date_start, c.date_end,
                       c.settlement_period AS unit,
                       CASE c.settlement_period WHEN 'year' THEN interval '1 year'
                            WHEN 'quarter' THEN interval '3 months'
                            ELSE interval '1 month' END AS step,
                       (now() AT TIME ZONE coalesce(o.gov_tz, 'Asia/Shanghai'))::date
                           AS today
                  FROM contract_contract c
                  JOIN res_company o ON o.id = c.company_id
                 WHERE c.generation_type = %(generation)s
                   AND c.gov_state IN %(in_force)s
            ), period AS (
                SELECT t.id AS contract_id, t.company_id, t.today,
                       row_number() OVER (PARTITION BY t.id ORDER BY s.day) AS place,
                       greatest(s.day::date, t.date_start) AS date_from,
                       least((s.day + t.step)::date - 1, t.date_end) AS date_to
                  FROM term t
                 CROSS JOIN LATERAL generate_series(
                       date_trunc(t.unit, t.date_start::timestamp),
                       least(t.date_end, t.today)::timestamp, t.step) AS s(day)
            )
            SELECT p.contract_id * 1000 + p.place AS id, p.contract_id, p.company_id,
                   p.date_from, p.date_to,
                   CASE WHEN d.frozen >= p.date_to - p.date_from + 1 THEN 'done'
                        WHEN d.named >= p.date_to - p.date_from + 1 THEN 'open'
                        WHEN p.date_to < p.today THEN 'missed'
                        ELSE 'running' END AS state
              FROM period p
              %(statements)s
            """,
            generation=GENERATION,
            in_force=IN_FORCE,
            statements=self._join_statements(),
        )

    def _join_statements(self):
        """Return the SQL that counts the days of a period standing on statements."""
        return SQL(
            """
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(x.days) FILTER (WHERE x.frozen), 0) AS frozen,
                       coalesce(sum(x.days), 0) AS named
                  FROM (SELECT s.state IN %s AS frozen,
                               least(s.date_to, p.date_to)
                               - greatest(s.date_from, p.date_from) + 1 AS days
                          FROM gov_settlement s
                         WHERE s.contract_id = p.contract_id AND s.kind = 'period'
                           AND s.state NOT IN %s AND s.date_from <= p.date_to
                           AND s.date_to >= p.date_from) AS x
            ) AS d
            """,
            FROZEN,
            VOID,
        )

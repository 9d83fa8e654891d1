from odoo import api, fields, models
from odoo.tools import SQL


class GovPointsProcedure(models.Model):
    """How long scoring takes, and what became of appeals: one row per notice.

    Days are working days of the institution, the first day not counted: from the clue
    (the day it was entered) to the check, to the decision, and from the decision to the
    day the notice was received. What has not happened yet has no days. Rates are 1 or
    0 per notice, so that their average is the rate; those of the outcome count decided
    appeals only.

    Who is concerned is not named. HR of the scoring and supervision read all of the
    institution, a head the rows of their departments.
    """

    _name = "gov.points.procedure"
    _description = "Times and Appeals"
    _auto = False
    _order = "decided_on desc, id desc"
    _rec_name = "notice_id"
    _depends = {
        "gov.points.notice": [
            "company_id",
            "department_id",
            "issued_on",
            "outcome",
            "points",
            "received_on",
            "share_id",
        ],
        "gov.points.share": ["article_id", "case_id", "decided_on"],
        "gov.points.case": [
            "checked_at",
            "create_date",
            "date",
            "is_imported",
            "source",
        ],
        "gov.points.appeal": ["notice_id", "state", "outcome"],
        "gov.workday": ["company_id", "date", "kind"],
        "res.company": ["gov_tz"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    notice_id = fields.Many2one("gov.points.notice", string="Notice", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    article_id = fields.Many2one("gov.points.article", readonly=True)
    source = fields.Selection(selection=lambda self: self._get_sources(), readonly=True)
    points = fields.Integer(readonly=True)
    clue_on = fields.Date(
        string="Clue entered on",
        readonly=True,
        help="The day on which the clue was entered; of imported history the day of "
        "the incident.",
    )
    checked_on = fields.Date(string="Checked on", readonly=True)
    decided_on = fields.Date(string="Decided on", readonly=True)
    received_on = fields.Date(string="Received on", readonly=True)
    days_check = fields.Float(
        digits=(16, 1),
        string="Clue to check",
        readonly=True,
        aggregator="avg",
        help="Working days.",
    )
    days_decision = fields.Float(
        digits=(16, 1),
        string="Clue to decision",
        readonly=True,
        aggregator="avg",
        help="Working days.",
    )
    days_service = fields.Float(
        digits=(16, 1),
        string="Decision to receipt",
        readonly=True,
        aggregator="avg",
        help="Working days until the notice was received.",
    )
    days_total = fields.Float(
        digits=(16, 1),
        string="Clue to receipt",
        readonly=True,
        aggregator="avg",
        help="Working days.",
    )
    appeal = fields.Selection(
        [
            ("none", "No appeal"),
            ("open", "Under appeal"),
            ("upheld", "Upheld"),
            ("reduced", "Reduced"),
            ("revoked", "Revoked"),
        ],
        string="Outcome of the appeal",
        readonly=True,
    )
    rate_appeal = fields.Float(
        string="Appealed", readonly=True, aggregator="avg", help="Of all notices."
    )
    rate_upheld = fields.Float(
        string="Upheld",
        readonly=True,
        aggregator="avg",
        help="Of the appeals that were decided.",
    )
    rate_reduced = fields.Float(
        string="Reduced",
        readonly=True,
        aggregator="avg",
        help="Of the appeals that were decided.",
    )
    rate_revoked = fields.Float(
        string="Revoked",
        readonly=True,
        aggregator="avg",
        help="Of the appeals that were decided.",
    )

    @api.model
    def _get_sources(self):
        field = self.env["gov.points.case"]._fields["source"]
        return field._description_selection(self.env)

    @property
    def _table_query(self):
        return SQL(
            """
            WITH workday AS MATERIALIZED (%(workdays)s)
            SELECT step.*,
                   checked.number - clue.number AS days_check,
                   decided.number - clue.number AS days_decision,
                   received.number - decided.number AS days_service,
                   received.number - clue.number AS days_total,
                   (step.appeal <> 'none')::int AS rate_appeal,
                   CASE WHEN step.is_decided THEN (step.appeal = 'upheld')::int END
                       AS rate_upheld,
                   CASE WHEN step.is_decided THEN (step.appeal = 'reduced')::int END
                       AS rate_reduced,
                   CASE WHEN step.is_decided THEN (step.appeal = 'revoked')::int END
                       AS rate_revoked
              FROM (%(steps)s) step
              LEFT JOIN workday clue
                ON clue.company_id = step.company_id AND clue.day = step.clue_on
              LEFT JOIN workday checked
                ON checked.company_id = step.company_id
               AND checked.day = step.checked_on
              LEFT JOIN workday decided
                ON decided.company_id = step.company_id
               AND decided.day = step.decided_on
              LEFT JOIN workday received
                ON received.company_id = step.company_id
               AND received.day = step.received_on
            """,
            workdays=self._get_workdays(),
            steps=self._get_steps(),
        )

    def _get_steps(self):
        """Return the query of the notices with the days of their steps."""
        return SQL(
            """
            SELECT step.*, step.appeal IN ('upheld', 'reduced', 'revoked') AS is_decided
              FROM (SELECT notice.id,
                           notice.id AS notice_id,
                           notice.company_id,
                           notice.department_id,
                           share.article_id,
                           incident.source,
                           notice.points,
                           CASE WHEN incident.is_imported THEN incident.date
                                ELSE (incident.create_date AT TIME ZONE 'UTC'
                                      AT TIME ZONE company.gov_tz)::date
                                 END AS clue_on,
                           (incident.checked_at AT TIME ZONE 'UTC'
                               AT TIME ZONE company.gov_tz)::date AS checked_on,
                           coalesce(share.decided_on, notice.issued_on) AS decided_on,
                           notice.received_on,
                           CASE WHEN notice.outcome = 'upheld' THEN 'upheld'
                                WHEN notice.outcome = 'changed' THEN 'reduced'
                                WHEN notice.outcome = 'withdrawn' THEN 'revoked'
                                WHEN appeal.id IS NOT NULL THEN 'open'
                                ELSE 'none' END AS appeal
                      FROM gov_points_notice notice
                      JOIN res_company company ON company.id = notice.company_id
                      JOIN gov_points_share share ON share.id = notice.share_id
                      JOIN gov_points_case incident ON incident.id = share.case_id
                      LEFT JOIN gov_points_appeal appeal
                        ON appeal.notice_id = notice.id
                       AND appeal.state IN ('submitted', 'parent')) step
            """
        )

    def _get_workdays(self):
        """Return the query that numbers the working days of each institution.

        The difference of two numbers is how many working days lie after the first day,
        up to and with the second. An institution's own days go before the shared ones,
        as in ``gov.workday``.
        """
        # sudo: only which institutions are looked at; record rules still hold.
        companies = self.env.companies.sudo().ids or [0]
        return SQL(
            """
            SELECT place.company_id,
                   series.day::date AS day,
                   sum(CASE WHEN coalesce(own.kind, shared.kind) = 'workday' THEN 1
                            WHEN coalesce(own.kind, shared.kind) = 'holiday' THEN 0
                            WHEN extract(isodow FROM series.day) < 6 THEN 1
                            ELSE 0 END)
                       OVER (PARTITION BY place.company_id ORDER BY series.day)
                       AS number
              FROM unnest(%(companies)s) place (company_id)
             CROSS JOIN generate_series(
                   (SELECT least(min(create_date)::date, min(date)) - 1
                      FROM gov_points_case),
                   (SELECT greatest(max(received_on), max(issued_on),
                                    current_date) + 1
                      FROM gov_points_notice),
                   interval '1 day') series (day)
              LEFT JOIN gov_workday shared
                ON shared.date = series.day AND shared.company_id IS NULL
              LEFT JOIN gov_workday own
                ON own.date = series.day AND own.company_id = place.company_id
            """,
            companies=companies,
        )

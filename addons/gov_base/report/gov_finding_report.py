from odoo import fields, models
from odoo.tools import SQL


class GovFindingReport(models.Model):
    """The findings' desk in figures: by age, kind, department and month.

    Read straight from the findings; the age is counted to the institution's own day.
    """

    _name = "gov.finding.report"
    _description = "Findings in Figures"
    _auto = False
    _order = "opened_on desc, id desc"
    _rec_name = "rule_id"
    _depends = {
        "gov.finding": [
            "rule_id",
            "severity",
            "state",
            "department_id",
            "company_id",
            "opened_on",
            "closed_on",
            "deadline",
        ],
    }

    rule_id = fields.Many2one("gov.finding.rule", string="Kind", readonly=True)
    severity = fields.Selection(
        [("info", "Notice"), ("warning", "To be looked at"), ("serious", "Serious")],
        readonly=True,
    )
    state = fields.Selection(
        [
            ("open", "To be explained"),
            ("explained", "Explained"),
            ("confirmed", "Confirmed"),
            ("dismissed", "Dismissed"),
        ],
        readonly=True,
    )
    department_id = fields.Many2one("hr.department", readonly=True)
    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    opened_on = fields.Date(readonly=True)
    days = fields.Integer(string="Days open", readonly=True, aggregator="avg")
    is_unsettled = fields.Boolean(string="Not closed", readonly=True)
    is_overdue = fields.Boolean(string="Overdue", readonly=True)
    age = fields.Selection(
        [("1", "0 to 3 days"), ("2", "4 to 10 days"), ("3", "Over 10 days")],
        readonly=True,
    )

    @property
    def _table_query(self):
        # sudo: only the days of the institutions are asked, record rules still hold.
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        days = SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company.gov_today())
            for company in companies
        )
        return SQL(
            """
            SELECT finding.id,
                   finding.rule_id,
                   finding.severity,
                   finding.state,
                   finding.department_id,
                   finding.company_id,
                   finding.opened_on,
                   age.days,
                   finding.closed_on IS NULL AS is_unsettled,
                   finding.state = 'open' AND finding.deadline < today.day
                       AS is_overdue,
                   CASE WHEN age.days <= 3 THEN '1'
                        WHEN age.days <= 10 THEN '2'
                        ELSE '3' END AS age
              FROM gov_finding finding
              JOIN (VALUES %s) today (company_id, day)
                ON today.company_id = finding.company_id
             CROSS JOIN LATERAL (
                   SELECT COALESCE(finding.closed_on, today.day) - finding.opened_on
                          AS days) age
            """,
            days,
        )

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day


class GovPointsDisclosure(models.TransientModel):
    """Drafts the periodic disclosure: scores of a month or quarter by department.

    Figures only, nobody is named: whoever has reached the level from which the scheme
    names people has a circular of their own. A publisher releases the draft.
    """

    _name = "gov.points.disclosure"
    _description = "Disclose Scores by Department"

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter")], required=True, default="month"
    )
    day = fields.Date(
        string="Any day of it",
        required=True,
        default=lambda self: self.env.company.gov_today() - relativedelta(months=1),
    )
    date_from = fields.Date(string="From", compute="_compute_dates")
    date_to = fields.Date(string="To", compute="_compute_dates")

    @api.depends("period", "day")
    def _compute_dates(self):
        for wizard in self:
            months = 3 if wizard.period == "quarter" else 1
            day = wizard.day or wizard.company_id.gov_today()
            first = day.replace(day=1)
            first -= relativedelta(months=(first.month - 1) % months)
            wizard.date_from = first
            wizard.date_to = first + relativedelta(months=months, days=-1)

    def action_draft(self):
        """Draft the disclosure.

        :return: an action that opens the draft, or closes the dialogue for those who
            do not read drafts.
        :raise UserError: not by a scoring officer, or the period is not over.
        """
        self.ensure_one()
        if not self.env.user.has_group("gov_points.group_points_officer"):
            raise UserError(self.env._("Scores are disclosed by the scoring office."))
        company = self.company_id
        if company not in self.env.user.company_ids:
            raise UserError(self.env._("This institution is not yours."))
        if self.date_to >= company.gov_today():
            raise UserError(
                self.env._(
                    "The period ends on %s: it can be disclosed from the next day on.",
                    format_day(self.env, self.date_to),
                )
            )
        draft = self._draft()
        if not draft.has_access("read"):
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.publication",
            "res_id": draft.id,
            "views": [(False, "form")],
        }

    def _draft(self):
        company = self.company_id
        env = self.with_context(lang=company.partner_id.lang).env
        period = {
            "first": env["gov.paper"].date_text(self.date_from),
            "last": env["gov.paper"].date_text(self.date_to),
        }
        opening = env._(
            "From %(first)s to %(last)s: scores that were entered, by department. No "
            "person is named.",
            **period,
        )
        body = env["ir.qweb"]._render(
            "gov_points.disclosure_body",
            {"rows": self._read_rows(env), "opening": opening},
        )
        title = env._("Conduct scoring from %(first)s to %(last)s", **period)
        publications = self.env["gov.publication"].with_company(company)
        return publications._draft_from(
            company,
            title=title,
            body=body,
            kind="disclosure",
            audience="all",
            company_id=company.id,
        )

    def _read_rows(self, env):
        """Return the figures by department, in order of rank."""
        env["gov.points.entry"].flush_model()
        rows = env.execute_query(
            SQL(
                """
                SELECT e.department_id, count(DISTINCT e.employee_id), count(*),
                       sum(e.points)
                  FROM gov_points_entry e
             LEFT JOIN gov_points_entry r ON r.reversal_of_id = e.id
                 WHERE e.company_id = %s AND e.posted_on BETWEEN %s AND %s
                   AND e.reversal_of_id IS NULL AND r.id IS NULL
              GROUP BY e.department_id
                """,
                self.company_id.id,
                self.date_from,
                self.date_to,
            )
        )
        figures = {row[0]: row[1:] for row in rows}
        # sudo: only names and order of departments, for a text without persons.
        departments = engine(env["hr.department"].sudo()).search(
            [("id", "in", [key for key in figures if key])]
        )
        names = [(d.id, d.name) for d in departments]
        if None in figures:
            names.append((None, env._("Without a department")))
        return [
            dict(
                zip(("people", "scores", "points"), figures[id_], strict=True),
                department=name,
            )
            for id_, name in names
        ]

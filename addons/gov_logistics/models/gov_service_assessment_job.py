from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import to_day
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .contract_contract import IN_FORCE

# Rows per commit of the jobs.
_BATCH = 200


def month_of(day):
    """Return the first and the last day of the month of ``day``."""
    first = day.replace(day=1)
    return first, first + relativedelta(months=1, days=-1)


class GovServiceAssessment(models.Model):
    """What time brings about: the sheets of a month, figures, scores that lapse in.

    The jobs can be killed at any moment and run again.
    """

    _inherit = "gov.service.assessment"

    # -------------------------------------------------------------- month's sheets

    @api.model
    def action_draft_month(self, day=None, company=None):
        """Make the sheets of a month for all contracts that are assessed.

        Contracts that have theirs are passed over: it can be called any number of
        times.

        :param day: a day of the month (date or ISO string); default today.
        :param int company: id of an institution; default the current one.
        :return: number of sheets made now.
        :raise UserError: neither inspector nor clerk, a month to come, or no such
            institution.
        """
        if not self._is_clerk() and not self._is_inspector():
            raise UserError(
                self.env._("The sheets are made by inspectors or by contracts.")
            )
        institution = self.env.company
        if company is not None:
            if type(company) is not int or company not in self.env.companies.ids:
                raise UserError(self.env._("Choose one of your institutions."))
            institution = self.env["res.company"].browse(company)
        today = institution.gov_today()
        first, last = month_of(to_day(self.env, day) or today)
        if first > today:
            raise UserError(self.env._("That month has not begun."))
        # sudo: group, institution and month have just been checked.
        assessments = engine(self.with_company(institution).sudo())
        contracts = assessments._find_contracts(institution, first, last)
        return len(assessments._draft(contracts, first, last))

    @api.model
    def _find_contracts(self, company, first, last):
        """Return the contracts assessed in a period, by their term and sheet."""
        return self.env["contract.contract"].search(
            [
                ("company_id", "=", company.id),
                ("gov_state", "in", IN_FORCE),
                ("assessment_required", "=", True),
                ("sheet_id", "!=", False),
                ("date_start", "<=", last),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", first),
                "|",
                ("terminated_on", "=", False),
                ("terminated_on", ">=", first),
            ],
            order="id",
        )

    @api.model
    def _draft(self, contracts, first, last):
        """Make the sheets of ``contracts`` for a period, each once.

        Two runs at once meet on the rows of the sheets; the loser is retried and sees
        what the winner made.

        :return: the assessments made now.
        """
        if not contracts:
            return self.browse()
        meet_rivals(contracts.sheet_id)
        taken = (
            self.with_context(active_test=False)
            .search(
                [
                    ("contract_id", "in", contracts.ids),
                    ("state", "!=", "replaced"),
                    ("date_from", "<=", last),
                    ("date_to", ">=", first),
                ]
            )
            .contract_id
        )
        made = self.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        ).create(
            [
                {
                    "contract_id": contract.id,
                    "company_id": contract.company_id.id,
                    "sheet_id": contract.sheet_id.id,
                    "date_from": max(first, contract.date_start),
                    "date_to": min(
                        last,
                        contract.date_end or last,
                        contract.terminated_on or last,
                    ),
                    "inspector_ids": [Command.set(contract.inspector_ids.ids)],
                }
                for contract in contracts - taken
            ]
        )
        made._ask_inspectors()
        return made.with_env(self.env)

    # ------------------------------------------------------------------------ jobs

    @api.model
    def _cron_assessments(self):
        """Daily: the month's sheets, figures of open ones, scores that lapse in."""
        # sudo: a job; it writes what follows from contracts and calendar alone.
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            assessments = engine(self.with_company(company).sudo())
            if not (
                assessments._job_draft(company)
                and assessments._job_figures(company)
                and assessments._job_finalise(company)
            ):
                return
            self.env["gov.service.survey"]._job_ask(company)

    @api.model
    def _job_draft(self, company):
        """Make this month's sheets, and those of the last month that are missing."""
        today = company.gov_today()
        for day in (today.replace(day=1) - timedelta(days=1), today):
            first, last = month_of(day)
            contracts = self._find_contracts(company, first, last)
            for start in range(0, len(contracts), _BATCH):
                made = self._draft(contracts[start : start + _BATCH], first, last)
                if not self.env["ir.cron"]._commit_progress(len(made)):
                    return False
        return True

    @api.model
    def _job_figures(self, company):
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "draft"),
            ("is_signed", "=", False),
        ]
        return self._job_chunks(domain, lambda chunk: chunk._refresh_figures())

    @api.model
    def _job_finalise(self, company):
        """Make scores final whose deadline lapsed, or that were agreed to earlier."""
        today = company.gov_today()
        domain = Domain("company_id", "=", company.id) & Domain("date_to", "<", today)
        domain &= (
            Domain("state", "=", "inspected") & Domain("statement_deadline", "<", today)
        ) | (Domain("state", "=", "stated") & Domain("statement_accepts", "=", True))

        def finalise(chunk):
            chunk._meet_rivals()
            chunk.filtered_domain(domain)._make_final()

        return self._job_chunks(domain, finalise)

    @api.model
    def _job_chunks(self, domain, work):
        """Do ``work`` on the assessments of ``domain``, committing after each chunk.

        :return: False when the time of the job is up.
        """
        last = 0
        while chunk := self.search(
            Domain(domain) & Domain("id", ">", last), limit=_BATCH, order="id"
        ):
            last = chunk[-1].id
            work(chunk)
            if not self.env["ir.cron"]._commit_progress(len(chunk)):
                return False
        return True

    # --------------------------------------------------------------------- figures

    def action_refresh_figures(self):
        """Fill in the figures beside the sheet again, until somebody has signed.

        :return: True
        :raise UserError: signed, or not to be seen by the user.
        """
        document = self._begin("sign")
        if self.is_signed:
            raise UserError(
                self.env._("%s has been signed: its figures stay.", self.display_name)
            )
        document._refresh_figures()
        return True

    def _refresh_figures(self):
        """Count requests, satisfaction, complaints and taps of each period, at once.

        Requests are those finished in the period for the services of the contract;
        the departments' answers are those of the last quarter over by then.
        """
        if not self:
            return
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
WITH sheet AS (
    SELECT a.id, a.contract_id, a.company_id, a.group_id, a.date_from, a.date_to,
           c.service_role, c.served_department_id, c.partner_id,
           coalesce(company.gov_tz, 'UTC') AS tz
      FROM gov_service_assessment a
      JOIN contract_contract c ON c.id = a.contract_id
      JOIN res_company company ON company.id = a.company_id
     WHERE a.id IN %(ids)s
), request AS (
    SELECT sheet.id AS sheet, r.id, r.resolved_at > r.sla_resolve_deadline AS is_late
      FROM sheet
      JOIN maintenance_request r
        ON r.company_id = sheet.company_id
       AND r.gov_state = 'done'
       AND r.resolved_at >= sheet.date_from - 1
       AND r.resolved_at < sheet.date_to + 2
       AND (r.resolved_at AT TIME ZONE 'UTC' AT TIME ZONE sheet.tz)::date
           BETWEEN sheet.date_from AND sheet.date_to
       AND r.service_item_id IN (
            SELECT line.service_item_id FROM contract_line line
             WHERE line.contract_id = sheet.contract_id)
       AND (sheet.service_role = 'vendor'
            OR r.department_id = sheet.served_department_id
            OR (sheet.served_department_id IS NULL
                AND r.served_partner_id = sheet.partner_id))
), finished AS (
    SELECT sheet, count(*) AS total, count(*) FILTER (WHERE is_late) AS late
      FROM request GROUP BY sheet
), satisfaction AS (
    SELECT request.sheet, count(*) AS total, avg(rating.rating) AS average
      FROM request
      JOIN rating_rating rating
        ON rating.res_model = 'maintenance.request' AND rating.res_id = request.id
       AND rating.consumed AND rating.rating > 0
     GROUP BY request.sheet
), complaint AS (
    SELECT sheet.id AS sheet, count(*) AS total
      FROM sheet
      JOIN res_partner vendor ON vendor.id = sheet.partner_id
      JOIN gov_service_complaint c
        ON c.company_id = sheet.company_id AND c.state = 'verified'
       AND c.date BETWEEN sheet.date_from AND sheet.date_to
      LEFT JOIN res_partner about ON about.id = c.partner_id
     WHERE c.contract_id = sheet.contract_id
        OR (c.contract_id IS NULL AND sheet.service_role = 'vendor'
            AND about.commercial_partner_id = vendor.commercial_partner_id)
     GROUP BY sheet.id
), quarter AS (
    SELECT sheet.id AS sheet, max(line.date_to) AS last
      FROM sheet
      JOIN gov_service_survey_line line
        ON line.company_id = sheet.company_id AND line.group_id = sheet.group_id
       AND line.date_to <= sheet.date_to
     GROUP BY sheet.id
), tap AS (
    SELECT sheet.id AS sheet,
           count(*) FILTER (WHERE line.answer = 'good') AS good,
           count(*) FILTER (WHERE line.answer = 'fair') AS fair,
           count(*) FILTER (WHERE line.answer = 'poor') AS poor,
           count(*) FILTER (WHERE line.answer IS NULL) AS silent
      FROM sheet
      JOIN quarter ON quarter.sheet = sheet.id
      JOIN gov_service_survey_line line
        ON line.company_id = sheet.company_id AND line.group_id = sheet.group_id
       AND line.date_to = quarter.last
       AND (sheet.served_department_id IS NULL
            OR line.department_id = sheet.served_department_id)
     GROUP BY sheet.id
)
UPDATE gov_service_assessment a
   SET request_count = coalesce(finished.total, 0),
       late_count = coalesce(finished.late, 0),
       satisfaction_count = coalesce(satisfaction.total, 0),
       satisfaction_avg = round(coalesce(satisfaction.average, 0)::numeric, 2),
       complaint_count = coalesce(complaint.total, 0),
       tap_good = coalesce(tap.good, 0),
       tap_fair = coalesce(tap.fair, 0),
       tap_poor = coalesce(tap.poor, 0),
       tap_silent = coalesce(tap.silent, 0),
       figures_at = now() AT TIME ZONE 'UTC'
  FROM sheet
  LEFT JOIN finished ON finished.sheet = sheet.id
  LEFT JOIN satisfaction ON satisfaction.sheet = sheet.id
  LEFT JOIN complaint ON complaint.sheet = sheet.id
  LEFT JOIN tap ON tap.sheet = sheet.id
 WHERE a.id = sheet.id
RETURNING a.id
                """,
                ids=tuple(sorted(self.ids)),
            )
        )
        self.invalidate_recordset(flush=False)

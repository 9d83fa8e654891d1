from dateutil.relativedelta import relativedelta

from odoo import Command, api, models

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .contract_contract import IN_FORCE

_TODO = "mail.mail_activity_data_todo"


def last_quarter(day):
    """Return the first and the last day of the quarter before that of ``day``."""
    first = day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
    return first - relativedelta(months=3), first - relativedelta(days=1)


class GovServiceSurvey(models.Model):
    """Asking the departments once a quarter, and taking the to-do back."""

    _inherit = "gov.service.survey"

    @api.model
    def _job_ask(self, company):
        """Ask about the quarter that is over; departments asked already are left out.

        To-dos of surveys whose time is over are taken back: silence is no answer.
        """
        # sudo: a job; whom it asks follows from departments and contracts alone.
        surveys = engine(self.with_company(company).sudo())
        today = company.gov_today()
        first, last = last_quarter(today)
        surveys._ask(company, first, last)
        surveys.search(
            [
                ("company_id", "=", company.id),
                ("deadline", "<", today),
                ("activity_ids", "!=", False),
            ],
            limit=1000,
        ).activity_unlink([_TODO])
        self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _ask(self, company, first, last):
        """Make the surveys of a quarter, one per department, with their to-dos.

        :return: the surveys made now; none once the days to answer are over.
        """
        days = self.env["gov.policy"].get_value("service.survey.days", company=company)
        deadline = self.env["gov.workday"].add_working_days(last, days)
        if deadline < company.gov_today():
            return self.browse()
        # Two runs at once meet on the institution's row; the loser is retried.
        meet_rivals(company)
        groups, own = self._find_groups(company, first, last)
        departments = self.env["hr.department"].search(
            [("company_id", "in", [company.id, False])]
        )
        asked = self.search(
            [("company_id", "=", company.id), ("date_from", "=", first)]
        ).department_id
        vals_list = []
        for department in departments - asked:
            wanted = groups | own.get(department, groups.browse())
            speakers = department.manager_id.user_id | department.liaison_ids
            if not wanted or not speakers.filtered("active"):
                continue
            vals_list.append(
                {
                    "department_id": department.id,
                    "company_id": company.id,
                    "date_from": first,
                    "date_to": last,
                    "deadline": deadline,
                    "line_ids": [
                        Command.create({"group_id": group.id}) for group in wanted
                    ],
                }
            )
        made = self.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        ).create(vals_list)
        made._ask_departments()
        return made

    @api.model
    def _find_groups(self, company, first, last):
        """Return what departments are asked about.

        :return: groups of vendors' contracts in the quarter, which everybody uses,
            and a dict department → groups that the centre serves it with.
        """
        contracts = self.env["contract.contract"].search(
            [
                ("company_id", "=", company.id),
                ("gov_state", "in", IN_FORCE),
                ("service_group_id", "!=", False),
                ("date_start", "<=", last),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", first),
            ]
        )
        vendor = contracts.filtered(lambda c: c.service_role == "vendor")
        own = {
            department: served.service_group_id
            for department, served in (contracts - vendor)
            .grouped("served_department_id")
            .items()
        }
        return vendor.service_group_id, own

    def _ask_departments(self):
        """One to-do for each head or liaison: the tap of one closes it for all."""
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(_TODO)
        model_id = self.env["ir.model"]._get_id(self._name)
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id[:1])
        env = self.with_context(lang=lang).env
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": model_id,
                    "res_id": survey.id,
                    "activity_type_id": type_id,
                    "automated": True,
                    "summary": env._("How were the services of the quarter?"),
                    "user_id": user.id,
                    "date_deadline": survey.deadline,
                }
                for survey in self
                for user in survey._speakers()
            ]
        )

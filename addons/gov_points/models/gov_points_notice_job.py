from odoo import api, fields, models

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day

# Rows per commit of the job.
_BATCH = 200


class GovPointsNoticeJob(models.AbstractModel):
    """What time alone brings about for notices: reminders, and the end of the window.

    The job can be killed at any moment and run again: each row says what was told.
    """

    _name = "gov.points.notice.job"
    _description = "Daily Work on Notices"

    @api.model
    def _cron_notices(self):
        """Count again, remind, tell of what was never served, close lapsed windows."""
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            # sudo: a job; it writes what follows from the calendar alone.
            notices = engine(self.with_company(company).sudo())
            notices._job_recount(company)
            notices._job_finalise(company)
            notices._job_overdue(company)
            notices._job_remind_appeal(company)
            notices._job_remind_correction(company)

    def _job_chunks(self, domain):
        """Yield the notices of ``domain`` in chunks, committing after each."""
        cron = self.env["ir.cron"]
        last = 0
        while True:
            chunk = self.search([*domain, ("id", ">", last)], limit=_BATCH, order="id")
            if not chunk:
                return
            last = chunk[-1].id
            yield chunk
            if not cron._commit_progress(len(chunk)):
                return

    def _job_recount(self, company):
        """Count provisional dates again once the official plan has been loaded."""
        domain = [
            ("company_id", "=", company.id),
            ("provisional", "=", True),
            ("share_id.state", "=", "noticed"),
        ]
        for chunk in self._job_chunks(domain):
            for notice in chunk:
                dates = notice._get_deadlines(notice.received_on)
                if any(notice[name] != value for name, value in dates.items()):
                    notice.write(dates)

    def _job_finalise(self, company):
        """Make scores final the day after their window has lapsed without appeal.

        A date that is provisional still is given the days of the clause more: the
        longest row of days off may lie in it.
        """
        today = company.gov_today()
        spare = self._get_days("points.provisional.days", company)
        domain = [
            ("company_id", "=", company.id),
            ("state", "in", ("served", "refused")),
            ("share_id.state", "=", "noticed"),
            ("appeal_deadline", "<", today),
            "|",
            ("provisional", "=", False),
            ("appeal_deadline", "<", fields.Date.subtract(today, days=spare)),
        ]
        for chunk in self._job_chunks(domain):
            chunk._make_final()

    def _make_final(self):
        """Make the scores of these notices final that nobody appealed against."""
        self._meet_rivals()
        shares = engine(self.share_id)
        shares.invalidate_recordset(["state"], flush=False)
        shares.filtered(lambda s: s.state == "noticed").write({"state": "final"})
        self.activity_unlink(["gov_points.mail_activity_type_appeal"])

    def _job_overdue(self, company):
        """Give the officer in charge a to-do for what was not served in time."""
        days = self._get_days("points.notice.serve.days", company)
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "issued"),
            ("overdue_told_on", "=", False),
            ("officer_id", "!=", False),
        ]
        for chunk in self._job_chunks(domain):
            late = chunk.filtered(lambda n: n.age > days)
            late._schedule_todos(
                "gov_points.mail_activity_type_serve",
                [
                    (
                        notice,
                        notice.officer_id,
                        notice._get_lang_env()._(
                            "%(number)s waits for service since %(day)s",
                            number=notice.number,
                            day=format_day(notice._get_lang_env(), notice.issued_on),
                        ),
                    )
                    for notice in late
                    if notice.officer_id.active
                ],
            )
            late.overdue_told_on = company.gov_today()

    def _job_remind_appeal(self, company):
        """Remind persons before the window of appeal lapses."""
        domain = [
            ("state", "in", ("served", "refused")),
            ("share_id.state", "=", "noticed"),
            ("appeal_ids", "not any", [("approval_round", ">", 0)]),
        ]
        self._job_remind(
            company,
            domain,
            "appeal_deadline",
            "appeal_reminded_on",
            "gov_points.mail_activity_type_appeal",
        )

    def _job_remind_correction(self, company):
        """Remind persons before the day of correction."""
        domain = [
            ("state", "in", ("served", "refused")),
            ("correction_number", ">", 0),
            ("outcome", "!=", "withdrawn"),
        ]
        self._job_remind(
            company,
            domain,
            "correction_deadline",
            "correction_reminded_on",
            "gov_points.mail_activity_type_correction",
        )

    def _job_remind(self, company, domain, deadline, told, xmlid):
        """Leave each person one to-do in the last days before ``deadline``.

        For a person without a login the officer in charge prints the sheet.
        """
        today = company.gov_today()
        days = self._get_days("points.notice.remind.days", company)
        workdays = self.env["gov.workday"].with_company(company)
        domain = [
            *domain,
            ("company_id", "=", company.id),
            (told, "=", False),
            (deadline, ">=", today),
            (deadline, "<=", workdays.add_working_days(today, days)),
        ]
        for chunk in self._job_chunks(domain):
            todos = []
            for notice in chunk:
                user = notice.employee_id.user_id.filtered("active")
                text = notice._get_reminder(deadline, bool(user))
                if user := user or notice.officer_id.filtered("active"):
                    todos.append((notice, user, text, notice[deadline]))
            chunk._schedule_todos(xmlid, todos)
            chunk.write({told: today})

    def _get_reminder(self, deadline, to_person):
        """Return the text of the to-do, for the person or for the officer."""
        env = self._get_lang_env()
        day = format_day(env, self[deadline])
        if deadline == "appeal_deadline":
            text = env._("Appeal until %s", day)
        else:
            text = env._("To be corrected by %s", day)
        if to_person:
            return f"{self.number}: {text}"
        return env._(
            "%(number)s: %(text)s. %(person)s has no login: print the record sheet.",
            number=self.number,
            text=text,
            person=self.person_name,
        )

    @api.model
    def _get_days(self, code, company):
        """Return a number of days as the clause of the institution says.

        :raise UserError: there is no such clause.
        """
        return self.env["gov.policy"].get_value(code, company=company)

    def _get_lang_env(self):
        """Return the environment with the language of the institution's records."""
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        return self.with_context(lang=lang).env

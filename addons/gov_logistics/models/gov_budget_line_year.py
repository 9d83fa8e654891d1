from decimal import Decimal

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day

# Departments that are reminded in one go, between two commits.
_CHUNK = 20


class GovBudgetLine(models.Model):
    """The year's turn of a budget line: carry-over, and the reminder at mid-year."""

    _inherit = "gov.budget.line"

    def _get_left(self):
        """Return what can be carried over: what is free and what is committed."""
        return self.amount_plan - self.amount_actual

    def _carry_over(self, transfer, amount):
        """Move ``amount`` and all commitments to the line of the next year.

        The engine calls it once its rivals were met and the matter was agreed to.

        :param transfer: the matter that decided it.
        :param amount: what was agreed; less is moved when less is left by now.
        :return: the line of the next year.
        """
        self.ensure_one()
        target = self._get_next_line()
        target._meet_rivals()
        amount = min(self._to_amount(amount), self._to_amount(self._get_left()))
        waiting = self._read_commitments()
        committed = sum(Decimal(row[3]) for row in waiting)
        amount = max(amount, min(committed, self._to_amount(self._get_left(), True)))
        # What had been let through above the plan waits above the plan.
        above = self._get_record_note() if committed > amount else ""
        rows = [
            self._prepare_row("plan", -amount, transfer, "out"),
            target._prepare_row("plan", amount, transfer, "in"),
        ]
        for model, res_id, part, left, name in waiting:
            for kind, line in (("release", self), ("commit", target)):
                why = above if kind == "commit" else ""
                row = line._prepare_row(kind, left, transfer, part, why)
                rows.append({**row, "model": model, "res_id": res_id, "res_name": name})
        self._book(rows)
        self.write({"carried_to_id": target.id, "amount_carried": float(amount)})
        return target

    def _get_record_note(self):
        """Return why a commitment above the plan of the new year is let through."""
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        env = self.with_context(lang=lang).env
        return env._("Let through above the plan of %(year)s", year=str(self.year))

    def _get_next_line(self):
        """Return the line for the same in the next year, made when there is none."""
        values = {
            "company_id": self.company_id.id,
            "department_id": self.department_id.id,
            "item_id": self.item_id.id,
            "project": self.project,
            "fund_source": self.fund_source,
            "year": self.year + 1,
        }
        lines = engine(self.sudo())
        found = lines.search([(name, "=", value) for name, value in values.items()])
        return found or lines.create(values)

    def _read_commitments(self):
        """Return the documents that money of this line is set aside for.

        :return: list of (model, id, part, amount, name).
        """
        self.env["gov.budget.entry"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT model, res_id, coalesce(part, ''),
                       sum(CASE kind WHEN 'commit' THEN amount ELSE -amount END)::text,
                       max(res_name)
                  FROM gov_budget_entry
                 WHERE line_id = %s AND kind IN ('commit', 'release')
                 GROUP BY model, res_id, coalesce(part, '')
                HAVING sum(CASE kind WHEN 'commit' THEN amount ELSE -amount END) > 0
                 ORDER BY model, res_id
                """,
                self.id,
            )
        )

    # ------------------------------------------------------------------- reminder

    def _cron_remind(self):
        """Tell each department at mid-year how its budget runs against the calendar.

        Once per line and year, in chunks of departments, each committed: the job can
        be killed at any moment and started again.
        """
        # sudo: a job; each head reads the lines of their own department anyway.
        lines = engine(self.sudo())
        jobs = self.env["ir.cron"]
        due = lines._read_due()
        jobs._commit_progress(remaining=len(due))
        for start in range(0, len(due), _CHUNK):
            chunk = due[start : start + _CHUNK]
            lines._remind_departments(chunk)
            if not jobs._commit_progress(len(chunk)):
                break

    def _read_due(self):
        """Return (company id, department id, year) of what is to be reminded today."""
        due = []
        companies = self.env["res.company"].search([("gov_budget_on", "=", True)])
        for company in companies:
            today = company.gov_today()
            if not company.gov_budget_remind or today.month < company.gov_budget_remind:
                continue
            groups = self._read_group(
                [
                    ("company_id", "=", company.id),
                    ("year", "=", today.year),
                    ("reminded_on", "=", False),
                ],
                ["department_id"],
            )
            due += [(company.id, department.id, today.year) for (department,) in groups]
        return sorted(due)

    def _remind_departments(self, keys):
        """Remind these departments, of whichever lines nobody has reminded yet."""
        for company_id, department_id, year in keys:
            today = self.env["res.company"].browse(company_id).gov_today()
            rows = self.env.execute_query(
                SQL(
                    "UPDATE gov_budget_line SET reminded_on = %s"
                    " WHERE company_id = %s AND department_id = %s AND year = %s"
                    " AND reminded_on IS NULL RETURNING id",
                    today,
                    company_id,
                    department_id,
                    year,
                )
            )
            lines = self.browse(sorted(row[0] for row in rows))
            lines.invalidate_recordset(["reminded_on"], flush=False)
            lines._remind(today)

    def _remind(self, today):
        """Leave the head of the department one to-do with all of these lines.

        Without a head who has an account it is the line leader's, else finance's.
        """
        if not self:
            return
        first = self[0]
        head = first.department_id.manager_id.user_id
        leader = first.department_id.line_leader_id.user_id
        lang = self.env["gov.approval.rule"]._get_lang(first.company_id)
        env = self.with_context(lang=lang).env
        lines = self.with_env(env)
        texts = [
            env._(
                "%(item)s: used %(rate)s %% of %(plan)s, %(left)s left",
                item=" ".join(
                    text for text in (line.item_id.display_name, line.project) if text
                ),
                rate=f"{line.rate:.1f}",
                plan=line.currency_id.format(line.amount_plan),
                left=line.currency_id.format(line.amount_available),
            )
            for line in lines
        ]
        plan = sum(self.mapped("amount_plan"))
        rate = 100 * sum(self.mapped("amount_actual")) / plan if plan else 0.0
        summary = env._(
            "Budget on %(day)s: used %(rate)s %%, %(calendar)s %% of the year is over",
            day=format_day(env, today),
            rate=f"{rate:.1f}",
            calendar=f"{first.calendar_rate:.1f}",
        )
        finance = self.env.ref("gov_base.gov_role_finance")
        users = (
            head.filtered("active")
            or leader.filtered("active")
            or finance._get_holders(first.company_id).user_id.filtered("active")
        )
        quiet = lines[0].with_context(mail_activity_quick_update=True)
        note = Markup("<br/>").join(texts)
        if users:
            quiet.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=fields.Date.add(today, days=7),
                summary=summary,
                note=note,
                user_id=users[:1].id,
            )
        for line, text in zip(lines, texts, strict=True):
            line._message_log(body=f"{summary}. {text}")

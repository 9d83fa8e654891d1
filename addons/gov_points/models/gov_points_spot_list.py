from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.rivals import meet_rivals


class GovPointsSpotList(models.Model):
    """The month's decisions on the spot, listed to the leading group.

    One or two points are decided by two officers; each month the leading group sees
    what was decided in its stead (``domain/office.md`` 2d.1). Made by the job on the
    first working day for the month before, with a to-do for each member of the group;
    a month without such a decision has no list. Read by those members, the scoring
    office and supervision; the rows do not show who reported.
    """

    _name = "gov.points.spot.list"
    _description = "On-the-spot Decisions of a Month"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "date_from desc, id desc"
    _rec_name = "month"
    _engine_only = True
    _allow_sudo_commands = False

    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    month = fields.Char(required=True, readonly=True, help="e.g. 2026-11")
    date_from = fields.Date(string="First day", required=True, readonly=True)
    date_to = fields.Date(string="Last day", required=True, readonly=True)
    share_ids = fields.Many2many(
        "gov.points.share",
        "gov_points_spot_list_share_rel",
        "list_id",
        "share_id",
        string="Decisions",
        readonly=True,
        groups="gov_points.group_points_officer,gov_base.group_supervision",
    )
    reader_ids = fields.Many2many(
        "res.users",
        "gov_points_spot_list_reader_rel",
        "list_id",
        "user_id",
        string="Told to",
        readonly=True,
    )
    share_count = fields.Integer(string="Number of persons", readonly=True)
    points_total = fields.Integer(string="Points", readonly=True)
    table = fields.Html(
        string="List", compute="_compute_table", sanitize=False, compute_sudo=True
    )

    _month_uniq = models.Constraint(
        "UNIQUE (company_id, month)", "This month has been listed already."
    )

    @api.depends("share_ids")
    def _compute_table(self):
        for month in self:
            month.table = self.env["ir.qweb"]._render(
                "gov_points.spot_list_table", {"rows": month._get_rows()}
            )

    def _get_rows(self):
        """Return what the list shows of each decision.

        :return: list of dicts ``number, date, decided_on, person, department, article,
            points, deciders``.
        """
        self.ensure_one()
        # Whoever may read the list reads its rows, not the cases behind them.
        shares = self.sudo().share_ids
        decisions = shares.case_id.decision_ids.filtered(
            lambda d: d.outcome == "approved"
        ).grouped("res_id")
        return [
            {
                "number": share.case_id.number,
                "date": share.date,
                "decided_on": share.decided_on,
                "person": share.person,
                "department": share.department_id.name or "",
                "article": f"{share.article_id.code} {share.article_id.name}",
                "points": share.points,
                "deciders": join_names(
                    self.env,
                    decisions[share.case_id.id].decider_id.mapped("name")
                    if share.case_id.id in decisions
                    else [],
                ),
            }
            for share in shares.sorted(lambda s: (s.decided_on, s.id))
        ]

    # ----------------------------------------------------------------------- job

    @api.model
    def _cron_list(self):
        """From the first working day on: list the month before, once."""
        cron = self.env["ir.cron"]
        # sudo: a job; it lists what has been decided and tells the leading group.
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            engine(self.with_company(company).sudo())._list_month(company)
            if not cron._commit_progress(1):
                return

    def _list_month(self, company):
        """Make the list of the month before today's, when it is time for it.

        :return: the new list, or none.
        """
        today = company.gov_today()
        first = today.replace(day=1)
        last = first - relativedelta(days=1)
        month = f"{last:%Y-%m}"
        if today < self.env["gov.workday"].add_working_days(last, 1):
            return self.browse()
        if self.search_count(
            [("company_id", "=", company.id), ("month", "=", month)], limit=1
        ):
            return self.browse()
        return self._make(company, last.replace(day=1), last, month)

    def _make(self, company, date_from, date_to, month):
        shares = self.env["gov.points.share"].search(
            [
                ("company_id", "=", company.id),
                ("case_id.is_on_spot", "=", True),
                ("decided_on", ">=", date_from),
                ("decided_on", "<=", date_to),
            ]
        )
        if not shares:
            return self.browse()
        role = self.env.ref("gov_points.role_points_group")
        readers = role._get_holders(company).employee_id.user_id.filtered("active")
        meet_rivals(company)
        made = self.create(
            {
                "company_id": company.id,
                "month": month,
                "date_from": date_from,
                "date_to": date_to,
                "share_ids": [(6, 0, shares.ids)],
                "reader_ids": [(6, 0, readers.ids)],
                "share_count": len(shares),
                "points_total": sum(shares.mapped("points")),
            }
        )
        made._tell(readers)
        return made

    def _tell(self, readers):
        """Leave each reader one quiet to-do."""
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        env = self.with_context(lang=lang).env
        summary = env._(
            "On-the-spot decisions of %(month)s: %(people)s persons, %(points)s points",
            month=self.month,
            people=self.share_count,
            points=self.points_total,
        )
        todo = self.env["ir.model.data"]._xmlid_to_res_id(
            "mail.mail_activity_data_todo"
        )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "activity_type_id": todo,
                    "summary": summary,
                    "user_id": reader.id,
                    "date_deadline": self.company_id.gov_today(),
                }
                for reader in readers
            ]
        )

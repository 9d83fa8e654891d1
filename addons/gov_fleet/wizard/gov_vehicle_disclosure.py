import base64

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import check_plain_values

from ..tools import account_book

_MANAGER = "gov_fleet.group_fleet_manager"


class GovVehicleDisclosure(models.TransientModel):
    """Posts the per-vehicle account of a month, or the figures of a year.

    The month has one line per vehicle; protected trips and the vehicles of confidential
    mail stand in one summed line, without plate. The year has one line per class, for
    the yearly statement: vehicles bought, held, disposed of, and what they cost. A
    publisher releases the draft; nobody's own draft.
    """

    _name = "gov.vehicle.disclosure"
    _description = "Post the Figures of Vehicles"

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    period = fields.Selection(
        [("month", "Month, by vehicle"), ("year", "Year, by class")],
        required=True,
        default="month",
    )
    day = fields.Date(
        string="Any day of it",
        required=True,
        default=lambda self: self.env.company.gov_today() - relativedelta(months=1),
    )
    date_from = fields.Date(string="From", compute="_compute_dates")
    date_to = fields.Date(string="To", compute="_compute_dates")
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    book = fields.Binary(string="Workbook", readonly=True, attachment=False)

    # ------------------------------------------------------------------ computes

    @api.depends("period", "day")
    def _compute_dates(self):
        for wizard in self:
            day = wizard.day or wizard.company_id.gov_today()
            months, first = 1, day.replace(day=1)
            if wizard.period == "year":
                months, first = 12, first.replace(month=1)
            wizard.date_from = first
            wizard.date_to = first + relativedelta(months=months, days=-1)

    @api.depends("period", "day", "company_id")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard._render(self.env)

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        return super().write(vals)

    # ------------------------------------------------------------- public actions

    def action_draft(self):
        """Draft the posting.

        :return: an action that opens the draft, or tells those who do not read drafts
            that it is made.
        :raise UserError: not by the manager, or the period is not over.
        """
        self._check()
        company = self.company_id
        env = self.with_context(lang=company.partner_id.lang).env
        publications = self.env["gov.publication"].with_company(company)
        draft = publications._draft_from(
            company,
            title=self._get_title(env),
            body=self._render(env),
            kind="disclosure",
            audience="all",
            company_id=company.id,
            vehicle_from=self.date_from,
            vehicle_to=self.date_to,
            vehicle_read_at=fields.Datetime.now(),
        )
        if not draft.has_access("read"):
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "success",
                    "message": self.env._(
                        "The posting is drafted. A publisher releases it."
                    ),
                    "next": {"type": "ir.actions.act_window_close"},
                },
            }
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.publication",
            "res_id": draft.id,
            "views": [(False, "form")],
        }

    def action_book(self):
        """Make the workbook of the same figures.

        :return: an action that downloads it.
        :raise UserError: not by the manager, or the period is not over.
        """
        self._check()
        columns, rows = self._read_table(self.env)
        self.book = base64.b64encode(
            account_book.write([(self._get_title(self.env), columns, rows)])
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/book/vehicles.xlsx?download=1",
            "target": "self",
        }

    def _check(self):
        self.ensure_one()
        if not self.env.user.has_group(_MANAGER):
            raise UserError(
                self.env._(
                    "The figures of vehicles are posted by the manager of official "
                    "vehicles."
                )
            )
        if self.company_id not in self.env.user.company_ids:
            raise UserError(self.env._("This institution is not yours."))
        if self.date_to >= self.company_id.gov_today():
            raise UserError(
                self.env._(
                    "The period ends on %s: it can be posted from the next day on.",
                    format_day(self.env, self.date_to),
                )
            )

    # --------------------------------------------------------------------- figures

    def _get_title(self, env):
        if self.period == "year":
            return env._("Official vehicles in %(year)s", year=self.date_from.year)
        return env._(
            "Per-vehicle account, %(year)s-%(month)s",
            year=self.date_from.year,
            month=f"{self.date_from.month:02}",
        )

    def _render(self, env):
        columns, rows = self._read_table(env)
        return env["ir.qweb"]._render(
            "gov_fleet.vehicle_disclosure_body",
            {
                "columns": columns,
                "rows": rows,
                "opening": self._get_opening(env),
            },
        )

    def _get_opening(self, env):
        """Return the words over the table: days, and what a posting before it lacks."""
        texts, paper = [], env["gov.paper"]
        if self.period == "month":
            texts.append(
                env._(
                    "From %(first)s to %(last)s. Protected trips stand in one line.",
                    first=paper.date_text(self.date_from),
                    last=paper.date_text(self.date_to),
                )
            )
        # sudo: only when the period was posted; the reader of drafts may know.
        posted = (
            self.env["gov.publication"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("stage", "=", "released"),
                    ("vehicle_from", "=", self.date_from),
                    ("vehicle_to", "=", self.date_to),
                ],
                order="released_at desc",
                limit=1,
            )
        )
        if posted:
            day = self.company_id._gov_local(posted.released_at).date()
            texts.append(
                env._("It takes the place of the posting of %s.", paper.date_text(day))
            )
            texts.append(posted._describe_vehicle_change(env) or "")
        return " ".join(texts)

    def _read_table(self, env):
        """Return headings and rows, the last row being the sum."""
        accounts = env["gov.vehicle.account"].with_company(self.company_id)
        if self.period == "year":
            return accounts._read_year(self.company_id, self.date_from.year)
        return accounts._read_month(self.company_id, self.date_from)

import base64

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import check_dictionaries, check_one
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools import driver_book

# Columns of the printed sheet and the workbook, with their width.
_COLUMNS = {
    "driver_id": 12,
    "trip_count": 8,
    "day_count": 8,
    "distance": 10,
    "hours_working": 10,
    "hours_rest": 10,
    "hours_holiday": 10,
    "meal_count": 8,
    "night_count": 8,
    "rest_due": 8,
    "rest_missed": 8,
    "away_days": 8,
    "amount_overtime": 12,
    "amount_meal": 12,
    "amount_night": 12,
    "amount_away": 12,
    "adjustment": 11,
    "amount_total": 12,
    "adjustment_reason": 20,
}


class GovDriverSheet(models.Model):
    """Overtime and trip allowance of the drivers in one month, for the pay office.

    Everything is counted from trips (驾驶员加班及出车补助表), whole in the month of the
    return, local time, at the amounts of the clauses ``driver.…``; the clerk may only
    add or take off an amount with a reason. Handed over it is sealed; trips entered
    after that stand on the next sheet, and so does the difference that a correction
    makes, as a line of its own.

    ========= ===== ====== =====================================
    action    from  to     who
    ========= ===== ====== =====================================
    compute   draft draft  dispatcher
    hand over draft handed manager of official vehicles
    ========= ===== ====== =====================================

    Drivers read their own line of a sheet that was handed over.
    """

    _name = "gov.driver.sheet"
    _description = "Drivers' Sheet"
    _inherit = ["mail.thread", "gov.seal.mixin"]
    _order = "month desc, id desc"
    _seal_chain = "driver_sheet"
    _sealed_fields = (
        "month",
        "driver_count",
        "amount_total",
        "handed_at",
        "handed_by_id",
    )
    _protected_fields = frozenset(
        {
            "state",
            "driver_count",
            "amount_total",
            "handed_at",
            "handed_by_id",
            "computed_at",
            "line_ids",
        }
    )

    month = fields.Date(
        required=True,
        index=True,
        default=lambda self: self._default_month(),
        help="Any day of the month.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("handed", "Handed over")],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many(
        "gov.driver.sheet.line", "sheet_id", string="Drivers", copy=False
    )
    computed_at = fields.Datetime(string="Counted at", readonly=True, copy=False)
    driver_count = fields.Integer(string="Number of drivers", readonly=True, copy=False)
    amount_total = fields.Monetary(string="Total", readonly=True, copy=False)
    handed_at = fields.Datetime(string="Handed over at", readonly=True, copy=False)
    handed_by_id = fields.Many2one(
        "res.users",
        string="Handed over by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    can_hand_over = fields.Boolean(compute="_compute_can_hand_over")
    book = fields.Binary(string="Workbook", compute="_compute_book", exportable=False)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _month_uniq = models.UniqueIndex(
        "(company_id, month)", "There is a sheet of this month already."
    )
    _first_day = models.Constraint(
        "CHECK (EXTRACT(day FROM month) = 1)", "A sheet is about a month."
    )

    @api.model
    def _default_month(self):
        return self.env["gov.vehicle.log.sheet"]._default_month()

    # === Compute ===

    @api.depends("month")
    def _compute_display_name(self):
        for sheet in self:
            month = sheet.month and sheet.month.strftime("%Y-%m") or ""
            sheet.display_name = self.env._("Drivers %s", month)

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_hand_over(self):
        for sheet in self:
            sheet.can_hand_over = not sheet._refusal("hand_over")

    def _compute_book(self):
        for sheet in self:
            sheet.book = base64.b64encode(sheet._make_book())

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        logs = self.env["gov.vehicle.log.sheet"]
        check_dictionaries(self, vals_list)
        return super().create([logs._prepare_month(dict(v)) for v in vals_list])

    def write(self, vals):
        if not is_engine(self.env):
            check_dictionaries(self, [vals])
            self._guard_refuse({"month", "company_id"} & set(vals))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_handed(self):
        if self.filtered(lambda sheet: sheet.state != "draft"):
            raise UserError(self.env._("A sheet that was handed over stays on record."))

    # === Actions ===

    def action_compute(self):
        """Count the month anew from its trips; adjustments stay.

        :return: True
        :raise UserError: not the dispatcher, or the sheet was handed over.
        """
        for sheet in self.sorted("id"):
            sheet._meet_rivals()
            sheet._require("compute")
            # sudo: role and state were checked just above.
            engine(sheet.sudo())._count()
        return True

    def action_hand_over(self):
        """Hand the month over to the pay office: it is sealed.

        :return: True
        :raise UserError: not the manager, the month is not over, or a trip was entered
            or corrected since the sheet was counted.
        """
        for sheet in self.sorted("id"):
            sheet._meet_rivals()
            sheet._require("hand_over")
            # sudo: role and state were checked just above.
            engine(sheet.sudo())._hand_over()
        return True

    def action_export(self):
        """Make the workbook for the pay office.

        :return: an action that downloads it.
        """
        check_one(self)
        self.check_access("read")
        name = self.env._("Drivers-%s", self.month.strftime("%Y-%m"))
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{self.id}/book/{name}.xlsx?download=1",
        }

    def action_print(self):
        """Print the sheet.

        :return: a report action.
        """
        check_one(self)
        self.check_access("read")
        report = self.env.ref("gov_fleet.action_report_driver_sheet")
        return report.report_action(self)

    # === Rights ===

    def _refusal(self, action):
        """Return why the current user cannot take a step now, or an empty text."""
        self.ensure_one()
        if self.state != "draft":
            return self.env._("%s was handed over.", self.display_name)
        group = "group_fleet_manager" if action == "hand_over" else "group_dispatcher"
        if not self.env.user.has_group(f"gov_fleet.{group}"):
            if action == "hand_over":
                return self.env._(
                    "The manager of official vehicles hands the sheet over."
                )
            return self.env._("This is a matter of dispatchers.")
        if action == "hand_over":
            if self._last_day() >= self.company_id.gov_today():
                return self.env._(
                    "%s is handed over when the month is over.", self.display_name
                )
            if not self.computed_at:
                return self.env._("%s has not been counted yet.", self.display_name)
        return ""

    def _require(self, action):
        """Raise unless the current user can take ``action`` now."""
        self.check_access("read")
        if refusal := self._refusal(action):
            raise UserError(refusal)

    def _meet_rivals(self):
        """UPDATE the row that counting, adjusting and handing over share.

        The one of the institution too: two months do not take one late trip.
        """
        self.check_access("read")
        meet_rivals(self.company_id)
        meet_rivals(self)
        self.invalidate_recordset(["state"])

    # === Helpers ===

    def _last_day(self):
        return self.month + relativedelta(months=1, days=-1)

    def _hand_over(self):
        shown = self._figures()
        self._count()
        if self._figures() != shown:
            raise UserError(
                self.env._(
                    "Trips were entered or corrected since %s was counted: count it "
                    "again and look at it.",
                    self.display_name,
                )
            )
        for line, trips in self._trips_by_line().items():
            engine(trips).driver_sheet_line_id = line
        self.write(
            {
                "state": "handed",
                "handed_at": fields.Datetime.now(),
                "handed_by_id": self.env.uid,
            }
        )
        self.line_ids._seal()
        self._seal()

    def _figures(self):
        """Return what is compared before the sheet is handed over."""
        return sorted(
            (
                line.driver_id.id,
                line.corrects_id.id,
                line.trip_count,
                line.amount_total,
            )
            for line in self.line_ids
        )

    def _trips_by_line(self):
        trips = self._find_trips().grouped("driver_id")
        lines = self.line_ids.filtered(
            lambda row: row.trip_count and not row.corrects_id
        )
        return {line: trips[line.driver_id] for line in lines}

    # === Papers ===

    def _get_paper(self):
        """Return the sheet in the language of the institution's papers."""
        return self.with_context(lang=self.company_id.partner_id.lang)

    def _get_columns(self):
        """Return (key, heading, width) of the columns of the sheet."""
        lines = self.env["gov.driver.sheet.line"]
        columns = [("number", self.env._("No."), 6)]
        for name, width in _COLUMNS.items():
            heading = lines._fields[name]._description_string(self.env)
            columns.append((name, heading, width))
        return columns

    def _get_rows(self):
        """Return the rows of the sheet, as texts and numbers."""
        rows = []
        for number, line in enumerate(self.line_ids, 1):
            row = {name: line[name] for name in _COLUMNS}
            # sudo: the sheet names its drivers; nothing else is read.
            name = line.sudo().driver_id.name
            if line.corrects_id:
                name = f"{name} ({line.correction_text})"
            row["driver_id"] = name
            row["adjustment_reason"] = line.adjustment_reason or ""
            rows.append({"number": number, **row})
        return rows

    def _get_total(self, rows):
        total = {"number": "", "driver_id": self.env._("Total")}
        for name in _COLUMNS:
            if name not in ("driver_id", "adjustment_reason"):
                total[name] = round(sum(row[name] for row in rows), 2)
        return total

    def _get_title(self):
        return self.env._(
            "Drivers' Overtime and Trip Allowance %s", self.month.strftime("%Y-%m")
        )

    def _get_signers(self):
        return [
            self.env._("Made by"),
            self.env._("Head of the vehicle platform"),
            self.env._("Pay office"),
        ]

    def _make_book(self):
        """Return the workbook as bytes."""
        self.check_access("read")
        paper = self._get_paper()
        rows = paper._get_rows()
        states = dict(self._fields["state"]._description_selection(paper.env))
        return driver_book.write(
            paper._get_title(),
            [self.company_id.name, states[self.state]],
            paper._get_columns(),
            rows,
            paper._get_total(rows),
            paper._get_signers(),
            self.month.strftime("%Y-%m"),
        )

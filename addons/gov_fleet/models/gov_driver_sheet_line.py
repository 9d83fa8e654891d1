from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_one,
    check_plain_values,
)

_ADJUSTABLE = {"adjustment", "adjustment_reason"}
_MOST = 10_000
# What a line counts; a correction has the difference of each.
FIGURES = (
    "trip_count",
    "day_count",
    "distance",
    "hours_working",
    "hours_rest",
    "hours_holiday",
    "meal_count",
    "night_count",
    "rest_due",
    "rest_missed",
    "away_days",
    "amount_overtime",
    "amount_meal",
    "amount_night",
    "amount_away",
)


class GovDriverSheetLine(models.Model):
    """One driver on the monthly sheet of overtime and trip allowance.

    Or the difference that corrected trips make to a line handed over earlier.
    """

    _name = "gov.driver.sheet.line"
    _description = "Line of the Drivers' Sheet"
    _inherit = ["gov.seal.mixin"]
    _order = "sheet_id desc, sequence, id"
    _rec_name = "driver_id"
    _allow_sudo_commands = False
    _seal_chain = "driver_sheet"
    _sealed_fields = (
        "sheet_id",
        "driver_id",
        "corrects_id",
        *FIGURES,
        "adjustment",
        "adjustment_reason",
        "amount_total",
    )
    # All but the adjustment, which the clerk may write on a draft with its reason.
    _protected_fields = frozenset(
        {
            "sheet_id",
            "driver_id",
            "corrects_id",
            "sequence",
            "department_id",
            *FIGURES,
            "amount_total",
            "explanation",
            "company_id",
        }
    )

    sheet_id = fields.Many2one(
        "gov.driver.sheet",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    state = fields.Selection(related="sheet_id.state")
    month = fields.Date(related="sheet_id.month", store=True)
    sequence = fields.Integer(readonly=True)
    driver_id = fields.Many2one(
        "hr.employee",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    corrects_id = fields.Many2one(
        "gov.driver.sheet.line",
        string="Corrected line",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    correction_text = fields.Char(
        string="Correction", compute="_compute_correction_text"
    )
    department_id = fields.Many2one(
        "hr.department", string="Section", readonly=True, ondelete="restrict"
    )
    trip_count = fields.Integer(string="Trips", readonly=True)
    day_count = fields.Integer(string="Days on the road", readonly=True)
    distance = fields.Float(string="km", digits=(12, 1), readonly=True)
    hours_working = fields.Float(
        string="Overtime on working days", digits=(8, 2), readonly=True
    )
    hours_rest = fields.Float(string="Hours on days off", digits=(8, 2), readonly=True)
    hours_holiday = fields.Float(
        string="Hours on holidays", digits=(8, 2), readonly=True
    )
    meal_count = fields.Integer(string="Meals on the road", readonly=True)
    night_count = fields.Integer(string="Late returns", readonly=True)
    rest_due = fields.Integer(string="Mornings of rest due", readonly=True)
    rest_missed = fields.Integer(string="Mornings of rest not kept", readonly=True)
    away_days = fields.Integer(string="Days away", readonly=True)
    amount_overtime = fields.Monetary(string="Overtime", readonly=True)
    amount_meal = fields.Monetary(string="Meal allowance", readonly=True)
    amount_night = fields.Monetary(string="Night allowance", readonly=True)
    amount_away = fields.Monetary(string="Trip allowance", readonly=True)
    adjustment = fields.Monetary()
    adjustment_reason = fields.Char(string="Why adjusted")
    amount_total = fields.Monetary(string="Total", readonly=True)
    explanation = fields.Text(string="How it was counted", readonly=True)
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _driver_uniq = models.UniqueIndex(
        "(sheet_id, driver_id, coalesce(corrects_id, 0))", "One line for one driver."
    )

    # === Compute ===

    @api.depends("corrects_id")
    @api.depends_context("lang")
    def _compute_correction_text(self):
        for line in self:
            # sudo: the month only; who reads the line may know what it corrects.
            sheet = line.sudo().corrects_id.sheet_id
            line.correction_text = (
                self.env._("Correction of %s", sheet.display_name) if sheet else False
            )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        if not is_engine(self.env):
            self._guard_refuse_rows()
        return super().create(vals_list)

    def write(self, vals):
        """Adjust an amount on a draft; all else is counted.

        :raise UserError: no reason, too much, the sheet was handed over, the own line,
            or not the dispatcher.
        """
        if is_engine(self.env):
            return super().write(vals)
        check_dictionaries(self, [vals])
        self._guard_refuse(set(vals) & set(self._fields) - _ADJUSTABLE)
        check_plain_values(self.browse(), vals)
        self.check_access("write")
        for line in self:
            line.sheet_id._meet_rivals()
            line._check_adjustment(vals)
        result = super().write(vals)
        for line in self:
            # sudo: role, state and figures were checked just above.
            document = engine(line.sudo())
            document.amount_total = document._sum() + document.adjustment
            document.sheet_id._add_up()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        if not is_engine(self.env):
            self._guard_refuse_rows()

    def _check_adjustment(self, vals):
        if refusal := self.sheet_id._refusal("compute"):
            raise UserError(refusal)
        # sudo: only to compare accounts.
        if self.sudo().driver_id.user_id == self.env.user:
            raise UserError(self.env._("Nobody adjusts the own line."))
        amount = float(vals.get("adjustment", self.adjustment) or 0)
        reason = vals.get("adjustment_reason", self.adjustment_reason) or ""
        if not -_MOST <= amount <= _MOST:
            raise UserError(
                self.env._(
                    "An adjustment lies between -%(most)s and %(most)s.", most=_MOST
                )
            )
        if amount and not reason.strip():
            raise UserError(
                self.env._(
                    # sudo: only the name on the line.
                    "Say why the amount of %s is adjusted.",
                    self.sudo().driver_id.name,
                )
            )

    def _sum(self):
        """Return what was counted, without the adjustment."""
        return (
            self.amount_overtime
            + self.amount_meal
            + self.amount_night
            + self.amount_away
        )

    # === Actions ===

    def action_open_trips(self):
        """Open the trips that the line was counted from.

        :return: a window action.
        """
        check_one(self)
        self.check_access("read")
        if self.state == "handed" or self.corrects_id:
            counted = self.corrects_id or self
            domain = [("driver_sheet_line_id", "=", counted.id)]
        else:
            # sudo: the ids only; the list shows what the reader may see.
            trips = self.sudo().sheet_id._find_trips().grouped("driver_id")
            mine = trips.get(self.driver_id, self.env["gov.vehicle.trip"])
            domain = [("id", "in", mine.ids)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Trips"),
            "res_model": "gov.vehicle.trip",
            "view_mode": "list,form",
            "domain": domain,
        }

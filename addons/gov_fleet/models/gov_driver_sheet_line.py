from odoo import fields, models


class GovDriverSheetLine(models.Model):
    """One driver on the monthly sheet of overtime and trip allowance."""

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
        "adjustment",
        "adjustment_reason",
        "amount_total",
    )
    # All but the adjustment, which the clerk may write on a draft with its reason.
    _protected_fields = frozenset(
        {
            "sheet_id",
            "driver_id",
            "sequence",
            "department_id",
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
        "(sheet_id, driver_id)", "One line for one driver."
    )

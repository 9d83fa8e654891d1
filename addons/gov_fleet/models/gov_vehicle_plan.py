from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
    plain_number,
)

from ..tools.jobs import each_institution
from ..tools.odometer import driven

_START = frozenset({"last_date", "last_odometer"})


class GovVehiclePlan(models.Model):
    """Maintenance of a vehicle every so many km or months (保养计划).

    Whichever comes first counts. Within the soft limit before it a to-do is left;
    beyond the hard limit after it the vehicle is not dispatched. The first starting
    point is entered, from then on accepted maintenance orders move it.
    """

    _name = "gov.vehicle.plan"
    _description = "Maintenance Plan"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "next_date, id"
    _check_company_auto = True
    _protected_fields = frozenset(
        {"next_date", "next_odometer", "order_count", "told_for"}
    )

    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        string="Vehicle",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        compute="_compute_company_id",
        precompute=True,
        store=True,
        required=True,
        index=True,
    )
    name = fields.Char(string="Work", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="In charge",
        required=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    interval_km = fields.Integer(string="Every km", default=5000)
    interval_months = fields.Integer(string="Every months", default=6)
    soft_km = fields.Integer(
        string="Notice, km before",
        default=lambda self: self._get_clause("vehicle.plan.soft.km"),
    )
    soft_days = fields.Integer(
        string="Notice, days before",
        default=lambda self: self._get_clause("vehicle.plan.soft.days"),
    )
    hard_km = fields.Integer(
        string="Stop, km after",
        default=lambda self: self._get_clause("vehicle.plan.hard.km"),
    )
    hard_days = fields.Integer(
        string="Stop, days after",
        default=lambda self: self._get_clause("vehicle.plan.hard.days"),
    )
    last_date = fields.Date(
        string="Last done on",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    last_odometer = fields.Float(string="Last done at", digits=(12, 1))
    next_date = fields.Date(
        string="Due on", compute="_compute_next", precompute=True, store=True
    )
    next_odometer = fields.Float(
        string="Due at",
        digits=(12, 1),
        compute="_compute_next",
        precompute=True,
        store=True,
    )
    order_ids = fields.One2many(
        "fleet.vehicle.log.services", "plan_id", string="Orders", readonly=True
    )
    order_count = fields.Integer(string="Done", readonly=True, copy=False)
    told_for = fields.Char(readonly=True, copy=False)
    odometer_now = fields.Float(
        string="Reading now", digits=(12, 1), compute="_compute_level"
    )
    km_left = fields.Float(string="Km left", digits=(12, 0), compute="_compute_level")
    days_left = fields.Integer(compute="_compute_level")
    level = fields.Selection(
        [
            ("ok", "In time"),
            ("soon", "Soon"),
            ("due", "Due"),
            ("stop", "Not to be dispatched"),
        ],
        compute="_compute_level",
        search="_search_level",
    )
    active = fields.Boolean(default=True)

    _interval_check = models.Constraint(
        "CHECK (interval_km BETWEEN 0 AND 1000000"
        " AND interval_months BETWEEN 0 AND 240"
        " AND interval_km + interval_months > 0)",
        "A plan has an interval of up to 1,000,000 km or 240 months.",
    )
    _margin_check = models.Constraint(
        "CHECK (soft_km BETWEEN 0 AND 100000 AND hard_km BETWEEN 0 AND 100000"
        " AND soft_days BETWEEN 0 AND 366 AND hard_days BETWEEN 0 AND 366)",
        "Limits lie between 0 and 100,000 km, 0 and 366 days.",
    )
    _last_check = models.Constraint(
        # On an instrument that came later it may lie below 0.
        "CHECK (last_odometer > -100000000 AND last_odometer < 10000000)",
        "The reading lies between 0 and 10,000,000 km.",
    )

    # ------------------------------------------------------------------ computes

    @api.model
    def _get_clause(self, code):
        return self.env["gov.policy"].get_value(code, company=self.env.company.id)

    @api.depends("vehicle_id")
    def _compute_company_id(self):
        for plan in self:
            plan.company_id = plan.vehicle_id.company_id or self.env.company

    @api.depends("name", "vehicle_id")
    def _compute_display_name(self):
        for plan in self:
            # sudo: a plan is called by its vehicle.
            vehicle = plan.vehicle_id.sudo()
            plan.display_name = f"{vehicle.display_name} · {plan.name}"

    @api.depends(
        "interval_km", "interval_months", "last_date", "last_odometer", "vehicle_id"
    )
    def _compute_next(self):
        look = self._prepare_look()
        for plan in self:
            plan.next_date = (
                plan.last_date + relativedelta(months=plan.interval_months)
                if plan.last_date and plan.interval_months
                else False
            )
            reading = plan.last_odometer + plan.interval_km if plan.interval_km else 0
            register = plan._get_register(look)
            # After all nines the instrument begins again.
            plan.next_odometer = reading - register if reading >= register else reading

    @api.depends("next_date", "next_odometer", "vehicle_id.odometer_value")
    def _compute_level(self):
        look = self._prepare_look()
        for plan in self:
            # sudo: only the last reading of the vehicle.
            plan.odometer_now = plan.vehicle_id.sudo().odometer_value
            km_left, days_left = plan._get_left(plan.company_id.gov_today(), look)
            plan.km_left = km_left or 0
            plan.days_left = days_left or 0
            plan.level = plan._get_level(km_left, days_left)

    def _prepare_look(self):
        """Return what :meth:`_get_left` needs of the vehicles, by one query."""
        return self.env["gov.vehicle.trip"]._prepare_look(self.vehicle_id._origin)

    def _get_register(self, look):
        """Return at how many km the instrument of the vehicle begins again."""
        trips, now = self.env["gov.vehicle.trip"], fields.Datetime.now()
        return 10 ** trips._digits_on(self.vehicle_id._origin, now, look)

    def _get_left(self, day, look):
        """Return (km, days) that are left on ``day``; None where nothing is counted.

        :param dict look: see :meth:`_prepare_look`.
        """
        # sudo: only the last reading of the vehicle.
        reading = self.vehicle_id.sudo().odometer_value
        km = driven(self.last_odometer, reading, self._get_register(look))
        km_left = self.interval_km - km if self.interval_km else None
        days_left = (self.next_date - day).days if self.next_date else None
        return km_left, days_left

    def _get_level(self, km_left, days_left):
        order = ("ok", "soon", "due", "stop")
        levels = ["ok"]
        for left, soft, hard in (
            (km_left, self.soft_km, self.hard_km),
            (days_left, self.soft_days, self.hard_days),
        ):
            if left is None or left > soft:
                continue
            levels.append("soon" if left > 0 else "due" if -left <= hard else "stop")
        return max(levels, key=order.index)

    @api.model
    def _search_level(self, operator, value):
        if operator != "in":
            return NotImplemented
        plans = self.search([("vehicle_id.active", "=", True)])
        found = plans.filtered(lambda plan: plan.level in value)
        return [("id", "in", found.ids)]

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
            self._check_start(vals)
        check_records_exist(self.browse(), vals_list, ("vehicle_id", "user_id"))
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if not is_engine(self.env):
            self._check_start(vals)
            self._guard_refuse({"vehicle_id", "company_id"} & set(vals))
            if _START & set(vals) and self.filtered("order_count"):
                raise UserError(
                    self.env._(
                        "The starting point of a plan follows from its accepted "
                        "maintenance orders once there is one."
                    )
                )
        return super().write(vals)

    @api.model
    def _check_start(self, vals):
        value = float(vals.get("last_odometer") or 0)
        if not 0 <= value < 10**7:
            raise UserError(
                self.env._(
                    "%(field)s: “%(value)s” is not possible here.",
                    field=self._fields["last_odometer"]._description_string(self.env),
                    value=plain_number(value),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: only whether there are orders.
        if self.sudo().order_ids:
            raise UserError(
                self.env._("A plan with orders stays on record; archive it.")
            )

    # ------------------------------------------------------------- public actions

    def action_order(self):
        """Draft the maintenance order of this plan and open it.

        :return: a window action.
        :raise UserError: none or several rows, or an order is under way.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("write")
        orders = self.env["fleet.vehicle.log.services"]
        going = orders.search(
            [
                ("plan_id", "=", self.id),
                (
                    "order_state",
                    "not in",
                    ("accepted", "done", "rejected", "cancelled"),
                ),
            ],
            limit=1,
        )
        if not going:
            going = orders.create(
                {
                    "order_kind": "maintenance",
                    "vehicle_id": self.vehicle_id.id,
                    "plan_id": self.id,
                    "description": self.name,
                }
            )
        return going._open_form()

    # -------------------------------------------------------------------- engine

    def _done(self, day, reading):
        """Move the starting point: the work was done on ``day`` at ``reading`` km."""
        look = self._prepare_look()
        # sudo: the order that was accepted moves its plan.
        for plan in engine(self.sudo()):
            last = plan.last_odometer
            ahead = driven(last, reading or 0, plan._get_register(look)) > 0
            plan.write(
                {
                    "last_date": max(plan.last_date, day),
                    "last_odometer": reading if reading and ahead else last,
                    "order_count": plan.order_count + 1,
                }
            )
            plan.activity_unlink(["gov_fleet.mail_activity_type_maintenance"])

    @api.model
    def _follow_instrument(self, row, entered):
        """Count on over a replaced odometer: what was done until then is read anew.

        :param row: the replacement.
        :param entered: False when it was taken back.
        """
        before, after = row.old_value, row.new_value
        register = 10**row.old_digits
        if not entered:
            before, after, register = after, before, 10**row.new_digits
        vehicle = row.vehicle_id.sudo()  # sudo: only the institution of the vehicle
        day = vehicle._gov_company()._gov_local(row.date).date()
        # sudo: the caller has checked who enters the instrument.
        plans = engine(self.sudo()).with_context(active_test=False)
        for plan in plans.search(
            [("vehicle_id", "=", vehicle.id), ("last_date", "<=", day)]
        ):
            plan.last_odometer = after - driven(plan.last_odometer, before, register)

    def _describe_due(self):
        """Return in words when this work is or was due."""
        parts = []
        if self.next_date:
            parts.append(format_day(self.env, self.next_date))
        if self.next_odometer:
            parts.append(self.env._("%s km", plain_number(self.next_odometer)))
        return self.env._(
            "%(work)s due: %(when)s", work=self.name, when=" / ".join(parts)
        )

    @api.model
    def _cron_tell(self):
        """Leave one to-do for each plan that comes within its limit."""
        each_institution(self, "_tell")

    @api.model
    def _tell(self, company):
        """Leave the to-dos of one institution; what was told is not told again."""
        # sudo: called by the job; it only leaves to-dos.
        plans = engine(self.sudo()).search(
            [("company_id", "=", company.id), ("vehicle_id.active", "=", True)]
        )
        for plan in plans.filtered(lambda p: p.level != "ok"):
            key = f"{plan.next_date}|{plan.next_odometer:.1f}|{plan.level}"
            if plan.told_for == key:
                continue
            plan.told_for = key
            plan.activity_unlink(["gov_fleet.mail_activity_type_maintenance"])
            user = plan.user_id
            if not user.active:
                user = plan.vehicle_id.manager_id
            if user:
                plan.with_context(mail_activity_quick_update=True).activity_schedule(
                    "gov_fleet.mail_activity_type_maintenance",
                    date_deadline=plan.company_id.gov_today(),
                    summary=plan._describe_due(),
                    user_id=user.id,
                )

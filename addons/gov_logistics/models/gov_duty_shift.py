from datetime import datetime, time, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.input_check import (
    check_plain_values,
    check_records_exist,
)

_NAMES = ("leader_id", "driver_id")
# Hours of the day, until the roster says otherwise.
_TIMES = {"day": (8.5, 17.5), "night": (17.5, 8.5)}
_WEEK = timedelta(days=7)


class GovDutyShift(models.Model):
    """A shift of the duty roster (值班表): a day, day or night, who is there.

    The leader of the shift (带班领导), the people on duty, the driver and the phone
    under which they answer. Emergencies outside working time ask :meth:`_on_duty`;
    so do vehicles. A night shift ends on the next day. Everybody inside the
    institution reads the roster; the service desk keeps it. Who was on duty is a
    record: a shift that is over is changed by the manager of the service centre only.
    """

    _name = "gov.duty.shift"
    _description = "Duty Shift"
    _inherit = ["mail.thread"]
    _order = "date desc, kind, id desc"
    _check_company_auto = True

    date = fields.Date(
        required=True, index=True, default=lambda self: self.env.company.gov_today()
    )
    kind = fields.Selection(
        [("day", "Day shift"), ("night", "Night shift")],
        string="Shift",
        required=True,
        default="day",
    )
    time_from = fields.Float(
        string="From",
        compute="_compute_times",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        aggregator=None,
    )
    time_to = fields.Float(
        string="Until",
        compute="_compute_times",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        aggregator=None,
        help="Not later than the beginning: it ends on the next day.",
    )
    date_start = fields.Datetime(compute="_compute_dates", store=True, index=True)
    date_end = fields.Datetime(compute="_compute_dates", store=True)
    leader_id = fields.Many2one(
        "hr.employee",
        string="Leader on duty",
        required=True,
        check_company=True,
        tracking=True,
        ondelete="restrict",
    )
    employee_ids = fields.Many2many(
        "hr.employee",
        string="On duty",
        check_company=True,
    )
    driver_id = fields.Many2one(
        "hr.employee",
        string="Driver on duty",
        check_company=True,
        tracking=True,
        ondelete="restrict",
    )
    phone = fields.Char(string="Duty phone", tracking=True)
    note = fields.Char()
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    is_now = fields.Boolean(
        string="On duty now", compute="_compute_is_now", search="_search_is_now"
    )

    _shift_uniq = models.UniqueIndex(
        "(company_id, date, kind)", "This shift is in the roster already."
    )
    _times_in_day = models.Constraint(
        "CHECK (time_from >= 0 AND time_from < 24 AND time_to >= 0 AND time_to <= 24)",
        "A shift begins and ends at a time of the day.",
    )

    # === Compute ===

    @api.depends("kind")
    def _compute_times(self):
        """The times of the last shift of this kind, so that they are entered once."""
        known = {}
        for shift in self:
            key = shift.kind, shift.company_id or self.env.company
            if key not in known:
                last = self.search(
                    [("kind", "=", key[0]), ("company_id", "=", key[1].id)],
                    order="date desc",
                    limit=1,
                )
                known[key] = (
                    (last.time_from, last.time_to)
                    if last
                    else _TIMES.get(key[0], (0, 0))
                )
            shift.time_from, shift.time_to = known[key]

    @api.depends("date", "time_from", "time_to", "company_id")
    def _compute_dates(self):
        for shift in self:
            if not shift.date:
                shift.date_start = shift.date_end = False
                continue
            midnight = datetime.combine(shift.date, time())
            start = midnight + timedelta(minutes=round(shift.time_from * 60))
            end = midnight + timedelta(minutes=round(shift.time_to * 60))
            if end <= start:
                end += timedelta(days=1)
            shift.date_start = shift.company_id._gov_utc(start)
            shift.date_end = shift.company_id._gov_utc(end)

    @api.depends("date_start", "date_end")
    def _compute_is_now(self):
        now = fields.Datetime.now()
        for shift in self:
            shift.is_now = bool(
                shift.date_start and shift.date_start <= now < shift.date_end
            )

    @api.model
    def _search_is_now(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        domain = Domain("date_start", "<=", now) & Domain("date_end", ">", now)
        return domain if True in value else ~domain

    @api.depends("date", "kind", "leader_id")
    def _compute_display_name(self):
        """Shift and leader first: a cell of the calendar shows no more."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for shift in self:
            # sudo: who leads the shift is known to all staff.
            leader = shift.sudo().leader_id.name
            day = format_day(self.env, shift.date)
            parts = kinds.get(shift.kind), leader, day
            shift.display_name = " ".join(part for part in parts if part)

    # === Constraints ===

    @api.constrains("leader_id", "employee_ids", "driver_id", "company_id")
    def _check_people(self):
        for shift in self:
            # Only to which institution the people belong is asked.
            people = shift.sudo()
            everybody = people.leader_id + people.employee_ids + people.driver_id
            for employee in everybody:
                if employee.company_id != people.company_id:
                    raise ValidationError(
                        self.env._(
                            "%(person)s belongs to another institution.",
                            person=employee.name,
                        )
                    )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        self._check_free(vals_list)
        vals_list = [dict(vals) for vals in vals_list]
        people = [vals.pop("employee_ids", None) for vals in vals_list]
        shifts = super().create(vals_list)
        for shift, commands in zip(shifts, people, strict=True):
            shift._set_people(commands)
        return shifts

    def write(self, vals):
        self._check_input([vals])
        self._check_not_over()
        vals = dict(vals)
        people = vals.pop("employee_ids", None)
        result = super().write(vals)
        self._set_people(people)
        return result

    def _set_people(self, commands):
        """Write who is on duty; the desk does not read the files of persons."""
        if not commands:
            return True
        # sudo: super() has checked the right to write the shift; the commands
        # only name people (_check_input) of the institution (_check_people).
        return super(GovDutyShift, self.sudo()).write({"employee_ids": commands})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_over(self):
        self._check_not_over()

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        for vals in vals_list:
            if not isinstance(vals, dict):
                raise UserError(self.env._("These values are not possible here."))
            check_plain_values(model, vals)
            self._check_commands(vals.get("employee_ids") or [])
            for name in ("time_from", "time_to"):
                if not 0 <= (vals.get(name) or 0) <= 24:
                    raise UserError(
                        self.env._("A shift begins and ends at a time of the day.")
                    )
        check_records_exist(model, vals_list, (*_NAMES, "company_id"))

    @api.model
    def _check_commands(self, commands):
        """Refuse commands that do more than name people."""
        ids = set()
        for command in commands:
            if not isinstance(command, list | tuple):
                ids.add(command)
            elif command[0] == Command.SET:
                ids.update(command[2])
            elif command[0] == Command.LINK:
                ids.add(command[1])
            elif command[0] not in (Command.UNLINK, Command.CLEAR):
                raise UserError(self.env._("A shift only names people."))
        people = self.env["hr.employee"].sudo()  # only whether they exist is asked
        if missing := people.browse(ids) - people.browse(ids).exists():
            raise UserError(
                self.env._("There is no person with the number %s.", missing.ids[0])
            )

    @api.model
    def _check_free(self, vals_list):
        """The friendly voice of the unique index."""
        for vals in vals_list:
            day = to_day(self.env, vals.get("date")) or self.env.company.gov_today()
            company = vals.get("company_id") or self.env.company.id
            kind = vals.get("kind") or "day"
            known = self.search(
                [("date", "=", day), ("kind", "=", kind), ("company_id", "=", company)],
                limit=1,
            )
            if known:
                raise UserError(
                    self.env._(
                        "%(shift)s is in the roster already: change it there.",
                        shift=known.display_name,
                    )
                )

    def _check_not_over(self):
        """Refuse changes of what has been, but for the manager's corrections."""
        if self.env.su or self.env.user.has_group(
            "gov_logistics.group_service_manager"
        ):
            return
        now = fields.Datetime.now()
        for shift in self:
            if shift.date_end and shift.date_end <= now:
                raise UserError(
                    self.env._(
                        "%(shift)s is over: who was on duty stays on record. The "
                        "manager of the service centre can correct it.",
                        shift=shift.display_name,
                    )
                )

    # === Actions ===

    def action_copy_week(self):
        """Copy the weeks of the chosen shifts to the weeks after them.

        Shifts that are in the roster already stay as they are; a shift whose leader
        has left is not copied, other people who have left are left out.

        :return: a notification that says how many were made and what was left out.
        :raise UserError: nothing is chosen.
        """
        self.check_access("read")
        if not self.exists():
            raise UserError(self.env._("Choose a shift of the week to be copied."))
        made, skipped = self.browse(), self.browse()
        for company, shifts in self.grouped("company_id").items():
            for monday in sorted({shift._monday() for shift in shifts}):
                new, left_out = self._copy_week(monday, company)
                made, skipped = made + new, skipped + left_out
        if skipped:
            message = self.env._(
                "%(count)s shifts were made. Not copied, as their leader has left: "
                "%(names)s.",
                count=len(made),
                names=skipped.mapped("display_name"),
            )
        else:
            message = self.env._("%(count)s shifts were made.", count=len(made))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if skipped else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === Helpers ===

    def _monday(self):
        return self.date - timedelta(days=self.date.weekday())

    @api.model
    def _copy_week(self, monday, company):
        """Return the shifts made in the week after ``monday``, and those left out."""
        week = self.search(
            [
                ("company_id", "=", company.id),
                ("date", ">=", monday),
                ("date", "<", monday + 2 * _WEEK),
            ]
        )
        taken = {(shift.date, shift.kind) for shift in week}
        vals_list, skipped = [], self.browse()
        for shift in week.filtered(lambda shift: shift.date < monday + _WEEK):
            day = shift.date + _WEEK
            if (day, shift.kind) in taken:
                continue
            # Only who is still there is asked.
            people = shift.sudo()
            if not people.leader_id.active:
                skipped += shift
                continue
            vals_list.append(
                {
                    "date": day,
                    "kind": shift.kind,
                    "time_from": shift.time_from,
                    "time_to": shift.time_to,
                    "leader_id": people.leader_id.id,
                    "employee_ids": people.employee_ids.filtered("active").ids,
                    "driver_id": people.driver_id.filtered("active").id,
                    "phone": shift.phone,
                    "company_id": company.id,
                }
            )
        return self.create(vals_list), skipped

    @api.model
    def _on_duty(self, moment=None, company=None):
        """Return the shift at a moment, the one that began last; may be empty.

        :param moment: naive datetime in UTC; default now.
        :param company: default the current one.
        """
        moment = moment or fields.Datetime.now()
        company = company or self.env.company
        # sudo: who answers is asked by jobs and for visitors; nothing is shown here.
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("date_start", "<=", moment),
                ("date_end", ">", moment),
            ],
            order="date_start desc, id desc",
            limit=1,
        )

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_approval_chain import Transition
from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import domain_by_day, format_day, to_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
    plain_number,
)

_FACTS = ("vehicle_id", "date", "place", "act", "points", "fine", "notice_number")


class GovVehicleOffence(models.Model):
    """A traffic offence (交通违法) of an official vehicle. The driver pays.

    The driver is the one of the trip of that time; where there is none the dispatcher
    names the person and says how they know.

    ======== ============== ========= ===============================================
    action   from           to        by
    ======== ============== ========= ===============================================
    handle   open, disputed handled   the driver or the office: paid on, receipt
    dispute  open           disputed  the driver or the office, with a reason
    lift     open, disputed lifted    manager of vehicles: the police took it back
    ======== ============== ========= ===============================================
    """

    _name = "gov.vehicle.offence"
    _description = "Traffic Offence"
    _inherit = [
        "gov.vehicle.matter.mixin",
        "gov.scan.mixin",
        "gov.number.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.offence"
    _check_company_auto = True
    _protected_fields = frozenset(
        {"state", "trip_id", "paid_on", "receipt", "reason", "deadline", "is_named"}
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
    currency_id = fields.Many2one(related="company_id.currency_id")
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        string="Vehicle",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    date = fields.Datetime(string="Time", required=True)
    place = fields.Char(required=True)
    act = fields.Char(string="Offence", required=True)
    points = fields.Integer(string="Licence points")
    fine = fields.Monetary()
    notice_number = fields.Char(string="Number of the notice", index="btree_not_null")
    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        string="Trip",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    driver_id = fields.Many2one(
        "hr.employee",
        string="Driver",
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    driver_note = fields.Char(
        string="How the driver is known",
        help="Required when the driver is not the one of the trip of that time.",
    )
    state = fields.Selection(
        [
            ("open", "To be handled"),
            ("disputed", "Disputed"),
            ("handled", "Paid by the driver"),
            ("lifted", "Lifted"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )
    deadline = fields.Date(string="Handle by", readonly=True)
    paid_on = fields.Date(string="Paid on", readonly=True, copy=False)
    receipt = fields.Char(string="Receipt of the driver", readonly=True, copy=False)
    reason = fields.Char(readonly=True, copy=False)
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    can_handle = fields.Boolean(compute="_compute_can")
    can_dispute = fields.Boolean(compute="_compute_can")
    can_lift = fields.Boolean(compute="_compute_can")

    _figures_check = models.Constraint(
        "CHECK (points BETWEEN 0 AND 12 AND fine >= 0 AND fine < 1000000)",
        "Points lie between 0 and 12, the fine between 0 and 1,000,000.",
    )
    _notice_uniq = models.UniqueIndex(
        "(company_id, notice_number) WHERE notice_number IS NOT NULL",
        "An offence with this number has been entered already.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("vehicle_id")
    def _compute_company_id(self):
        for offence in self:
            offence.company_id = offence.vehicle_id.company_id or self.env.company

    @api.depends("state", "deadline")
    def _compute_is_overdue(self):
        for offence in self:
            offence.is_overdue = bool(
                offence.state == "open"
                and offence.deadline
                and offence.deadline < offence.company_id.gov_today()
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "=", "open") & domain_by_day(
            self.env, lambda day: Domain("deadline", "<", day)
        )
        return overdue if True in value else ~overdue

    # --------------------------------------------------------------- transitions

    @api.model
    def _get_transitions(self):
        """Return the one table: action → states, target, who."""
        going = {"open", "disputed"}
        return {
            "handle": Transition(going, "handled", "_is_concerned"),
            "dispute": Transition({"open"}, "disputed", "_is_concerned"),
            "lift": Transition(going, "lifted", "_is_manager"),
        }

    def _is_office(self):
        groups = "gov_fleet.group_dispatcher,gov_fleet.group_technician"
        return self.env.user.has_groups(groups)

    def _is_concerned(self):
        return self._is_office() or self._is_driver()

    def _is_driver(self):
        # sudo: only whether the user is the driver.
        return self.env.user == self.driver_id.sudo().user_id

    def _is_manager(self):
        return super()._is_manager() and not self._is_driver()

    def _get_person_text(self, action):
        if action == "lift":
            return self.env._("This is entered by the manager of official vehicles.")
        return self.env._("This is entered by the driver or by the vehicle office.")

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        names = ("vehicle_id", "driver_id")
        check_records_exist(self.browse(), vals_list, names)
        offences = super().create(vals_list)
        offences._check_time()
        # sudo: super() has checked who enters it; number and driver follow.
        for offence in engine(offences.sudo()):
            offence._assign_number()
            offence._find_driver()
            offence._set_deadline()
            offence._tell_driver()
        for offence in offences:
            offence._check_driver(offence.driver_id, offence.driver_note)
        offences._report()
        return offences

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if is_engine(self.env):
            return super().write(vals)
        self._guard_refuse({"company_id", *_FACTS} & set(vals))
        if {"driver_id", "driver_note", "scan"} & set(vals):
            for offence in self:
                if offence.state not in ("open", "disputed"):
                    raise UserError(self.env._("%s is closed.", offence.display_name))
            if "driver_id" in vals and not self._is_office():
                raise UserError(
                    self.env._("The driver is named by the vehicle office.")
                )
            if "driver_id" in vals and any(o._is_driver() for o in self):
                raise UserError(
                    self.env._("Who is named as the driver names nobody else.")
                )
        before = {offence: offence.driver_id for offence in self}
        if {"driver_id", "driver_note"} & set(vals):
            check_records_exist(self.browse(), [vals], ("driver_id",))
            for offence in self:
                driver = vals.get("driver_id", offence.driver_id.id)
                note = vals.get("driver_note", offence.driver_note)
                offence._check_driver(self.env["hr.employee"].browse(driver), note)
        result = super().write(vals)
        changed = self.filtered(lambda o: o.driver_id != before[o])
        changed._report()
        # sudo: who may name the driver was checked just above.
        for offence in engine(changed.sudo()):
            offence._tell_driver()
        return result

    def _check_time(self):
        now = fields.Datetime.now()
        for offence in self:
            if offence.date > now:
                raise UserError(self.env._("The offence lies in the future."))

    def _find_driver(self):
        """Name the driver of the trip of that time, unless somebody named one."""
        trip = self._find_trip(self.vehicle_id, self.date)
        self.trip_id = trip
        if trip.driver_id and not self.driver_id:
            self.driver_id = trip.driver_id

    @api.model
    def _find_trip(self, vehicle, moment):
        """Return the trip that ``vehicle`` was out for at ``moment``; may be none."""
        # sudo: called by offences and accidents, whose reader learns only the trip.
        return (
            self.env["gov.vehicle.trip"]
            .sudo()
            .search(
                [
                    ("vehicle_id", "=", vehicle.id),
                    ("state", "in", ("out", "back")),
                    ("date_start", "<=", moment),
                    "|",
                    ("date_end", ">=", moment),
                    ("date_end", "=", False),
                ],
                order="date_start desc, id desc",
                limit=1,
            )
        )

    @api.model
    def _get_trip_text(self, trip):
        """Return the number of a trip; a protected one is not named in evidence."""
        return "-" if trip.is_protected else trip.number or "-"

    def _tell_driver(self):
        """Leave the driver a to-do, where they have an account."""
        self.activity_unlink(["gov_fleet.mail_activity_type_offence"])
        user = self.driver_id.user_id
        if user and self.state in ("open", "disputed"):
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "gov_fleet.mail_activity_type_offence",
                date_deadline=self.deadline,
                summary=self.env._(
                    "%(act)s, %(place)s: handle it and pay",
                    act=self.act,
                    place=self.place,
                ),
                user_id=user.id,
            )

    def _set_deadline(self):
        company = self.company_id
        days = self.env["gov.policy"].get_value(
            "vehicle.offence.days", company=company.id
        )
        self.deadline = company.gov_today() + timedelta(days=days)

    def _check_driver(self, driver, note):
        """A driver other than that of the trip needs a word how it is known.

        :raise UserError: without it.
        """
        # sudo: only who drove the trip of that time.
        known = self.sudo().trip_id.driver_id
        if driver == known or (note or "").strip():
            return
        if driver:
            raise UserError(
                self.env._(
                    "%(person)s did not drive the trip of that time: say how it is "
                    "known who drove.",
                    person=driver.name,
                )
            )
        raise UserError(self.env._("Say why the driver of the trip is taken out."))

    def _report(self):
        """Open a finding on offences with so many licence points as the clause says."""
        policies = self.env["gov.policy"]
        for offence in self.filtered("driver_id"):
            least = policies.get_value(
                "vehicle.offence.points", company=offence.company_id.id
            )
            if offence.points >= least:
                self.env["gov.finding"]._raise(
                    "vehicle_offence",
                    offence,
                    offence._get_evidence(),
                    employee=offence.driver_id,
                )

    def _get_evidence(self):
        # sudo: plate and trip of the offence stand in its evidence.
        offence = self.sudo()
        local = fields.Datetime.context_timestamp(
            offence.with_context(tz=offence.company_id.gov_tz), offence.date
        )
        return self.env._(
            "%(plate)s, %(time)s, %(place)s: %(act)s; %(points)s points, fine "
            "%(fine)s. Trip %(trip)s, driver %(driver)s.",
            plate=offence.vehicle_id.license_plate or offence.vehicle_id.display_name,
            time=f"{format_day(self.env, local.date())} {local:%H:%M}",
            place=offence.place,
            act=offence.act,
            points=plain_number(offence.points),
            fine=offence.currency_id.format(offence.fine),
            trip=offence._get_trip_text(offence.trip_id),
            driver=offence.driver_id.name,
        )

    # ------------------------------------------------------------- public actions

    def action_handle(self, paid_on, receipt):
        """Enter that the driver has paid: the institution never does.

        :param paid_on: day of the payment, not in the future nor before the offence.
        :param receipt: number of the driver's own receipt; required.
        :return: True
        :raise UserError: naming what is wrong.
        """
        day = to_day(self.env, paid_on)
        receipt = self._check_text(receipt, self.env._("The receipt is missing."))
        offence = self._start("handle")
        if not offence.driver_id:
            raise UserError(self.env._("Name the driver first: the driver pays."))
        company = offence.company_id
        first = fields.Datetime.context_timestamp(
            offence.with_context(tz=company.gov_tz), offence.date
        ).date()
        if not day or not first <= day <= company.gov_today():
            raise UserError(
                self.env._(
                    "It was paid between %(first)s and today.",
                    first=format_day(self.env, first),
                )
            )
        offence.write({"state": "handled", "paid_on": day, "receipt": receipt})
        offence._tell_driver()
        return True

    def action_dispute(self, reason):
        """Enter that the driver disputes the offence with the police.

        :param reason: text; required.
        :return: True
        """
        reason = self._check_text(reason, self.env._("The reason is missing."))
        self._start("dispute").write({"state": "disputed", "reason": reason})
        return True

    def action_lift(self, reason):
        """Enter that the police have taken the offence back.

        :param reason: text with the number of their paper; required.
        :return: True
        """
        reason = self._check_text(reason, self.env._("The reason is missing."))
        offence = self._start("lift")
        offence.write({"state": "lifted", "reason": reason})
        offence._tell_driver()
        return True

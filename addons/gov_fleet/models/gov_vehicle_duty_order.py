from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import domain_by_day, format_day
from odoo.addons.gov_base.tools.input_check import (
    check_one,
    check_plain_values,
    find_record,
)
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools.jobs import each_institution

# action: (states it starts from, state it leads to)
_TRANSITIONS = {
    "confirm": ({"open"}, "confirmed"),
    "paper": ({"open"}, "papered"),
    "cancel": ({"open"}, "cancelled"),
}


class GovVehicleDutyOrder(models.Model):
    """The duty car leaves by phone (值班车出车): the order, and its slip next morning.

    Outside working time the leader on duty (``gov.duty.shift``) orders by phone; the
    car leaves at once. The slip is due on the next working day
    (``vehicle.duty.slip.days``) and is followed up: the driver or the dispatcher hands
    it in signed, or the leader confirms with one tap. What is late becomes a finding.

    ======== ========= ========= ==============================================
    action   from      to        who
    ======== ========= ========= ==============================================
    depart   –         open      dispatcher, the driver, the duty leader
    confirm  open      confirmed the leader who gave the order
    paper    open      papered   dispatcher, with register and page, or a scan
    cancel   open      cancelled dispatcher, until the car is back; not the driver
    ======== ========= ========= ==============================================
    """

    _name = "gov.vehicle.duty.order"
    _description = "Duty Departure"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "gov.scan.mixin",
        "gov.number.mixin",
    ]
    _order = "ordered_at desc, id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.duty.order"
    _check_company_auto = True
    _engine_only = True

    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    driver_id = fields.Many2one(
        "hr.employee",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    leader_id = fields.Many2one(
        "hr.employee",
        string="Leader on duty",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    shift_id = fields.Many2one("gov.duty.shift", readonly=True, ondelete="set null")
    ordered_at = fields.Datetime(string="Ordered at", required=True, readonly=True)
    destination = fields.Char(required=True, readonly=True)
    purpose = fields.Char(string="Reason", required=True, readonly=True)
    handler_id = fields.Many2one(
        "res.users", string="Entered by", required=True, readonly=True
    )
    slip_due = fields.Date(string="Slip due on", required=True, readonly=True)
    slip_book = fields.Char(string="Register", readonly=True)
    slip_page = fields.Char(string="Page", readonly=True)
    settled_at = fields.Datetime(string="Papered at", readonly=True)
    settled_by_id = fields.Many2one("res.users", string="Papered by", readonly=True)
    reminded_on = fields.Date(readonly=True)
    state = fields.Selection(
        [
            ("open", "Slip missing"),
            ("confirmed", "Confirmed by the leader"),
            ("papered", "Signed slip"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    can_confirm = fields.Boolean(compute="_compute_can")
    can_paper = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    # === Compute ===

    @api.depends("state", "slip_due")
    def _compute_is_overdue(self):
        for order in self:
            today = order.company_id.gov_today()
            order.is_overdue = order.state == "open" and order.slip_due < today

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "=", "open") & domain_by_day(
            self.env, lambda day: Domain("slip_due", "<", day)
        )
        return overdue if True in value else ~overdue

    @api.depends("state", "leader_id", "trip_id.state")
    @api.depends_context("uid")
    def _compute_can(self):
        for order in self:
            order.can_confirm = not order._refusal("confirm")
            order.can_paper = not order._refusal("paper")
            order.can_cancel = not order._refusal("cancel")

    # === Rights ===

    def _refusal(self, action):
        """Return why the current user cannot take a step now, or an empty text."""
        self.ensure_one()
        if self.state not in _TRANSITIONS[action][0]:
            states = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(order)s is in state “%(state)s”.",
                order=self.display_name,
                state=states[self.state],
            )
        user = self.env.user
        # sudo: only to compare accounts.
        order = self.sudo()
        if action == "confirm":
            if order.leader_id.user_id != user:
                return self.env._(
                    "The leader who gave the order confirms it: %s.",
                    order.leader_id.name,
                )
            if order.driver_id.user_id == user:
                return self.env._(
                    "The slip of the own trip is taken in by somebody else."
                )
        elif not user.has_group("gov_fleet.group_dispatcher"):
            return self.env._("This is a matter of dispatchers.")
        elif action == "paper" and user == order.driver_id.user_id:
            return self.env._("The slip of the own trip is taken in by somebody else.")
        elif action == "cancel":
            return order._cancel_refusal(user)
        return ""

    def _cancel_refusal(self, user):
        """Return why a departure cannot be cancelled by a dispatcher, or nothing."""
        if user == self.driver_id.user_id:
            return self.env._("The own departure is cancelled by somebody else.")
        if self.trip_id.state == "back":
            return self.env._(
                "%s took place and is back: what was typed wrongly is corrected there.",
                self.trip_id.display_name,
            )
        return ""

    def _require(self, action):
        """Raise unless the current user can take ``action`` now."""
        for order in self:
            order.check_access("read")
            # Rivals meet on the row: the loser is retried and sees the new state.
            meet_rivals(order)
            order.invalidate_recordset(["state"])
            if refusal := order._refusal(action):
                raise UserError(refusal)

    # === Steps ===

    @api.model
    def action_leave(
        self, vehicle_id, driver_id, destination, purpose, odometer, ordered_at=None
    ):
        """Let the duty car leave by the phone order of the leader on duty.

        The trip begins at once; its slip follows.

        :param int vehicle_id: id of the vehicle.
        :param int driver_id: id of the driver's employee record.
        :param str destination, purpose: where to and why.
        :param odometer: km that the odometer shows.
        :param ordered_at: moment of the call in UTC, up to two days back; default now.
        :return: id of the duty departure
        :raise UserError: nobody leads a shift at that moment, the caller is neither
            dispatcher, the driver nor the duty leader, a text is missing, or the
            vehicle or the driver cannot go.
        """
        text = self.env["gov.vehicle.trip"]._driver_text
        destination = text(destination, self.env._("Say where the vehicle goes."))
        purpose = text(purpose, self.env._("Say why the vehicle leaves."))
        vehicle, driver = self._find_parties(vehicle_id, driver_id)
        moment = self._clean_moment(ordered_at)
        company = vehicle.company_id
        shift = self._find_shift(moment, company, driver)
        card = self.env["gov.vehicle.driver"]._of(driver)[driver.id]
        if refusal := card._may_drive(vehicle, moment, moment):
            raise UserError(refusal)
        # sudo: texts, parties, shift and person were checked just above.
        order = engine(self.sudo()).create(
            {
                "company_id": company.id,
                "vehicle_id": vehicle.id,
                "driver_id": driver.id,
                "leader_id": shift.leader_id.id,
                "shift_id": shift.id,
                "ordered_at": moment,
                "destination": destination,
                "purpose": purpose,
                "handler_id": self.env.uid,
                "slip_due": self._get_slip_due(company, moment),
            }
        )
        order._assign_number()
        order._start_trip(odometer, moment)
        order._ask_leader()
        return order.id

    @api.model
    def _find_shift(self, moment, company, driver):
        """Return the shift of a moment, if the current user may enter its orders.

        :raise UserError: nobody leads a shift then, or the user is neither
            dispatcher, the driver nor the leader.
        """
        shift = self.env["gov.duty.shift"]._on_duty(moment, company)
        if not shift:
            raise UserError(
                self.env._(
                    "Nobody leads a shift at %s: enter the roster, or make a car "
                    "request that goes first and is papered later.",
                    self.env["gov.paper"].time_text(moment, company),
                )
            )
        user = self.env.user
        if not (
            user.has_group("gov_fleet.group_dispatcher")
            or user in (driver.user_id | shift.leader_id.user_id)
        ):
            raise UserError(
                self.env._(
                    "The dispatcher, the driver or the leader on duty enters it."
                )
            )
        return shift

    def action_confirm(self):
        """Confirm the order, as the leader who gave it; it stands for the slip.

        :return: True
        :raise UserError: not that leader, or settled before.
        """
        for order in self.sorted("id"):
            order._require("confirm")
            order._settle("confirm")
        return True

    def action_paper(self, book="", page="", scan=None, scan_name=""):
        """Take in the signed slip: its place in the register, or a scan.

        :param str book, page: register and page under which the slip is bound.
        :param scan: content of a scan (base64), PDF, JPEG or PNG.
        :return: True
        :raise UserError: not the dispatcher, neither page nor scan, settled before.
        """
        check_one(self)
        self._require("paper")
        text = self.env["gov.vehicle.trip"]._driver_text
        book = book and text(book, "")
        page = page and text(page, "")
        if not scan and not (book and page):
            raise UserError(
                self.env._("Name register and page of the slip, or add its scan.")
            )
        # sudo: role and state were checked just above; the scan is looked at.
        document = engine(self.sudo())
        document.write({"slip_book": book, "slip_page": page})
        if scan:
            name = scan_name and text(scan_name, "") or "scan"
            document.write({"scan": scan, "scan_name": name})
            document._freeze_scan()
        self._settle("paper")
        return True

    def action_cancel(self, reason):
        """Cancel a departure that was entered by mistake, and its trip.

        :param str reason: required; stands with order and trip.
        :return: True
        :raise UserError: not a dispatcher, the own departure, or the car is back.
        """
        check_one(self)
        reason = self.env["gov.vehicle.trip"]._driver_text(
            reason, self.env._("Say why it is cancelled.")
        )
        self._require("cancel")
        if self.trip_id.state == "out":
            self.trip_id.action_undo_departure(reason)
        trip = self.sudo().trip_id  # sudo: role and state were checked just above
        if trip.state == "planned":
            trip._cancel(reason)
        self._settle("cancel")
        # sudo: role and state were checked just above.
        self.sudo().message_post(body=self.env._("Cancelled: %s", reason))
        return True

    # === Helpers ===

    @api.model
    def _find_parties(self, vehicle_id, driver_id):
        """Return vehicle and driver, of one institution that the user works in."""
        # sudo: which vehicles and drivers there are is no secret.
        missing = self.env._("There is no such vehicle.")
        vehicle = find_record(self.env["fleet.vehicle"].sudo(), vehicle_id, missing)
        company = vehicle.company_id
        if company not in self.env.user.company_ids:
            raise UserError(missing)
        missing = self.env._("There is no such driver.")
        # sudo: as above.
        driver = find_record(self.env["hr.employee"].sudo(), driver_id, missing)
        if driver not in self.env["gov.vehicle.pin"]._drivers(company):
            raise UserError(missing)
        return vehicle, driver

    @api.model
    def _clean_moment(self, value):
        """Return a moment of the last two days, in UTC."""
        now = fields.Datetime.now()
        check_plain_values(self.browse(), {"ordered_at": value})
        moment = fields.Datetime.to_datetime(value) if value else now
        if not now - timedelta(days=2) <= moment <= now + timedelta(minutes=5):
            raise UserError(
                self.env._(
                    "A duty departure is entered at once, or within two days: %s.",
                    self.env["gov.paper"].time_text(moment),
                )
            )
        return moment

    @api.model
    def _get_slip_due(self, company, moment):
        # sudo: the clauses are no secret.
        policy = self.env["gov.policy"].sudo()
        days = policy.get_value("vehicle.duty.slip.days", company=company)
        day = self.env["gov.paper"]._local(moment, company).date()
        workdays = self.env["gov.workday"].with_company(company)
        return workdays.add_working_days(day, days)

    def _start_trip(self, odometer, moment):
        """Make the trip and let it depart; in the engine's environment."""
        # sudo: action_leave() has checked who enters the order, vehicle and driver.
        trip = engine(self.env["gov.vehicle.trip"].sudo()).create(
            {
                "company_id": self.company_id.id,
                "vehicle_id": self.vehicle_id.id,
                "driver_id": self.driver_id.id,
                "planned_start": moment,
                "planned_end": moment + timedelta(hours=4),
                "route": self.destination,
            }
        )
        trip._assign_number()
        self.trip_id = trip
        if trip._read_check(trip.check_ids._last_checks(trip.vehicle_id)) == "missing":
            # A phone order at night does not wait for a look round the vehicle.
            trip._waive_check(self.number)
        trip._depart(odometer, moment)

    def _settle(self, action):
        """Write the end of the matter; the caller has checked it."""
        # sudo: the caller has checked person and state.
        order = engine(self.sudo())
        order.write(
            {
                "state": _TRANSITIONS[action][1],
                "settled_at": fields.Datetime.now(),
                "settled_by_id": self.env.uid,
            }
        )
        order.activity_unlink(["mail.mail_activity_data_todo"])

    def _ask_leader(self):
        """Put the order on the leader's list: one tap stands for the slip."""
        user = self.leader_id.user_id.filtered("active")
        if not user or user == self.env.user:
            return
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        env = self.with_context(lang=lang).env
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.slip_due,
            summary=env._("Please confirm your phone order"),
            user_id=user[0].id,
        )

    # === Jobs ===

    @api.model
    def _cron_follow_up(self):
        """Open a finding for each slip that did not come; one that came closes none.

        Run again it opens none twice.
        """
        each_institution(self, "_follow_up")

    @api.model
    def _follow_up(self, company):
        """Open the findings of one institution."""
        # sudo: called by the job.
        late = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("is_overdue", "=", True),
                ("reminded_on", "=", False),
            ],
            order="id",
        )
        for order in late:
            engine(order).reminded_on = order.company_id.gov_today()
            lang = self.env["gov.approval.rule"]._get_lang(order.company_id)
            env = order.with_context(lang=lang).env
            self.env["gov.finding"]._raise(
                "vehicle_duty_slip",
                order,
                env._(
                    "%(vehicle)s left at %(moment)s to %(place)s by phone order of "
                    "%(leader)s; the slip was due on %(day)s.",
                    vehicle=order.vehicle_id.license_plate or order.vehicle_id.name,
                    moment=env["gov.paper"].time_text(
                        order.ordered_at, order.company_id
                    ),
                    place=order.destination,
                    leader=order.leader_id.name,
                    day=format_day(env, order.slip_due),
                ),
                employee=order.driver_id,
            )

from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day

_NEEDED = ("purpose", "destination")


class GovVehicleRequest(models.Model):
    """How a vehicle request walks its chain, and what the last yes sets going.

    * an ordinary one: tiers by area, night and day off, as the rules say; the last yes
      makes one booking for each need;
    * an urgent one (急办后补): the leader on duty decides alone, and the vehicle may go
      at once, so its bookings are made at submission; the paper follows by the next
      working day (``gov.approval.urgent``). A no after the vehicle was out is a
      finding;
    * a late one (补录), of a trip that is over: no booking, its trip is entered.
    """

    _inherit = "gov.vehicle.request"

    _protected_fields = frozenset({"duty_leader_id"})

    duty_leader_id = fields.Many2one(
        "hr.employee",
        string="Leader on duty",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Decides an urgent request; from the duty roster at submission.",
    )
    is_over = fields.Boolean(
        string="Is over",
        compute="_compute_is_over",
        help="The trip has ended already: a late entry, without a booking.",
    )

    has_begun = fields.Boolean(
        compute="_compute_has_begun",
        help="It began in the past: it is entered late, with its day and reason.",
    )

    @api.depends("date_start", "submitted_at")
    def _compute_has_begun(self):
        for request in self:
            request.has_begun = bool(
                request.date_start and request.date_start < request._get_latest_start()
            )

    def _get_latest_start(self):
        """Return the moment before which a departure counts as past."""
        grace = self.env["gov.policy"].get_value(
            "vehicle.request.grace", None, self._get_company()
        )
        moment = self.submitted_at or fields.Datetime.now()
        return moment - timedelta(minutes=grace)

    @api.onchange("date_start")
    def _onchange_date_start(self):
        """A trip of the past is entered late: its day is filled in."""
        if self.has_begun and not self.occurred_on and self._get_local_windows():
            self.occurred_on = self._get_local_windows()[0][0].date()

    @api.depends("date_end", "submitted_at")
    def _compute_is_over(self):
        for request in self:
            moment = request.submitted_at or fields.Datetime.now()
            request.is_over = bool(request.date_end and request.date_end <= moment)

    # ----------------------------------------------------------------- the chain

    def _approval_may_type_for_all(self, user):
        """The dispatcher types for whoever calls."""
        return user.has_group("gov_fleet.group_dispatcher")

    def _approval_summary(self):
        if self.is_protected:
            return self.env._("Protected trip")
        areas = dict(self._fields["area"]._description_selection(self.env))
        parts = (
            self.destination,
            areas.get(self.area),
            self.window_text,
            self.env._("%s people", self.passenger_count),
            self.purpose,
        )
        return " · ".join(part for part in parts if part)

    def _approval_check_submit(self):
        """Refuse an incomplete request, or one of the past that is no late entry."""
        missing = [name for name in _NEEDED if not (self[name] or "").strip()]
        if missing:
            raise UserError(
                self.env._(
                    "%(request)s: fill in %(fields)s.",
                    request=self.display_name,
                    fields=self._get_labels(missing),
                )
            )
        for row in self.need_ids or self:
            self._check_dates(row.date_start, row.date_end)
        if self.area == "outside_province" and not self.is_urgent:
            self._check_filed()
        self._check_not_past()
        self._check_protected()
        self._refresh_times()

    def _check_filed(self):
        if not (self.filing_number or "").strip():
            clause = self.env["gov.policy"]._get_policy(
                "vehicle.area.outside_province", None, self.company_id
            )
            raise UserError(
                self.env._(
                    "%(request)s leads outside the province: enter the number of its "
                    "filing (%(clause)s).",
                    request=self.display_name,
                    clause=clause.citation,
                )
            )

    def _check_not_past(self):
        """Refuse to plan what has begun: it is entered late, with its day and reason.

        :raise UserError: naming the moment and what is missing.
        """
        begun = self.date_start < self._get_latest_start()
        if not begun or (self.is_urgent and not self.is_over):
            return
        day = self._get_local_windows()[0][0].date()
        if self.occurred_on != day or not self.late_reason:
            raise UserError(
                self.env._(
                    "%(request)s began at %(start)s: a trip of the past is not planned "
                    "but entered late. Set “Happened on” to %(day)s and choose the "
                    "reason.",
                    request=self.display_name,
                    start=self._format_moment(self.date_start),
                    day=format_day(self.env, day),
                )
            )

    def _freeze_special(self):
        if self.is_urgent:
            self.duty_leader_id = self._find_duty_leader()
        return super()._freeze_special()

    def _find_duty_leader(self):
        """Return who leads the shift in which the trip begins, else the one now."""
        shifts = self.env["gov.duty.shift"]
        for moment in (self.date_start, fields.Datetime.now()):
            if shift := shifts._on_duty(moment, self.company_id):
                return shift.leader_id
        return self.env["hr.employee"]

    def _approval_after_submit(self):
        result = super()._approval_after_submit()
        self._make_needs()
        if self.is_urgent and not self.is_over:
            self._make_bookings()
        return result

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        if not self.is_over:
            self._make_bookings()
        return result

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        if action == "reject" and self._get_driven_trips():
            self._report_urgent_refused()
        self._release_bookings()
        self.joined_booking_id = False
        if action in ("return", "withdraw"):
            self.need_ids.filtered("is_auto").unlink()
        return result

    def _report_urgent_refused(self):
        env = self._get_record_env()
        clause = env["gov.policy"]._get_policy(
            "vehicle.request.urgent", None, self.company_id
        )
        self.env["gov.finding"]._raise(
            "vehicle_urgent_refused",
            self,
            env._(
                "The vehicle went out first, on %(day)s; the leader on duty did not "
                "agree afterwards (%(clause)s).",
                day=self._format_moment(self.date_start),
                clause=clause.citation,
            ),
        )

    def _get_further_tiers(self, start, end):
        """Return the tiers that would also decide if the trip lay at other times.

        :param start: UTC datetime.
        :param end: UTC datetime.
        :return: ``gov.approval.rule`` in a superuser environment.
        """
        self.ensure_one()
        windows = [self._get_local_window(start, end)]
        rules = self.env["gov.approval.rule"]
        moved = self.new(
            {
                "is_night": self.is_night or self._touches_night(windows),
                "is_non_working_day": self.is_non_working_day
                or self._touches_day_off(windows),
            },
            origin=self,
        )
        return rules._get_in_force(moved) - rules._get_in_force(self)

    # ---------------------------------------------------------- needs and bookings

    def _make_needs(self):
        """Write down one need for each vehicle when none was entered."""
        if self.need_ids:
            return
        self.env["gov.vehicle.need"].create(
            [
                {
                    "request_id": self.id,
                    "date_start": self.date_start,
                    "date_end": self.date_end,
                    "seats": self._get_seats_of_each(),
                    "is_auto": True,
                }
                for _number in range(self.vehicle_count)
            ]
        )

    def _make_bookings(self):
        """Make a booking, without a vehicle yet, for each need that has none.

        Whoever rides along with others needs none.
        """
        if self.joined_booking_id:
            return
        bookings = self.with_context(active_test=False).booking_ids
        served = bookings.filtered(
            lambda b: b.active or b.trip_id.state in ("out", "back")
        ).need_id
        vals_list = [
            self._prepare_booking(need)
            for need in (self.need_ids - served).sorted("id")
        ]
        if vals_list:
            # In the engine's environment: the chain has agreed, or drives first.
            self.env["gov.vehicle.booking"].create(vals_list)

    def _prepare_booking(self, need):
        """Return the values of a booking: when, and for which request.

        The booking itself takes over what the request lets others know.
        """
        return {
            "company_id": self.company_id.id,
            "kind": "request",
            "request_id": self.id,
            "need_id": need.id,
            "date_start": need.date_start,
            "date_end": need.date_end,
        }

    def _release_bookings(self):
        """Give up what has not gone out: bookings, and trips only planned."""
        bookings = self.booking_ids.filtered(
            lambda b: b.active and b.trip_id.state not in ("out", "back")
        )
        if bookings:
            # Who gives up a protected trip would tell whose it was.
            user = SUPERUSER_ID if self.is_protected else self.env.uid
            bookings = engine(bookings.with_user(user).sudo())
            bookings._release()
            bookings.env.flush_all()

    # ---------------------------------------------------------- out on the road

    def _get_driven_trips(self):
        """Return the trips whose vehicle has gone out, whether back or not."""
        # Whether a vehicle is out is no secret to who may read the request.
        request = self.sudo()
        trips = request.trip_ids | request.joined_booking_id.trip_id
        return trips.filtered(lambda t: t.state in ("out", "back"))

    def _get_blocker(self, action, seats=None):
        """Nothing is taken back once a vehicle has gone out."""
        blocker = super()._get_blocker(action, seats)
        if blocker or action not in ("withdraw", "cancel", "return"):
            return blocker
        return self._get_road_blocker()

    def _trips_changed(self):
        """Called by the trips when one has left, come back or was cancelled."""
        # The state follows by itself; guests of a ride follow their host's trip.
        return True

    def _get_road_blocker(self):
        driven = self._get_driven_trips()
        out = driven.filtered(lambda t: t.state == "out")
        if out:
            return self.env._(
                "%(request)s: %(vehicles)s is on the road. Wait for its return.",
                request=self.display_name,
                vehicles=out.vehicle_id.mapped("license_plate"),
            )
        if driven:
            return self.env._(
                "%(request)s: the trip has been made and stays on record.",
                request=self.display_name,
            )
        return False

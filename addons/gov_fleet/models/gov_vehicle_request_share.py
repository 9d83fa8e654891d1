from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import find_record
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.rivals import meet_rivals

_MOST_NEARBY = 6
# What an ordinary car has, while it is not known which one goes.
_USUAL_SEATS = 5
_NEARBY_BY = (
    "date_start",
    "area",
    "destination",
    "passenger_count",
    "is_protected",
    "state",
)


class GovVehicleRequest(models.Model):
    """Sharing a trip (拼车), and who draws a transport allowance.

    Trips of the same area or place, within the hours of the clause and with free
    seats, are shown while a request is written and decided; its people may join one
    of them instead of taking a vehicle of their own. Protected trips are neither shown
    nor joined, and join none.
    """

    _inherit = "gov.vehicle.request"

    _protected_fields = frozenset({"joined_booking_id"})

    joined_booking_id = fields.Many2one(
        "gov.vehicle.booking",
        string="Rides along with",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        groups="gov_fleet.group_dispatcher,gov_base.group_supervision",
    )
    ride_text = fields.Char(string="Rides along", compute="_compute_ride_text")
    nearby_ids = fields.Many2many(
        "gov.vehicle.booking",
        string="Nearby trips",
        compute="_compute_nearby_ids",
        groups="gov_fleet.group_dispatcher",
    )
    nearby_note = fields.Text(
        string="Trips that could be shared", compute="_compute_nearby_note"
    )
    allowance_warning = fields.Char(
        string="Transport allowance", compute="_compute_allowance_warning"
    )
    dispatch_note = fields.Text(
        string="Vehicle and driver",
        compute="_compute_dispatch_note",
        help="To copy and paste to who asked.",
    )
    can_join = fields.Boolean(compute="_compute_can_join")
    can_leave_ride = fields.Boolean(compute="_compute_can_join")

    # ------------------------------------------------------------------ computes

    @api.depends("joined_booking_id")
    def _compute_ride_text(self):
        for request in self:
            # Whoever reads the request reads with whom its people travel.
            ride = request.sudo().joined_booking_id
            request.ride_text = request._get_ride_text(ride) if ride else False

    @api.depends(*_NEARBY_BY)
    def _compute_nearby_ids(self):
        for request in self:
            rides = request._get_nearby() if request._looks_for_rides() else ()
            bookings = self.env["gov.vehicle.booking"]
            request.nearby_ids = bookings.browse(ride.id for ride in rides)

    @api.depends(*_NEARBY_BY)
    def _compute_nearby_note(self):
        for request in self:
            rides = request._get_nearby() if request._looks_for_rides() else ()
            texts = [request._get_ride_text(ride) for ride in rides]
            request.nearby_note = "\n".join(texts) or False

    def _looks_for_rides(self):
        return self.state in ("draft", "submitted", "approved") and not self.is_over

    @api.depends("beneficiary_id", "employee_id", "area", "date_start")
    def _compute_allowance_warning(self):
        days = {
            request: request.company_id.gov_today()
            if not request.date_start
            else self.env["gov.paper"]
            ._local(request.date_start, request._get_company())
            .date()
            for request in self
        }
        # sudo: who travels is shown to the reader; see ``_get_drawing``.
        people = self.sudo().beneficiary_id | self.sudo().employee_id
        drawing = self.env["gov.vehicle.allowance"]._get_drawing(people, days.values())
        for request in self:
            request.allowance_warning = request._get_allowance_warning(
                drawing, days[request]
            )

    def _get_allowance_warning(self, drawing, day):
        """Return the warning for who draws the allowance, or False."""
        if not drawing or self.is_protected:
            return False
        clauses, company = self.env["gov.policy"], self._get_company()
        areas = clauses.get_value("vehicle.allowance.areas", day, company.id)
        if self.area not in [area.strip() for area in areas.split(",")]:
            return False
        person = self.sudo().beneficiary_id  # as above
        if (person.id, day) not in drawing:
            return False
        clause = clauses._get_policy("vehicle.allowance.areas", day, company)
        return self.env._(
            "%(person)s draws a transport allowance, which covers this area "
            "(%(clause)s).",
            person=person.name,
            clause=clause.citation,
        )

    @api.depends(
        "booking_ids.vehicle_id", "booking_ids.driver_id", "booking_ids.active"
    )
    def _compute_dispatch_note(self):
        for request in self:
            # Whoever reads the request is told which vehicle comes.
            document = request.sudo()
            bookings = document.joined_booking_id or document.booking_ids
            texts = bookings.filtered("active").mapped("dispatch_text")
            request.dispatch_note = "\n".join(text for text in texts if text) or False

    @api.depends("state", "joined_booking_id", "nearby_note")
    @api.depends_context("uid")
    def _compute_can_join(self):
        for request in self:
            may = request._may_share()
            rides = bool(request.sudo().joined_booking_id)  # only whether there is one
            request.can_join = (
                may and not rides and bool(request.id and request.nearby_note)
            )
            request.can_leave_ride = may and rides

    def _may_share(self):
        """Tell whether the current user may decide on sharing this trip, by now."""
        self.ensure_one()
        if self.is_protected or self._get_driven_trips():
            return False
        open_ = self.approval_state in ("draft", "submitted", "on_hold", "approved")
        dispatcher = self.env.user.has_group("gov_fleet.group_dispatcher")
        return open_ and (dispatcher or self._is_requester())

    # -------------------------------------------------------------------- nearby

    def _get_nearby(self):
        """Return the bookings that this request could share, the nearest first.

        :return: bookings in a superuser environment; only :meth:`_get_ride_text` of
            them is shown.
        """
        self.ensure_one()
        # sudo: an applicant reads no bookings; what is shown is decided here.
        bookings = self.env["gov.vehicle.booking"].sudo()
        if not self.date_start or self.is_protected:
            return bookings
        found = bookings.search(
            self._get_nearby_domain(), order="date_start, id", limit=80
        )
        people = max(1, self.passenger_count)
        found = found.filtered(lambda b: self._get_free_seats(b) >= people)
        return found.sorted(
            lambda b: (abs((b.date_start - self.date_start).total_seconds()), b.id)
        )[:_MOST_NEARBY]

    def _get_nearby_domain(self):
        hours = self.env["gov.policy"].get_value(
            "vehicle.nearby.hours", None, self._get_company().id
        )
        reach = timedelta(hours=hours)
        domain = (
            Domain("company_id", "=", self._get_company().id)
            & Domain("kind", "=", "request")
            & Domain("active", "=", True)
            & Domain("date_start", ">=", self.date_start - reach)
            & Domain("date_start", "<=", self.date_start + reach)
            & Domain("request_id", "!=", self._origin.id)
            & Domain("request_id.is_protected", "=", False)
            & Domain("request_id.approval_state", "=", "approved")
            & (Domain("trip_id", "=", False) | Domain("trip_id.state", "=", "planned"))
        )
        place = Domain("request_id.area", "=", self.area)
        if (self.destination or "").strip():
            place |= Domain(
                "request_id.destination", "=ilike", self.destination.strip()
            )
        return domain & place

    @api.model
    def _get_free_seats(self, booking):
        """Return how many people could still ride with ``booking``."""
        host = booking.request_id
        wanted = booking.need_id.seats or host._get_seats_of_each()
        seats = booking.vehicle_id.seats or max(wanted, _USUAL_SEATS)
        guests = sum(booking.guest_ids.mapped("passenger_count"))
        return seats - wanted - guests

    def _get_ride_text(self, booking):
        """Return a trip of others in one line: when, where, who, free seats."""
        # sudo: the trip is shown because it may be shared; nothing of a secret one.
        booking = booking.sudo()
        facts = booking.request_id._get_open_facts()
        vehicle = booking.vehicle_id
        parts = (
            self._format_window(booking.date_start, booking.date_end),
            facts["label"],
            vehicle.license_plate or "",
            self.env._("%s seats free", max(0, self._get_free_seats(booking))),
        )
        return " · ".join(part for part in parts if part)

    def _approval_barred_users(self, kind):
        """Whoever rides along dispatches the trip no more than its own people do."""
        barred = super()._approval_barred_users(kind)
        if kind != "check":
            return barred
        # sudo: only who is barred is asked.
        for guest in self.sudo().booking_ids.guest_ids:
            barred |= guest._get_benefiting_users()
        return barred

    # ------------------------------------------------------------------- actions

    def action_open_join(self):
        """Open the choice of trips to join.

        :return: a window action.
        :raise UserError: none, several, or nothing to share.
        """
        self._begin_share()
        return self.env["gov.vehicle.join"]._open(self)

    def action_join(self, booking):
        """Let the people of this request ride with a trip that others take.

        :param booking: id (or record) of one of the nearby bookings.
        :return: True
        :raise UserError: not the requester nor a dispatcher, a vehicle is out, no such
            trip nearby, or no seats left.
        """
        self._begin_share()
        id_ = booking.id if isinstance(booking, models.BaseModel) else booking
        missing = self.env._("There is no such trip to share.")
        # sudo: an applicant reads no bookings; only one of those shown is taken.
        ride = find_record(self.env["gov.vehicle.booking"].sudo(), id_, missing)
        self._meet_on_ride(ride)
        if not ride.filtered_domain(self._get_nearby_domain()):
            raise UserError(missing)
        free, people = self._get_free_seats(ride), max(1, self.passenger_count)
        if free < people:
            raise UserError(
                self.env._(
                    "%(free)s seats are free on this trip, %(people)s are needed.",
                    free=max(0, free),
                    people=people,
                )
            )
        if self.vehicle_count > 1 or len(self.need_ids) > 1:
            raise UserError(
                self.env._("Only a request for one vehicle can ride with another.")
            )
        # Person, state, trip and seats have just been checked.
        document = engine(self.sudo())
        document.joined_booking_id = ride.id
        document._release_bookings()
        self._log_share(ride)
        return True

    def action_leave_ride(self):
        """Ride with the others no more; the request takes a vehicle of its own again.

        :return: True
        :raise UserError: not the requester nor a dispatcher, or it rides with nobody.
        """
        self._begin_share()
        # Person and state have just been checked.
        document = engine(self.sudo())
        if not document.joined_booking_id:
            raise UserError(self.env._("%s rides with nobody.", self.display_name))
        document._lose_ride()
        return True

    def _begin_share(self):
        """Check who shares, after meeting all rivals on the request's row."""
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self._approval_meet_rivals()
        if not self._may_share():
            raise UserError(
                self._get_road_blocker()
                or self.env._(
                    "%(request)s: sharing is decided by the handler, the applicant or "
                    "a dispatcher, before a vehicle goes; a protected trip is never "
                    "shared.",
                    request=self.display_name,
                )
            )

    def _meet_on_ride(self, ride):
        """UPDATE the row of the booking: two who want the last seat meet there."""
        self.env.flush_all()
        meet_rivals(ride)

    def _log_share(self, ride):
        host = ride.request_id
        env = host._get_record_env()
        # sudo: who rides along is told to whose trip it is.
        names = join_names(env, [self.sudo().beneficiary_id.name])
        host.with_env(host.env)._message_log(
            body=env._(
                "%(people)s people of %(request)s ride along (%(names)s).",
                people=self.passenger_count,
                request=self.number or self.display_name,
                names=names,
            )
        )

    def _lose_ride(self):
        """Take a vehicle of one's own again; the handler is told."""
        for request in self:
            request.joined_booking_id = False
            if request.approval_state == "approved" and not request.is_over:
                request._make_bookings()
                request._tell_handler(
                    request._get_record_env()._(
                        "The trip that it shared is off: a vehicle of its own is "
                        "dispatched."
                    )
                )

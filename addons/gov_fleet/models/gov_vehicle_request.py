from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_line_commands,
    check_plain_values,
    check_records_exist,
)

from .gov_vehicle_need import MOST_DAYS

AREAS = [
    ("town", "In town"),
    ("county", "In the county"),
    ("city", "To the city"),
    ("outside_city", "Outside the city"),
    ("outside_province", "Outside the province"),
]
_MOST_VEHICLES = 60
_MOST_PEOPLE = 2000
_NAMED = ("employee_id", "beneficiary_id", "served_partner_id", "company_id")


class GovVehicleRequest(models.Model):
    """A request for a vehicle (用车申请), from the call to the return.

    Everybody with a department asks in their own name, the department's liaison for
    its people, the dispatcher for whoever calls (代申请), a served unit through its
    liaison. The chain decides; dispatching is execution and no tier: the engine makes
    one ``gov.vehicle.booking`` for each need, and dispatchers give them vehicles.

    ``state`` is derived from ``approval_state``, the bookings and the trips:

    ========== ========== =======================================================
    from       to         by
    ========== ========== =======================================================
    draft      submitted  ``action_submit``
    submitted  draft      ``action_return``, ``action_withdraw``
    submitted  approved   ``action_approve`` of the last tier
    submitted  rejected   ``action_reject``
    submitted  dispatched an urgent one: the car goes first, the paper follows
    approved   dispatched every booking has its vehicle, or a trip was joined
    dispatched approved   a vehicle was taken away again
    dispatched done       every trip is back
    draft      cancelled  ``action_cancel``
    approved   cancelled  ``action_cancel`` while no vehicle has gone out
    dispatched cancelled  the same
    ========== ========== =======================================================

    While a vehicle is out, and after it was, nothing is withdrawn or cancelled. A
    protected request is read by its handler, its applicant, who uses the vehicle and
    who decides it, and by nobody else: see ``gov_vehicle_request_secret``.
    """

    _name = "gov.vehicle.request"
    _description = "Car Request"
    _inherit = ["gov.approval.mixin"]
    # A trip has no sum: the inbox shows none.
    _approval_band_is_money = False
    _order = "date_start desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "destination", "purpose"]
    _number_code = "gov.vehicle.request"

    _protected_fields = frozenset(
        {"state", "is_night", "is_non_working_day", "booking_ids", "trip_ids"}
    )

    purpose = fields.Char(help="What the trip is for; needed to submit.")
    destination = fields.Char(help="Where to; needed to submit.")
    area = fields.Selection(
        AREAS,
        required=True,
        default="town",
        index=True,
        help="Decides, with the hour and the day, who agrees.",
    )
    filing_number = fields.Char(
        copy=False,
        help="Number under which a trip outside the province was filed (报备).",
    )
    passenger_count = fields.Integer(
        string="Number of people", required=True, default=1, aggregator=None
    )
    passenger_names = fields.Char(string="Who travels")
    date_start = fields.Datetime(
        string="From",
        required=True,
        index=True,
        default=lambda self: self._get_usual_times()[0],
    )
    date_end = fields.Datetime(
        string="Until",
        required=True,
        default=lambda self: self._get_usual_times()[1],
    )
    vehicle_count = fields.Integer(
        string="Number of vehicles", required=True, default=1, aggregator=None
    )
    need_ids = fields.One2many(
        "gov.vehicle.need",
        "request_id",
        string="Vehicles and days",
        copy=True,
        help="Empty: so many vehicles for the whole time.",
    )
    is_night = fields.Boolean(
        string="At night",
        compute="_compute_times",
        store=True,
        help="A part of it lies in the hours of the clause, by the institution's "
        "clock.",
    )
    is_non_working_day = fields.Boolean(
        string="On a non-working day",
        compute="_compute_times",
        store=True,
        help="A part of it lies on a day off; a worked weekend is none.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved, to be dispatched"),
            ("dispatched", "Dispatched"),
            ("done", "Done"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        copy=False,
    )
    booking_ids = fields.One2many(
        "gov.vehicle.booking",
        "request_id",
        string="Bookings",
        readonly=True,
        copy=False,
        groups="gov_fleet.group_dispatcher,gov_base.group_supervision",
    )
    trip_ids = fields.One2many(
        "gov.vehicle.trip",
        "request_id",
        string="Trips",
        readonly=True,
        copy=False,
        groups="gov_fleet.group_dispatcher,gov_base.group_supervision",
    )
    window_text = fields.Char(string="When", compute="_compute_window_text")
    current_citation = fields.Char(string="Clause", compute="_compute_current_citation")

    _window_check = models.Constraint(
        "CHECK (date_end > date_start)", "A trip ends after it has begun."
    )
    _counts_check = models.Constraint(
        "CHECK (vehicle_count > 0 AND passenger_count >= 0)",
        "A request asks for one vehicle at least, and people are no fewer than none.",
    )
    _open_idx = models.Index(
        "(company_id, date_start, id) WHERE state IN ('submitted', 'approved')"
    )

    # ------------------------------------------------------------------ computes

    @api.model
    def _get_default_times(self):
        """Return the next full hour and two hours later, in UTC."""
        start = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        start += timedelta(hours=1)
        return start, start + timedelta(hours=2)

    @api.model
    def _get_usual_times(self):
        """Return the next full hour and two hours later, in UTC.

        Who asks before or after the office's hours means the next morning at nine.
        """
        start, end = self._get_default_times()
        company = self.env.company
        local = self.env["gov.paper"]._local(start, company)
        if not 7 <= local.hour <= 17:
            day = local.date() + timedelta(days=1 if local.hour > 17 else 0)
            start = company._gov_utc(datetime.combine(day, time(9)))
            end = start + timedelta(hours=2)
        return start, end

    @api.depends(
        "date_start",
        "date_end",
        "company_id",
        "need_ids.date_start",
        "need_ids.date_end",
    )
    def _compute_times(self):
        for request in self:
            windows = request._get_local_windows()
            request.is_night = request._touches_night(windows)
            request.is_non_working_day = request._touches_day_off(windows)

    def _get_local_windows(self):
        """Return the windows wanted as pairs on the institution's clock."""
        self.ensure_one()
        rows = self.need_ids.filtered("date_end") or self
        return [
            self._get_local_window(row.date_start, row.date_end)
            for row in rows
            if row.date_start and row.date_end and row.date_start < row.date_end
        ]

    def _get_local_window(self, start, end):
        """Return two UTC moments on the institution's clock."""
        papers, company = self.env["gov.paper"], self._get_company()
        return tuple(
            papers._local(moment, company).replace(tzinfo=None)
            for moment in (start, end)
        )

    def _get_company(self):
        return self.company_id or self.env.company

    def _touches_night(self, windows):
        """Tell whether a window holds a part of the night of the clauses."""
        if not windows:
            return False
        clauses = self.env["gov.policy"]
        company, day = self._get_company(), windows[0][0].date()
        since, until = (
            timedelta(hours=clauses.get_value(f"vehicle.night.{side}", day, company.id))
            for side in ("from", "to")
        )
        if until <= since:
            until += timedelta(days=1)
        for start, end in windows:
            if end - start >= timedelta(days=1):
                return True
            for shift in (-1, 0, 1):
                midnight = datetime.combine(start.date(), time())
                midnight += timedelta(days=shift)
                if start < midnight + until and end > midnight + since:
                    return True
        return False

    def _touches_day_off(self, windows):
        """Tell whether a window holds a part of a day that is not worked."""
        if not windows:
            return False
        moment = timedelta(microseconds=1)
        days = [(start.date(), (end - moment).date()) for start, end in windows]
        first, last = min(day[0] for day in days), max(day[1] for day in days)
        if (last - first).days > MOST_DAYS:
            return True
        calendar = self.env["gov.workday"].with_company(self._get_company())
        calendar = calendar._calendar(first, last)
        return any(
            not calendar.is_working(start + timedelta(days=number))
            for start, end in days
            for number in range((end - start).days + 1)
        )

    @api.depends(
        "approval_state",
        "booking_ids.state",
        "booking_ids.trip_id",
        "trip_ids.state",
        "joined_booking_id.state",
        "joined_booking_id.trip_id.state",
    )
    def _compute_state(self):
        for request in self.with_context(active_test=False):
            state = request.approval_state
            if state == "on_hold":  # put aside, not stopped
                state = "submitted"
            if state in ("submitted", "approved"):
                state = request._get_state_on_the_road() or state
            request.state = state

    def _get_state_on_the_road(self):
        """Return ``dispatched`` or ``done``, or False while a vehicle is missing."""
        self.ensure_one()
        ride = self.joined_booking_id
        bookings = (ride or self.booking_ids).filtered("active")
        trips = (self.trip_ids | ride.trip_id).filtered(
            lambda t: t.state != "cancelled"
        )
        if not (bookings or trips) or "waiting" in bookings.mapped("state"):
            return False
        is_back = trips and all(trip.state == "back" for trip in trips)
        if is_back and not bookings.filtered(lambda b: not b.trip_id):
            return "done" if self.approval_state == "approved" else "dispatched"
        return "dispatched"

    @api.depends("date_start", "date_end")
    def _compute_window_text(self):
        for request in self:
            request.window_text = request._format_window(
                request.date_start, request.date_end
            )

    @api.depends("current_step_id")
    def _compute_current_citation(self):
        for request in self:
            request.current_citation = request.current_step_id.citation

    def _format_window(self, start, end):
        """Return a window as people say it, on the institution's clock."""
        if not start or not end:
            return False
        company = self._get_company()
        papers = self.env["gov.paper"]
        days = [papers._local(moment, company).date() for moment in (start, end)]
        clock = [
            format_datetime(self.env, moment, company._gov_zone().zone, "HH:mm")
            for moment in (start, end)
        ]
        first = f"{format_day(self.env, days[0])} {clock[0]}"
        last = clock[1]
        if days[0] != days[1]:
            last = f"{format_day(self.env, days[1])} {last}"
        return f"{first} – {last}"

    # --------------------------------------------------------------- constraints

    @api.model
    def _check_dates(self, start, end):
        """Refuse a window that ends before it begins, or lasts over a year.

        :raise UserError: naming the two ends.
        """
        start, end = (fields.Datetime.to_datetime(m) for m in (start, end))
        if not start or not end:
            return
        if end <= start:
            raise UserError(
                self.env._(
                    "The trip ends at %(end)s, before it begins at %(start)s.",
                    start=self._format_moment(start),
                    end=self._format_moment(end),
                )
            )
        if end - start > timedelta(days=MOST_DAYS):
            raise UserError(
                self.env._(
                    "From %(start)s until %(end)s is longer than %(days)s days: such a "
                    "vehicle is allocated, not dispatched.",
                    start=self._format_moment(start),
                    end=self._format_moment(end),
                    days=MOST_DAYS,
                )
            )

    @api.model
    def _format_moment(self, moment):
        return format_datetime(
            self.env, moment, self._get_company()._gov_zone().zone, "yyyy-MM-dd HH:mm"
        )

    @api.model
    def _check_numbers(self, vals):
        """Refuse numbers of vehicles or people that no request has."""
        for name, least, most in (
            ("vehicle_count", 1, _MOST_VEHICLES),
            ("passenger_count", 0, _MOST_PEOPLE),
        ):
            count = int(vals.get(name) or 0) if name in vals else least
            if not least <= count <= most:
                raise UserError(
                    self.env._(
                        "%(field)s: %(count)s is not possible, %(least)s to %(most)s "
                        "on one request.",
                        field=self._get_labels([name])[0],
                        count=count,
                        least=least,
                        most=most,
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        for vals in vals_list:
            self._check_dates(vals.get("date_start"), vals.get("date_end"))
            self._check_numbers(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        self._check_numbers(vals)
        if {"date_start", "date_end"} & set(vals):
            for request in self:
                request._check_dates(
                    vals.get("date_start", request.date_start),
                    vals.get("date_end", request.date_end),
                )
        return super().write(vals)

    @api.model
    def _check_input(self, vals_list):
        """Refuse impossible values, those of new rows too (the ORM reads them)."""
        model = self.browse()
        for vals in vals_list:
            if not isinstance(vals, dict):
                raise UserError(self.env._("These values are not possible here."))
            check_plain_values(model, vals)
            check_line_commands(model, "need_ids", vals.get("need_ids") or [])
        check_records_exist(model, vals_list, _NAMED)

    def _check_needs_open(self):
        """Refuse changes of the needs once the request has been submitted."""
        for request in self:
            if request.approval_state != "draft":
                raise UserError(
                    self.env._(
                        "%(request)s has been submitted: its vehicles and days can no "
                        "longer be changed. Withdraw it or have it returned first.",
                        request=request.display_name,
                    )
                )
            # A change of a need and a submission at once meet on the request's row.
            request._approval_meet_rivals()

    def _cover_needs(self):
        """Let the window of a draft reach from its first need to its last."""
        for request in self:
            needs = request.need_ids.filtered(lambda n: not n.is_auto)
            if not needs or request.approval_state != "draft":
                continue
            window = {
                "date_start": min(needs.mapped("date_start")),
                "date_end": max(needs.mapped("date_end")),
            }
            if any(request[name] != value for name, value in window.items()):
                request.write(window)

    def _get_seats_of_each(self):
        """Return the seats that each vehicle should have, the driver's included."""
        vehicles = max(1, self.vehicle_count)
        return -(-max(0, self.passenger_count) // vehicles) + 1

    # -------------------------------------------------------------------- engine

    def _refresh_times(self):
        """Look at nights and days off once more: the plan of a year may be new."""
        # The caller submits a request that they may write; the values are computed.
        engine(self.sudo())._compute_times()

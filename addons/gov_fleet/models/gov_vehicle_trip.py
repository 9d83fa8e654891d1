from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_approval_special import LATE_REASONS
from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)

# What a dispatcher may still note by hand; all else follows from the steps.
NOTED = frozenset(
    {
        "note",
        "other_amount",
        "page",
        "parking_amount",
        "passenger_count",
        "route",
        "toll_amount",
    }
)
_AMOUNTS = ("toll_amount", "parking_amount", "other_amount")
_MOST_MONEY = 1_000_000


class GovVehicleTrip(models.Model):
    """A trip of an official vehicle (派车单), from key out to key in.

    ========= ========= ==============================================================
    from      to        by
    ========= ========= ==============================================================
    planned   out       ``action_depart``: the driver, or a dispatcher
    out       back      ``action_return``: the driver, or a dispatcher
    out       planned   ``action_undo_departure``: a dispatcher, with a reason
    planned   cancelled the board, when the vehicle is taken off the request
    planned   back      a paper slip, typed afterwards
    ========= ========= ==============================================================

    Trips of one vehicle form a chain in the order of their departures
    (``gov_vehicle_trip_chain.py``): the reading out should be the last reading in.
    What differs is kept, with a finding; a typo is put right by a correction.
    Dispatchers see every trip, drivers theirs, users those of their requests, heads
    those of their departments. A protected trip carries no user, place or purpose.
    A trip counts whole on the local day of its return (``return_date``).
    """

    _name = "gov.vehicle.trip"
    _description = "Trip"
    _inherit = ["mail.thread", "gov.number.mixin", "gov.guard.mixin"]
    _order = "date_start desc, id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.trip"
    _check_company_auto = True
    _mail_post_access = "read"

    _transitions = {
        "depart": ({"planned"}, "out"),
        "return": ({"out"}, "back"),
        "undo": ({"out"}, "planned"),
        "cancel": ({"planned"}, "cancelled"),
        "enter": ({"planned", "out"}, "back"),
    }
    _protected_fields = frozenset(
        {
            "booking_id",
            "company_id",
            "confirmation",
            "confirmation_note",
            "confirmed_at",
            "confirmed_by_id",
            "date_end",
            "date_start",
            "department_id",
            "distance",
            "driver_id",
            "entered_by_id",
            "entry",
            "gap_km",
            "has_gap",
            "is_corrected",
            "is_jump",
            "is_protected",
            "is_rollover",
            "late_note",
            "late_reason",
            "odometer_in",
            "odometer_out",
            "planned_end",
            "planned_start",
            "previous_reading",
            "request_id",
            "return_date",
            "sequence",
            "served_partner_id",
            "signature",
            "state",
            "usage_class",
            "user_department_id",
            "vehicle_id",
            "waiting_hours",
        }
    )

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    request_id = fields.Many2one(
        "gov.vehicle.request",
        string="Request",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    booking_id = fields.Many2one(
        "gov.vehicle.booking",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    is_protected = fields.Boolean(
        string="Protected trip",
        readonly=True,
        help="User, place and purpose are hidden.",
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    usage_class = fields.Selection(
        selection=lambda self: (
            self.env["fleet.vehicle"]
            ._fields["usage_class"]
            ._description_selection(self.env)
        ),
        string="Class",
        readonly=True,
        help="Of the vehicle, at departure.",
    )
    driver_id = fields.Many2one(
        "hr.employee",
        index=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Vehicle's department",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="To which the vehicle belonged at departure.",
    )
    user_department_id = fields.Many2one(
        "hr.department",
        string="Using department",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    served_partner_id = fields.Many2one(
        "res.partner",
        string="Served unit",
        index="btree_not_null",
        ondelete="restrict",
    )
    planned_start = fields.Datetime(string="Planned out", readonly=True)
    planned_end = fields.Datetime(string="Planned back", readonly=True)
    date_start = fields.Datetime(string="Out at", copy=False)
    date_end = fields.Datetime(string="Back at", copy=False)
    return_date = fields.Date(
        string="Day of return",
        readonly=True,
        copy=False,
        help="Local day; the trip and its costs count whole in its month.",
    )
    odometer_out = fields.Float(
        string="Reading out", digits=(12, 1), copy=False, aggregator=None
    )
    odometer_in = fields.Float(
        string="Reading in", digits=(12, 1), copy=False, aggregator=None
    )
    distance = fields.Float(string="Km", digits=(12, 1), readonly=True, copy=False)
    previous_reading = fields.Float(
        string="Last reading before",
        digits=(12, 1),
        readonly=True,
        copy=False,
        aggregator=None,
    )
    gap_km = fields.Float(
        string="Gap (km)",
        digits=(12, 1),
        readonly=True,
        copy=False,
        help="Reading out less the last reading before: km that no trip accounts for.",
    )
    has_gap = fields.Boolean(string="Gap", readonly=True, copy=False)
    is_jump = fields.Boolean(
        string="Jump",
        readonly=True,
        copy=False,
        help="More km in a calendar day than the clause finds plausible.",
    )
    is_rollover = fields.Boolean(string="Passed all nines", readonly=True, copy=False)
    is_corrected = fields.Boolean(string="Corrected", readonly=True, copy=False)
    correction_ids = fields.One2many(
        "gov.vehicle.odometer.correction", "trip_id", string="Corrections"
    )
    sequence = fields.Integer(
        string="Place in the chain", readonly=True, copy=False, aggregator=None
    )
    route = fields.Char()
    toll_amount = fields.Monetary(string="Tolls", tracking=True)
    parking_amount = fields.Monetary(string="Parking", tracking=True)
    other_amount = fields.Monetary(string="Other costs", tracking=True)
    cost_amount = fields.Monetary(
        string="Costs on the way", compute="_compute_cost_amount", store=True
    )
    waiting_hours = fields.Float(string="Waiting (hours)", digits=(8, 2))
    passenger_count = fields.Integer(string="Passengers")
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("out", "Out"),
            ("back", "Back"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="planned",
        index=True,
        tracking=True,
        group_expand=True,
    )
    entry = fields.Selection(
        [("system", "As it happened"), ("slip", "Paper slip"), ("import", "File")],
        string="Entered",
        required=True,
        readonly=True,
        copy=False,
        default="system",
    )
    entered_by_id = fields.Many2one(
        "res.users", string="Typed by", readonly=True, copy=False
    )
    page = fields.Char(string="Book and page of the slip", copy=False)
    late_reason = fields.Selection(
        [*LATE_REASONS, ("paper", "Kept on paper")],
        string="Reason for late entry",
        copy=False,
    )
    late_note = fields.Char(string="Note on late entry", copy=False)
    note = fields.Char()
    signature = fields.Image(
        string="Driver's signature",
        max_width=800,
        max_height=400,
        readonly=True,
        copy=False,
    )
    confirmation = fields.Selection(
        [
            ("slip", "Signed slip"),
            ("message", "Message"),
            ("app", "Here"),
            ("none", "Not confirmed"),
        ],
        string="Confirmed by the user",
        readonly=True,
        copy=False,
        default="none",
    )
    confirmation_note = fields.Char(
        string="Note on the confirmation", readonly=True, copy=False
    )
    confirmed_by_id = fields.Many2one(
        "res.users", string="Noted by", readonly=True, copy=False
    )
    confirmed_at = fields.Datetime(string="Noted at", readonly=True, copy=False)
    usage_ids = fields.One2many(
        "gov.service.usage",
        "source_id",
        string="Rows of the settlement",
        domain=[("source_model", "=", "gov.vehicle.trip"), ("source", "=", "trip")],
        readonly=True,
    )
    usage_count = fields.Integer(string="Usage", compute="_compute_usage_count")
    can_depart = fields.Boolean(compute="_compute_can")
    can_return = fields.Boolean(compute="_compute_can")
    can_undo = fields.Boolean(compute="_compute_can")
    can_correct = fields.Boolean(compute="_compute_can")
    can_confirm = fields.Boolean(compute="_compute_can")

    _one_out = models.UniqueIndex(
        "(vehicle_id) WHERE state = 'out'", "This vehicle is out already."
    )
    _chain = models.Index("(vehicle_id, date_start, id)")
    _month = models.Index("(company_id, return_date) WHERE state = 'back'")
    _vehicle_month = models.Index("(vehicle_id, return_date) WHERE state = 'back'")
    _unconfirmed = models.Index(
        "(return_date) WHERE state = 'back' AND confirmation = 'none'"
    )
    _ends = models.Constraint(
        "CHECK (date_end >= date_start)", "A trip ends after it has begun."
    )
    _complete = models.Constraint(
        "CHECK (state NOT IN ('out', 'back') OR (date_start IS NOT NULL"
        " AND odometer_out IS NOT NULL))",
        "A trip that has begun has its time and its reading out.",
    )
    _returned = models.Constraint(
        "CHECK (state <> 'back' OR (date_end IS NOT NULL AND odometer_in IS NOT NULL"
        " AND return_date IS NOT NULL))",
        "A trip that is back has its time and its reading in.",
    )
    _positive = models.Constraint(
        "CHECK (odometer_out >= 0 AND odometer_in >= 0 AND distance >= 0"
        " AND toll_amount >= 0 AND parking_amount >= 0 AND other_amount >= 0"
        " AND waiting_hours >= 0 AND passenger_count >= 0)",
        "Readings, costs, hours and passengers are not negative.",
    )

    # === Compute ===

    @api.depends("number", "vehicle_id")
    def _compute_display_name(self):
        for trip in self:
            trip.display_name = trip.number or trip.vehicle_id.display_name

    @api.depends(*_AMOUNTS)
    def _compute_cost_amount(self):
        for trip in self:
            trip.cost_amount = sum(trip[name] for name in _AMOUNTS)

    def _compute_usage_count(self):
        # sudo: only how many rows of the settlement come from these trips.
        groups = (
            self.env["gov.service.usage"]
            .sudo()
            ._read_group(self._usage_domain(), ["source_id"], ["__count"])
        )
        counts = dict(groups)
        for trip in self:
            trip.usage_count = counts.get(trip.id, 0)

    @api.depends("state", "driver_id", "confirmation", "request_id")
    @api.depends_context("uid")
    def _compute_can(self):
        for trip in self:
            trip.can_depart = not trip._refusal("depart")
            trip.can_return = not trip._refusal("return")
            trip.can_undo = not trip._refusal("undo")
            trip.can_correct = not trip._refusal("correct")
            trip.can_confirm = not trip._refusal("confirm")

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        """Take trips over from paper slips; the server's own steps use the engine.

        :raise UserError: see :meth:`_enter`.
        """
        if is_engine(self.env):
            return super().create(vals_list)
        check_dictionaries(self, vals_list)
        self.check_access("create")
        return self._enter_slips(vals_list)

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        self._check_noted(vals)
        secret = self.filtered("is_protected") if "route" in vals else self.browse()
        if secret:
            # No place is kept of a protected trip.
            rest = {name: value for name, value in vals.items() if name != "route"}
            super(GovVehicleTrip, secret).write(rest)
        return super(GovVehicleTrip, self - secret).write(vals)

    def _check_noted(self, vals):
        """Refuse other figures than those that may be noted by hand, and bad ones."""
        own = {name for name in vals if name in self._fields}
        mail = set(self.env["mail.thread"]._fields)
        if frozen := own - NOTED - mail:
            self._guard_refuse(frozen)
        self._check_noted_values(vals)
        if not NOTED.isdisjoint(vals):
            for trip in self:
                if refusal := trip._closed_refusal():
                    raise UserError(refusal)

    @api.model
    def _check_noted_values(self, vals):
        """Refuse costs, hours and numbers of people that no trip has."""
        check_plain_values(self.browse(), vals)
        limits = {name: _MOST_MONEY for name in _AMOUNTS}
        limits |= {"passenger_count": 200, "waiting_hours": 8784}
        for name, most in limits.items():
            value = float(vals.get(name) or 0)
            if not 0 <= value <= most:
                raise UserError(
                    self.env._(
                        "%(field)s: %(value)s is not possible, it lies between 0 and "
                        "%(most)s.",
                        field=self._fields[name]._description_string(self.env),
                        value=f"{value:.15g}",
                        most=most,
                    )
                )

    def _closed_refusal(self, day=None):
        """Return why the figures of this trip cannot change any more, or None.

        :param day: the day on which it would count; its own without one.
        """
        self.ensure_one()
        day = day or self.return_date
        # sudo: until when the books are closed is no secret.
        closed = self.company_id.sudo().gov_closed_until
        if self.state == "cancelled":
            return self.env._("%s has been cancelled.", self.display_name)
        if closed and day and day <= closed:
            return self.env._(
                "%(trip)s counts on %(day)s; the books are closed until %(closed)s.",
                trip=self.display_name,
                day=format_day(self.env, day),
                closed=format_day(self.env, closed),
            )
        return None

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        # Every trip stays in the books; one that did not take place is cancelled.
        if not is_engine(self.env):
            self._guard_refuse_rows()

    # === Rights ===

    def _refusal(self, action):
        """Return why the current user cannot take a step now, or None.

        Buttons and methods ask the same.
        """
        self.ensure_one()
        user = self.env.user
        dispatcher = user.has_group("gov_fleet.group_dispatcher")
        if action in self._transitions:
            if self.state not in self._transitions[action][0]:
                states = dict(self._fields["state"]._description_selection(self.env))
                return self.env._(
                    "%(trip)s: not possible, the trip is “%(state)s”.",
                    trip=self.display_name,
                    state=states[self.state],
                )
        elif self.state not in ("out", "back"):
            return self.env._("%s has not begun.", self.display_name)
        if action in ("depart", "return"):
            # sudo: only whether the driver is the user.
            allowed = dispatcher or self.driver_id.sudo().user_id == user
            text = self.env._("The driver or a dispatcher starts and ends a trip.")
        elif action == "correct":
            allowed = user.has_group("gov_fleet.group_fleet_manager")
            text = self.env._("The manager of official vehicles corrects readings.")
            # sudo: only whether the driver is the user.
            if allowed and self.driver_id.sudo().user_id == user:
                return self.env._(
                    "%s is your own trip: somebody else corrects it.",
                    self.display_name,
                )
        elif action == "confirm":
            allowed = dispatcher or self._is_user_of()
            text = self.env._("Who used the vehicle, or a dispatcher, confirms a trip.")
        else:
            allowed = dispatcher
            text = self.env._("This is a matter of dispatchers.")
        return None if allowed else text

    def _is_user_of(self):
        """Tell whether the current user asked for this trip or used it."""
        self.ensure_one()
        # sudo: only who the three people of the request are.
        request = self.request_id.sudo()
        people = request.employee_id | request.beneficiary_id
        return self.env.user in (people.user_id | request.handler_id)

    def _require(self, action):
        """Raise unless the current user can take ``action`` now."""
        for trip in self:
            trip.check_access("read")
            if refusal := trip._refusal(action):
                raise UserError(refusal)

    def _engine(self):
        """Return these trips for the server's own writes."""
        # sudo: the caller has checked person and state.
        return engine(self.sudo())

    @api.model
    def _engine_quiet(self):
        """Return the model for new trips: nobody follows them, they log no start."""
        return self._engine().with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True
        )

    @api.model
    def _check_exist(self, vals_list, names):
        check_records_exist(self.browse(), vals_list, names)

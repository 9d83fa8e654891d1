from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)
from odoo.addons.gov_base.tools.rivals import meet_rivals

# What a dispatcher may set; everything else follows from the matter.
_BY_HAND = frozenset(
    {"vehicle_id", "driver_id", "date_start", "date_end", "note", "kind", "company_id"}
)
# Windows that a dispatcher enters without a matter behind them.
HAND_KINDS = ("leave", "other")


class GovVehicleBooking(models.Model):
    """One planned window of a vehicle and/or a driver, whatever takes it.

    Trips, repair, sealing, duty and leave all take their windows here, on planned
    times: a late return is recorded on the trip. Two windows of one vehicle, or of one
    driver, never overlap (exclusion constraints); they may touch.

    * ``request``: made when a vehicle request is approved, one for each vehicle
      wanted, without a vehicle; a dispatcher assigns vehicle and driver
      (:meth:`action_assign`, or by dragging) until the vehicle is out
    * ``repair``, ``sealing``, ``duty``: taken and given back by their matter alone,
      through :meth:`_take` and :meth:`_release`
    * ``leave``, ``other``: entered, moved and released by a dispatcher

    States: ``waiting`` → ``assigned`` → ``out`` → ``done``; ``taken`` for windows
    without a trip; ``cancelled``. They follow from the row and its trip.
    """

    _name = "gov.vehicle.booking"
    _description = "Vehicle Booking"
    _inherit = ["gov.guard.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    name = fields.Char(compute="_compute_name", store=True)
    vehicle_id = fields.Many2one(
        "fleet.vehicle", index="btree_not_null", check_company=True, ondelete="restrict"
    )
    driver_id = fields.Many2one(
        "hr.employee", index="btree_not_null", check_company=True, ondelete="restrict"
    )
    date_start = fields.Datetime(string="From", required=True)
    date_end = fields.Datetime(string="Until", required=True)
    kind = fields.Selection(
        [
            ("request", "Trip"),
            ("repair", "Repair"),
            ("sealing", "Sealing"),
            ("leave", "Leave"),
            ("duty", "Duty"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting for a vehicle"),
            ("assigned", "Assigned"),
            ("out", "Out"),
            ("done", "Back"),
            ("taken", "Taken"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
    )
    active = fields.Boolean(default=True, readonly=True)
    note = fields.Char()

    request_id = fields.Many2one(
        "gov.vehicle.request",
        string="Car request",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    need_id = fields.Many2one(
        "gov.vehicle.need",
        string="Vehicle wanted",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        string="Trip",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    res_model = fields.Char(string="Taken by", readonly=True)
    res_id = fields.Many2oneReference(
        string="Number of the matter", model_field="res_model", readonly=True
    )
    seats = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Seats wanted, that of the driver included.",
    )
    body_type = fields.Selection(
        selection=lambda self: self.env["fleet.vehicle"]
        ._fields["body_type"]
        ._description_selection(self.env),
        string="Body wanted",
        readonly=True,
    )
    # Kept here because the request itself may be closed to the dispatcher; empty for
    # protected trips.
    destination = fields.Char(readonly=True)
    user_text = fields.Char(string="For", readonly=True)
    is_protected = fields.Boolean(string="Protected trip", readonly=True)
    is_urgent = fields.Boolean(string="Urgent", readonly=True)
    assigned_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="set null"
    )
    assigned_at = fields.Datetime(readonly=True, copy=False)
    rest_note = fields.Char(
        string="Hours and rest",
        readonly=True,
        copy=False,
        help="Why the driver should rather rest; it blocks nothing.",
    )

    # A NULL bound would be unbounded: both dates are NOT NULL. Ranges over ids need
    # no extension, which "=" in a gist constraint would.
    _vehicle_once = models.Constraint(
        "EXCLUDE USING gist (int4range(vehicle_id, vehicle_id, '[]') WITH &&, "
        "tsrange(date_start, date_end, '[)') WITH &&)"
        " WHERE (active AND vehicle_id IS NOT NULL)",
        "The vehicle is taken in this time.",
    )
    _driver_once = models.Constraint(
        "EXCLUDE USING gist (int4range(driver_id, driver_id, '[]') WITH &&, "
        "tsrange(date_start, date_end, '[)') WITH &&)"
        " WHERE (active AND driver_id IS NOT NULL)",
        "The driver is taken in this time.",
    )
    _end_after_start = models.Constraint(
        "CHECK (date_end > date_start)", "The end lies before the beginning."
    )
    _takes_something = models.Constraint(
        "CHECK (kind = 'request' OR vehicle_id IS NOT NULL OR driver_id IS NOT NULL)",
        "Name the vehicle or the driver that is taken.",
    )
    _window = models.Index(
        "USING gist (tsrange(date_start, date_end, '[)')) WHERE active"
    )
    _waiting = models.Index("(company_id, date_start) WHERE state = 'waiting'")

    # ------------------------------------------------------------------ computes

    @api.depends("kind", "is_protected", "destination", "user_text", "note")
    def _compute_name(self):
        # Stored for everybody: in the language of the institution, not in that of
        # who, or which job, takes the window.
        for company, bookings in self.grouped("company_id").items():
            lang = (company or self.env.company).sudo().partner_id.lang
            env = bookings.with_context(lang=lang or self.env.lang).env
            labels = dict(self._fields["kind"]._description_selection(env))
            for booking in bookings:
                booking.name = booking._get_name(env, labels)

    def _get_name(self, env, labels):
        if self.is_protected:
            return env._("Protected trip")
        parts = [self.destination, self.user_text]
        if self.kind != "request":
            parts = [labels.get(self.kind), self.note]
        return " · ".join(part for part in parts if part) or labels.get(self.kind)

    @api.depends("name")
    def _compute_display_name(self):
        for booking in self:
            booking.display_name = booking.name

    @api.depends("active", "kind", "vehicle_id", "driver_id", "trip_id.state")
    def _compute_state(self):
        for booking in self:
            booking.state = booking._get_state()

    def _get_state(self):
        if not self.active:
            return "cancelled"
        if self.kind != "request":
            return "taken"
        trip = {"out": "out", "back": "done"}.get(self.trip_id.state)
        if trip:
            return trip
        return "assigned" if self.vehicle_id and self.driver_id else "waiting"

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if is_engine(self.env):
            vals_list = [self._complete(vals) for vals in vals_list]
            # Who made the row would name the user of a protected trip.
            rows = self.with_user(SUPERUSER_ID)
            bookings = super(GovVehicleBooking, rows).create(vals_list)
            return bookings.with_env(self.env)
        check_dictionaries(self, vals_list)
        self._check_dispatcher()
        for vals in vals_list:
            check_plain_values(self, vals)
            self._guard_refuse(set(vals) - _BY_HAND)
        records = self._guard_drop_defaults(set(self._fields) - _BY_HAND)
        vals_list = [records._complete_by_hand(vals) for vals in vals_list]
        self.check_access("create")
        return records._take(vals_list).with_env(self.env)

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        check_dictionaries(self, [vals])
        self._check_dispatcher()
        check_plain_values(self, vals)
        self._guard_refuse(set(vals) - _BY_HAND)
        check_records_exist(self, [vals], ("vehicle_id", "driver_id"))
        self.check_access("write")
        for booking in self.sorted("id"):
            booking._move(booking._get_changes(vals))
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        if not is_engine(self.env):
            raise UserError(
                self.env._("Windows on the board stay on record: release them instead.")
            )

    def copy_data(self, default=None):
        raise UserError(self.env._("A window on the board is not duplicated."))

    @api.model
    def _complete(self, vals):
        """Return values with what the request lets others know of a trip."""
        vals = dict(vals)
        need = self.env["gov.vehicle.need"].browse(vals.get("need_id") or ())
        request = self.env["gov.vehicle.request"].browse(vals.get("request_id") or ())
        if request:
            facts = request._get_open_facts()
            vals["destination"] = facts["destination"]
            vals["user_text"] = facts["partner"].name or facts["department"].name
            vals["is_protected"] = request.is_protected
            vals["is_urgent"] = request.is_urgent
        if need:
            vals["seats"] = need.seats
            vals["body_type"] = need.body_type
            vals["note"] = False if request.is_protected else need.note
        return vals

    @api.model
    def _complete_by_hand(self, vals):
        """Return values of a window that a dispatcher enters.

        :raise UserError: of another kind, in another institution, or incomplete.
        """
        vals = {**self.default_get(list(_BY_HAND)), **vals}
        check_plain_values(self, vals)
        check_records_exist(self, [vals], ("vehicle_id", "driver_id", "company_id"))
        if vals.get("kind") not in HAND_KINDS:
            raise UserError(
                self.env._(
                    "A dispatcher enters leave and other windows. Trips come from an "
                    "approved request, repair, sealing and duty from their matter."
                )
            )
        if vals.get("company_id") not in self.env.companies.ids:
            raise UserError(self.env._("This institution is not yours."))
        self._check_named(vals)
        return vals

    @api.model
    def _check_named(self, vals):
        """Refuse a window by hand that takes nothing, or leave of nobody."""
        if not vals.get("vehicle_id") and not vals.get("driver_id"):
            raise UserError(self.env._("Name the vehicle or the driver that is taken."))
        if vals["kind"] == "leave" and not vals.get("driver_id"):
            raise UserError(self.env._("Name the driver who is on leave."))

    def _get_changes(self, vals):
        """Return those of ``vals`` that are not so already (a drag sends all)."""
        self.ensure_one()
        changes = {}
        for name, value in vals.items():
            field = self._fields[name]
            known = field.convert_to_cache(value or False, self)
            if known != field.convert_to_cache(self[name], self):
                changes[name] = value or False
        return changes

    # --------------------------------------------------------------------- helpers

    @api.model
    def _check_dispatcher(self):
        """Raise unless the user dispatches vehicles."""
        if not self.env.su and not self.env.user.has_group(
            "gov_fleet.group_dispatcher"
        ):
            raise UserError(self.env._("Vehicles are assigned by a dispatcher."))

    @api.model
    def _meet(self, vehicles, drivers):
        """UPDATE the rows that all who want these vehicles and drivers share.

        Under REPEATABLE READ the loser of two who want the same fails here and is
        tried again with the truth. Always vehicles before drivers, in order of id.
        """
        self.env.flush_all()
        meet_rivals(vehicles)
        meet_rivals(drivers)

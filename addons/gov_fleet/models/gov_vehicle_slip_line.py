from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    plain_number,
)

from ..tools.odometer import gap

# A slip belongs to the planned trip that began this long before or after it.
_SLACK = timedelta(hours=3)
_FIGURES = (
    "toll_amount",
    "parking_amount",
    "other_amount",
    "waiting_hours",
    "passenger_count",
)
# The last reading of each vehicle before a moment: of a trip or a new instrument.
_BEFORE = """
SELECT wanted.place, event.moment, event.value,
       CASE WHEN COALESCE(vehicle.odometer_first, 0) = 0 AND NOT EXISTS (
                 SELECT FROM gov_vehicle_trip
                  WHERE vehicle_id = vehicle.id AND sequence > 0)
            THEN vehicle.odometer_value ELSE vehicle.odometer_first END
  FROM unnest(%(places)s, %(vehicles)s, %(moments)s::timestamp[])
       AS wanted(place, vehicle_id, moment)
  JOIN fleet_vehicle vehicle ON vehicle.id = wanted.vehicle_id
  LEFT JOIN LATERAL (
       (SELECT date_start AS moment, 1 AS kind, id,
               CASE WHEN state = 'back' THEN odometer_in END AS value
          FROM gov_vehicle_trip
         WHERE vehicle_id = wanted.vehicle_id AND state IN ('out', 'back')
           AND date_start <= wanted.moment
         ORDER BY date_start DESC, id DESC LIMIT 1)
       UNION ALL
       (SELECT date, 0, id, new_value FROM gov_vehicle_odometer_replacement
         WHERE vehicle_id = wanted.vehicle_id AND state = 'valid'
           AND date <= wanted.moment
         ORDER BY date DESC, id DESC LIMIT 1)
       ORDER BY moment DESC, kind DESC LIMIT 1
  ) event ON true
"""

# What a slip says; a row without any of it was left behind by the Enter key.
_TYPED = (
    "vehicle_id",
    "driver_id",
    "time_out",
    "time_in",
    "odometer_out",
    "odometer_in",
    "user_department_id",
    "served_partner_id",
    "request_id",
    "route",
    "toll_amount",
    "parking_amount",
    "other_amount",
    "page",
    "note",
)


class GovVehicleSlipLine(models.Model):
    """One paper slip as it was typed."""

    _name = "gov.vehicle.slip.line"
    _description = "Paper Slip"
    _inherit = ["gov.guard.mixin"]
    _order = "slip_id, sequence, id"
    _rec_name = "vehicle_id"
    _check_company_auto = True

    _protected_fields = frozenset({"company_id", "result_id"})

    slip_id = fields.Many2one(
        "gov.vehicle.slip", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="slip_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="slip_id.state")
    sequence = fields.Integer(default=10)
    vehicle_id = fields.Many2one(
        "fleet.vehicle", check_company=True, ondelete="cascade"
    )
    driver_id = fields.Many2one("hr.employee", check_company=True, ondelete="set null")
    day = fields.Date(help="Empty: the day of the pile.")
    time_out = fields.Float(string="Out at", help="0830 is read as 8:30.")
    time_in = fields.Float(string="Back at", help="0830 is read as 8:30.")
    day_in = fields.Date(
        string="Back on", help="Empty: the same day, or the next one over midnight."
    )
    odometer_out = fields.Float(string="Reading out", digits=(12, 1))
    odometer_in = fields.Float(string="Reading in", digits=(12, 1))
    user_department_id = fields.Many2one(
        "hr.department",
        string="Using department",
        check_company=True,
        ondelete="set null",
    )
    served_partner_id = fields.Many2one(
        "res.partner", string="Served unit", ondelete="set null"
    )
    request_id = fields.Many2one(
        "gov.vehicle.request",
        string="Late request",
        check_company=True,
        ondelete="set null",
        domain=[
            ("approval_state", "=", "approved"),
            ("booking_ids", "=", False),
            ("trip_ids", "=", False),
        ],
        help="A request entered afterwards, whose trip this is. A trip on the board is "
        "found by itself.",
    )
    route = fields.Char()
    toll_amount = fields.Monetary(string="Tolls")
    parking_amount = fields.Monetary(string="Parking")
    other_amount = fields.Monetary(string="Other costs")
    waiting_hours = fields.Float(string="Waiting (hours)", digits=(8, 2))
    passenger_count = fields.Integer(string="Passengers")
    is_signed = fields.Boolean(
        string="Signed", help="The user has signed the slip.", default=True
    )
    page = fields.Char(string="Book and page of the slip")
    note = fields.Char()
    distance = fields.Float(string="Km", digits=(12, 1), compute="_compute_preview")
    before = fields.Float(digits=(12, 1), compute="_compute_preview")
    gap_km = fields.Float(string="Gap (km)", digits=(12, 1), compute="_compute_preview")
    problem = fields.Char(string="Not possible", compute="_compute_preview")
    warning = fields.Char(compute="_compute_preview")
    remark = fields.Text(string="Please look again", compute="_compute_remark")
    trip_id = fields.Many2one(
        "gov.vehicle.trip", string="On the board", compute="_compute_preview"
    )
    result_id = fields.Many2one(
        "gov.vehicle.trip",
        string="Taken over as",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # === Compute ===

    @api.depends(
        "slip_id.date",
        "slip_id.line_ids.vehicle_id",
        "slip_id.line_ids.day",
        "slip_id.line_ids.time_out",
        "slip_id.line_ids.odometer_in",
        "vehicle_id",
        "day",
        "day_in",
        "time_out",
        "time_in",
        "odometer_out",
        "odometer_in",
        "result_id",
    )
    def _compute_preview(self):
        befores = self._readings_before()
        planned = self._planned_trips()
        look = self._prepare_look()
        for line in self:
            line.problem = line.warning = False
            line.distance = line.before = line.gap_km = 0.0
            line.trip_id = planned.get(line)
            if line.result_id:
                line._show_result()
            else:
                line._foresee(befores.get(line), look)

    def _prepare_look(self):
        """Return what looking at these rows needs: instruments, closed months."""
        trips, vehicles = self.env["gov.vehicle.trip"], self.vehicle_id._origin
        look = trips._prepare_look(vehicles)
        days = [day for line in self if (day := line._day())]
        look["closes"] = trips._prepare_closes(vehicles, min(days)) if days else {}
        return look

    @api.depends("problem", "warning")
    def _compute_remark(self):
        for line in self:
            line.remark = line.problem or line.warning

    def _show_result(self):
        """Show what the slip has become; a protected trip's figures too."""
        # sudo: km and gap of a trip that this dispatcher typed.
        trip = self.result_id.sudo()
        self.distance, self.gap_km = trip.distance, trip.gap_km
        self.before = trip.previous_reading

    def _foresee(self, before, look):
        """Show what the slip would come to, or why it cannot be a trip.

        :param before: last reading before it, None where nobody knows.
        :param dict look: see :meth:`_prepare_look`.
        """
        trips = self.env["gov.vehicle.trip"]
        if not self.vehicle_id:
            self.problem = self.env._("Which vehicle?")
            return
        vehicle = self.vehicle_id._origin or self.vehicle_id
        try:
            start, end = map(trips._check_moment, self._moments())
            result = trips._work_out(
                vehicle, start, end, self.odometer_out, self.odometer_in, look
            )
            trips._check_noted_values({name: self[name] for name in _FIGURES})
        except UserError as refusal:
            self.problem = str(refusal)
            return
        self.distance = result["distance"]
        if not self.driver_id:
            self.problem = self.env._("Who was the driver?")
        elif before is not None:
            self.before = before
            digits = trips._digits_on(vehicle, start, look)
            self.gap_km = gap(before, self.odometer_out, 10**digits)
        close = trips._describe_close(look["closes"], vehicle, result["return_date"])
        self.warning = self._warn(result, close)

    def _warn(self, result, close):
        """Return what about this slip should be looked at again, or False.

        :param str close: what of its month is closed already.
        """
        warnings = []
        if close:
            warnings.append(self.env._("Comes late: %s", close))
        if self.gap_km:
            warnings.append(self.env._("Gap of %s km", plain_number(self.gap_km)))
        if result["is_jump"]:
            warnings.append(
                self.env._("%s km in one trip", plain_number(result["distance"]))
            )
        if result["is_rollover"]:
            warnings.append(self.env._("Passed all nines"))
        return "; ".join(warnings) or False

    def _readings_before(self):
        """Return dict line → last reading before it, of trips or of this pile."""
        lines = [line for line in self if line._is_placed()]
        if not lines:
            return {}
        self.env["fleet.vehicle"].flush_model(["odometer_first", "odometer_value"])
        self.env["gov.vehicle.trip"].flush_model()
        self.env["gov.vehicle.odometer.replacement"].flush_model()
        starts = {line: line._moments()[0] for line in lines}
        rows = self.env.execute_query(
            SQL(
                _BEFORE,
                places=list(range(len(lines))),
                vehicles=[(line.vehicle_id._origin.id or 0) for line in lines],
                moments=[str(starts[line]) for line in lines],
            )
        )
        befores = {}
        for place, moment, value, first in rows:
            line = lines[place]
            last = self._last_of_pile(line, starts[line], moment)
            if last is not None:
                befores[line] = last
            elif moment is None:
                befores[line] = float(first) if first else None
            else:
                befores[line] = None if value is None else float(value)
        return befores

    @api.model
    def _last_of_pile(self, line, start, moment):
        """Return the reading in of the last row of the pile before ``line``, if it
        lies after ``moment``, else None."""
        others = [
            (other._moments()[0], other.odometer_in)
            for other in line.slip_id.line_ids
            if other.vehicle_id == line.vehicle_id
            and not other.result_id
            and other.odometer_in >= other.odometer_out > 0
            and other._is_placed()
            and other._moments()[0] < start
        ]
        others = [row for row in others if moment is None or row[0] >= moment]
        return max(others)[1] if others else None

    def _planned_trips(self):
        """Return dict line → planned or running trip of its vehicle at that time."""
        lines = [line for line in self if line._is_placed()]
        if not lines:
            return {}
        # sudo: the trip is completed by the slip; a protected one shows no more.
        trips = (
            self.env["gov.vehicle.trip"]
            .sudo()
            .search(
                [
                    (
                        "vehicle_id",
                        "in",
                        [line.vehicle_id._origin.id for line in lines],
                    ),
                    ("state", "in", ("planned", "out")),
                ],
                order="planned_start, id",
            )
        )
        found = {}
        for line in sorted(lines, key=lambda row: row._moments()):
            if fitting := [trip for trip in trips if line._is_slip_of(trip)]:
                # Of several the one that was to leave nearest to that time.
                nearest = min(fitting, key=line._apart)
                found[line] = nearest.with_env(self.env)
                trips -= nearest
        return found

    def _apart(self, trip):
        """Return how far this slip's departure lies from that of a trip."""
        return abs((trip.date_start or trip.planned_start) - self._moments()[0])

    def _is_slip_of(self, trip):
        """Tell whether this slip may be the paper of a trip on the board."""
        self.ensure_one()
        start, end = self._moments()
        first = trip.date_start or trip.planned_start
        last = max(trip.planned_end or first or end, first or end)
        return bool(
            trip.vehicle_id == self.vehicle_id._origin
            # A request that was entered late has no trip on the board.
            and (not self.request_id or trip.request_id == self.request_id._origin)
            and first
            and first - _SLACK <= end
            and last + _SLACK >= start
        )

    @api.onchange("time_out", "time_in")
    def _onchange_times(self):
        """Read what comes off the number pad without a colon: 830 is 8:30."""
        for name in ("time_out", "time_in"):
            hours, minutes = divmod(self[name], 100)
            if 24 <= self[name] < 2400 and minutes < 60 and minutes.is_integer():
                self[name] = hours + minutes / 60

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if not is_engine(self.env):
            self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_taken(self):
        self._check_open()

    def _check_open(self):
        """Raise if one of these slips has become a trip."""
        for line in self:
            if line.result_id:
                raise UserError(
                    self.env._(
                        "This slip has become %(trip)s: a mistake is corrected there.",
                        trip=line.result_id.display_name,
                    )
                )

    # === Helpers ===

    def _day(self):
        return self.day or self.slip_id.date

    def _is_blank(self):
        """Tell whether nothing was typed into this row."""
        return not any(self[name] for name in _TYPED)

    def _is_placed(self):
        """Tell whether vehicle and times say where in the chain this row stands."""
        self.ensure_one()
        clocks = (self.time_out, self.time_in)
        return bool(
            self.vehicle_id
            and self.slip_id
            and self._day()
            and all(0 <= clock < 24 for clock in clocks)
        )

    def _moments(self):
        """Return when the vehicle went out and came back, in UTC.

        :raise UserError: a time that no clock shows.
        """
        self.ensure_one()
        first = self._day()
        for clock in (self.time_out, self.time_in):
            if not 0 <= clock < 24:
                raise UserError(
                    self.env._(
                        "A time lies between 0:00 and 23:59, not %s.",
                        plain_number(clock),
                    )
                )
        last = self.day_in or first
        if not self.day_in and self.time_in < self.time_out:
            last = first + timedelta(days=1)
        company = self.slip_id.company_id
        return (
            company._gov_utc(self._at(first, self.time_out)),
            company._gov_utc(self._at(last, self.time_in)),
        )

    @api.model
    def _at(self, day, clock):
        return datetime.combine(day, time.min) + timedelta(minutes=round(clock * 60))

    def _trip_values(self):
        """Return what a trip takes over from this slip."""
        self.ensure_one()
        start, end = self._moments()
        names = (
            "vehicle_id",
            "driver_id",
            "user_department_id",
            "served_partner_id",
            "request_id",
            "route",
            "page",
            "note",
            "odometer_out",
            "odometer_in",
            *_FIGURES,
        )
        values = {name: self[name] for name in names}
        for name in names[:5]:
            values[name] = values[name].id
        return {
            **values,
            "date_start": start,
            "date_end": end,
            "trip_id": self.trip_id.id,
            "late_reason": self.slip_id.late_reason,
        }

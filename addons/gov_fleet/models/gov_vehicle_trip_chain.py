import math
from datetime import datetime

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_round

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import plain_number
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools.odometer import driven

GAP_RULE = "vehicle_odometer_gap"
JUMP_RULE = "vehicle_odometer_jump"
MOST_PER_DAY = "vehicle.odometer.km_day"
# A trip is entered up to a year after it began; the clock of a phone may be fast.
_LONGEST_DAYS = 366
_FAST_SECONDS = 300

# Events in the order in which they happened; a replaced instrument stands before a
# trip that left at the same moment. The instrument of a trip is that of the last
# replacement before it. A difference of less than a tenth of the register backwards
# over all nines is read as such, as in ``tools/odometer.py``.
_EVENTS = """
WITH event AS (
    SELECT vehicle_id, date_start AS moment, 1 AS kind, id, odometer_out AS enters,
           CASE WHEN state = 'back' THEN odometer_in END AS leaves,
           NULL::int AS new_digits
      FROM gov_vehicle_trip
     WHERE vehicle_id IN %(ids)s AND state IN ('out', 'back')
    UNION ALL
    SELECT vehicle_id, date, 0, id, old_value, new_value, new_digits
      FROM gov_vehicle_odometer_replacement
     WHERE vehicle_id IN %(ids)s AND state = 'valid'
), placed AS (
    SELECT event.*, row_number() OVER chain AS place,
           lag(leaves) OVER chain AS before,
           array_agg(new_digits) FILTER (WHERE kind = 0) OVER (
               PARTITION BY vehicle_id ORDER BY moment, kind, id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS instruments
      FROM event
    WINDOW chain AS (PARTITION BY vehicle_id ORDER BY moment, kind, id)
), chain AS (
    SELECT placed.kind, placed.id, placed.place, placed.enters,
           CASE WHEN place = 1 THEN NULLIF(vehicle.odometer_first, 0)
                ELSE placed.before END AS before,
           10::numeric ^ COALESCE(instruments[cardinality(instruments)],
                         first.old_digits, vehicle.odometer_digits) AS register
      FROM placed
      JOIN fleet_vehicle vehicle ON vehicle.id = placed.vehicle_id
      LEFT JOIN LATERAL (
           SELECT old_digits FROM gov_vehicle_odometer_replacement
            WHERE vehicle_id = placed.vehicle_id AND state = 'valid'
            ORDER BY date, id LIMIT 1
      ) first ON true
), link AS (
    SELECT kind, id, place, COALESCE(before, 0) AS before,
           round(CASE WHEN before IS NULL THEN 0
                      WHEN enters < before
                           AND enters - before + register < register / 10
                      THEN enters - before + register
                      ELSE enters - before END, 1) AS gap
      FROM chain
)
"""
# What follows from the events; only rows whose figures change are written.
_LINK_TRIPS = """
UPDATE gov_vehicle_trip trip
   SET sequence = link.place, previous_reading = link.before, gap_km = link.gap,
       has_gap = link.gap <> 0
  FROM link, gov_vehicle_trip old
 WHERE link.kind = 1 AND link.id = trip.id AND old.id = trip.id
   AND (trip.sequence, trip.previous_reading, trip.gap_km)
       IS DISTINCT FROM (link.place::int, link.before, link.gap)
RETURNING trip.id, COALESCE(old.gap_km, 0) IS DISTINCT FROM link.gap
"""
_LINK_REPLACEMENTS = """
UPDATE gov_vehicle_odometer_replacement row
   SET sequence = link.place, previous_reading = link.before, gap_km = link.gap
  FROM link
 WHERE link.kind = 0 AND link.id = row.id
   AND (row.sequence, row.previous_reading, row.gap_km)
       IS DISTINCT FROM (link.place::int, link.before, link.gap)
RETURNING row.id
"""
_LAST_READINGS = """
UPDATE fleet_vehicle vehicle SET odometer_value = now.value
  FROM (SELECT v.id, COALESCE(last.value, v.odometer_first, 0) AS value
          FROM fleet_vehicle v
          LEFT JOIN (
               SELECT DISTINCT ON (vehicle_id) vehicle_id,
                      COALESCE(leaves, enters) AS value
                 FROM placed ORDER BY vehicle_id, place DESC
          ) last ON last.vehicle_id = v.id
         WHERE v.id IN %(ids)s) now
 WHERE now.id = vehicle.id AND vehicle.odometer_value IS DISTINCT FROM now.value
RETURNING vehicle.id
"""


class GovVehicleTripChain(models.Model):
    """The chain of readings of a vehicle: what goes out should be what came in."""

    _inherit = "gov.vehicle.trip"

    # === Rivals ===

    @api.model
    def _meet_rivals(self, vehicles, drivers=()):
        """UPDATE the rows that all rivals on these chains share, before reading.

        Always vehicles before drivers, in order of id, as bookings do.

        :param drivers: ``hr.employee`` who set out: with one vehicle at a time.
        """
        meet_rivals(vehicles)
        if drivers:
            meet_rivals(drivers)

    # === Looking at a reading ===

    @api.model
    def _prepare_look(self, vehicles):
        """Return what looking at readings of ``vehicles`` needs, by one query.

        :return: dict with ``instruments``: vehicle id → list of (moment, old digits,
            new digits, last reading, first reading) of its replaced odometers in
            order, and ``limits``, filled by :meth:`_most_per_day`.
        """
        # sudo: only when instruments were replaced, their digits and readings.
        replaced = self.env["gov.vehicle.odometer.replacement"].sudo()
        rows = replaced.search(
            [("vehicle_id", "in", vehicles.ids), ("state", "=", "valid")],
            order="date, id",
        )
        instruments = {}
        for row in rows:
            instruments.setdefault(row.vehicle_id.id, []).append(
                (
                    row.date,
                    row.old_digits,
                    row.new_digits,
                    row.old_value,
                    row.new_value,
                )
            )
        return {"instruments": instruments, "limits": {}}

    @api.model
    def _digits_on(self, vehicle, moment, look=None):
        """Return the digits that the instrument of ``vehicle`` had at ``moment``.

        :param dict look: see :meth:`_prepare_look`.
        """
        look = look or self._prepare_look(vehicle)
        rows = look["instruments"].get(vehicle.id, [])
        past = [row[2] for row in rows if row[0] <= moment]
        if past:
            return past[-1]
        # sudo: only the digits of the instrument are read.
        return (rows[0][1] if rows else vehicle.sudo().odometer_digits) or 6

    @api.model
    def _km_between(self, vehicle, before, after, look=None):
        """Return the km between two readings, over new instruments and all nines.

        :param before, after: (moment in UTC, reading in km); at the very moment of a
            replacement the reading is the new instrument's.
        :param dict look: see :meth:`_prepare_look`.
        :return: km; below 0 where the later reading really is the lower one.
        """
        look = look or self._prepare_look(vehicle)
        (start, reading), (end, last) = before, after
        km = 0.0
        for moment, old_digits, _new_digits, old_value, new_value in look[
            "instruments"
        ].get(vehicle.id, []):
            if start < moment <= end:
                km += driven(reading, old_value, 10**old_digits)
                reading = new_value
        register = 10 ** self._digits_on(vehicle, end, look)
        return round(km + driven(reading, last, register), 1)

    @api.model
    def _check_reading(self, vehicle, value, digits):
        """Return a reading that the instrument can show.

        :param value: km, as the caller sent it.
        :param int digits: of the instrument, before the point.
        :return: float with one decimal
        :raise UserError: no number, negative, or more digits than the instrument has.
        """
        number = value
        if isinstance(value, bool) or not isinstance(value, int | float):
            number = math.nan
        # Larger numbers cannot be rounded.
        if not abs(number) < 1e15:
            raise UserError(
                self.env._(
                    "%(vehicle)s: “%(value)s” is no reading of an odometer.",
                    vehicle=vehicle.display_name,
                    value=value,
                )
            )
        number = float_round(number, precision_digits=1)
        if not 0 <= number < 10**digits:
            raise UserError(
                self.env._(
                    "%(vehicle)s: the odometer cannot show %(value)s km, it has "
                    "%(digits)s digits, from 0 up to %(most)s.",
                    vehicle=vehicle.display_name,
                    value=plain_number(number),
                    digits=digits,
                    most=10**digits - 1,
                )
            )
        return number

    @api.model
    def _check_moment(self, value):
        """Return when something happened, as UTC; now without a value.

        :raise UserError: no date and time, in the future, or not of our times.
        """
        now = fields.Datetime.now()
        if value is None or value is False or value == "":
            return now
        try:
            moment = fields.Datetime.to_datetime(value)
        except (TypeError, ValueError):
            moment = None
        if not isinstance(moment, datetime):
            raise UserError(
                self.env._(
                    "“%(value)s” is no date and time. Write it as YYYY-MM-DD HH:MM:SS.",
                    value=value,
                )
            )
        moment = moment.replace(microsecond=0, tzinfo=None)
        if (moment - now).total_seconds() > _FAST_SECONDS or moment.year < 2000:
            # The first and last days of the calendar are on no clock.
            is_near = 1900 < moment.year < 2200
            raise UserError(
                self.env._(
                    "%(moment)s is not possible: a trip is noted when it happens, or "
                    "afterwards.",
                    moment=self.env["gov.paper"].time_text(moment)
                    if is_near
                    else value,
                )
            )
        return min(moment, now)

    @api.model
    def _local_day(self, company, moment):
        """Return the day at the institution of a moment in UTC."""
        zone = company._gov_zone()
        return pytz.utc.localize(moment).astimezone(zone).date()

    @api.model
    def _most_per_day(self, company, day, look=None):
        """Return the km per calendar day that are plausible, and the citation."""
        limits = look["limits"] if look else {}
        if (company, day) not in limits:
            # sudo: clauses are read by everybody's methods, whoever keeps them.
            policies = self.env["gov.policy"].sudo()
            clause = policies._get_policy(MOST_PER_DAY, day, company)
            limits[company, day] = clause._typed_value(), clause.citation
        return limits[company, day]

    @api.model
    def _work_out(self, vehicle, start, end, odometer_out, odometer_in, look=None):
        """Return what follows from the figures of a whole trip; writes nothing.

        :param start, end: datetime in UTC
        :param odometer_out, odometer_in: km, as the caller sent them
        :param dict look: see :meth:`_prepare_look`
        :return: dict of values of the trip
        :raise UserError: end before start, longer than a year, a reading that the
            instrument cannot show, reading in below out.
        """
        company, first, last = self._check_span(vehicle, start, end)
        days = (last - first).days + 1
        look = look or self._prepare_look(vehicle)
        digits = self._digits_on(vehicle, start, look)
        out = self._check_reading(vehicle, odometer_out, digits)
        back = self._check_reading(vehicle, odometer_in, digits)
        self._check_same_instrument(vehicle, start, end, look)
        most, _citation = self._most_per_day(company, first, look)
        distance = float_round(back - out, precision_digits=1)
        rolled = back < out and distance + 10**digits <= most * days
        if rolled:
            distance = float_round(distance + 10**digits, precision_digits=1)
        if distance < 0:
            raise UserError(
                self.env._(
                    "%(vehicle)s: reading in %(back)s lies below reading out %(out)s. "
                    "Look again; if the odometer was replaced, enter that first.",
                    vehicle=vehicle.display_name,
                    out=plain_number(out),
                    back=plain_number(back),
                )
            )
        return {
            "date_start": start,
            "date_end": end,
            "odometer_out": out,
            "odometer_in": back,
            "distance": distance,
            "is_rollover": rolled,
            "is_jump": distance > most * days,
            "return_date": last,
        }

    @api.model
    def _check_span(self, vehicle, start, end):
        """Return the institution of a trip and its first and last local day.

        :raise UserError: end before start, or longer than a year.
        """
        if end < start:
            raise UserError(
                self.env._(
                    "%(vehicle)s: back at %(end)s lies before out at %(start)s.",
                    vehicle=vehicle.display_name,
                    start=self.env["gov.paper"].time_text(start),
                    end=self.env["gov.paper"].time_text(end),
                )
            )
        # sudo: the institution of the vehicle, its day and its clause.
        company = vehicle.sudo().company_id or self.env.company
        first, last = self._local_day(company, start), self._local_day(company, end)
        days = (last - first).days + 1
        if days > _LONGEST_DAYS:
            raise UserError(
                self.env._(
                    "%(vehicle)s: a trip of %(days)s days is not possible, it takes "
                    "%(most)s at most.",
                    vehicle=vehicle.display_name,
                    days=days,
                    most=_LONGEST_DAYS,
                )
            )
        return company, first, last

    @api.model
    def _check_same_instrument(self, vehicle, start, end, look):
        """Raise if the odometer was replaced while the trip was under way."""
        for moment, *_figures in look["instruments"].get(vehicle.id, []):
            if start < moment < end:
                raise UserError(
                    self.env._(
                        "%(vehicle)s: the odometer was replaced at %(moment)s, during "
                        "this trip. Note the trip before and the trip after it.",
                        vehicle=vehicle.display_name,
                        moment=self.env["gov.paper"].time_text(moment),
                    )
                )

    # === The chain ===

    @api.model
    def _rechain(self, vehicles):
        """Work the places and gaps of these vehicles out anew, and their readings.

        Rivals have been met; only rows whose figures change are written.

        :return: trips whose gap has changed.
        """
        if not vehicles:
            return self.browse()
        self.env.flush_all()
        self._keep_first_readings(vehicles)
        ids = tuple(sorted(vehicles.ids))
        rows = self.env.execute_query(SQL(_EVENTS + _LINK_TRIPS, ids=ids))
        self.env.execute_query(SQL(_EVENTS + _LINK_REPLACEMENTS, ids=ids))
        self.env.execute_query(SQL(_EVENTS + _LAST_READINGS, ids=ids))
        self.invalidate_model(
            ["sequence", "previous_reading", "gap_km", "has_gap"], flush=False
        )
        self.env["gov.vehicle.odometer.replacement"].invalidate_model(
            ["sequence", "previous_reading", "gap_km"], flush=False
        )
        vehicles.invalidate_recordset(["odometer_value"], flush=False)
        return self.browse(row[0] for row in rows if row[1])

    @api.model
    def _keep_first_readings(self, vehicles):
        """Keep the reading with which a vehicle came, before its first event."""
        self.env.execute_query(
            SQL(
                "UPDATE fleet_vehicle vehicle SET odometer_first = odometer_value"
                " WHERE id IN %s AND COALESCE(odometer_first, 0) = 0"
                " AND odometer_value > 0 AND NOT EXISTS (SELECT FROM gov_vehicle_trip"
                "   WHERE vehicle_id = vehicle.id AND sequence > 0)"
                " AND NOT EXISTS (SELECT FROM gov_vehicle_odometer_replacement"
                "   WHERE vehicle_id = vehicle.id AND sequence > 0)"
                " RETURNING id",
                tuple(sorted(vehicles.ids)),
            )
        )
        vehicles.invalidate_recordset(["odometer_first"], flush=False)

    # === Findings ===

    def _note_findings(self, changed):
        """Open findings for gaps that are new and for jumps; tell of closed gaps.

        :param self: trips whose readings have been entered or corrected just now.
        :param changed: trips whose gap has changed, see :meth:`_rechain`.
        """
        findings = self.env["gov.finding"]
        # sudo: figures of the chain only; a protected trip shows neither user nor
        # place in them.
        for trip in changed.sudo():
            if trip.has_gap:
                findings._raise(
                    GAP_RULE, trip, trip._gap_text(), employee=trip.driver_id
                )
            else:
                trip._tell_settled(
                    GAP_RULE, self.env._("The gap is closed by an entry made since.")
                )
        # sudo: as above.
        for trip in self.sudo():
            if trip.is_jump:
                findings._raise(
                    JUMP_RULE, trip, trip._jump_text(), employee=trip.driver_id
                )
            elif trip.is_corrected:
                trip._tell_settled(
                    JUMP_RULE, self.env._("The trip has been corrected since.")
                )

    def _tell_settled(self, rule_code, text):
        """Add to a finding that is not closed yet what has become of its cause."""
        self.ensure_one()
        # sudo: the finding's own text; who closes it is supervision.
        unsettled = engine(self.env["gov.finding"].sudo()).search(
            [
                ("rule_code", "=", rule_code),
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("state", "in", ("open", "explained")),
            ]
        )
        for finding in unsettled:
            finding._add_evidence(text)

    def _gap_text(self):
        self.ensure_one()
        return self.env._(
            "%(vehicle)s went out on %(day)s with %(out)s km, the last reading before "
            "was %(before)s km: %(gap)s km are not accounted for.",
            vehicle=self.vehicle_id.display_name,
            day=format_day(self.env, self._local_day(self.company_id, self.date_start)),
            out=plain_number(self.odometer_out),
            before=plain_number(self.previous_reading),
            gap=plain_number(self.gap_km),
        )

    def _jump_text(self):
        self.ensure_one()
        first = self._local_day(self.company_id, self.date_start)
        most, citation = self._most_per_day(self.company_id, first)
        return self.env._(
            "%(vehicle)s: %(km)s km from %(out)s to %(back)s, calendar days: %(days)s; "
            "at most %(most)s km a day are plausible (%(citation)s).",
            vehicle=self.vehicle_id.display_name,
            km=plain_number(self.distance),
            out=plain_number(self.odometer_out),
            back=plain_number(self.odometer_in),
            days=(self.return_date - first).days + 1,
            most=plain_number(most),
            citation=citation or "",
        )

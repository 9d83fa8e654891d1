from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_DAY = timedelta(days=1)
# Kinds of windows in which a driver works.
_WORK = ("request", "duty", "other")


class GovVehicleBooking(models.Model):
    """Which vehicle and which driver suit a trip best."""

    _inherit = "gov.vehicle.booking"

    def _suggest(self, vehicle=None):
        """Return vehicles and drivers for this trip, the best first.

        Vehicles that are free, big enough and may go: serviced ones first, then those
        that are not far too large, then the least used of the month. Drivers who are
        free and whose licence covers the best vehicle until the end: those within
        hours on duty and rest first (clauses ``vehicle.driver.hours``,
        ``vehicle.driver.rest``), then the least busy.

        :param vehicle: the vehicle that drivers have to suit; the best one without it.
        :return: dict ``vehicles`` and ``drivers``: lists of dictionaries with ``id``,
            ``name``, ``hours`` (booked in the month) and ``note``.
        """
        self.ensure_one()
        vehicles = self._suggest_vehicles()
        if vehicle is None:
            vehicle = self.env["fleet.vehicle"].browse(
                [vehicles[0]["id"]] if vehicles else []
            )
        return {"vehicles": vehicles, "drivers": self._suggest_drivers(vehicle)}

    @api.model
    def action_board_rows(self, name):
        """Return the rows of the board, those without any window too.

        :param name: ``vehicle_id`` or ``driver_id``.
        :return: list of [id, name].
        :raise UserError: another field.
        """
        self.browse().check_access("read")
        companies = self.env.companies.ids
        if name == "vehicle_id":
            vehicles = self.env["fleet.vehicle"].search(
                [
                    ("keeping", "=", "pool"),
                    ("gov_state", "=", "in_service"),
                    ("company_id", "in", companies),
                ],
                order="license_plate, id",
                limit=1000,
            )
            return [[v.id, self._get_row_name(v)] for v in vehicles]
        if name == "driver_id":
            cards = self.env["gov.vehicle.driver"].search(
                [("company_id", "in", companies)], limit=1000
            )
            # sudo: the names of drivers stand on their cards.
            people = cards.sudo().employee_id.sorted("name")
            return [[person.id, person.name] for person in people]
        raise UserError(self.env._("The board has rows of vehicles or of drivers."))

    @api.model
    def _get_row_name(self, vehicle):
        """Return plate and seats, which a dispatcher looks for."""
        plate = vehicle.license_plate or vehicle.display_name
        if not vehicle.seats:
            return plate
        return self.env._("%(plate)s (%(seats)s)", plate=plate, seats=vehicle.seats)

    # -------------------------------------------------------------------- vehicles

    def _suggest_vehicles(self):
        seats = self.seats
        vehicles = self.env["fleet.vehicle"].with_company(self.company_id)
        vehicles = vehicles._free(
            self.date_start,
            self.date_end,
            seats,
            self.body_type or None,
            company=self.company_id,
            ignored=self,
        )
        hours = self._get_month_hours("vehicle_id", vehicles)
        unserviced = vehicles.filtered(lambda v: not v._is_serviced())

        def rank(vehicle):
            spare = (vehicle.seats or 0) - seats
            return (
                vehicle in unserviced,
                seats and spare > 4,
                hours.get(vehicle.id, 0),
                vehicle.license_plate or "",
                vehicle.id,
            )

        return [
            {
                "id": vehicle.id,
                "name": vehicle.display_name,
                "hours": hours.get(vehicle.id, 0),
                "seats": vehicle.seats,
                "note": self.env._("Maintenance is due")
                if vehicle in unserviced
                else "",
            }
            for vehicle in vehicles.sorted(rank)
        ]

    def _get_month_hours(self, name, records):
        """Return {id: hours booked in the month of this window, late slips too}."""
        if not records:
            return {}
        local = self._get_local(self.date_start, self.company_id)
        first = local.date().replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
        start, _end = self._get_day_bounds(first, self.company_id)
        end, _end = self._get_day_bounds(after, self.company_id)
        self.flush_model()
        self.env["gov.vehicle.trip"].flush_model()
        field = SQL.identifier(name)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(field)s,
                       sum(extract(epoch FROM date_end - date_start)) / 3600
                  FROM (
                    SELECT %(field)s, date_start, date_end FROM gov_vehicle_booking
                     WHERE active AND kind IN %(kinds)s AND %(field)s = ANY(%(ids)s)
                       AND date_start >= %(start)s AND date_start < %(end)s
                       AND id != %(own)s
                    UNION ALL
                    SELECT %(field)s, date_start, date_end FROM gov_vehicle_trip
                     WHERE booking_id IS NULL AND state = 'back'
                       AND %(field)s = ANY(%(ids)s)
                       AND date_start >= %(start)s AND date_start < %(end)s
                  ) used
                 GROUP BY %(field)s
                """,
                field=field,
                kinds=_WORK,
                ids=records.ids,
                start=start,
                end=end,
                own=self.id or 0,
            )
        )
        return {id_: float(hours) for id_, hours in rows}

    # --------------------------------------------------------------------- drivers

    def _suggest_drivers(self, vehicle):
        # sudo: names, licences and windows of drivers are what dispatching is about.
        cards = self.env["gov.vehicle.driver"].sudo()
        cards = cards.search([("company_id", "=", self.company_id.id)])
        start, end = self.date_start, self.date_end
        windows = self._read_windows(cards.employee_id, start, end)
        hours = self._get_month_hours("driver_id", cards.employee_id)
        found = []
        for card in cards:
            driver = card.employee_id
            taken = windows.get(driver.id, [])
            if any(first < end and last > start for first, last, _kind in taken):
                continue
            if vehicle and card._may_drive(vehicle, start, end):
                continue
            note = self._get_rest_text(taken, start, end)
            found.append(
                {
                    "id": driver.id,
                    "name": driver.name,
                    "hours": hours.get(driver.id, 0),
                    "day": self._get_day_hours(taken, start, end),
                    "note": note,
                }
            )
        found.sort(
            key=lambda d: (bool(d["note"]), d["day"], d["hours"], d["name"], d["id"])
        )
        return found

    @api.model
    def _read_windows(self, drivers, start, end, ignored=None):
        """Return {driver id: [(from, until, kind)]} around a window, one query."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT driver_id, date_start, date_end, kind
                  FROM gov_vehicle_booking
                 WHERE active AND driver_id = ANY(%s) AND id NOT IN %s
                   AND date_start < %s AND date_end > %s
                 ORDER BY driver_id, date_start
                """,
                drivers.ids,
                tuple((ignored or self).ids) or (0,),
                end + _DAY,
                start - 2 * _DAY,
            )
        )
        windows = {}
        for driver_id, *window in rows:
            windows.setdefault(driver_id, []).append(tuple(window))
        return windows

    def _get_rest_note(self, driver, start, end):
        """Return why ``driver`` should rather rest, or False."""
        windows = self._read_windows(driver, start, end)
        return self._get_rest_text(windows.get(driver.id, []), start, end) or False

    def _get_rest_text(self, windows, start, end):
        """Return what the clauses say about a driver with these windows.

        :param windows: list of (from, until, kind), in order of their beginning.
        """
        get_policy = self.env["gov.policy"]._get_policy
        most = get_policy("vehicle.driver.hours", company=self.company_id)
        rest = get_policy("vehicle.driver.rest", company=self.company_id)
        day = self._get_day_hours(windows, start, end)
        notes = []
        if day > most._typed_value():
            notes.append(
                self.env._(
                    "%(hours)s h on duty that day, %(most)s by %(clause)s",
                    hours=f"{day:g}",
                    most=f"{most._typed_value():g}",
                    clause=most.name,
                )
            )
        gap = self._get_longest_gap(windows, start)
        if gap < rest._typed_value():
            notes.append(
                self.env._(
                    "%(hours)s h of rest before it, %(least)s by %(clause)s",
                    hours=f"{gap:g}",
                    least=f"{rest._typed_value():g}",
                    clause=rest.name,
                )
            )
        return "; ".join(notes)

    def _get_day_hours(self, windows, start, end):
        """Return hours of work on the local day on which the trip begins."""
        day = self._get_local(start, self.company_id).date()
        first, last = self._get_day_bounds(day, self.company_id)
        work = [window for window in windows if window[2] in _WORK]
        work.append((start, end, "request"))
        seconds = sum(
            max(0, (min(until, last) - max(begin, first)).total_seconds())
            for begin, until, _kind in work
        )
        return round(seconds / 3600, 1)

    @api.model
    def _get_longest_gap(self, windows, start):
        """Return the longest break in the 24 hours before ``start``, in hours."""
        begin, longest = start - _DAY, timedelta()
        for first, last, kind in windows:
            if kind not in _WORK or last <= begin or first >= start:
                continue
            longest = max(longest, first - begin)
            begin = max(begin, last)
        longest = max(longest, start - begin)
        return round(longest.total_seconds() / 3600, 1)

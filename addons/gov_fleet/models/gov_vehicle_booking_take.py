from datetime import datetime, timedelta

from psycopg2.errors import ExclusionViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL, mute_logger

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day

# How far ahead a gap is looked for.
_MOST_WINDOWS = 200


class GovVehicleBooking(models.Model):
    """Taking windows and giving them back: the only way for all areas."""

    _inherit = "gov.vehicle.booking"

    # ---------------------------------------------------------------------- taking

    @api.model
    def _take(self, vals_list):
        """Take windows of vehicles and drivers, all or none.

        The caller has checked who may; this checks only that nothing is in the way.

        :param vals_list: dictionaries with ``date_start``, ``date_end`` (UTC),
            ``kind``, ``vehicle_id`` and/or ``driver_id``, and what takes it
            (``request_id``, ``need_id``, ``trip_id`` or ``res_model``, ``res_id``).
        :return: the bookings in the engine's superuser environment.
        :raise UserError: naming what is in the way and the next free time, or the end
            before the start.
        """
        vals_list = [self._clean_window(vals) for vals in vals_list]
        vehicles = self.env["fleet.vehicle"].browse(
            vals["vehicle_id"] for vals in vals_list if vals.get("vehicle_id")
        )
        drivers = self.env["hr.employee"].browse(
            vals["driver_id"] for vals in vals_list if vals.get("driver_id")
        )
        self._meet(vehicles, drivers)
        # sudo: windows are made by the server alone; the caller checked the person.
        bookings = engine(self.sudo())
        bookings._check_apart(vals_list)
        bookings._check_free(vals_list)
        with self._retried():
            return bookings.create(vals_list)

    def _release(self, when=None):
        """Give windows back: they stay on record and are in nobody's way any more.

        :param when: UTC moment from which a window that has begun is free; what lies
            before it stays taken. Without it the whole window is given back.
        :return: True
        :raise UserError: the vehicle is out on this trip.
        """
        # sudo: the caller has checked who gives back what.
        for booking in engine(self.sudo()).sorted("id"):
            if booking.state == "out":
                raise UserError(
                    self.env._(
                        "%(trip)s: the vehicle is out. Wait until it is back.",
                        trip=booking.name,
                    )
                )
            if when and booking.date_end <= when:
                continue
            if when and booking.date_start < when:
                booking.write({"date_end": when})
                continue
            booking.write({"active": False})
            reason = self.env._("The window on the board was released.")
            if booking.trip_id.state == "planned":
                booking._tell_driver(booking.driver_id, booking._get_off_text(reason))
            booking._cancel_trip(reason)
        return True

    def _retake(self, date_start=None, date_end=None):
        """Move or stretch windows of a matter, with the checks of taking.

        :param date_start: new UTC start; empty keeps it.
        :param date_end: new UTC end; empty keeps it.
        :return: True
        :raise UserError: naming what is in the way.
        """
        # sudo: the caller has checked who moves what.
        for booking in engine(self.sudo()).sorted("id"):
            booking._meet(booking.vehicle_id, booking.driver_id)
            vals = booking._clean_window(
                {
                    "vehicle_id": booking.vehicle_id.id,
                    "driver_id": booking.driver_id.id,
                    "date_start": date_start or booking.date_start,
                    "date_end": date_end or booking.date_end,
                }
            )
            booking._check_free([vals], booking)
            with booking._retried():
                booking.write(vals)
                booking.flush_recordset()
        return True

    @api.model
    def _retried(self):
        return _Retried(self.env)

    # ---------------------------------------------------------------------- checks

    @api.model
    def _clean_window(self, vals):
        """Return ``vals`` with datetimes.

        :raise UserError: a moment is missing or impossible, or the end is not after
            the start.
        """
        vals = dict(vals)
        for name in ("date_start", "date_end"):
            try:
                moment = fields.Datetime.to_datetime(vals.get(name))
            except (TypeError, ValueError):
                moment = None
            if not isinstance(moment, datetime):
                raise UserError(
                    self.env._(
                        "%(field)s: “%(value)s” is no moment.",
                        field=self._fields[name]._description_string(self.env),
                        value=vals.get(name) or "",
                    )
                )
            vals[name] = moment.replace(microsecond=0)
        if vals["date_end"] <= vals["date_start"]:
            raise UserError(
                self.env._(
                    "The window ends on %(end)s, which is not after its beginning on "
                    "%(start)s.",
                    end=self._get_moment_text(vals["date_end"]),
                    start=self._get_moment_text(vals["date_start"]),
                )
            )
        return vals

    @api.model
    def _check_apart(self, vals_list):
        """Refuse windows of one call that overlap each other."""
        for name in ("vehicle_id", "driver_id"):
            wanted = sorted(
                (vals[name], vals["date_start"], vals["date_end"])
                for vals in vals_list
                if vals.get(name)
            )
            for before, after in zip(wanted, wanted[1:], strict=False):
                if before[0] == after[0] and after[1] < before[2]:
                    record = self.env[self._fields[name].comodel_name].browse(after[0])
                    raise UserError(
                        self.env._(
                            "%(name)s is named twice for one time: from %(start)s.",
                            name=self._get_taken_name(record),
                            start=self._get_moment_text(after[1]),
                        )
                    )

    @api.model
    def _get_conflicts(self, vals_list, ignored=None):
        """Return what is in the way of windows, one query for all.

        :param vals_list: as for :meth:`_take`.
        :param ignored: bookings that are not in the way, which move themselves.
        :return: list of (index in ``vals_list``, ``vehicle_id`` or ``driver_id``,
            booking), in order.
        """
        self.flush_model()
        wanted = [
            (number, name, vals[name], vals["date_start"], vals["date_end"])
            for number, vals in enumerate(vals_list)
            for name in ("vehicle_id", "driver_id")
            if vals.get(name)
        ]
        if not wanted:
            return []
        ids = tuple(ignored.ids) if ignored else (0,)
        parts = [
            SQL(
                """
                SELECT %(number)s AS number, %(name)s AS name, id, date_start
                  FROM gov_vehicle_booking
                 WHERE active AND %(field)s = %(value)s AND id NOT IN %(ids)s
                   AND date_start < %(end)s AND date_end > %(start)s
                """,
                number=number,
                name=name,
                field=SQL.identifier(name),
                value=value,
                ids=ids,
                start=start,
                end=end,
            )
            for number, name, value, start, end in wanted
        ]
        rows = self.env.execute_query(
            SQL(
                "SELECT number, name, id FROM (%s) taken"
                " ORDER BY number, name DESC, date_start, id",
                SQL(" UNION ALL ").join(parts),
            )
        )
        return [(number, name, self.browse(id_)) for number, name, id_ in rows]

    @api.model
    def _check_free(self, vals_list, ignored=None):
        """Refuse windows that something is in the way of.

        :raise UserError: naming the vehicle or driver, what takes it, from when to
            when, and the next time that is long enough.
        """
        conflicts = self._get_conflicts(vals_list, ignored)
        if not conflicts:
            return
        number, name, booking = conflicts[0]
        vals = vals_list[number]
        # sudo: names and times of windows are no secret inside; a protected trip
        # carries neither user nor place.
        booking = booking.sudo()
        taken = booking[name]
        raise UserError(
            self.env._(
                "%(name)s is taken from %(start)s to %(end)s (%(by)s). It is free "
                "again from %(next)s for as long as wanted.",
                name=self._get_taken_name(taken),
                start=self._get_moment_text(booking.date_start),
                end=self._get_moment_text(booking.date_end),
                by=booking.name,
                next=self._get_moment_text(
                    self._get_next_free(name, taken, vals, ignored)
                ),
            )
        )

    @api.model
    def _get_next_free(self, name, taken, vals, ignored=None):
        """Return from when ``taken`` is free for as long as the window is.

        :param name: ``vehicle_id`` or ``driver_id``.
        :param taken: the vehicle or driver.
        :param vals: the wanted window.
        :return: datetime (UTC), not before the wanted start.
        """
        start, length = vals["date_start"], vals["date_end"] - vals["date_start"]
        # sudo: as in ``_check_free``.
        windows = self.sudo().search_fetch(
            [
                (name, "=", taken.id),
                ("date_end", ">", start),
                ("active", "=", True),
                ("id", "not in", ignored.ids if ignored else []),
            ],
            ["date_start", "date_end"],
            order="date_start, id",
            limit=_MOST_WINDOWS,
        )
        for window in windows:
            if window.date_start - start >= length:
                break
            start = max(start, window.date_end)
        return start

    # ----------------------------------------------------------------------- words

    @api.model
    def _get_taken_name(self, record):
        """Return plate or name, as a dispatcher says it."""
        # sudo: plates and names of drivers are known to who assigns them.
        record = record.sudo()
        if record._name == "fleet.vehicle":
            return record.license_plate or record.display_name
        return record.name

    @api.model
    def _get_moment_text(self, moment, company=None):
        """Return a UTC moment on the institution's clock: Nov 22, 2026 10:00."""
        local = self._get_local(moment, company)
        return f"{format_day(self.env, local.date())} {local:%H:%M}"

    @api.model
    def _get_local(self, moment, company=None):
        """Return a UTC moment on the institution's clock."""
        company = company or self.company_id[:1] or self.env.company
        return company._gov_local(moment)

    @api.model
    def _get_day_bounds(self, day, company):
        """Return from when to when the local ``day`` lasts, in UTC."""
        midnight = datetime.combine(day, datetime.min.time())
        return (
            company._gov_utc(midnight),
            company._gov_utc(midnight + timedelta(days=1)),
        )


class _Retried:
    """Turn the violation of a rival into a retry of the whole call.

    No savepoint: whoever loses starts anew and reads in the pre-check what is in the
    way.
    """

    def __init__(self, env):
        self.env = env
        self.muted = mute_logger("odoo.sql_db")

    def __enter__(self):
        self.muted.__enter__()

    def __exit__(self, kind, error, trace):
        self.muted.__exit__(kind, error, trace)
        if kind and issubclass(kind, ExclusionViolation):
            raise ConcurrencyError(
                self.env._("This time is being taken at this moment.")
            ) from error
        return False

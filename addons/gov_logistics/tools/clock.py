"""The clock of promised times: working hours of the institution.

An hour counts when the company's working schedule has it and ``gov.workday`` says that
the day is worked: a holiday counts nothing, a make-up Saturday counts with the hours
of an ordinary working day. Moments are naive UTC datetimes, as Odoo stores them; the
schedule's hours are read in the institution's own time zone.
"""

import math
from datetime import datetime, timedelta

import pytz

from odoo.exceptions import UserError

# Two years of working hours: whatever is longer is a typing error.
MAX_HOURS = 4000
_MAX_DAYS = 3660
_ONE_DAY = timedelta(days=1)
# Where the institution has no fixed schedule: the usual office hours.
_OFFICE_HOURS = ((8.0, 12.0), (14.0, 18.0))


class WorkClock:
    """Working time of one company; made once, asked for many moments.

    :param env: environment.
    :param company: the institution, ``res.company``.
    """

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self._weeks = self._read_schedule()
        self._days = None
        self._first = None

    def add(self, start, hours):
        """Return the moment ``hours`` working hours after ``start``.

        :param start: naive UTC datetime.
        :param hours: number from 0 to 4,000.
        :return: naive UTC datetime; a term that ends with a working period ends then,
            not at the beginning of the next.
        :raise UserError: ``hours`` is no such number.
        """
        left = _check_hours(self.env, hours)
        if not left:
            return start
        moment = self._to_local(start)
        day = moment.date()
        for _number in range(_MAX_DAYS):
            for begin, end in self._periods(day):
                begin = max(begin, moment)
                length = (end - begin).total_seconds() / 3600
                if length <= 0:
                    continue
                # Hours that thirds make up differ from the period by rounding alone.
                if length >= left - 1e-9:
                    return self._to_utc(begin + timedelta(hours=left))
                left -= length
            day += _ONE_DAY
        raise UserError(
            self.env._("The working schedule of %s has no hours.", self.company.name)
        )

    def between(self, start, end):
        """Return the working hours between two moments; 0 when ``end`` is earlier.

        :param start: naive UTC datetime.
        :param end: naive UTC datetime.
        """
        first, last = self._to_local(start), self._to_local(end)
        day, total = first.date(), timedelta()
        while day <= last.date() and first < last:
            for begin, finish in self._periods(day):
                total += max(min(finish, last) - max(begin, first), timedelta())
            day += _ONE_DAY
        return total.total_seconds() / 3600

    # ------------------------------------------------------------------- helpers

    def _read_schedule(self):
        """Return {week type or False: {weekday: [(from, to), …]}} of the schedule."""
        # sudo: the working hours of the institution are no secret; served units'
        # portal users and scheduled jobs ask too.
        calendar = self.company.sudo().resource_calendar_id
        weeks = {}
        rows = calendar.attendance_ids.filtered(
            lambda row: not row.display_type and row.day_period != "lunch"
        )
        for row in rows.sorted("hour_from"):
            week = row.week_type if calendar.two_weeks_calendar else False
            days = weeks.setdefault(week, {})
            days.setdefault(int(row.dayofweek), []).append((row.hour_from, row.hour_to))
        if not weeks or calendar.flexible_hours:
            weeks = {False: {day: list(_OFFICE_HOURS) for day in range(5)}}
        return weeks

    def _periods(self, day):
        """Return the worked periods of ``day`` as pairs of local datetimes."""
        midnight = datetime(day.year, day.month, day.day)
        if not self._is_worked(day):
            return []
        return [
            (midnight + timedelta(hours=begin), midnight + timedelta(hours=end))
            for begin, end in self._hours_of(day)
        ]

    def _hours_of(self, day):
        """Return the hours of a worked day; a weekend made up has those of a weekday.

        A weekday without hours (an institution that rests on Mondays) stays free.
        """
        week = self._weeks.get(False)
        if week is None:
            kind = self.env["resource.calendar.attendance"].get_week_type(day)
            week = self._weeks.get(str(kind)) or {}
        hours = week.get(day.weekday())
        if hours is None and day.weekday() >= 5 and week:
            hours = week[min(week)]
        return hours or []

    def _is_worked(self, day):
        if self._days is None or day < self._first:
            self._first = day
            # Loads every known day from the first year on, in one query.
            self._days = (
                self.env["gov.workday"].with_company(self.company)._calendar(day)
            )
        if day.weekday() >= 5 and day not in self._days.exceptions:
            # An institution may work on weekends by its own schedule.
            return any(day.weekday() in week for week in self._weeks.values())
        return self._days.is_working(day)

    def _to_local(self, moment):
        zone = self.company._gov_zone()
        return pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)

    def _to_utc(self, moment):
        return self.company._gov_utc(moment)


class WallClock:
    """The clock on the wall, for emergencies: every hour counts."""

    def __init__(self, env, company):
        self.env = env
        self.company = company

    def add(self, start, hours):
        """Return the moment ``hours`` hours after ``start``."""
        return start + timedelta(hours=_check_hours(self.env, hours))

    def between(self, start, end):
        """Return the hours between two moments; 0 when ``end`` is earlier."""
        return max((end - start).total_seconds() / 3600, 0.0)


def add_working_hours(env, company, start, hours):
    """Return the moment ``hours`` working hours of ``company`` after ``start``.

    See :meth:`WorkClock.add`.
    """
    return WorkClock(env, company).add(start, hours)


def working_hours_between(env, company, start, end):
    """Return the working hours of ``company`` between two moments.

    See :meth:`WorkClock.between`.
    """
    return WorkClock(env, company).between(start, end)


def _check_hours(env, hours):
    plain = isinstance(hours, int | float) and not isinstance(hours, bool)
    if not plain or not math.isfinite(hours) or not 0 <= hours <= MAX_HOURS:
        raise UserError(
            env._(
                "“%(value)s” is no number of hours: from 0 to %(most)s is possible.",
                value=hours,
                most=MAX_HOURS,
            )
        )
    return float(hours)

"""A driver's month: from trips to overtime, meals, late returns and rest.

Plain Python over local times, so that it can be held against plain Python in tests.
"""

from collections import defaultdict, namedtuple
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

_DAY = timedelta(days=1)

# start, end: naive local datetimes; away: outside the city; distance: km
Trip = namedtuple("Trip", "start end away distance")


@dataclass(frozen=True)
class Rules:
    """What counts, by the clauses; times are minutes of the day.

    ``work`` and ``meals`` are lists of windows (from, to); ``meal_minutes`` is taken
    off for each meal; a return from ``night_from`` to ``night_to`` is a late one; the
    morning after it is free until ``rest_until``; ``most`` minutes of a day count.
    """

    work: tuple
    meals: tuple
    meal_minutes: int
    night_from: int
    night_to: int
    rest_until: int
    most: int


@dataclass
class Figures:
    """What a month comes to."""

    trip_count: int = 0
    distance: float = 0.0
    minutes: dict = field(
        default_factory=lambda: {"working": 0, "rest": 0, "holiday": 0}
    )
    meals: int = 0
    nights: set = field(default_factory=set)
    rest_due: int = 0
    rest_missed: int = 0
    days: set = field(default_factory=set)
    away: set = field(default_factory=set)


def count(trips, kind_of, rules, starts=()):
    """Return the figures of one driver.

    :param trips: list of :class:`Trip`, in any order; those that overlap count once.
    :param kind_of: day → ``working``, ``rest`` or ``holiday``.
    :param starts: further departures (local), of trips that are not counted here: who
        left in a morning of rest did not have it.
    """
    figures = Figures(trip_count=len(trips))
    figures.distance = sum(trip.distance for trip in trips)
    for trip in trips:
        days = list(_days(trip.start, trip.end))
        figures.days.update(days)
        if trip.away:
            figures.away.update(days)
        if night := _night(trip.end, rules):
            figures.nights.add(night)
    parts = defaultdict(list)
    for start, end in _merge(_awake(trips, rules)):
        for day in _days(start, end):
            parts[day].append(_part(start, end, day))
    for day, spans in parts.items():
        _count_day(figures, kind_of(day), spans, rules)
    departures = [trip.start for trip in trips] + list(starts)
    for night in figures.nights:
        morning = night + _DAY
        if kind_of(morning) != "working":
            continue
        figures.rest_due += 1
        first = datetime.combine(morning, time()) + _minutes(rules.night_to)
        last = datetime.combine(morning, time()) + _minutes(rules.rest_until)
        if any(first <= start < last for start in departures):
            figures.rest_missed += 1
    return figures


def _count_day(figures, kind, parts, rules):
    """Add the minutes and meals of one day, of which ``parts`` were on the road."""
    free = rules.work if kind == "working" else ()
    total = sum(end - start for start, end in parts)
    total -= sum(_common(part, window) for part in parts for window in free)
    for meal in rules.meals:
        if any(start <= meal[0] and meal[1] <= end for start, end in parts):
            figures.meals += 1
            counted = meal[1] - meal[0]
            counted -= sum(_common(meal, window) for window in free)
            total -= min(rules.meal_minutes, counted)
    figures.minutes[kind] += min(max(total, 0), rules.most)


def _awake(trips, rules):
    """Yield the times of trips without the nights that were slept away from home."""
    for trip in trips:
        start = trip.start
        for day in _days(trip.start, trip.end) if trip.away else ():
            midnight = datetime.combine(day, time())
            evening = midnight + _minutes(rules.night_from)
            morning = midnight + _DAY + _minutes(rules.night_to)
            if trip.start <= evening and morning <= trip.end:
                if start < evening:
                    yield start, evening
                start = morning
        if start < trip.end:
            yield start, trip.end


def _merge(spans):
    """Return the spans without overlaps, in their order."""
    merged = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _days(start, end):
    """Yield the days that a span touches; one that ends at midnight not the next."""
    last = end.date()
    if end > start and end.time() == time():
        last -= _DAY
    day = start.date()
    while day <= last:
        yield day
        day += _DAY


def _part(start, end, day):
    """Return (first, last) minute of a span on ``day``."""
    midnight = datetime.combine(day, time())
    first = max(start, midnight) - midnight
    last = min(end, midnight + _DAY) - midnight
    return first.total_seconds() // 60, last.total_seconds() // 60


def _common(part, window):
    return max(0, min(part[1], window[1]) - max(part[0], window[0]))


def _night(end, rules):
    """Return the evening to which a late return belongs, or None."""
    minute = end.hour * 60 + end.minute
    if minute >= rules.night_from:
        return end.date()
    return end.date() - _DAY if minute < rules.night_to else None


def _minutes(number):
    return timedelta(minutes=number)

"""Consumption from full tank to full tank, and what is usual for a vehicle.

Plain Python without Odoo, so that the arithmetic can be read and tested alone.
"""

from math import inf
from statistics import median
from typing import NamedTuple

from .odometer import gap

# The median absolute deviation of a normal spread, times this, is its standard
# deviation; fixed by mathematics, no figure of the institution.
_MAD_TO_SIGMA = 1.4826


class Fill(NamedTuple):
    """One fill of one vehicle, with the same kind of energy.

    :ivar date: the moment, in UTC.
    :ivar day: the institution's day of it, for the season.
    """

    id: int
    date: object
    litres: float
    odometer: float
    is_full: bool
    day: object


class Tankful(NamedTuple):
    """What was driven and burnt between two fills to the brim.

    :ivar id: the fill that closes it.
    :ivar day: the institution's day on which it was closed.
    :ivar rate: litres (kWh) per 100 km.
    """

    id: int
    opened: object
    closed: object
    km: float
    litres: float
    day: object

    @property
    def rate(self):
        return 100 * self.litres / self.km


class Usual(NamedTuple):
    """What is usual: the middle of earlier tankfuls, and how far they lie apart."""

    median: float
    mad: float
    count: int
    is_season: bool


def tankfuls(fills, breaks=(), register_on=lambda moment: inf):
    """Return the tankfuls of one vehicle.

    The litres of all fills after a full one, up to and including the next full one,
    are what was burnt between the two. A full fill without a reading closes nothing
    and counts as a part; readings that do not rise close nothing either, and the next
    tankful begins there.

    :param fills: :class:`Fill` in the order of their time.
    :param breaks: moments at which the instrument was replaced.
    :param register_on: function of a moment → km at which the instrument of that time
        begins again.
    """
    found, start, burnt = [], None, 0.0
    for fill in fills:
        if start is not None:
            burnt += fill.litres
        if not fill.is_full or fill.odometer <= 0:
            continue
        if start is not None:
            km = gap(start.odometer, fill.odometer, register_on(fill.date))
            broken = any(start.date < moment <= fill.date for moment in breaks)
            if km > 0 and not broken:
                found.append(
                    Tankful(fill.id, start.date, fill.date, km, burnt, fill.day)
                )
        start, burnt = fill, 0.0
    return found


def usual(tankful, earlier, least):
    """Return what was usual before ``tankful``, or None when too little is known.

    :param earlier: tankfuls that were closed before it.
    :param least: how many it takes; those of the same season (the month of the year
        and the ones beside it) go before all.
    """
    month = tankful.day.month
    season = [
        other.rate for other in earlier if (other.day.month - month) % 12 in (0, 1, 11)
    ]
    for rates, is_season in (
        (season, True),
        ([other.rate for other in earlier], False),
    ):
        if len(rates) >= least:
            middle = median(rates)
            spread = median(abs(rate - middle) for rate in rates)
            return Usual(middle, spread, len(rates), is_season)
    return None


def margin(known, times, least_percent):
    """Return how far a rate may lie from the usual one.

    :param times: how many robust standard deviations.
    :param least_percent: never less than this part of the usual rate.
    """
    return max(
        times * _MAD_TO_SIGMA * known.mad, abs(known.median) * least_percent / 100
    )

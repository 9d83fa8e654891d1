"""The days on which a scoring cycle begins and ends."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

_ONE_DAY = timedelta(days=1)


def nth_start(anchor, months, number):
    """Return the first day of the cycle ``number`` cycles after ``anchor``.

    Counted from the anchor itself, so that the 29 February comes back.
    """
    return anchor + relativedelta(months=months * number)


def last_start(anchor, months, day):
    """Return the last first day on the grid of ``anchor`` that is not after ``day``."""
    distance = (day.year - anchor.year) * 12 + day.month - anchor.month
    number = distance // months
    while nth_start(anchor, months, number) > day:
        number -= 1
    while nth_start(anchor, months, number + 1) <= day:
        number += 1
    return nth_start(anchor, months, number), nth_start(anchor, months, number + 1)


def end_of(start, anchor, months):
    """Return the last day of the cycle that begins on ``start``.

    It runs to the eve of the next first day that ``anchor`` gives, and never longer
    than ``months``: after a changed review date it may be shorter.
    """
    first, following = last_start(anchor, months, start)
    if first == start or anchor <= start:
        return following - _ONE_DAY
    longest = start + relativedelta(months=months) - _ONE_DAY
    return min(anchor - _ONE_DAY, longest)


def bounds(anchor, months, day, before=None, after=None):
    """Return first and last day of the cycle in which ``day`` falls.

    :param anchor: review date, hire date or another day on which a cycle begins.
    :param int months: length of a cycle.
    :param before: last day of the person's nearest earlier cycle, if there is one:
        what follows begins on the day after it.
    :param after: first day of the nearest later cycle, if there is one.
    """
    if before:
        start = before + _ONE_DAY
        end = end_of(start, anchor, months)
        while end < day:
            start, end = end + _ONE_DAY, end_of(end + _ONE_DAY, anchor, months)
    elif after and last_start(anchor, months, after)[0] != after:
        # The review date has been changed since: count back from what was set up.
        number = 1
        while nth_start(after, -months, number) > day:
            number += 1
        start = nth_start(after, -months, number)
        end = nth_start(after, -months, number - 1) - _ONE_DAY
    else:
        start, following = last_start(anchor, months, day)
        end = following - _ONE_DAY
    if after and end >= after:
        end = after - _ONE_DAY
    return start, end

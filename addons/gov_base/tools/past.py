"""Days of the past, for history that the server's own code takes over."""

from dataclasses import dataclass
from datetime import date

_CONTEXT_KEY = "gov_past_day"


@dataclass(frozen=True)
class _PastDay:
    # Known to this process only: a caller over RPC chooses the context, but JSON and
    # XML cannot carry this object, so nobody turns the clock back from outside.
    day: date


def on_day(records, day):
    """Return ``records`` where the institution's clock stands on ``day``.

    What follows from today's date (numbers, terms, the day of entry) then follows from
    that day; moments such as ``recorded_at`` stay what they are.

    :param records: any recordset.
    :param day: date of the past.
    """
    return records.with_context(**{_CONTEXT_KEY: _PastDay(day)})


def get_past_day(env):
    """Return the day that :func:`on_day` set in ``env``, or None."""
    past = env.context.get(_CONTEXT_KEY)
    return past.day if type(past) is _PastDay else None

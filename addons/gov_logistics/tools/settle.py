"""The arithmetic of a settlement statement: exact, without the database.

Prices include tax. Nothing is rounded but a line of a statement, once, half up, to the
cent: day and unit prices are fractions until then.
"""

import calendar
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

CALENDAR = "calendar"
THIRTY = "30"


def exact(value):
    """Return a number as an exact fraction.

    :param value: Decimal, int, Fraction, or the text of a decimal as the database
        holds it; a float stands for the shortest text that it is written as.
    """
    if isinstance(value, float):
        value = repr(value)
    return Fraction(value or 0)


def to_cents(value):
    """Round an exact amount to the cent, half up (away from zero), as a Decimal.

    A reversal is rounded like what it reverses.
    """
    hundred = abs(exact(value)) * 100
    cents = (2 * hundred.numerator + hundred.denominator) // (2 * hundred.denominator)
    return Decimal(-cents if value < 0 else cents).scaleb(-2)


def month_days(day):
    """Return how many days the calendar month of ``day`` has."""
    return calendar.monthrange(day.year, day.month)[1]


def month_parts(date_from, date_to):
    """Yield ``(first, last)`` of each calendar month within the two days."""
    first = date_from
    while first <= date_to:
        last = min(date(first.year, first.month, month_days(first)), date_to)
        yield first, last
        first = after(last)


def month_end(day):
    """Return the last day of the calendar month of ``day``."""
    return day.replace(day=month_days(day))


def before(day):
    """Return the day before."""
    return day - timedelta(days=1)


def after(day):
    """Return the day after."""
    return day + timedelta(days=1)


def days_between(date_from, date_to):
    """Return the number of days, the first and the last included."""
    return (date_to - date_from).days + 1


def overlap(date_from, date_to, other_from, other_to):
    """Return the days that two spans share, or None; an open end is None."""
    first = max(date_from, other_from) if other_from else date_from
    last = min(date_to, other_to) if other_to else date_to
    return (first, last) if first <= last else None


def day_share(first, last, divisor):
    """Return which part of the month's fee one day within ``first``–``last`` costs.

    :param first: first day of one calendar month in which the line is in force.
    :param last: last day of the same month in which it is.
    :param divisor: ``calendar``, or ``30``. A whole month is the whole fee whatever
        the divisor says, so that no part of it ever costs more.
    """
    days = month_days(first)
    if divisor == THIRTY and days_between(first, last) < days:
        return Fraction(1, 30)
    return Fraction(1, days)


def fee_share(date_from, date_to, within, divisor):
    """Return how many months' fees the days ``date_from``–``date_to`` cost.

    :param within: ``(first, last)`` of the days for which the line is in force and
        settled; a month that lies wholly within costs its whole fee.
    """
    share = Fraction(0)
    for first, last in month_parts(*within):
        if days := overlap(first, last, date_from, date_to):
            share += days_between(*days) * day_share(first, last, divisor)
    return share


def price_spans(date_from, date_to, prices):
    """Return ``[(first, last, price)]`` for the days between, in their order.

    :param prices: ``[(price, date_from, date_to)]`` without overlaps, the last may be
        open. Neighbours with the same price are one span; a day without a price is
        left out: the caller says what it costs.
    """
    spans = []
    for price, price_from, price_to in sorted(prices, key=lambda row: row[1]):
        days = overlap(date_from, date_to, price_from, price_to)
        if not days:
            continue
        before = spans[-1] if spans else None
        if before and before[2] == price and (days[0] - before[1]).days == 1:
            spans[-1] = (before[0], days[1], price)
        else:
            spans.append((*days, price))
    return spans


def missing_fee(days, within, divisor, posts, price_on):
    """Return what missing posts cost in one calendar month, exactly.

    A day of a post costs the post's month fee by the divisor. A post that was missing
    every day of the month costs its month's fee at most, and all of them together
    never more than the line's fee of the month.

    :param days: ``{day: posts missing on it}``, all of one calendar month.
    :param within: ``(first, last)`` of the month's days on which the line is in force.
    :param posts: posts of the line.
    :param price_on: function day → month fee of one post.
    :return: ``{price: (amount, days)}``
    """
    first, last = within
    length = month_days(first)
    share = Fraction(1, 30) if divisor == THIRTY else Fraction(1, length)
    whole = 0
    if divisor == THIRTY and length > 30 and len(days) == length:
        whole = max(min(days.values()), 0)
    amounts, found = {}, {}
    for day, count in sorted(days.items()):
        price = price_on(day)
        cost = price * (whole * Fraction(1, length) + (count - whole) * share)
        amounts[price] = amounts.get(price, 0) + cost
        found.setdefault(price, []).append(day)
    part = day_share(first, last, divisor)
    most = sum(
        posts * price_on(first + timedelta(days=n)) * part
        for n in range(days_between(first, last))
    )
    total = sum(amounts.values())
    rate = most / total if total > most else 1
    return {price: (cost * rate, found[price]) for price, cost in amounts.items()}


def missing_fee_after(before, days, within, divisor, posts, price_on):
    """Return what posts cost that were found missing after others of the month.

    Both together cost what they would have cost at once.

    :param before: ``{day: posts}`` that have been taken off already.
    :return: as :func:`missing_fee`, for ``days`` only.
    """
    rest = (within, divisor, posts, price_on)
    if not before:
        return missing_fee(days, *rest)
    together = dict(before)
    for day, count in days.items():
        together[day] = together.get(day, 0) + count
    first = missing_fee(before, *rest)
    costs, other = {}, 0
    for price, (cost, found) in missing_fee(together, *rest).items():
        cost -= first.get(price, (0, []))[0]
        if found := [day for day in found if day in days]:
            costs[price] = (cost, found)
        else:
            other += cost
    if other:
        price = next(iter(costs))
        costs[price] = (costs[price][0] + other, costs[price][1])
    return costs


def price_on(prices, day):
    """Return the price of a day; 0 when there is none.

    :param prices: as :func:`price_spans`.
    """
    for price, first, last in prices:
        if first <= day and (not last or day <= last):
            return price
    return Fraction(0)


def share_text(share):
    """Return a number of months as an exact text: ``1``, ``15/31``, ``2+15/31``."""
    whole, rest = divmod(share.numerator, share.denominator)
    parts = [str(whole)] if whole or not rest else []
    if rest:
        parts.append(f"{rest}/{share.denominator}")
    return "+".join(parts)

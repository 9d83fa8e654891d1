"""Sharing a figure by weights so that the parts make up the whole exactly."""

from decimal import ROUND_HALF_UP, Decimal


def exact(value):
    """Return the number that people see in a float: 0.1, not its binary neighbour."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def round_half_up(value, places):
    """Return ``value`` with ``places`` decimals, half away from zero."""
    return exact(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def split_exact(total, weights, places):
    """Share ``total`` by ``weights``; the odd unit goes to the largest weight.

    Each part is rounded half up to ``places`` decimals; what the parts then lack or
    have too much is the largest weight's, the first of several equal ones.

    :param total: the whole, of either sign; is rounded first.
    :param weights: numbers above zero, such as percentages.
    :return: list of Decimal in the order of ``weights``; its sum is the whole.
    """
    total = round_half_up(total, places)
    weights = [exact(weight) for weight in weights]
    whole = sum(weights)
    parts = [round_half_up(total * weight / whole, places) for weight in weights]
    parts[weights.index(max(weights))] += total - sum(parts)
    return parts

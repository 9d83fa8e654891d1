"""Readings of an odometer that begins again at 0 after all nines.

Plain Python without Odoo; the chain of trips has the same rule in SQL.
"""


def gap(before, after, register, most=None):
    """Return the km from one reading to a later one of the same instrument.

    :param before, after: readings in km.
    :param register: at which the instrument begins again: 1,000,000 with six digits.
    :param most: a difference backwards is read as one over all nines when that
        comes to less than this; a tenth of the register unless told.
    :return: km; below 0 where the later reading really is the lower one.
    """
    km = round(after - before, 1)
    most = register / 10 if most is None else most
    if km < 0 and km + register < most:
        km = round(km + register, 1)
    return km


def driven(before, after, register):
    """Return the km between two readings that may lie far apart, by the nearer way."""
    return gap(before, after, register, register / 2)

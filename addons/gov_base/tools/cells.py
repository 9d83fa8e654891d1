"""One cell: from what Excel holds to a text, a number or a choice."""

import datetime
import math
import re
import unicodedata

# Whole numbers above this have lost digits in Excel before they came here.
_EXACT = 10**15
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?|[+-]?\.\d+")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
# Dates outside these years are slips of the pen.
_YEARS = range(2000, 2101)
# Characters that a table program takes for the beginning of a formula.
_FORMULA = re.compile(r"[=@]|[+-].*[(|!]")


class BadCell(Exception):
    """A cell that cannot be read; the text says why."""


class CellError(str):
    """What stands in a cell whose formula failed (#N/A) or has no result."""


def key(text):
    """Return ``text`` as names are compared: width, case and blanks do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def plain(value):
    """Return a cell as the person sees it in the list of bad rows."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def read(env, column, value, choices=None):
    """Return the value of a cell, or None when it is empty.

    :param column: has ``kind`` (text, integer, number, date, or a name in
        ``choices``), ``required``, ``most`` (longest text or largest number),
        ``digits`` (decimals that a number may have) and may have ``multiline`` (a
        text of several lines).
    :param value: what the workbook holds.
    :param choices: dict kind → (dict of what may stand in a cell → value, list of
        what is offered).
    :raise BadCell: with the reason.
    """
    if isinstance(value, CellError):
        raise BadCell(env._("the formula has no result; type the value"))
    if isinstance(value, str):
        value = value.replace("\u3000", " ").strip()
    if value is None or value == "":
        if column.required:
            raise BadCell(env._("the cell is empty, it must be filled in"))
        return None
    if column.kind == "text":
        return _read_text(env, column, value)
    if column.kind in ("integer", "number"):
        return _read_number(env, column, value)
    if column.kind == "date":
        return _read_date(env, value)
    return _read_choice(env, value, *choices[column.kind])


def _read_text(env, column, value):
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        raise BadCell(
            env._(
                "Excel has made a date of this; format the column as text and "
                "type it again"
            )
        )
    if isinstance(value, bool):
        value = str(value).upper()
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) >= _EXACT:
            raise BadCell(
                env._(
                    "Excel has rounded this long number; format the column as text "
                    "and type it again"
                )
            )
        value = plain(value)
    if len(value) > column.most:
        raise BadCell(
            env._(
                "the text has %(length)s characters, at most %(most)s are possible",
                length=len(value),
                most=int(column.most),
            )
        )
    if getattr(column, "multiline", False):
        value = value.replace("\r\n", "\n")
        shown = value.replace("\n", "")
    else:
        shown = value
    if any(unicodedata.category(char) in ("Cc", "Cs", "Co") for char in shown):
        raise BadCell(env._("line breaks and control characters are not possible"))
    if _FORMULA.match(value):
        raise BadCell(
            env._("a text that begins like a formula (=, @, + or -) is not possible")
        )
    return value


def _read_number(env, column, value):
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).replace(" ", "")
        if not _NUMBER.fullmatch(text):
            raise BadCell(env._("this is not a number"))
        value = float(text.replace(",", ""))
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise BadCell(env._("this is not a number"))
    if not math.isfinite(value):
        raise BadCell(env._("this is not a number"))
    if value < 0:
        raise BadCell(env._("the number must not be below zero"))
    if value > column.most:
        raise BadCell(
            env._("the number is too large, at most %(most)s", most=int(column.most))
        )
    digits = 0 if column.kind == "integer" else column.digits
    if abs(round(value, digits) - value) > 1e-9 * max(1, value):
        if digits:
            raise BadCell(
                env._("at most %(digits)s decimals are possible", digits=digits)
            )
        raise BadCell(env._("only whole numbers are possible"))
    return round(value, digits) if digits else int(round(value))


def _read_date(env, value):
    if isinstance(value, datetime.datetime):
        value = value.date()
    elif isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).replace(" ", "")
        match = _DATE.fullmatch(text)
        try:
            value = match and datetime.date(*map(int, match.groups()))
        except ValueError:
            value = None
    if not isinstance(value, datetime.date):
        raise BadCell(env._("this is not a date; write it as 2026-01-01"))
    if value.year not in _YEARS:
        raise BadCell(env._("the year is out of reason"))
    return value


def _read_choice(env, value, choices, offered):
    text = key(plain(value))
    if text not in choices:
        raise BadCell(env._("only %(choices)s are possible", choices=offered))
    return choices[text]

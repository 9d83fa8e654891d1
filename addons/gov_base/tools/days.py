import re
from datetime import date, datetime

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, get_lang

_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([ T]\d{2}:\d{2}.*)?", re.ASCII)


def to_day(env, value):
    """Return a date for what callers in process and over RPC give as one.

    :param value: date, datetime, ISO string (a time behind it is ignored) or empty.
    :return: date; False for an empty value.
    :raise UserError: ``value`` is no date of our times.
    """
    if not value:
        return False
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _ISO_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise UserError(
            env._("“%(value)s” is not a date. Write it as YYYY-MM-DD.", value=value)
        ) from None


def format_day(env, day):
    """Return a day in words of the reader: 2026年11月19日 for a Chinese one.

    :param env: environment whose language counts.
    :param day: date or empty.
    """
    if isinstance(day, date) and get_lang(env).code.startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日"
    return format_date(env, day)


def domain_by_day(env, make):
    """Return the domain in which each institution looks with its own day.

    :param make: function of a date: the domain of that day.
    """
    # sudo: only the days of the institutions are asked, record rules still hold.
    companies = env["res.company"].sudo().search([("active", "=", True)])
    by_day = companies.grouped(lambda company: company.gov_today())
    return Domain.OR(
        Domain("company_id", "in", some.ids) & make(day) for day, some in by_day.items()
    )

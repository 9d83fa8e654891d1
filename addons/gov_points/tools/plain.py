"""Texts and days that a caller sent to an action."""

from datetime import datetime

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import format_day

MOST_SIGNS = 5000


def check_text(records, name, text, most=MOST_SIGNS):
    """Return ``text`` without blanks around it.

    :param records: a recordset; its environment says the language.
    :param name: what is asked for: the name of a field, or a label.
    :raise UserError: naming the field, when it is empty, too long or no text.
    """
    env = records.env
    field = records._fields.get(name)
    label = field._description_string(env) if field else name
    if not isinstance(text, str) or "\0" in text or not text.strip():
        raise UserError(env._("%s: please write it down; it is missing.", label))
    if len(text) > most:
        raise UserError(
            env._(
                "%(field)s: %(length)s signs are more than %(most)s.",
                field=label,
                length=len(text),
                most=most,
            )
        )
    return text.strip()


def check_day(records, value, company, earliest=None):
    """Return ``value`` as a date that has come.

    :param value: date or ISO text.
    :param company: whose day counts.
    :param earliest: first possible day, may be empty.
    :raise UserError: naming the day and the bound.
    """
    env = records.env
    try:
        if isinstance(value, datetime) or not value:
            raise ValueError
        day = fields.Date.to_date(value)
    except (TypeError, ValueError, AttributeError):
        raise UserError(env._("“%s” is no date.", value or "")) from None
    today = company.gov_today()
    if day > today:
        raise UserError(
            env._(
                "%(day)s lies in the future; today is %(today)s.",
                day=format_day(env, day),
                today=format_day(env, today),
            )
        )
    if earliest and day < earliest:
        raise UserError(
            env._(
                "%(day)s lies before %(earliest)s, the earliest day possible here.",
                day=format_day(env, day),
                earliest=format_day(env, earliest),
            )
        )
    return day

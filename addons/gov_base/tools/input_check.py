"""Plain values sent by a caller, refused by the name of their field."""

import math
from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.models import BaseModel

_PLAIN_TYPES = (
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "integer",
    "monetary",
    "text",
)

# What a float still holds to the hundredth.
_MOST = 1e13

# How much a command says besides what it is.
_COMMANDS = {
    Command.CREATE: 2,
    Command.UPDATE: 2,
    Command.DELETE: 1,
    Command.UNLINK: 1,
    Command.LINK: 1,
    Command.CLEAR: 0,
    Command.SET: 2,
}


def plain_number(value):
    """Return a number as people write it: 3, 2.5."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def check_dictionaries(model, vals_list):
    """Refuse values of new records that are no dictionaries.

    :raise UserError: with a plain sentence.
    """
    if not all(isinstance(vals, dict) for vals in vals_list):
        raise UserError(model.env._("These values are not possible here."))


def _is_id(value):
    # True is an integer to Python; a larger number is none to PostgreSQL.
    return type(value) is int and 0 < value < 2**31


def _are_commands(value):
    """Tell whether ``value`` is what a one2many or many2many can be given."""
    if isinstance(value, BaseModel):
        return True
    if not isinstance(value, list | tuple):
        return False
    return all(_is_id(item) or _is_command(item) for item in value)


def _is_command(item):
    if not isinstance(item, list | tuple) or not item:
        return False
    if not isinstance(item[0], int) or item[0] not in _COMMANDS:
        return False
    code, rest = item[0], item[1:]
    if len(rest) < _COMMANDS[code]:
        return False
    if code in (Command.CREATE, Command.UPDATE) and not isinstance(rest[1], dict):
        return False
    if code == Command.SET:
        return isinstance(rest[1], list | tuple) and all(map(_is_id, rest[1]))
    return code in (Command.CREATE, Command.CLEAR) or _is_id(rest[0])


def _fits(value):
    """Tell whether PostgreSQL and the clocks of all places have room for it."""
    if isinstance(value, int):
        return -(2**31) <= value < 2**31
    if isinstance(value, float):
        return math.isfinite(value) and abs(value) < _MOST
    if isinstance(value, date):
        # Local time may lie a day before or after.
        return 1 < value.year < 9999
    return "\0" not in str(value)


def check_plain_values(model, vals):
    """Refuse values that their field cannot hold, with a message and not a stack.

    :param model: an empty recordset of the model that ``vals`` are for.
    :param vals: values for ``create`` or ``write``.
    :raise UserError: naming the field and the value.
    """
    for name, value in vals.items():
        field = model._fields.get(name)
        if field is None or (not value and value != []):
            continue
        if field.type in (*_PLAIN_TYPES, "selection"):
            try:
                possible = _fits(field.convert_to_cache(value, model))
            except (TypeError, ValueError, OverflowError):
                possible = False
        elif field.type == "many2one":
            possible = _is_id(value)
        elif field.type in ("one2many", "many2many"):
            possible = _are_commands(value)
        else:
            continue
        if not possible:
            raise UserError(
                model.env._(
                    "%(field)s: “%(value)s” is not possible here.",
                    field=field._description_string(model.env),
                    value=value,
                )
            )


def check_line_commands(model, name, commands):
    """Refuse lines that are no list of commands, and plain values of new ones.

    :param model: an empty recordset of the model that has the one2many ``name``.
    :raise UserError: naming the field and the value.
    """
    field = model._fields[name]
    lines = model.env[field.comodel_name]
    for command in commands if isinstance(commands, list | tuple) else [commands]:
        if isinstance(command, list | tuple) and command:
            if command[0] not in (Command.CREATE, Command.UPDATE):
                continue
            if len(command) == 3 and isinstance(command[2], dict):
                check_plain_values(lines, command[2])
                continue
        raise UserError(
            model.env._(
                "%(field)s: “%(value)s” is not possible here.",
                field=field._description_string(model.env),
                value=command,
            )
        )


def check_records_exist(model, vals_list, names):
    """Refuse ids of records that do not exist, one query per field.

    :param model: an empty recordset of the model that ``vals_list`` are for.
    :param names: many2one fields to look at.
    :raise UserError: naming the field and the number.
    """
    for name in names:
        ids = {vals[name] for vals in vals_list if vals.get(name)}
        records = model.env[model._fields[name].comodel_name].browse(ids)
        for missing in records - records.exists():
            raise UserError(
                model.env._(
                    "%(field)s: there is none with the number %(id)s.",
                    field=model._fields[name]._description_string(model.env),
                    id=missing.id,
                )
            )


def check_one(records):
    """Refuse a call on none or several rows.

    :raise UserError: with a plain sentence.
    """
    if len(records) != 1:
        raise UserError(records.env._("Choose one row."))


def find_record(model, record_id, message):
    """Return the record that a caller named by its id.

    :param model: an empty recordset.
    :param record_id: whatever the caller sent.
    :param message: text for the caller when there is no such record.
    :raise UserError: with ``message``.
    """
    # True is an integer to Python and would find the record number 1.
    if type(record_id) is int:
        if record := model.browse(record_id).exists():
            return record
    raise UserError(message)

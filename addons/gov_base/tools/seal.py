"""Canonical text, hashes and database guards of sealed records.

The functions here know nothing of Odoo's records: who wants to check a chain with
another tool needs this file only, the order of the values in :func:`link_hash` and
the rows of the table ``gov_seal``.
"""

import hashlib
import json

from odoo.tools import SQL
from odoo.tools.sql import make_identifier

# What the first link of a chain names as the link before it.
GENESIS = "0" * 64

# Raised by the guards below; Odoo turns it into the text of the model's
# ``_sql_error_to_message``.
REFUSED = "gov_seal_refuse"

# the trigger that guards the rows of a sealed table
ROW_GUARD = "gov_seal_row"

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True
).encode


def canonical(values):
    """Return the canonical text of a ``{field: value}`` dictionary."""
    return _encode(values)


def sha256(text):
    """Return the SHA-256 of ``text`` (UTF-8) in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def link_hash(
    previous_hash,
    payload_hash,
    chain,
    company_id,
    sequence,
    model,
    res_id,
    schema,
    sealed_at,
    sealed_by_id,
):
    """Return the hash of one link: SHA-256 over a JSON list of all that it says.

    :param str previous_hash: the link before it, :data:`GENESIS` for the first one
    :param datetime.datetime sealed_at: UTC, written as ``2026-11-22 08:30:00``
    """
    return sha256(
        _encode(
            [
                previous_hash,
                payload_hash,
                chain,
                company_id,
                sequence,
                model,
                res_id,
                schema,
                sealed_at.isoformat(sep=" "),
                sealed_by_id,
            ]
        )
    )


def next_links(sequence, last, chain, company_id, waiting):
    """Yield the links that follow number ``sequence`` with the hash ``last``.

    :param waiting: tuples of id, payload hash, model, record id, schema, sealed at and
        sealed by, in the order of the chain
    :return: tuples of id, number, hash of the link before, hash of the link
    """
    for number, (id_, payload_hash, *values) in enumerate(waiting, sequence + 1):
        previous = last
        last = link_hash(previous, payload_hash, chain, company_id, number, *values)
        yield id_, number, previous, last


_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION gov_seal_refuse() RETURNS trigger
LANGUAGE plpgsql AS $function$
BEGIN
    RAISE EXCEPTION '% on % refused: the record is sealed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
          CONSTRAINT = '{REFUSED}';
END
$function$;
CREATE OR REPLACE FUNCTION gov_seal_refuse_relation() RETURNS trigger
LANGUAGE plpgsql AS $function$
DECLARE
    -- arguments: table of the sealed model, column that points to it
    target integer;
BEGIN
    -- Touching the row meets its own guard when it is sealed, and makes whoever
    -- seals it at this moment start again with what is written here.
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO target USING OLD;
        EXECUTE format('UPDATE %I SET is_sealed = is_sealed WHERE id = $1', TG_ARGV[0])
        USING target;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO target USING NEW;
        EXECUTE format('UPDATE %I SET is_sealed = is_sealed WHERE id = $1', TG_ARGV[0])
        USING target;
        RETURN NEW;
    END IF;
    RETURN OLD;
END
$function$;
"""


def create_functions(cr):
    """Create the functions that the guards call."""
    cr.execute(_FUNCTIONS)


def drop_functions(cr):
    """Drop the functions and with them every guard (uninstallation)."""
    cr.execute("DROP FUNCTION IF EXISTS gov_seal_refuse_relation() CASCADE")
    cr.execute("DROP FUNCTION IF EXISTS gov_seal_refuse() CASCADE")


def lacks_guard(cr, table):
    """Tell whether ``table`` exists without a guard of its rows that is switched on."""
    cr.execute(
        SQL(
            "SELECT 1 FROM pg_class WHERE oid = to_regclass(%s) AND NOT EXISTS ("
            "SELECT 1 FROM pg_trigger WHERE tgrelid = pg_class.oid"
            " AND tgname = %s AND tgenabled <> 'D')",
            table,
            ROW_GUARD,
        )
    )
    return bool(cr.rowcount)


def ensure_trigger(cr, table, name, definition):
    """Create or replace a trigger, unless it stands there with this definition.

    :param SQL definition: what follows ``CREATE TRIGGER <name>``
    """
    text = cr.mogrify(definition).decode()
    cr.execute(
        SQL(
            "SELECT obj_description(oid, 'pg_trigger') FROM pg_trigger"
            " WHERE tgrelid = to_regclass(%s) AND tgname = %s",
            table,
            name,
        )
    )
    found = cr.fetchone()
    if found and found[0] == text:
        return
    where = SQL.identifier(table)
    trigger = SQL.identifier(name)
    cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", trigger, where))
    cr.execute(SQL("CREATE TRIGGER %s %s", trigger, definition))
    cr.execute(SQL("COMMENT ON TRIGGER %s ON %s IS %s", trigger, where, text))


def guard_rows(cr, table, columns):
    """Guard the sealed rows of ``table``: the columns, deletion and truncation."""
    where = SQL.identifier(table)
    ensure_trigger(
        cr,
        table,
        ROW_GUARD,
        SQL(
            "BEFORE UPDATE OF %s OR DELETE ON %s FOR EACH ROW WHEN (OLD.is_sealed)"
            " EXECUTE FUNCTION gov_seal_refuse()",
            SQL(", ").join(map(SQL.identifier, columns)),
            where,
        ),
    )
    guard_truncate(cr, table)


def guard_truncate(cr, table):
    """Refuse to empty ``table`` as a whole."""
    ensure_trigger(
        cr,
        table,
        "gov_seal_truncate",
        SQL(
            "BEFORE TRUNCATE ON %s FOR EACH STATEMENT"
            " EXECUTE FUNCTION gov_seal_refuse()",
            SQL.identifier(table),
        ),
    )


def guard_relation(cr, table, column, target):
    """Guard the rows of a relation table that belong to sealed rows of ``target``.

    :param str column: the column that points to ``target``
    """
    ensure_trigger(
        cr,
        table,
        make_identifier(f"gov_seal_{column}"),
        SQL(
            "BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW"
            " EXECUTE FUNCTION gov_seal_refuse_relation(%s, %s)",
            SQL.identifier(table),
            target,
            column,
        ),
    )
    guard_truncate(cr, table)

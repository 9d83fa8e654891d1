"""Rows on which transactions that must not pass each other meet."""

from odoo.tools import SQL


def meet_rivals(records):
    """UPDATE these rows without a change, so that of two rivals one is run again.

    Under REPEATABLE READ a lock alone protects nothing: whoever waited for it goes on
    with figures that are out of date. Of two who both UPDATE a row the later one fails
    when the first commits, and Odoo runs the whole request again, which then reads what
    the first has written. The order of the ids keeps two from waiting for each other.

    Nothing is flushed or read again: that is for the caller, who knows which fields.

    :param records: rows of one model with Odoo's log columns; empty is no query.
    :return: how many of the rows exist.
    """
    if not records.ids:
        return 0
    records.env.cr.execute(
        SQL(
            "UPDATE %(table)s SET write_date = write_date WHERE id IN (SELECT id"
            " FROM %(table)s WHERE id IN %(ids)s ORDER BY id FOR NO KEY UPDATE)",
            table=SQL.identifier(records._table),
            ids=tuple(set(records.ids)),
        )
    )
    return records.env.cr.rowcount

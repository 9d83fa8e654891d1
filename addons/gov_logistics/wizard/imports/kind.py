"""What all kinds of files have in common: reading, reporting, loading."""

import csv
import difflib
import io
from collections import defaultdict

from odoo.exceptions import UserError

from odoo.addons.gov_base.tools import book, cells

from .columns import CHOICES, OFFERED, TABLES

_CHOICES = {kind: (CHOICES[kind], OFFERED[kind]) for kind in CHOICES}
# So many names are compared with all others to say which one was meant.
_MOST_NEAREST = 200
_OPTIONS = {
    "has_headers": False,
    "quoting": '"',
    "separator": ",",
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "float_thousand_separator": " ",
    "float_decimal_separator": ".",
}


class Refused(Exception):
    """Odoo itself refused rows; they have been reported."""


class Names:
    """What a name in a cell stands for: ids of records, or rows that become records."""

    def __init__(self):
        self._targets = defaultdict(list)
        self._nearest = {}

    def add(self, name, target):
        """Let ``name`` stand for ``target`` (an id or a ``Row``)."""
        targets = self._targets[cells.key(name or "")]
        if target not in targets:
            targets.append(target)

    def find(self, name):
        """Return all that ``name`` stands for."""
        return self._targets.get(cells.key(name), [])

    def nearest(self, name):
        """Return the name that is most like ``name``, or an empty text."""
        wanted = cells.key(name)
        if wanted not in self._nearest:
            if len(self._nearest) >= _MOST_NEAREST:
                return ""
            close = difflib.get_close_matches(wanted, self._targets, 1, 0.4)
            self._nearest[wanted] = close[0] if close else ""
        return self._nearest[wanted]


class Kind:
    """One file of one kind while it is checked and imported.

    ``read`` fills ``rows``; ``link`` finds what the names in them stand for and what
    is there already; ``load`` creates the new records through Odoo's own import and
    ``finish`` fills in what needs records of the same file.
    """

    code = None
    # Whether a text file (.csv) will do too.
    takes_csv = False
    # Records that the person must be allowed to create, and who usually may.
    creates = ()

    def __init__(self, run):
        self.run = run
        self.env = run.env
        self.company = run.company
        self.sheet, self.columns = TABLES[self.code]
        self.headings = {}
        self.rows = []

    # === Reading === #

    def load_file(self, content):
        """Read the file; bad cells are reported.

        :raise UserError: when the file as a whole cannot be used.
        """
        read = book.read_table
        if self.takes_csv and not content.startswith(book.ZIP):
            read = book.read_csv
        self.headings, self.rows = read(self.env, content, self.columns)
        for row in self.rows:
            for column in self.columns:
                if column.key not in row.raw:
                    row.values[column.key] = None
                    continue
                try:
                    row.values[column.key] = cells.read(
                        self.env, column, row.raw[column.key], _CHOICES
                    )
                except cells.BadCell as bad:
                    row.values[column.key] = None
                    self.report(row, column.key, str(bad))

    def link(self):
        """Find what names stand for, doubles and what is there already."""
        raise NotImplementedError

    def report(self, row, column_key, reason):
        """Note that a row is bad.

        :param row: a ``Row``, or None when Odoo names none.
        :param column_key: key of the column, or None for the row as a whole.
        """
        heading = self.headings.get(column_key) or next(
            (column.zh for column in self.columns if column.key == column_key), ""
        )
        value = row.raw.get(column_key) if row else None
        self.run.add_issue("error", self, row, heading, cells.plain(value), reason)

    def report_existing(self, row, record_id):
        """Note that the record of a row is there already and stays as it is."""
        row.exists = True
        row.record_id = record_id
        self.run.add_issue(
            "existing",
            self,
            row,
            "",
            cells.plain(row.raw.get("name")),
            self.env._("is there already and stays as it is"),
        )

    def check_double(self, row, seen, value, column_key):
        """Report a value that an earlier row has, and remember it.

        :param seen: dict value → number of the row.
        :return: True when it is a double.
        """
        if value in seen:
            self.report(
                row,
                column_key,
                self.env._("stands in row %(number)s already", number=seen[value]),
            )
            return True
        seen[value] = row.number
        return False

    def find(self, names, row, column_key, unknown):
        """Return what the name in a cell stands for, or None with a report.

        :param names: a ``Names``.
        :param unknown: the reason when nothing has this name.
        """
        name = row.values[column_key]
        if not name:
            return None
        targets = names.find(name)
        if len(targets) == 1:
            return targets[0]
        if targets:
            reason = self.env._(
                "%(count)s have this name; leave the cell empty and choose the right "
                "one afterwards, or make the names different",
                count=len(targets),
            )
        else:
            reason = unknown
            if nearest := names.nearest(name):
                reason = self.env._(
                    "%(reason)s; is “%(name)s” meant?", reason=reason, name=nearest
                )
        self.report(row, column_key, reason)
        return None

    @property
    def new_rows(self):
        return [row for row in self.rows if not row.exists]

    # === Loading === #

    def check_rights(self):
        """Refuse whom Odoo's own import would refuse, before a file is read.

        :raise UserError: naming the right that is missing.
        """
        for model, group in self.creates:
            if not self.env[model].has_access("create"):
                # Names of groups are no secret, and who lacks one must hear it.
                group = self.env.ref(group).sudo()
                raise UserError(
                    self.env._(
                        "You cannot import this: %(document)s may only be created by "
                        "the role “%(group)s”. Please ask the administrator.",
                        document=self.env["ir.model"]._get(model).name,
                        group=group.full_name,
                    )
                )

    def load(self):
        """Create the records of the new rows."""
        raise NotImplementedError

    def finish(self):
        """Fill in what could not be known when the records were created."""

    def load_rows(self, model, rows, table, **context):
        """Import a table through Odoo's own import, with the person's rights.

        :param rows: the rows that the lines of ``table`` come from.
        :param table: dict field path → function that gives the value of a row.
        :param context: keys for Odoo's import, such as defaults.
        :return: the ids, in the order of ``rows``.
        :raise Refused: when Odoo refuses a row; it has been reported.
        """
        if not rows:
            return []
        stream = io.StringIO()
        writer = csv.writer(stream)
        for row in rows:
            writer.writerow([_text(value(row)) for value in table.values()])
        importer = (
            self.env["base_import.import"]
            .with_context(**context)
            .create(
                {
                    "res_model": model,
                    "file": stream.getvalue().encode(),
                    "file_name": f"{self.code}.csv",
                    "file_type": "text/csv",
                }
            )
        )
        result = importer.execute_import(list(table), [], dict(_OPTIONS))
        messages = result["messages"]
        texts = [message["message"] for message in messages]
        if texts and texts[0] in texts[1:]:
            # The reason why the whole batch failed, before the row that it came from.
            messages = messages[1:]
        for message in messages:
            number = (message.get("rows") or {}).get("from", -1)
            row = rows[number] if 0 <= number < len(rows) else None
            self.report(row, None, self._shown(message))
        ids = result.get("ids") or []
        if messages or len(ids) != len(rows):
            if not messages:
                self.report(None, None, self.env._("Odoo did not take every row"))
            raise Refused()
        return ids

    def _shown(self, message):
        """Return Odoo's message; what it could not explain becomes a plain sentence."""
        if isinstance(message.get("moreinfo"), str):
            return self.env._("Odoo cannot store this row")
        return message["message"]


def resolve(target):
    """Return the id that a target stands for, once its row has been loaded."""
    return getattr(target, "record_id", target) or ""


def _text(value):
    """Return a value as Odoo's import reads it from a file."""
    if value is None or value is False:
        return "" if value is None else "0"
    if value is True:
        return "1"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)

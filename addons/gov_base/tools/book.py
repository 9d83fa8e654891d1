"""An Excel workbook as rows; everything that is none is refused with a reason."""

import csv
import io
import re
import zipfile

import openpyxl

from odoo.exceptions import UserError

from . import cells

# A file, its unpacked content, its rows and columns may be this large.
MOST_BYTES = 5 * 1024 * 1024
_MOST_UNPACKED = 150 * 1024 * 1024
MOST_ROWS = 20_000
_MOST_COLUMNS = 60
# No row of a table has a higher number; a file can claim any, and each gap is walked.
_LAST_ROW = 50_000
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{5,})"[^>]*?(/?)>')
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)\b")
# Above the headings there may be a title.
_HEADING_ROWS = 10

# What every workbook begins with.
ZIP = b"PK"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Row:
    """One row of a file.

    :ivar number: as Excel counts.
    :ivar raw: what the cells hold, by column key.
    :ivar values: what was read from them.
    :ivar record_id: the record that the row stands for, once there is one.
    :ivar exists: the record was there before.
    """

    __slots__ = ("number", "raw", "values", "record_id", "exists")

    def __init__(self, number, raw):
        self.number = number
        self.raw = raw
        self.values = {}
        self.record_id = None
        self.exists = False


def read_table(env, content, columns, names=()):
    """Return the rows of one sheet of a workbook.

    :param content: the file.
    :param columns: the columns of the template; each has ``key``, ``zh``, ``en`` and
        ``required``.
    :param names: the names that the sheet may have; the first sheet by default.
    :return: the headings that were found by column key, the filled rows.
    :raise UserError: when the file is no workbook, or no file of this template.
    """
    _check_file(env, content)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        index = _find_sheet(env, book, names)
        _check_far_rows(env, content)
        sheets = book.worksheets
        lines = sheets and _read_lines(env, sheets[index])
        formulas = _find_formulas(content, lines, index)
    except UserError:
        raise
    except Exception as error:
        # Whatever is broken inside, the person can only save the file again.
        raise UserError(
            env._("The file is damaged. Please save it again as an Excel file (.xlsx).")
        ) from error
    if not lines:
        raise UserError(env._("The file is empty."))
    return _split(env, lines, formulas, columns)


def read_grid(env, content, most_rows=MOST_ROWS, most_bytes=MOST_BYTES):
    """Return the filled rows of a file whose layout is the sender's own.

    :param content: a workbook, whose first sheet is read, or a text file as
        :func:`read_csv` takes it.
    :param most_rows, most_bytes: how large the file may be.
    :return: list of (number as Excel counts, list of values); a cell without result
        is a :class:`~.cells.CellError`.
    :raise UserError: when the file is neither, is empty or too large.
    """
    if not content.startswith((ZIP, _OLE)):
        lines = _read_text(env, content, most_rows, most_bytes)
    else:
        _check_file(env, content, most_bytes)
        lines = _read_grid_lines(env, content, most_rows)
    if not lines:
        raise UserError(env._("The file is empty."))
    if len(lines) > most_rows + _HEADING_ROWS:
        _refuse_rows(env, most_rows)
    return [
        (
            number,
            [
                cells.CellError(value) if index in errors else value
                for index, value in enumerate(values)
            ],
        )
        for number, values, errors in lines
    ]


def _read_grid_lines(env, content, most_rows):
    last_row = max(_LAST_ROW, most_rows + 2 * _HEADING_ROWS)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        _check_far_rows(env, content, last_row)
        sheets = book.worksheets
        lines = _read_lines(env, sheets[0], most_rows, last_row) if sheets else []
        formulas = _find_formulas(content, lines, 0, last_row)
    except UserError:
        raise
    except Exception as error:
        # Whatever is broken inside, the person can only save the file again.
        raise UserError(
            env._("The file is damaged. Please save it again as an Excel file (.xlsx).")
        ) from error
    by_number = {number: errors for number, _values, errors in lines}
    for number, index in formulas:
        # A row of formulas without any result looks empty and is none of them.
        by_number.get(number, set()).add(index)
    return lines


def read_csv(env, content, columns):
    """Return the rows of a text file with one row per line, as Excel and WPS save it.

    :param content: the file, in UTF-8 or GB 18030; commas, semicolons or tabs.
    :param columns: see :func:`read_table`.
    :return: the headings that were found by column key, the filled rows.
    :raise UserError: when the file is no such text, or no file of this template.
    """
    return _split(env, _read_text(env, content), set(), columns)


def _read_text(env, content, most_rows=MOST_ROWS, most_bytes=MOST_BYTES):
    """Return (number, values, errors) of the filled lines of a text file."""
    if len(content) > most_bytes or content.startswith((ZIP, _OLE)) or not content:
        _check_file(env, content, most_bytes)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            text = "\0"
    if "\0" in text:
        raise UserError(
            env._(
                "This is neither an Excel file (.xlsx) nor a text file (.csv). Please "
                "fill in the template and save it as one of these."
            )
        )
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    lines = []
    try:
        for number, values in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1
        ):
            if any(value.strip() for value in values):
                lines.append((number, values[:_MOST_COLUMNS], set()))
            if len(lines) > most_rows + _HEADING_ROWS:
                break
    except csv.Error as error:
        raise UserError(
            env._("The file is damaged. Please save it again as a text file (.csv).")
        ) from error
    return lines


def _find_sheet(env, book, names):
    """Return the place of the sheet with one of ``names``, the first by default."""
    if not names:
        return 0
    wanted = {cells.key(name) for name in names}
    for index, sheet in enumerate(book.worksheets):
        if cells.key(sheet.title) in wanted:
            return index
    raise UserError(env._("The sheet “%s” is missing.", names[0]))


def _check_file(env, content, most_bytes=MOST_BYTES):
    """Refuse what is no .xlsx file, by what it is instead."""
    if not content:
        raise UserError(env._("The file is empty."))
    if len(content) > most_bytes:
        raise UserError(
            env._(
                "The file is too large: %(size)s MB, at most %(most)s MB are possible.",
                size=-(-len(content) // (1024 * 1024)),
                most=most_bytes // (1024 * 1024),
            )
        )
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise UserError(
                env._(
                    "The file is protected by a password. Please remove the password "
                    "in Excel or WPS and save it again."
                )
            )
        raise UserError(
            env._(
                "This is an old Excel file (.xls). Please save it as a workbook of "
                "the kind .xlsx."
            )
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise UserError(
            env._(
                "This is no Excel file (.xlsx). Please fill in the template and save "
                "it as a workbook of the kind .xlsx."
            )
        ) from error
    if sum(member.file_size for member in members) > _MOST_UNPACKED:
        raise UserError(env._("The file is too large when it is unpacked."))
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise UserError(
            env._(
                "This is no Excel file (.xlsx). Please fill in the template and save "
                "it as a workbook of the kind .xlsx."
            )
        )


def _check_far_rows(env, content, last_row=_LAST_ROW):
    """Refuse values far below the table, in whatever sheet; empty rows are nothing."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            data = archive.read(name)
            for row in _ROW.finditer(data):
                if int(row[1][:9]) <= last_row or row[2]:
                    continue
                if _VALUE.search(data, row.end(), data.find(b"row>", row.end())):
                    raise UserError(
                        env._(
                            "The sheet is filled below row %(last)s. Please delete "
                            "these rows.",
                            last=last_row,
                        )
                    )


def _read_lines(env, sheet, most_rows=MOST_ROWS, last_row=_LAST_ROW):
    """Return (number, values) of the filled rows of a sheet."""
    lines = []
    # The size that the file claims is not believed: some programs write nonsense.
    sheet.reset_dimensions()
    cells_of = sheet.iter_rows(max_row=last_row, max_col=_MOST_COLUMNS)
    for number, line in enumerate(cells_of, 1):
        values = [cell.value for cell in line]
        if not any(value not in (None, "") for value in values):
            continue
        errors = {index for index, cell in enumerate(line) if cell.data_type == "e"}
        if len(lines) > most_rows + _HEADING_ROWS:
            _refuse_rows(env, most_rows)
        lines.append((number, values, errors))
    return lines


def _refuse_rows(env, most_rows):
    raise UserError(
        env._(
            "The file has too many rows; at most %(most)s are possible. Please divide "
            "it.",
            most=most_rows,
        )
    )


def _find_formulas(content, lines, index, last_row=_LAST_ROW):
    """Return the cells (row, index) that hold a formula without its result.

    Excel and WPS save the result beside the formula; other programs may not, and the
    cell would look empty.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if not any(
            b"<f>" in data or b"<f " in data
            for name in archive.namelist()
            if name.startswith("xl/worksheets/")
            for data in (archive.read(name),)
        ):
            return set()
    results = {number: values for number, values, __ in lines}
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    sheet = book.worksheets[index]
    sheet.reset_dimensions()
    found = set()
    cells_of = sheet.iter_rows(max_row=last_row, max_col=_MOST_COLUMNS)
    for number, line in enumerate(cells_of, 1):
        for index, cell in enumerate(line):
            if cell.data_type == "f":
                values = results.get(number, [])
                if index >= len(values) or values[index] is None:
                    found.add((number, index))
    return found


def _split(env, lines, formulas, columns):
    """Return the headings found and the rows below them."""
    by_name = {}
    for column in columns:
        by_name[cells.key(column.zh)] = by_name[cells.key(column.en)] = column.key
    place = _find_headings(lines, by_name)
    if place is None:
        raise UserError(
            env._(
                "The row of headings was not found. The sheet must have these "
                "columns: %(columns)s.",
                columns=[column.zh for column in columns],
            )
        )
    shown = [cells.plain(value).strip(" *＊\n") for value in lines[place][1]]
    positions = _map_headings(env, shown, by_name, columns)
    rows = []
    for number, values, errors in lines[place + 1 :]:
        raw = {}
        for key, index in positions.items():
            value = values[index] if index < len(values) else None
            if index in errors:
                value = cells.CellError(value)
            elif (number, index) in formulas:
                value = cells.CellError("=")
            raw[key] = value
        if any(value not in (None, "") for value in raw.values()):
            rows.append(Row(number, raw))
    if not rows:
        raise UserError(env._("There are no rows below the headings."))
    if len(rows) > MOST_ROWS:
        _refuse_rows(env, MOST_ROWS)
    return {key: shown[index] for key, index in positions.items()}, rows


def _find_headings(lines, by_name):
    """Return the place of the first row of known headings, or None.

    Two are enough, so that a wrong one can be named; a title stands alone.
    """
    for place, (_number, values, _errors) in enumerate(lines[:_HEADING_ROWS]):
        names = {cells.key(cells.plain(value).strip(" *＊\n")) for value in values}
        names.discard("")
        known = names & set(by_name)
        if len(known) >= 2 or (known and known == names):
            return place
    return None


def _map_headings(env, shown, by_name, columns):
    """Return column key → index; refuse unknown, double and missing headings."""
    positions, unknown, double = {}, [], []
    for index, name in enumerate(shown):
        if not name:
            continue
        column_key = by_name.get(cells.key(name))
        if not column_key:
            unknown.append(name)
        elif column_key in positions:
            double.append(name)
        else:
            positions[column_key] = index
    missing = [
        column.zh
        for column in columns
        if column.required and column.key not in positions
    ]
    problems = []
    if unknown:
        problems.append(env._("Unknown headings: %(names)s.", names=unknown))
    if double:
        problems.append(env._("Headings that stand twice: %(names)s.", names=double))
    if missing:
        problems.append(env._("Missing headings: %(names)s.", names=missing))
    if problems:
        problems.append(
            env._(
                "The template has these: %(names)s.",
                names=[column.zh for column in columns],
            )
        )
        raise UserError("\n".join(problems))
    return positions

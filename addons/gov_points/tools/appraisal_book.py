"""The appraisal sheet as a workbook: written row by row, in bounded memory."""

import io

import xlsxwriter

_HEAD = 3  # rows above the heading of the columns


def write(title, lines, columns, later_columns, chunks, words):
    """Return a workbook that Excel and WPS open.

    :param str title: over the sheet.
    :param list lines: two lines under the title.
    :param list columns: (key, heading, width) of the first sheet.
    :param list later_columns: the same of the sheet of what came later.
    :param chunks: iterable of (rows, later rows), dicts by key.
    :param dict words: ``sheet``, ``later`` (names), ``later_title``, ``signers``.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    formats = _formats(book)
    sheet = _open(book, formats, words["sheet"], title, lines, columns)
    place, later = _HEAD + 1, []
    for rows, more in chunks:
        later += more
        for row in rows:
            _write_row(sheet, formats, place, row, columns)
            place += 1
    sheet.autofilter(_HEAD, 0, max(place - 1, _HEAD), len(columns) - 1)
    for number, signer in enumerate(words["signers"]):
        sheet.write_string(place + 1, 1 + number * 3, f"{signer}：", formats["plain"])
    other = _open(
        book, formats, words["later"], words["later_title"], lines, later_columns
    )
    for number, row in enumerate(later):
        _write_row(other, formats, _HEAD + 1 + number, row, later_columns)
    other.autofilter(_HEAD, 0, _HEAD + len(later), len(later_columns) - 1)
    book.close()
    return stream.getvalue()


def _formats(book):
    border = {"border": 1, "valign": "vcenter", "font_size": 10}
    return {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "plain": book.add_format({"font_size": 10}),
        "head": book.add_format(
            {
                **border,
                "bold": True,
                "align": "center",
                "text_wrap": True,
                "bg_color": "#E7E6E6",
            }
        ),
        "text": book.add_format({**border, "text_wrap": True}),
        "number": book.add_format({**border, "align": "center"}),
    }


def _open(book, formats, name, title, lines, columns):
    """Add a sheet with title, lines and headings; rows follow from the next row on."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD)
    sheet.freeze_panes(_HEAD + 1, 0)
    for number, (_key, _heading, width) in enumerate(columns):
        sheet.set_column(number, number, width)
    sheet.set_row(0, 28)
    sheet.merge_range(0, 0, 0, len(columns) - 1, title, formats["title"])
    for number, line in enumerate(lines):
        sheet.write_string(1 + number, 0, line, formats["plain"])
    sheet.set_row(_HEAD, 30)
    for number, (_key, heading, _width) in enumerate(columns):
        sheet.write_string(_HEAD, number, heading, formats["head"])
    return sheet


def _write_row(sheet, formats, place, row, columns):
    for number, (key, _heading, _width) in enumerate(columns):
        value = row[key]
        if isinstance(value, int):
            sheet.write_number(place, number, value, formats["number"])
        else:
            sheet.write_string(place, number, value, formats["text"])

"""The drivers' sheet as a workbook that Excel and WPS open."""

import io

import xlsxwriter

_HEAD = 3  # rows above the headings of the columns


def write(title, lines, columns, rows, total, signers, name):
    """Return the workbook as bytes.

    :param str title: over the sheet.
    :param list lines: up to two lines under the title.
    :param list columns: (key, heading, width).
    :param list rows: dicts by key; texts and numbers.
    :param dict total: the last row, by key.
    :param list signers: who signs.
    :param str name: of the sheet.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    border = {"border": 1, "valign": "vcenter", "font_size": 10}
    formats = {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "plain": book.add_format({"font_size": 10}),
        "head": book.add_format(
            {**border, "bold": True, "align": "center", "text_wrap": True}
        ),
        "text": book.add_format({**border, "text_wrap": True}),
        "number": book.add_format({**border, "num_format": "General"}),
        "money": book.add_format({**border, "num_format": "#,##0.00"}),
        "whole": book.add_format({**border, "num_format": "0"}),
    }
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD)
    sheet.freeze_panes(_HEAD + 1, 0)
    sheet.merge_range(0, 0, 0, len(columns) - 1, title, formats["title"])
    for number, line in enumerate(lines[:2]):
        sheet.write_string(1 + number, 0, line, formats["plain"])
    for number, (_key, heading, width) in enumerate(columns):
        sheet.set_column(number, number, width)
        sheet.write_string(_HEAD, number, heading, formats["head"])
    for place, row in enumerate([*rows, total], _HEAD + 1):
        for number, (key, _heading, _width) in enumerate(columns):
            _write_cell(sheet, formats, place, number, key, row.get(key))
    last = _HEAD + len(rows) + 3
    for number, signer in enumerate(signers):
        sheet.write_string(last, number * 4, f"{signer}：", formats["plain"])
    book.close()
    return stream.getvalue()


def _write_cell(sheet, formats, place, number, key, value):
    if value is None or isinstance(value, str):
        sheet.write_string(place, number, value or "", formats["text"])
    elif key.startswith("amount") or key == "adjustment":
        sheet.write_number(place, number, value, formats["money"])
    else:
        kind = "number" if isinstance(value, float) else "whole"
        sheet.write_number(place, number, value, formats[kind])

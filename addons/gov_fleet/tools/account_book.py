"""Tables of figures as a workbook that Excel and WPS open."""

import io
from datetime import date

import xlsxwriter


def write(sheets):
    """Return a workbook.

    :param sheets: list of (title, headings, rows); rows are lists of text, numbers,
        dates or False; the last row of a table of sums is printed like the others.
    :return: bytes.
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
        "title": book.add_format({"bold": True, "font_size": 16}),
        "head": book.add_format(
            {**border, "bold": True, "text_wrap": True, "bg_color": "#E7E6E6"}
        ),
        "text": book.add_format({**border, "text_wrap": True}),
        "number": book.add_format({**border, "num_format": "#,##0.00"}),
        "count": book.add_format({**border, "num_format": "#,##0"}),
        "day": book.add_format({**border, "num_format": "yyyy-mm-dd"}),
    }
    used = set()
    for title, headings, rows in sheets:
        sheet = book.add_worksheet(_sheet_name(title, used))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.freeze_panes(2, 0)
        sheet.write_string(0, 0, title, formats["title"])
        for place, heading in enumerate(headings):
            sheet.set_column(place, place, 16)
            sheet.write_string(1, place, heading, formats["head"])
        for number, row in enumerate(rows, 2):
            for place, value in enumerate(row):
                _write(sheet, formats, number, place, value)
    book.close()
    return stream.getvalue()


def _sheet_name(title, used):
    """Return a name that a sheet may have: at most 31 signs, none of ``[]:*?/\\``."""
    name = "".join(sign for sign in title if sign not in "[]:*?/\\'")[:28] or "1"
    while name.lower() in used:
        name = f"{name[:28]}{len(used) + 1}"
    used.add(name.lower())
    return name


def _write(sheet, formats, number, place, value):
    if value is None or value is False:
        sheet.write_blank(number, place, None, formats["text"])
    elif isinstance(value, bool | str):
        sheet.write_string(number, place, str(value), formats["text"])
    elif isinstance(value, date):
        sheet.write_datetime(number, place, value, formats["day"])
    elif isinstance(value, int):
        sheet.write_number(number, place, value, formats["count"])
    else:
        sheet.write_number(number, place, float(value), formats["number"])

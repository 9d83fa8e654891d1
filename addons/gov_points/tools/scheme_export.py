"""A rulebook as an Excel workbook."""

import io

import xlsxwriter

from .scheme_columns import SECTION_HEAD, SETTINGS, SHEETS, say, word


def write_book(scheme):
    """Return the workbook of a rulebook: settings, articles, thresholds.

    Headings and choices are Chinese for a Chinese reader, else English; the import
    reads both.

    :param scheme: one ``gov.points.scheme``, in the reader's language.
    :return: bytes.
    """
    is_chinese = (scheme.env.lang or "").startswith("zh")
    stream = io.BytesIO()
    # Texts stay texts: no formula, no link is made of what people typed.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        for code, rows in (
            ("settings", _settings(scheme, is_chinese)),
            ("articles", _articles(scheme)),
            ("thresholds", _thresholds(scheme, is_chinese)),
        ):
            names, columns = SHEETS[code]
            sheet = book.add_worksheet(names[0] if is_chinese else names[1])
            for index, column in enumerate(columns):
                sheet.set_column(index, index, column.width)
                sheet.write_string(0, index, say(column, is_chinese), head)
            for line, row in enumerate(rows, 1):
                for index, column in enumerate(columns):
                    value = row.get(column.key)
                    _write(sheet, line, index, column, value, is_chinese, cell)
            sheet.freeze_panes(1, 1)
    return stream.getvalue()


def _write(sheet, line, index, column, value, is_chinese, cell):
    if value is None or value == "":
        sheet.write_blank(line, index, None, cell)
    elif column.kind == "integer":
        sheet.write_number(line, index, value, cell)
    elif column.kind == "text":
        sheet.write_string(line, index, value, cell)
    else:
        sheet.write_string(line, index, word(column.kind, value, is_chinese), cell)


def _settings(scheme, is_chinese):
    return [
        {
            "setting": say(column, is_chinese),
            "value": _setting(scheme, column, is_chinese),
        }
        for column in SETTINGS
    ]


def _setting(scheme, column, is_chinese):
    """Return a setting as text."""
    value = scheme[column.key]
    field = scheme._fields[column.key]
    if field.relational:
        return "、".join(record_name(record) for record in value)
    if column.kind == "date":
        return value.isoformat() if value else ""
    if column.kind in ("integer", "number"):
        return f"{value:.{column.digits}f}"
    if column.kind == "text":
        return value or ""
    return word(column.kind, value, is_chinese)


def record_name(record):
    """Return the name by which a file names a record."""
    if record._name == "gov.points.threshold":
        return record.code
    if record._name == "hr.department":
        return record.complete_name
    return record.name


def _articles(scheme):
    return [
        {
            "code": article.code,
            "name": article.name,
            "points": None if article.is_discretion else article.points,
            "is_discretion": article.is_discretion,
            "must_transfer": article.must_transfer,
            "rule_code": article.rule_code or "",
            "trigger_count": article.trigger_count,
            "trigger_months": article.trigger_months,
            "note": article.note or "",
        }
        for article in scheme.article_ids
    ]


def _thresholds(scheme, is_chinese):
    """One row for each measure; the level stands in the first of its rows."""
    rows = []
    for level in scheme.threshold_ids:
        values = {
            "code": level.code,
            "name": level.name,
            "total_from": level.total_from,
            "total_from_included": level.total_from_included,
            "total_to": level.total_to or None,
            "total_to_included": level.total_to_included,
            "single_from": level.single_from or None,
            "colour": level.colour,
        }
        for measure in level.measure_ids or [None]:
            if measure:
                values.update(_measure(measure, is_chinese))
            rows.append(values)
            values = {"code": level.code}
    return rows


def _measure(measure, is_chinese):
    is_head = measure.owner_kind == "department_head"
    return {
        "kind": measure.kind,
        "measure": measure.name,
        "owner": SECTION_HEAD[not is_chinese] if is_head else measure.role_id.name,
        "days_number": measure.days_number,
        "days_unit": measure.days_unit,
        "only_if_serious": measure.only_if_serious,
    }

#!/usr/bin/env python3
"""Write the Excel templates of the import and the filled files of the demo agency.

    python tools/import_files.py

The templates go to addons/gov_logistics/static/xls (the app offers them for download),
the filled files to demo/. The same tables give the same files, byte for byte.
"""

import csv
import datetime
import importlib.util
from pathlib import Path

import xlsxwriter

ROOT = Path(__file__).resolve().parent.parent
LOGISTICS = ROOT / "addons" / "gov_logistics"
TEMPLATES = LOGISTICS / "static" / "xls"
FILLED = ROOT / "demo"
TABLES_OF_DEMO = ROOT / "addons" / "gov_demo" / "data"

_CREATED = datetime.datetime(2026, 1, 1)
# Rows that get the drop-downs and the text format.
_PREPARED_ROWS = 2000
_STAFF = {
    "career": "编制",
    "worker": "工勤",
    "contract": "聘用",
    "dispatch": "派遣",
    "seconded": "借调",
}
_NORMS_CITED = "云岚县机关事务服务中心办公用品领用定额（试行）"
# Product → how much one person needs in a month.
_NORMS = {"paper_a4_70": 0.8, "gel_pen": 1, "tissue_pack": 2}
# Economic item → yuan for one person in a year.
_BUDGET_HEAD = {"30201": 1200, "30207": 400, "30211": 1500}
# Department → (economic item, project, yuan in a year).
_BUDGET_OF = {
    "general": [("30202", None, 42000), ("30214", None, 18000)],
    "personnel": [("30216", None, 96000)],
    "finance": [("30227", "内部控制评价", 60000)],
    "assets": [("31006", "办公楼屋面维修", 680000), ("30213", None, 120000)],
    "energy": [("30205", None, 210000), ("30206", None, 1380000)],
    "supplies": [("31002", None, 260000)],
    "vehicles": [("30231", None, 820000)],
    "meetings": [("30215", None, 180000), ("30217", None, 90000)],
    "catering": [("30218", None, 1450000)],
    "property": [("30209", None, 2360000), ("30213", None, 480000)],
    "security": [("30209", "安保服务", 520000)],
}
_FUND_SOURCE = "一般公共预算"
_TONER = "toner_a"
_HEADING = {
    "department": "云岚县机关事务服务中心 部门表",
    "person": "云岚县机关事务服务中心 人员表",
    "product": "云岚县机关事务服务中心 物资目录",
    "opening": "云岚县机关事务服务中心 期初库存表",
    "norm": "云岚县机关事务服务中心 领用定额表",
    "budget": "云岚县机关事务服务中心 2026年部门预算表",
}

# Kinds that the demo agency has no filled file for: what the example sheet shows.
_EXAMPLES = {
    "meter": [
        {
            "kind": "电",
            "number": "D-03-01",
            "name": "二号楼三层",
            "place": "三层配电间",
            "item": "FW-DIAN",
            "digits": 6,
            "factor": 40,
            "usual": 9600,
            "value": 1385.2,
            "date": _CREATED,
        },
        {
            "kind": "水",
            "number": "S-01",
            "name": "一号楼总表",
            "place": "一号楼西侧表井",
            "item": "FW-SHUI",
            "digits": 5,
            "value": 20417,
            "date": _CREATED,
        },
    ],
    "reading": [
        {
            "kind": "电",
            "number": "D-03-01",
            "date": _CREATED,
            "value": 1623.8,
        },
        {
            "kind": "水",
            "number": "S-01",
            "date": _CREATED,
            "value": 21204,
            "estimated": "是",
            "note": "表井积水",
        },
    ],
    "usage": [
        {
            "voucher": "WY-2026-0117",
            "date": _CREATED,
            "item": "FW-WENYIN",
            "quantity": 1260,
            "department": "综合科",
            "note": "会议材料",
        },
        {
            "voucher": "QG-2026-0003",
            "date": _CREATED,
            "item": "FW-BAOAN",
            "quantity": 1,
            "kind": "缺岗",
            "partner": "某保安服务有限公司",
            "note": "东门夜班缺岗",
        },
    ],
}


def load_columns():
    """Return the add-on's module that names the columns; it needs no Odoo."""
    path = LOGISTICS / "wizard" / "imports" / "columns.py"
    spec = importlib.util.spec_from_file_location("import_columns", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_demo(name):
    with open(TABLES_OF_DEMO / f"{name}.csv", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def demo_rows():
    """Return code → rows of the demo agency, as dicts by column key."""
    departments = {row["id"]: row["name"] for row in read_demo("departments")}
    people = [row for row in read_demo("people") if row["active"] == "1"]
    names = {row["id"]: row["name"] for row in people}
    supplies = [
        {**row, "code": f"WZ{number:03d}"}
        for number, row in enumerate(read_demo("supplies"), 1)
    ]
    return {
        "department": [
            {
                "name": row["name"],
                "parent": departments.get(row["parent"]),
                "head": names[row["head"]],
                "leader": names.get(row["line_leader"]),
                "rank": int(row["rank"]),
            }
            for row in read_demo("departments")
        ],
        "person": [
            {
                "name": row["name"],
                "department": departments[row["department"]],
                "working": departments.get(row["working_department"]),
                "title": row["title"],
                "staff_type": _STAFF[row["staff_type"]],
                "rank": int(row["rank"]),
            }
            for row in people
        ],
        "product": [
            {
                "code": row["code"],
                "name": row["name"],
                "category": row["category"],
                "unit": row["unit"],
                "price": float(row["price"]),
                "stocked": "是" if row["stocked"] == "1" else "否",
                "requestable": "是",
            }
            for row in supplies
        ],
        "opening": [
            {
                "code": row["code"],
                "name": row["name"],
                "quantity": float(row["opening"]),
            }
            for row in supplies
            if row["stocked"] == "1" and float(row["opening"])
        ],
        "norm": _demo_norms(supplies),
        "budget": _demo_budget(departments, people),
    }


def _demo_budget(departments, people):
    """Return the plan of the year: by head, and what a department runs for all."""
    rows = []
    for department, name in departments.items():
        heads = sum(row["department"] == department for row in people)
        plan = [(item, None, yuan * heads) for item, yuan in _BUDGET_HEAD.items()]
        rows += [
            {
                "year": _CREATED.year,
                "department": name,
                "item": item,
                "project": project,
                "source": _FUND_SOURCE,
                "amount": amount,
            }
            for item, project, amount in plan + _BUDGET_OF.get(department, [])
        ]
    return rows


def _demo_norms(supplies):
    """Return the norms of office.md: per head and month, toner per printer."""
    codes = {row["id"]: row for row in supplies}
    common = {"date_from": _CREATED, "citation": _NORMS_CITED, "carry_over": 1}
    rows = [
        {
            "code": codes[product]["code"],
            "name": codes[product]["name"],
            "basis": "按人",
            "quantity": quantity,
            "unit": codes[product]["unit"],
            **common,
        }
        for product, quantity in _NORMS.items()
    ]
    rows.append(
        {
            "category": "书写工具",
            "basis": "按人",
            "quantity": 2,
            "unit": "支",
            **common,
        }
    )
    rows.append(
        {
            "code": codes[_TONER]["code"],
            "name": codes[_TONER]["name"],
            "department": "综合科",
            "basis": "按设备",
            "quantity": 0.5,
            "unit": codes[_TONER]["unit"],
            "devices": 4,
            **common,
        }
    )
    return rows


def write_book(path, columns_module, code, rows, title=None):
    """Write one workbook: the table, an example, the explanations.

    :param rows: rows of the table; None for an empty template.
    :param title: line above the headings.
    """
    sheet_name, columns = columns_module.TABLES[code]
    example = _EXAMPLES.get(code) or demo_rows().get(code, [])[:3]
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": _CREATED, "author": "Gov Suite"})
        book.set_size(1600, 1000)
        formats = _formats(book)
        sheet = book.add_worksheet(sheet_name)
        _write_table(sheet, formats, columns_module, columns, rows or [], title)
        if rows is None:
            sheet = book.add_worksheet("填写示例")
            _write_table(sheet, formats, columns_module, columns, example, None)
            _write_notes(book.add_worksheet("填写说明"), formats, columns)


def _formats(book):
    font = {"font_name": "宋体", "font_size": 11}
    edge = {"border": 1, "border_color": "#BFBFBF"}
    head = {**font, **edge, "bold": True, "align": "center", "valign": "vcenter"}
    return {
        "title": book.add_format({**font, "bold": True, "font_size": 16}),
        "head": book.add_format({**head, "bg_color": "#DDEBF7"}),
        "must": book.add_format({**head, "bg_color": "#FCE4D6"}),
        "text": book.add_format({**font, **edge, "num_format": "@"}),
        "integer": book.add_format({**font, **edge, "num_format": "0"}),
        "date": book.add_format({**font, **edge, "num_format": "yyyy-mm-dd"}),
        "number": book.add_format({**font, **edge, "num_format": "0.00"}),
        "wrap": book.add_format({**font, **edge, "text_wrap": True, "valign": "top"}),
        "plain": book.add_format({**font, "num_format": "@"}),
    }


def _write_table(sheet, formats, columns_module, columns, rows, title):
    top = 0
    if title:
        sheet.set_row(0, 28)
        sheet.write_string(0, 0, title, formats["title"])
        top = 1
    sheet.freeze_panes(top + 1, 0)
    sheet.set_row(top, 22)
    for index, column in enumerate(columns):
        style = formats["must" if column.required else "head"]
        star = "*" if column.required else ""
        sheet.set_column(
            index,
            index,
            column.width,
            formats["plain"] if column.kind == "text" else None,
        )
        sheet.write_string(top, index, f"{column.zh}{star}", style)
        for line, row in enumerate(rows, top + 1):
            _write_cell(sheet, formats, line, index, column, row.get(column.key))
        if offered := columns_module.OFFERED.get(column.kind):
            sheet.data_validation(
                top + 1,
                index,
                top + _PREPARED_ROWS,
                index,
                {"validate": "list", "source": offered, "ignore_blank": True},
            )
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _write_cell(sheet, formats, line, index, column, value):
    style = formats.get(column.kind, formats["text"])
    if value is None or value == "":
        sheet.write_blank(line, index, None, style)
    elif isinstance(value, datetime.date):
        sheet.write_datetime(line, index, value, style)
    elif isinstance(value, str):
        sheet.write_string(line, index, value, style)
    else:
        sheet.write_number(line, index, value, style)


def _write_notes(sheet, formats, columns):
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 8)
    sheet.set_column(3, 3, 70)
    for index, name in enumerate(("列", "英文列名", "必填", "填写要求")):
        sheet.write_string(0, index, name, formats["head"])
    for line, column in enumerate(columns, 1):
        values = (column.zh, column.en, "是" if column.required else "", column.note)
        for index, value in enumerate(values):
            sheet.write_string(line, index, value, formats["wrap"])
    line = len(columns) + 2
    for text in (
        "一、只读取第一张工作表；本页和“填写示例”不导入。",
        "二、列名不要改动，次序可以调整；带 * 的列必填。",
        "三、先“检查”，系统逐行列出有误的行号和原因；全部无误后才能“导入”。",
        "四、系统中已有的记录保持不变，不会重复新建。",
        "五、请保存为 .xlsx 格式，不要加密码，文件不超过 5 MB。",
    ):
        sheet.write_string(line, 0, text)
        line += 1


def main():
    columns_module = load_columns()
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    FILLED.mkdir(exist_ok=True)
    filled = demo_rows()
    for code in columns_module.TABLES:
        write_book(TEMPLATES / f"{code}.xlsx", columns_module, code, None)
        if code in filled:
            path = FILLED / f"{code}.xlsx"
            write_book(path, columns_module, code, filled[code], _HEADING[code])


if __name__ == "__main__":
    main()

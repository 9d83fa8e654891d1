"""Statements of suppliers: what their columns and cells mean.

Headings and words are part of the suppliers' file formats, like the name of an XML
tag; they do not follow the reader's language.
"""

import datetime
import re
import unicodedata

from odoo.addons.gov_base.tools import cells

# The row of headings stands within the first rows, below a title.
_HEADING_ROWS = 15

# What a heading holds → how suppliers name it.
_HEADINGS = {
    "card": ("卡号", "加油卡号", "副卡号", "卡片号", "card", "card number", "card no"),
    "plate": (
        "车牌",
        "车牌号",
        "车牌号码",
        "车号",
        "plate",
        "license plate",
        "vehicle",
    ),
    "moment": (
        "交易时间",
        "消费时间",
        "加油时间",
        "充电时间",
        "时间日期",
        "日期时间",
        "date and time",
        "time of transaction",
    ),
    "date": ("日期", "交易日期", "消费日期", "加油日期", "date"),
    "time": ("时间", "time"),
    "operation": ("交易类型", "业务类型", "类型", "kind of transaction", "type"),
    "product": ("油品", "油品名称", "品种", "商品", "商品名称", "product", "grade"),
    "litres": (
        "数量",
        "升数",
        "加油量",
        "油量",
        "充电量",
        "电量",
        "litres",
        "liters",
        "quantity",
        "kwh",
    ),
    "price": ("单价", "价格", "price", "unit price"),
    "amount": ("金额", "交易金额", "消费金额", "实付金额", "amount", "total"),
    "station": ("网点", "加油站", "交易地点", "消费地点", "站点", "地点", "station"),
    "odometer": ("里程", "里程数", "里程表", "公里数", "odometer", "mileage"),
    "reference": (
        "流水号",
        "交易流水",
        "交易流水号",
        "订单号",
        "交易号",
        "reference",
        "transaction number",
    ),
}
_BY_HEADING = {
    cells.key(name): target for target, names in _HEADINGS.items() for name in names
}
_UNITS = re.compile(r"[(（\[【].*?[)）\]】]")

# Transactions that are fills, and those that only look like them.
_FILL = re.compile("加油|加气|充电|消费|脱机|fill|refuel|purchase|sale|charging", re.I)
_NO_FILL = re.compile(
    "充值|圈存|分配|圈提|退|转|recharge|top.?up|transfer|refund", re.I
)

_PRODUCTS = (
    ("electric", re.compile("电|electric|kwh", re.I)),
    ("diesel", re.compile(r"柴|diesel|^[-+]?(0|10|20|35)\s*[#号]", re.I)),
    ("gas", re.compile("天然气|液化气|lng|cng|lpg|^gas$", re.I)),
    ("98", re.compile("98")),
    ("95", re.compile("95")),
    ("92", re.compile("92")),
)
_MOMENT = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d\d)(\d\d))"
    r"(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})秒?)?)?"
)
_CLOCK = re.compile(r"(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})秒?)?")
_YEARS = range(2000, 2101)


def guess(heading):
    """Return what a column of this heading holds, ``ignore`` when nobody knows."""
    name = cells.key(_UNITS.sub("", heading).strip(" *＊:："))
    return _BY_HEADING.get(name, "ignore")


def find_headings(lines, known=()):
    """Return the place of the row of headings: the one with the most known names.

    :param lines: (number, values) of the file.
    :param known: headings as compared, remembered from the supplier's last file.
    :return: index in ``lines``, or None.
    """
    best, place = 1, None
    for index, (_number, values) in enumerate(lines[:_HEADING_ROWS]):
        texts = {cells.plain(value).strip() for value in values}
        score = sum(
            cells.key(text) in known or guess(text) != "ignore"
            for text in texts
            if text
        )
        if score > best:
            best, place = score, index
    return place


def plate_key(text):
    """Return a plate as plates are compared: without dots and blanks."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[\s.·•・\-]", "", folded)


def is_fill(text):
    """Tell whether a kind of transaction is a fill; top-ups and refunds are none."""
    return bool(_FILL.search(text)) and not _NO_FILL.search(text)


def read_product(text):
    """Return the key of a product, or None when it is none that vehicles burn."""
    folded = unicodedata.normalize("NFKC", text).strip()
    return next((code for code, words in _PRODUCTS if words.search(folded)), None)


def read_moment(env, value, clock=None):
    """Return a moment on the institution's clock.

    :param value: what the cell of the date holds.
    :param clock: what the cell of the time holds, where it is one of its own.
    :return: naive datetime, or None for an empty cell.
    :raise BadCell: when it is no moment.
    """
    if isinstance(value, str):
        value = value.strip()
    if value in (None, ""):
        return None
    moment = None
    if isinstance(value, datetime.datetime):
        moment = value.replace(microsecond=0, tzinfo=None)
    elif isinstance(value, datetime.date):
        moment = datetime.datetime.combine(value, datetime.time())
    elif isinstance(value, str):
        match = _MOMENT.fullmatch(unicodedata.normalize("NFKC", value))
        moment = match and _make_moment(match)
    if moment is None or moment.year not in _YEARS:
        raise cells.BadCell(
            env._("this is no date and time; write it as 2026-01-01 08:30")
        )
    if clock in (None, ""):
        return moment
    return moment.replace(**_read_clock(env, clock))


def _make_moment(match):
    year, month, day, plain_month, plain_day, *clock = match.groups()
    parts = (year, month or plain_month, day or plain_day, *clock)
    try:
        return datetime.datetime(*(int(part or 0) for part in parts))
    except ValueError:
        return None


def _read_clock(env, value):
    """Return hour, minute and second of a cell."""
    if isinstance(value, datetime.datetime):
        value = value.time()
    if isinstance(value, datetime.time):
        return {"hour": value.hour, "minute": value.minute, "second": value.second}
    match = isinstance(value, str) and _CLOCK.fullmatch(
        unicodedata.normalize("NFKC", value).strip()
    )
    parts = [int(part or 0) for part in match.groups()] if match else [99, 0, 0]
    if parts[0] > 23 or parts[1] > 59 or parts[2] > 59:
        raise cells.BadCell(env._("this is no time of the day; write it as 08:30"))
    return dict(zip(("hour", "minute", "second"), parts, strict=True))

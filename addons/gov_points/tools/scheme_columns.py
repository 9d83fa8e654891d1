"""The sheets, columns and words of the Excel file of a rulebook.

A sheet, a heading and a choice is found by its Chinese or its English name; both are
part of the file format and do not follow the reader's language.
"""

from typing import NamedTuple

from odoo.addons.gov_base.tools.cells import key


class Column(NamedTuple):
    """One column of a sheet, or one line of the sheet of settings.

    :param key: name of the field, or of the value in the import.
    :param zh, en: headings.
    :param kind: text, integer, number, date, or a name in ``CHOICES``.
    :param most: longest text, or largest number.
    :param digits: decimals that a number may have.
    :param multiline: the text may have several lines.
    :param least: smallest number.
    """

    key: str
    zh: str
    en: str
    kind: str = "text"
    required: bool = False
    most: float = 300
    digits: int = 0
    multiline: bool = False
    least: int = 0
    width: int = 14


# kind → (value, zh, en); several words may stand for one value, the first is written.
_WORDS = {
    "boolean": [
        (True, "是", "yes"),
        (False, "否", "no"),
        (True, "√", "y"),
        (False, "×", "n"),
        (True, "有", "true"),
        (False, "无", "false"),
        (True, "1", "1"),
        (False, "0", "0"),
    ],
    "share_rule": [
        ("by_share", "按责任比例", "by share"),
        ("full", "均记满分值", "full"),
    ],
    "cycle_start": [
        ("review_date", "本人考核日期", "review day"),
        ("calendar_year", "1月1日", "1 January"),
    ],
    "unit": [
        ("working_day", "工作日", "working days"),
        ("calendar_day", "自然日", "calendar days"),
    ],
    "roll": [
        ("next_working_day", "顺延至下一工作日", "next working day"),
        ("none", "不顺延", "stays"),
        ("next_working_day", "顺延", "moves"),
    ],
    "audience": [
        ("all", "全体干部职工", "all staff"),
        ("departments", "当事人所在科室", "department"),
        ("all", "全单位", "all"),
    ],
    "colour": [
        ("0", "绿色", "green"),
        ("1", "黄色", "yellow"),
        ("2", "橙色", "orange"),
        ("3", "红色", "red"),
        ("0", "绿", "green"),
        ("1", "黄", "yellow"),
        ("2", "橙", "orange"),
        ("3", "红", "red"),
    ],
    "measure": [
        ("talk_section", "科室负责人提醒谈话", "talk with the section head"),
        ("talk_office", "记分办提醒谈话", "talk with the scoring office"),
        ("circular", "通报批评", "circular"),
        ("watch_list", "列为重点关注人员", "watch list"),
        ("no_excellent", "考核不得评为优秀", "no excellent"),
        ("unqualified", "年度考核不合格", "unqualified"),
        ("no_promotion", "当年不得晋升", "no promotion"),
        ("transfer_post", "调整岗位", "transfer"),
        ("off_post", "待岗", "off post"),
        ("study", "学习培训", "study"),
        ("other", "其他", "other"),
    ],
}
# The section head sees to a measure, or a role that is named.
SECTION_HEAD = ("科室负责人", "section head")

SETTINGS = (
    Column("name", "名称", "Name", required=True, most=200),
    Column("citation", "依据", "Basis", most=500),
    Column("date_from", "生效日期", "In force from", "date"),
    Column("date_to", "失效日期", "In force until", "date"),
    Column("scores", "可记分值", "Allowed scores", required=True),
    Column("share_rule", "多人责任", "Several people", "share_rule", True),
    Column(
        "cycle_months", "周期月数", "Months of a cycle", "integer", True, 12, least=1
    ),
    Column("cycle_start", "周期起始日", "A cycle starts on", "cycle_start", True),
    Column(
        "appeal_number",
        "申诉期限（天）",
        "Days to appeal",
        "integer",
        True,
        365,
        least=1,
    ),
    Column("appeal_unit", "申诉期限单位", "Unit of the appeal", "unit", True),
    Column(
        "appeal_roll", "申诉期满日逢休息日", "Appeal ends on a rest day", "roll", True
    ),
    Column("appeal_role_id", "复核机构", "Decides on appeals"),
    Column(
        "appeal_else_role_id",
        "复核机构参与过该项记分的",
        "If it took part in the score",
    ),
    Column(
        "appeal_suspends",
        "申诉期间暂停执行处理措施",
        "Appeal suspends measures",
        "boolean",
        True,
    ),
    Column(
        "correction_number",
        "整改期限（天）",
        "Days to put it right",
        "integer",
        True,
        365,
    ),
    Column("correction_unit", "整改期限单位", "Unit of the correction", "unit", True),
    Column(
        "correction_roll",
        "整改期满日逢休息日",
        "Correction ends on a rest day",
        "roll",
        True,
    ),
    Column("publication_days", "发布天数", "Days shown", "integer", True, 365, least=1),
    Column("publication_unit", "发布期限单位", "Unit of the publication", "unit", True),
    Column("publication_audience", "发布范围", "Circle", "audience", True),
    Column("named_from_threshold_id", "署姓名的起始档次", "Named from level"),
    Column("notice_title", "通知书标题", "Heading of the notice", required=True),
    Column("talk_title", "谈话名称", "Heading of the talk", required=True),
    Column(
        "deduction_per_point",
        "每分建议扣款",
        "Deduction per point",
        "number",
        most=10**6,
        digits=2,
    ),
    Column(
        "deduction_cap",
        "每周期上限",
        "At most per cycle",
        "number",
        most=10**7,
        digits=2,
    ),
    Column(
        "scope_note", "适用范围说明", "Applies to, in words", most=2000, multiline=True
    ),
    Column("for_career", "事业（行政）编制", "Career staff", "boolean", True),
    Column("for_worker", "机关工勤编制", "Career workers", "boolean", True),
    Column("for_contract", "聘用人员", "Contract staff", "boolean", True),
    Column("for_dispatch", "劳务派遣", "Dispatched staff", "boolean", True),
    Column("for_seconded", "借调人员", "Seconded staff", "boolean", True),
    Column("includes_vendors", "供应商人员", "People of vendors", "boolean", True),
    Column("department_ids", "科室", "Departments", most=5000, multiline=True),
    Column("job_ids", "岗位", "Posts", most=5000, multiline=True),
)
# code → (names of the sheet, columns)
SHEETS = {
    "settings": (
        ("设置", "Settings"),
        (
            Column("setting", "项目", "Setting", required=True, width=26),
            Column("value", "内容", "Value", most=5000, width=60),
        ),
    ),
    "articles": (
        ("条款", "Articles"),
        (
            Column("code", "条款", "Article", required=True, most=20),
            Column("name", "行为表现", "Behaviour", required=True, most=500, width=60),
            Column("points", "分值", "Points", "integer", most=1000),
            Column("is_discretion", "酌情记分", "Discretion", "boolean"),
            Column("must_transfer", "应当移送", "To be transferred", "boolean"),
            Column("rule_code", "异常核查事项", "Finding", most=500, width=20),
            Column(
                "trigger_count",
                "所需核查事项数",
                "Findings needed",
                "integer",
                most=100,
                least=1,
            ),
            Column(
                "trigger_months",
                "期间（月）",
                "Within months",
                "integer",
                most=120,
                least=1,
            ),
            Column("note", "备注", "Note", most=2000, multiline=True, width=40),
        ),
    ),
    "thresholds": (
        ("档次与措施", "Thresholds"),
        (
            Column("code", "档次编码", "Level code", required=True, most=40),
            Column("name", "记分档次", "Level", most=100, width=20),
            Column("total_from", "累计下限", "Total from", "integer", most=10000),
            Column("total_from_included", "下限含本数", "From: included", "boolean"),
            Column("total_to", "累计上限", "Total to", "integer", most=10000),
            Column("total_to_included", "上限含本数", "To: included", "boolean"),
            Column(
                "single_from", "或者单次记分达", "Or one score of", "integer", most=1000
            ),
            Column("colour", "预警颜色", "Light", "colour"),
            Column("kind", "措施类别", "Kind of measure", "measure", width=16),
            Column("measure", "处理措施", "Measure", most=200, width=30),
            Column("owner", "办理主体", "Who sees to it", width=18),
            Column(
                "days_number", "办理期限（天）", "Days to do it", "integer", most=365
            ),
            Column("days_unit", "期限单位", "Unit", "unit"),
            Column("only_if_serious", "情节严重时采取", "Only if serious", "boolean"),
        ),
    ),
}


def _make_choices():
    """Return kind → (word → value, words that are offered)."""
    choices = {}
    for kind, words in _WORDS.items():
        known = {}
        for value, zh, en in words:
            for word in (zh, en, str(value)):
                known.setdefault(key(word), value)
        offered = [zh for value, zh, _en in words][: len({w[0] for w in words})]
        choices[kind] = (known, offered)
    return choices


CHOICES = _make_choices()


def say(column, is_chinese):
    """Return the heading of a column."""
    return column.zh if is_chinese else column.en


def word(kind, value, is_chinese):
    """Return the word that stands for ``value`` in a cell."""
    return next(
        zh if is_chinese else en for known, zh, en in _WORDS[kind] if known == value
    )

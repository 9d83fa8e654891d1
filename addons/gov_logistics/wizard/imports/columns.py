"""The columns of the templates: plain data, read by the import and by the script
that writes the template files (so nothing of Odoo is imported here).

A heading is found by its Chinese or its English name; both are part of the file
format, like the name of an XML tag, and do not follow the reader's language.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """One column of a template.

    :param key: name of the value in the import.
    :param zh, en: headings.
    :param kind: text, integer, number, date or a name in ``CHOICES``.
    :param most: longest text, or largest number.
    :param digits: decimals that a number may have.
    :param note: what a clerk writes here, for the sheet with explanations.
    """

    key: str
    zh: str
    en: str
    kind: str = "text"
    required: bool = False
    most: float = 100
    digits: int = 0
    width: int = 14
    note: str = ""


# What may stand in a cell → the value of the field.
CHOICES = {
    "boolean": {
        "是": True,
        "否": False,
        "有": True,
        "无": False,
        "√": True,
        "✓": True,
        "×": False,
        "yes": True,
        "no": False,
        "y": True,
        "n": False,
        "true": True,
        "false": False,
        "1": True,
        "0": False,
    },
    "basis": {
        "按人": "head",
        "人均": "head",
        "按设备": "device",
        "每台": "device",
        "per head": "head",
        "per device": "device",
    },
    "meter_kind": {
        "电": "electricity",
        "电表": "electricity",
        "水": "water",
        "水表": "water",
        "气": "gas",
        "燃气": "gas",
        "燃气表": "gas",
        "热": "heat",
        "热量": "heat",
        "热量表": "heat",
        "印": "print",
        "打印": "print",
        "文印": "print",
        "其他": "other",
        "electricity": "electricity",
        "water": "water",
        "gas": "gas",
        "heat": "heat",
        "printing": "print",
        "other": "other",
    },
    "usage_kind": {
        "用量": "use",
        "缺岗": "missing",
        "缺岗缺勤": "missing",
        "use": "use",
        "missing service": "missing",
    },
    "staff_type": {
        "编制": "career",
        "在编": "career",
        "工勤": "worker",
        "聘用": "contract",
        "派遣": "dispatch",
        "劳务派遣": "dispatch",
        "借调": "seconded",
        "career staff": "career",
        "career worker": "worker",
        "contract staff": "contract",
        "dispatched staff": "dispatch",
        "seconded staff": "seconded",
    },
}
# What the drop-down of a template offers.
OFFERED = {
    "basis": ["按人", "按设备"],
    "boolean": ["是", "否"],
    "meter_kind": ["电", "水", "燃气", "热", "文印", "其他"],
    "usage_kind": ["用量", "缺岗"],
    "staff_type": ["编制", "工勤", "聘用", "派遣", "借调"],
}

_NAME = "在本单位内不得重复。"
_ROOT = "须为系统中或本表中已有的部门名称；最上级部门留空。"
_PERSON = "须为系统中或同时导入的人员表中的姓名；没有可留空。"
_UNIT = "计量单位须为系统中已有的单位，如：包、支、个。"
_RANK = "领导和科室排序，数字小的排在前面。"

# code → (sheet, columns)
TABLES = {
    "department": (
        "部门",
        (
            Column(
                "name", "部门名称", "Department", required=True, width=24, note=_NAME
            ),
            Column("parent", "上级部门", "Parent department", width=24, note=_ROOT),
            Column("head", "部门负责人", "Head", note=_PERSON),
            Column("leader", "分管领导", "Line leader", note=_PERSON),
            Column("rank", "排序", "Order of rank", "integer", most=99999, note=_RANK),
        ),
    ),
    "person": (
        "人员",
        (
            Column(
                "name",
                "姓名",
                "Name",
                required=True,
                most=60,
                note="同一部门内不得重名；重名的请加注，如“王芳（大）”。",
            ),
            Column(
                "department",
                "部门",
                "Department",
                required=True,
                width=24,
                note="人事关系所在部门，须为已有的部门名称。",
            ),
            Column(
                "working",
                "工作部门",
                "Working department",
                width=24,
                note="借调或抽调人员实际工作的部门；与部门相同的留空。",
            ),
            Column(
                "title",
                "职务",
                "Title",
                width=26,
                note="按实际称谓填写，如“副科长（主持工作）”。",
            ),
            Column(
                "staff_type",
                "人员类别",
                "Kind of staff",
                "staff_type",
                note="编制、工勤、聘用、派遣、借调之一。",
            ),
            Column("rank", "排序", "Order of rank", "integer", most=99999, note=_RANK),
            Column("phone", "分机", "Extension", most=40, note="办公电话或分机号。"),
            Column(
                "login",
                "登录名",
                "Login",
                most=80,
                note="只关联系统中已有的账号，不新建账号；没有账号的留空。",
            ),
        ),
    ),
    "product": (
        "物资",
        (
            Column(
                "code", "物资编码", "Code", most=40, note="不得重复；没有编码可留空。"
            ),
            Column(
                "name",
                "物资名称",
                "Product",
                required=True,
                width=30,
                note="同名同规格的不得重复。",
            ),
            Column(
                "spec", "规格型号", "Specification", width=22, note="尺寸、型号、包装。"
            ),
            Column(
                "category",
                "物资类别",
                "Category",
                required=True,
                note="须为系统中已有的类别；也可在导入时勾选自动新建。",
            ),
            Column(
                "unit",
                "计量单位",
                "Unit",
                required=True,
                most=40,
                note=_UNIT + "也可在导入时勾选自动新建。",
            ),
            Column(
                "price",
                "单价",
                "Unit price",
                "number",
                most=10_000_000,
                digits=2,
                note="参考单价（元），最多两位小数。",
            ),
            Column(
                "stocked",
                "库存管理",
                "Kept in stock",
                "boolean",
                note="是：在库房备货；否：按需采购。留空为“是”。",
            ),
            Column(
                "requestable",
                "可申领",
                "Can be requested",
                "boolean",
                note="是：出现在申领目录中。留空为“是”。",
            ),
        ),
    ),
    "opening": (
        "期初库存",
        (
            Column("code", "物资编码", "Code", most=40, note="编码和名称至少填一项。"),
            Column(
                "name", "物资名称", "Product", width=30, note="须为系统中已有的物资。"
            ),
            Column(
                "spec",
                "规格型号",
                "Specification",
                width=22,
                note="同名物资有几种规格、又没有编码时填写。",
            ),
            Column(
                "quantity",
                "数量",
                "Quantity",
                "number",
                required=True,
                most=10_000_000,
                digits=2,
                note="实际盘点数，大于零；库房已有库存的物资不能再导入期初数。",
            ),
        ),
    ),
    "norm": (
        "领用定额",
        (
            Column(
                "code",
                "物资编码",
                "Code",
                most=40,
                note="按物资定额时，编码和名称至少填一项。",
            ),
            Column(
                "name", "物资名称", "Product", width=30, note="须为系统中已有的物资。"
            ),
            Column(
                "spec",
                "规格型号",
                "Specification",
                width=22,
                note="同名物资有几种规格、又没有编码时填写。",
            ),
            Column(
                "category",
                "物资类别",
                "Category",
                note="按类别定额时填写，此时物资编码和名称留空。",
            ),
            Column(
                "department",
                "适用部门",
                "Department",
                width=24,
                note="留空为所有没有单独定额的部门；按设备定额时必填。",
            ),
            Column(
                "basis", "定额方式", "Basis", "basis", note="按人或按设备，留空为按人。"
            ),
            Column(
                "quantity",
                "每月数量",
                "Per month",
                "number",
                required=True,
                most=1_000_000,
                digits=2,
                note="每人（或每台设备）每月的数量，大于零。",
            ),
            Column(
                "unit",
                "计量单位",
                "Unit",
                most=40,
                note="按类别定额时必填；按物资定额时可留空，即物资的计量单位。",
            ),
            Column(
                "devices",
                "设备台数",
                "Devices",
                "integer",
                most=100_000,
                note="按设备定额时必填：该部门的设备台数。",
            ),
            Column(
                "carry_over",
                "结转月数",
                "Months carried over",
                "integer",
                most=12,
                note="前几个月未用完的可继续领用，0 至 12；留空为不结转。",
            ),
            Column(
                "date_from",
                "生效日期",
                "In force from",
                "date",
                note="如 2026-01-01；留空为导入当日。",
            ),
            Column(
                "citation",
                "依据文件",
                "Document",
                required=True,
                most=200,
                width=40,
                note="定额出自哪份文件。",
            ),
        ),
    ),
    "budget": (
        "部门预算",
        (
            Column(
                "year",
                "年度",
                "Year",
                "integer",
                required=True,
                most=2100,
                width=8,
                note="四位数年份，如 2026。",
            ),
            Column(
                "department",
                "部门",
                "Department",
                required=True,
                width=24,
                note="须为系统中已有的部门名称。",
            ),
            Column(
                "item",
                "部门经济分类",
                "Economic item",
                required=True,
                width=24,
                note="科目编码或名称，如 30201 或 办公费。",
            ),
            Column(
                "project",
                "项目",
                "Project",
                width=24,
                note="基本支出留空；项目支出填写项目名称。",
            ),
            Column(
                "source",
                "资金来源",
                "Fund source",
                width=18,
                note="如：一般公共预算；只有一种来源的可留空。",
            ),
            Column(
                "amount",
                "预算数",
                "Plan",
                "number",
                required=True,
                most=10_000_000_000,
                digits=2,
                width=16,
                note="批复数（元），最多两位小数；以后的调整走预算调剂。",
            ),
            Column("note", "备注", "Remarks", most=200, width=24),
        ),
    ),
    "meter": (
        "计量表",
        (
            Column(
                "kind",
                "表种",
                "Kind",
                "meter_kind",
                required=True,
                note="电、水、燃气、热、文印、其他之一。",
            ),
            Column(
                "number",
                "表号",
                "Number",
                required=True,
                most=40,
                width=18,
                note="表上的编号，同一表种内不得重复。",
            ),
            Column("name", "计量范围", "What it counts", most=80, width=24),
            Column("place", "安装位置", "Place", most=80, width=24),
            Column(
                "department",
                "使用部门",
                "Department",
                width=24,
                note="没有分摊比例时用量归该部门；没有可留空。",
            ),
            Column(
                "item",
                "服务事项编码",
                "Service code",
                required=True,
                most=40,
                note="须为服务事项目录中已有的编码。",
            ),
            Column(
                "digits",
                "表位数",
                "Digits",
                "integer",
                required=True,
                most=12,
                note="小数点前的位数，走满归零。",
            ),
            Column(
                "factor",
                "倍率",
                "Factor",
                "number",
                most=1_000_000,
                digits=6,
                note="互感器倍率；留空为 1。",
            ),
            Column(
                "usual",
                "月均用量",
                "Usual use in a month",
                "number",
                most=100_000_000,
                digits=4,
                note="留空则按以往读数计算。",
            ),
            Column(
                "value",
                "底数",
                "First reading",
                "number",
                most=999_999_999_999,
                digits=4,
                note="启用时的读数；与抄表日期一并填写。",
            ),
            Column(
                "date",
                "抄表日期",
                "Read on",
                "date",
                note="底数的日期，如 2026-01-01。",
            ),
        ),
    ),
    "reading": (
        "抄表读数",
        (
            Column(
                "kind",
                "表种",
                "Kind",
                "meter_kind",
                note="表号在几个表种中都有时填写。",
            ),
            Column(
                "number",
                "表号",
                "Number",
                required=True,
                most=40,
                width=18,
                note="须为系统中已有的计量表。",
            ),
            Column("date", "抄表日期", "Read on", "date", required=True),
            Column(
                "value",
                "读数",
                "Reading",
                "number",
                required=True,
                most=999_999_999_999,
                digits=4,
                note="表上显示的数，不乘倍率。",
            ),
            Column(
                "estimated",
                "估抄",
                "Estimated",
                "boolean",
                note="没有见到表的填“是”，下次抄实数时自动更正。",
            ),
            Column("note", "备注", "Remark", width=30),
        ),
    ),
    "usage": (
        "服务用量",
        (
            Column(
                "voucher",
                "单号",
                "Voucher",
                required=True,
                most=60,
                width=20,
                note="原始单据编号，每行一号；已导入的单号不会重复计量。",
            ),
            Column("date", "日期", "Date", "date", required=True),
            Column(
                "item",
                "服务事项",
                "Service",
                required=True,
                width=24,
                note="服务事项目录中的编码或名称；目录外的事项不能计量。",
            ),
            Column(
                "quantity",
                "数量",
                "Quantity",
                "number",
                required=True,
                most=100_000_000,
                digits=4,
                note="按服务事项的计量单位，大于零。",
            ),
            Column(
                "kind", "类别", "Kind", "usage_kind", note="用量或缺岗，留空为用量。"
            ),
            Column(
                "department",
                "部门",
                "Department",
                width=24,
                note="由中心服务的部门；与服务单位只填一项。",
            ),
            Column(
                "partner",
                "单位",
                "Unit",
                width=24,
                note="服务单位或服务企业，须有生效的合同；与部门只填一项。",
            ),
            Column("note", "说明", "What for", width=30),
        ),
    ),
}

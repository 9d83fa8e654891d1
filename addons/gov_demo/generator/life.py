"""Ordinary days: absences, paper, phone, a burst pipe, a count, a notice.

One of each, on the desk of somebody who will look at it, made by the users concerned.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .walk import Walker

# Requests that are made here: all others are those of the plan and the table.
REQUESTS = (
    "life_counter",
    "life_phone",
    "life_urgent",
    "life_late",
    "life_plan_1",
    "life_plan_2",
)
PHONE_LINE = {
    "product": "",
    "quantity": "6",
    "unit": "项",
    "description": "调度大厅展板更新",
    "kind": "service",
    "estimate": "150",
    "answer": "printing",
    "price": "140",
    "vendor": "print_shop",
}


def load(loader):
    walker = Walker(loader)
    _draw_within_norm(walker)
    _delegate(walker)
    _decide_by_phone(walker)
    _go_first(walker)
    _enter_late(walker)
    _ask_and_hold(walker)
    _hand_in(walker)
    _count(walker)
    _publish(walker)


def _ask(walker, name, login, employee, lines, **values):
    """Create one request of this chapter as ``login``."""
    person = walker.loader.ref(f"employee_{employee}")
    vals = {"employee_id": person.id, "line_ids": lines, **values}
    return walker.ask(login, [(name, vals)])


def _draw_within_norm(walker):
    """Pens within the norm: no chain, ready to be handed out."""
    lines = walker.loader.goods({"gel_pen": 2}.items())
    _ask(
        walker, "life_counter", "huxiaofang", "lishaohua", lines, purpose="日常办公"
    ).action_submit()


def _delegate(walker):
    """The head goes to a course next week."""
    today = walker.loader.company.gov_today()
    walker.env["gov.approval.delegation"].with_user(walker.user("luqiming")).create(
        {
            "delegator_id": walker.user("luqiming").id,
            "delegate_id": walker.user("hansuqin").id,
            "date_from": today + timedelta(days=5),
            "date_to": today + timedelta(days=9),
            "reason": "赴省里参加培训",
        }
    )


def _decide_by_phone(walker):
    """The leader agreed on the phone; the secretariat entered it."""
    purchase = {"lines": [PHONE_LINE], "fund": "公用经费—办公费"}
    request = _ask(
        walker,
        "life_phone",
        "guohongmei",
        "xuedongmei",
        walker.line_commands(purchase["lines"]),
        kind="purchase",
        purpose="调度大厅展板更新",
    )
    request.action_submit()
    walker.walk(request, purchase, until="logistics_leader")
    record = walker.env["gov.approval.offline"].with_user(walker.user("huxiaofang"))
    record.create(
        {
            "number": request.number,
            "leader_id": walker.user("hansuqin").id,
            "channel": "phone",
            "decided_at": fields.Datetime.now(),
            "comment": "同意",
            "call_note": "综合科胡小芳致电韩主任，说明展板明日要用，韩主任表示同意。",
        }
    ).action_record()


def _go_first(walker):
    """A pipe bursts at night: the taps go first, the paper follows."""
    request = _ask(
        walker,
        "life_urgent",
        "jiangxiaoyan",
        "shaoliqun",
        walker.loader.goods({"tap": 2, "hose": 2}.items()),
        purpose="维修",
        is_urgent=True,
        urgent_reason="3号楼水管爆裂，夜间抢修",
    )
    request.action_submit()
    request.with_user(walker.decider(request)).action_approve("同意，先处理")
    walker.issue(request)


def _enter_late(walker):
    """Handed in on paper while the system was down."""
    today = walker.loader.company.gov_today()
    _ask(
        walker,
        "life_late",
        "huxiaofang",
        "huxiaofang",
        walker.loader.goods({"archive_box": 10}.items()),
        purpose="日常办公",
        occurred_on=today - timedelta(days=3),
        late_reason="system_down",
    ).action_submit()


def _ask_and_hold(walker):
    """A leader asks finance before deciding; another puts a matter aside."""
    loader = walker.loader
    asked = loader.ref("purchase_p37").with_user(walker.user("luqiming"))
    asked.action_ask_opinion(
        walker.user("zoujingyi").ids, "今年的办公设备购置经费还够吗？"
    )
    held = loader.ref("purchase_p18")
    held.with_user(walker.decider(held)).action_hold("待年度预算下达后再议。")


def _hand_in(walker):
    """Two sections hand in to the monthly plan; one head has agreed."""
    wishes = (
        ("life_plan_1", "huxiaofang", "lishaohua", {"letter_pad": 60, "label": 30}),
        ("life_plan_2", "wanglijuan", "wangminghui", {"letter_pad": 40}),
    )
    for name, login, employee, quantities in wishes:
        request = _ask(
            walker,
            name,
            login,
            employee,
            walker.loader.goods(quantities.items()),
            kind="purchase",
            purpose="日常办公",
        )
        if request.is_plan_late:
            request.action_add_to_next_plan()
        else:
            request.action_add_to_plan()
        request.action_submit()
        if name == "life_plan_1":
            request.with_user(walker.decider(request)).action_approve("拟同意")


def _count(walker):
    """The half-year count of one group is under way."""
    loader = walker.loader
    stocktakes = walker.env["gov.supply.stocktake"]
    stocktake = stocktakes.with_user(walker.user("houxiaoman")).create(
        {
            "categ_ids": [Command.set(loader.ref("category_桌面用品").ids)],
            "counter_id": loader.ref("employee_baijianxun").id,
            "keeper_id": loader.ref("employee_zhaojianguo").id,
            "witness_id": loader.ref("employee_zhujianguo").id,
        }
    )
    stocktake.action_start()
    loader.remember({"life_stocktake": stocktake})


def _publish(walker):
    """What was bought last year is disclosed; a choice of vendor is on notice."""
    loader = walker.loader
    today = loader.company.gov_today()
    author, second = walker.user("huxiaofang"), walker.user("chengxiaolan")
    publications = walker.env["gov.publication"].with_user(author)
    drafts = publications.create(
        [
            {
                "kind": "notice",
                "title": "办公用品定点供应商遴选结果公示",
                "body": "<p>经询价比较，拟选定云岚文华办公用品商行为下年度办公用品定点"
                "供应商。公示期内如有异议，请在本页提出。</p>",
                "contact": "综合科 分机 8012",
                "date_from": today,
                "date_to": today + timedelta(days=14),
            },
            {
                "kind": "disclosure",
                "title": f"{today.year - 1}年度办公用品采购情况",
                "body": "<p>全年采购申请126件，合计266,160元。</p>",
                "contact": "物资采购科 分机 8035",
                "date_from": today,
                "date_to": today + timedelta(days=30),
            },
        ]
    )
    drafts.with_user(second).action_release()
    loader.remember({"life_notice": drafts[0], "life_disclosure": drafts[1]})

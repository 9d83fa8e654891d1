"""This year's budget of the twelve sections, and what has become of it so far."""

from datetime import date

from odoo.fields import Command

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.past import on_day

from ..walk import Walker
from .window import Window

FUND = "财政拨款"
CLERK = "luosuying"
# What pays for the goods of the store, and for what stands on desks for years.
OFFICE_ITEM, EQUIPMENT_ITEM, REPAIR_ITEM = "30201", "31002", "30213"
EQUIPMENT, REPAIR_PARTS = "设备家具", "维修配件"
# Paid outside this system; part of the year's plan that goes in an ordinary month.
ELSEWHERE = {
    "leaders_30211": 0.07,
    "leaders_30217": 0.05,
    "general_30215": 0.06,
    "personnel_30216": 0.07,
    "finance_30227": 0.08,
    "assets_30213": 0.075,
    "supplies_31002": 0.06,
    "energy_30205": 0.08,
    "energy_30206": 0.082,
    "energy_30227": 0.06,
    "vehicles_30231": 0.045,
    "meetings_30215": 0.07,
    "meetings_30217": 0.093,
}
# The same of every section's office expenses.
OFFICE_SHARE = 0.066
PAID_ELSEWHERE = "上线前及其他系统已支付"
# From which line to which one money moves: decided, and waiting for the head.
TRANSFERS = (
    ("meetings_30215", "meetings_30201", 8_000, "会议减少，调剂用于会场用品购置", True),
    ("finance_30227", "finance_30201", 5_000, "年终决算资料印制费用增加", False),
)


def load(loader):
    """Enter the plan; requests that are made afterwards find their line."""
    items = {item.code: item for item in loader.env["gov.budget.item"].search([])}
    rows = loader.table("budget")
    lines = loader.env["gov.budget.line"].with_user(loader.ref(f"user_{CLERK}"))
    lines = lines.create(
        [
            {
                "year": loader.company.gov_today().year,
                "company_id": loader.company.id,
                "department_id": loader.id(f"department_{row['department']}"),
                "item_id": items[row["item"]].id,
                "project": row["project"],
                "fund_source": FUND,
                "amount_initial": float(row["plan"]),
            }
            for row in rows
        ]
    )
    loader.remember(
        {
            "budget_{department}_{item}".format(**row): line
            for row, line in zip(rows, lines, strict=True)
        }
    )
    _load_categories(loader, items)


def _load_categories(loader, items):
    """Say which item pays for which goods; a kind takes that of its group."""
    groups = {row["category"] for row in loader.table("supplies")}
    for group in groups:
        code = {EQUIPMENT: EQUIPMENT_ITEM, REPAIR_PARTS: REPAIR_ITEM}.get(group)
        category = loader.ref(f"category_{group}")
        category.budget_item_id = items[code or OFFICE_ITEM]


def book_year(loader):
    """Book what was drawn, paid and moved since New Year."""
    _book_issues(loader)
    _book_elsewhere(loader, Window(loader))
    _move(loader)


def _book_issues(loader):
    """What was handed out before the system was there is used up."""
    requests = engine(loader.env["gov.supply.request"]).search(
        [
            ("is_imported", "=", True),
            ("kind", "=", "issue"),
            ("occurred_on", ">=", date(loader.company.gov_today().year, 1, 1)),
        ],
        order="id",
    )
    for request in requests:
        request._budget_name_lines()
        on_day(request, request.occurred_on)._budget_sync()


def _book_elsewhere(loader, window):
    shares = dict(ELSEWHERE)
    for row in loader.table("departments"):
        shares[f"{row['id']}_{OFFICE_ITEM}"] = OFFICE_SHARE
    for month in window.whole:
        if month.first.year != window.today.year:
            continue
        for name, share in shares.items():
            line = engine(loader.ref(f"budget_{name}"))
            amount = round(line.amount_initial * share)
            part = f"{month.first:%Y-%m}"
            on_day(line, month.last)._spend(line, amount, part, PAID_ELSEWHERE)


def _move(loader):
    """One transfer has been agreed to, one waits for the head."""
    walker = Walker(loader)
    clerk = loader.ref(f"user_{CLERK}")
    for number, (source, target, amount, reason, agreed) in enumerate(TRANSFERS, 1):
        transfer = (
            loader.env["gov.budget.transfer"]
            .with_user(clerk)
            .create(
                {
                    "kind": "transfer",
                    "employee_id": clerk.employee_id.id,
                    "reason": reason,
                    "line_ids": [
                        Command.create(
                            {"line_id": loader.id(f"budget_{name}"), "amount": sum_}
                        )
                        for name, sum_ in ((source, -amount), (target, amount))
                    ],
                }
            )
        )
        loader.remember({f"budget_transfer_{number}": transfer})
        transfer.action_submit()
        while transfer.approval_state == "submitted":
            if not agreed and walker.stage(transfer) == "head":
                break
            transfer.with_user(walker.decider(transfer)).action_approve("同意")

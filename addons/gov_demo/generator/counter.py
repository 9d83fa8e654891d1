"""What the sections draw from the store in three months: a plan, made of a seed.

The same plan comes out each time: only its days are relative to today.
"""

import random
from collections import namedtuple

SEED = "yunlan"
# First and last day on which goods are needed, from today; what is needed this week
# or later is still under way.
FIRST_DAY, THIS_WEEK, LAST_DAY = -88, -5, 7
FINISHED = {"done": 236, "goods_returned": 4, "closed": 4, "rejected": 2}
UNDER_WAY = {
    "approved": 16,
    "issued_part": 6,
    "cancelled": 4,
    "returned": 3,
    "withdrawn": 1,
    "draft": 8,
}
# Each section head finds some on the first look.
WAITING_PER_SECTION = 2

# What a section draws most: group → weight.
OFFICE = {
    "纸张": 4,
    "书写工具": 4,
    "本册文件": 3,
    "桌面用品": 2,
    "打印与电脑耗材": 2,
    "清洁用品": 2,
    "会议茶水": 1,
}
TASTES = {
    "vehicles": {"清洁用品": 4, "书写工具": 2, "纸张": 2, "应急物资": 1},
    "meetings": {
        "会议茶水": 5,
        "本册文件": 3,
        "纸张": 2,
        "书写工具": 2,
        "清洁用品": 2,
    },
    "catering": {"清洁用品": 6, "会议茶水": 2, "书写工具": 1, "本册文件": 1},
    "property": {"维修配件": 6, "清洁用品": 2, "书写工具": 1},
    "security": {"应急物资": 3, "书写工具": 2, "打印与电脑耗材": 2, "清洁用品": 1},
}
PURPOSES = ("日常办公",) * 6 + ("会议", "活动", "下乡", "迎检")
# Up to this price one asks for so many.
QUANTITIES = ((2, 5, 20), (10, 2, 8), (30, 1, 4), (10_000, 1, 2))

Issue = namedtuple("Issue", "name day employee handler purpose goal lines")


def make_plan(loader):
    """Return the issues in the order of their days."""
    draw = random.Random(SEED)
    staff = get_staff(loader)
    liaisons = {row["id"]: row["liaisons"] for row in loader.table("departments")}
    goals = [goal for goal, number in FINISHED.items() for __ in range(number)]
    draw.shuffle(goals)
    wanted = [(goal, FIRST_DAY, THIS_WEEK - 1, None) for goal in goals]
    goals = [goal for goal, number in UNDER_WAY.items() for __ in range(number)]
    wanted += [(goal, THIS_WEEK, LAST_DAY, None) for goal in goals]
    wanted += [
        ("submitted", THIS_WEEK, LAST_DAY, section)
        for section in liaisons
        for __ in range(WAITING_PER_SECTION)
    ]
    weights = {section: len(people) ** 0.5 for section, people in staff.items()}
    plan = []
    for number, (goal, first, last, section) in enumerate(wanted, 1):
        section = section or draw.choices(list(weights), list(weights.values()))[0]
        person = draw.choice(staff[section])
        plan.append(
            Issue(
                name=f"issue_{number:03}",
                day=draw.randint(first, last),
                employee=person["id"],
                handler=draw_handler(draw, person, liaisons[section]),
                purpose="维修" if section == "property" else draw.choice(PURPOSES),
                goal=goal,
                lines=draw_lines(draw, loader, section),
            )
        )
    return sorted(plan, key=lambda issue: (issue.day, issue.name))


def get_staff(loader):
    """Return the people at work by working section."""
    staff = {}
    for row in loader.table("people"):
        away = (
            row["active"] != "1" or "借调县" in row["remark"] or "脱产" in row["remark"]
        )
        if not away:
            section = row["working_department"] or row["department"]
            staff.setdefault(section, []).append(row)
    return staff


def draw_handler(draw, person, liaison):
    """One types for oneself, or the liaison does; the clerk does for a walk-in."""
    chance = draw.random()
    if chance < 0.06 and person["department"] != "supplies":
        return "houxiaoman"
    if person["login"] and chance < 0.5:
        return person["login"]
    return liaison


def draw_lines(draw, loader, section):
    """Return one to four products with their quantities."""
    tastes = TASTES.get(section, OFFICE)
    goods = {}
    for row in loader.table("supplies"):
        if row["stocked"] == "1":
            goods.setdefault(row["category"], []).append(row)
    lines = {}
    for __ in range(draw.choice((1, 1, 2, 2, 3, 4))):
        category = draw.choices(list(tastes), list(tastes.values()))[0]
        row = draw.choice(goods[category])
        price = float(row["price"])
        low, high = next(
            (low, high) for limit, low, high in QUANTITIES if price <= limit
        )
        lines[row["id"]] = draw.randint(low, high)
    return tuple(lines.items())

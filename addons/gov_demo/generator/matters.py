"""Three months of matters in every state.

The system is a month old. What was finished before is imported history with the days
of its time. The rest walks through the engine itself, made and decided by the users
concerned: numbers, decisions and seals are real and carry the moment of installation;
only the day on which the goods are needed spreads over the weeks.
"""

from datetime import timedelta

from . import counter
from .paper import Register
from .walk import Walker

# What is left of an issue of which only a part was on the shelf.
PART = 0.5
# The first day of the system, from today.
START = -31


def load(loader):
    walker = Walker(loader)
    days = Days(loader)
    _load_issues(walker, days)
    _load_purchases(walker, days)


class Days:
    """Working days by their distance from today."""

    def __init__(self, loader):
        self.today = loader.company.gov_today()
        self.workday = loader.env["gov.workday"]
        self.known = {}

    def __getitem__(self, distance):
        """Return the first working day from ``distance`` days after today on."""
        if distance not in self.known:
            day = self.today + timedelta(days=distance)
            while not self.workday.is_working_day(day):
                day += timedelta(days=1)
            self.known[distance] = day
        return self.known[distance]


# -------------------------------------------------------------- from the store


def _load_issues(walker, days):
    """Walk the issues week by week, so that numbers follow the calendar."""
    plan = counter.make_plan(walker.loader)
    before = [issue for issue in plan if is_history(issue)]
    register = Register(walker.loader, counter.SEED)
    register.enter_issues(
        [
            register.slip(
                days[issue.day],
                issue.employee,
                issue.handler,
                purpose=issue.purpose,
                line_ids=walker.loader.goods(issue.lines),
            )
            for issue in before
        ]
    )
    weeks = {}
    for issue in plan:
        if is_history(issue):
            continue
        weeks.setdefault(issue.day // 7, []).append(issue)
    for issues in weeks.values():
        asked = _ask_issues(walker, days, issues)
        _decide_issues(walker, asked)
        _serve_issues(walker, asked)


def is_history(issue):
    """Tell whether ``issue`` was finished before the system was there."""
    return issue.goal == "done" and issue.day < START


def _ask_issues(walker, days, issues):
    """Create and submit; return the requests by goal, in the order of the plan."""
    loader, by_handler, asked = walker.loader, {}, {}
    for issue in issues:
        by_handler.setdefault(issue.handler, []).append(issue)
    for handler, own in by_handler.items():
        rows = [
            (
                issue.name,
                {
                    "kind": "issue",
                    "employee_id": loader.ref(f"employee_{issue.employee}").id,
                    "purpose": issue.purpose,
                    "date_needed": days[issue.day],
                    "line_ids": loader.goods(issue.lines),
                },
            )
            for issue in own
        ]
        requests = walker.ask(handler, rows)
        for issue, request in zip(own, requests, strict=True):
            asked[issue.name] = (issue.goal, request)
    for goal, request in (asked[issue.name] for issue in issues):
        if goal != "draft":
            request.action_submit()
    return [asked[issue.name] for issue in issues]


def _decide_issues(walker, asked):
    to_approve = {}
    for goal, request in asked:
        if goal == "withdrawn":
            request.action_withdraw("数量有误，重新填报")
        elif goal == "returned":
            matter = request.with_user(walker.decider(request))
            matter.action_return("请核对数量后重报")
        elif goal == "rejected":
            matter = request.with_user(walker.decider(request))
            matter.action_reject("上月已领用，暂不需要")
        elif goal not in ("draft", "submitted"):
            to_approve.setdefault(walker.decider(request), []).append(request.id)
    for user, ids in to_approve.items():
        requests = walker.env["gov.supply.request"].browse(ids).with_user(user)
        requests.action_approve("同意")


def _serve_issues(walker, asked):
    for goal, request in asked:
        if goal == "cancelled":
            request.action_cancel("改由公物仓调剂")
        elif goal in ("done", "goods_returned"):
            walker.issue(request)
        elif goal in ("issued_part", "closed"):
            line = request.line_ids[0]
            quantity = max(line.quantity * PART // 1, 1)
            if quantity < line.quantity or len(request.line_ids) > 1:
                walker.issue(request, {line.id: quantity})
        if goal == "closed" and request.state == "approved":
            clerk = walker.clerk(request)
            request.with_user(clerk).action_close_rest("余量不再需要")
        elif goal == "goods_returned":
            clerk = walker.clerk(request)
            line = request.line_ids[0]
            request.with_user(clerk).action_return_goods({line.id: 1}, "活动取消，退库")


# -------------------------------------------------------------------- bought


def _load_purchases(walker, days):
    loader, lines = walker.loader, {}
    for row in loader.table("purchase_lines"):
        lines.setdefault(row["purchase"], []).append(row)
    purchases = sorted(loader.table("purchases"), key=lambda row: int(row["day"]))
    for purchase in purchases:
        purchase["lines"] = lines[purchase["id"]]
    before = [row for row in purchases if row["goal"] == "imported"]
    _import_purchases(walker, days, before)
    for purchase in purchases:
        if purchase not in before:
            _load_purchase(walker, purchase, days[int(purchase["day"])])


def _import_purchases(walker, days, purchases):
    """Enter what was bought before the system was there."""
    register = Register(walker.loader, counter.SEED)
    requests = register.enter_purchases(
        [
            (
                [walker.bought_line(row) for row in purchase["lines"]],
                register.slip(
                    days[int(purchase["day"])],
                    purchase["employee"],
                    purchase["handler"] or purchase["employee"],
                    purpose=purchase["purpose"],
                    fund_source=purchase["fund"],
                ),
            )
            for purchase in purchases
        ]
    )
    walker.loader.remember(
        {
            f"purchase_{purchase['id']}": request
            for purchase, request in zip(purchases, requests, strict=True)
        }
    )


def _load_purchase(walker, purchase, day):
    loader, goal = walker.loader, purchase["goal"]
    values = {
        "kind": "purchase",
        "employee_id": loader.ref(f"employee_{purchase['employee']}").id,
        "purpose": purchase["purpose"],
        "date_needed": day,
        "line_ids": walker.line_commands(purchase["lines"]),
    }
    handler = purchase["handler"] or purchase["employee"]
    request = walker.ask(handler, [(f"purchase_{purchase['id']}", values)])
    if goal == "draft":
        return
    request.action_submit()
    if goal in UNDECIDED:
        UNDECIDED[goal](walker, request, purchase)
    elif goal in CARRIED_OUT:
        walker.walk(request, purchase)
        CARRIED_OUT[goal](walker, request, purchase)
    else:
        walker.walk(request, purchase, until=goal)


def _withdraw(walker, request, purchase):
    request.action_withdraw(purchase["note"])


def _return(walker, request, purchase):
    matter = request.with_user(walker.decider(request))
    matter.action_return(purchase["note"])


def _reject(walker, request, purchase):
    """The section head agrees, the line leader does not."""
    walker.walk(request, purchase, until="line_leader")
    matter = request.with_user(walker.decider(request))
    matter.action_reject(purchase["note"])


def _back_to_price(walker, request, purchase):
    """Finance finds the price too high and sends it back to the store."""
    walker.walk(request, purchase, until="price")
    # The generator looks at its own matters; each step is done as its user.
    step = request.sudo().current_step_id
    walker.walk(request, purchase, until="funds")
    matter = request.with_user(walker.decider(request))
    matter.action_return(purchase["note"], to_sequence=step.sequence)


def _enter_minutes(walker, request, purchase):
    """The meeting has agreed; its record waits for a member."""
    walker.walk(request, purchase, until="committee")
    walker.enter_meeting(request)


def _cancel(walker, request, purchase):
    request.action_cancel(purchase["note"])


def _approve(walker, request, purchase):
    """Approved is where the walk ends; a line without a vendor waits for one."""


def _order(walker, request, purchase):
    walker.order(request)


def _receive(walker, request, purchase):
    walker.receive(request, walker.order(request))


def _receive_part(walker, request, purchase):
    walker.receive(request, walker.order(request), part=True)


def _finish(walker, request, purchase):
    _receive(walker, request, purchase)
    if request.state == "approved":
        walker.issue(request)


UNDECIDED = {
    "withdrawn": _withdraw,
    "returned": _return,
    "rejected": _reject,
    "back_to_price": _back_to_price,
    "minutes": _enter_minutes,
}
CARRIED_OUT = {
    "cancelled": _cancel,
    "approved": _approve,
    "ordered": _order,
    "received": _receive,
    "received_part": _receive_part,
    "done": _finish,
}

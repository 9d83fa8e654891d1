"""Twelve months at the service desk: calls, repairs, pauses, calls back, answers.

What was finished is imported history with the moments of its time. What came in during
the last days is taken, dispatched and worked on by the users themselves, so that each
state of a request is on a desk; only then it gets the moment of its call.
"""

import random
from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.past import on_day
from odoo.addons.gov_logistics.tools.clock import WallClock, WorkClock

from . import repair_plan
from .base import LIAISON_LOGINS

SEED = "yunlan desk"
DESK = ("jiangxiaoyan", "sunwenjing")
# What became of the last calls, the oldest first; all before are finished. Without the
# mark nobody is kept waiting beyond the promised time.
LAST = (
    "paused!",
    "done",
    "done",
    "arrived!",
    "done",
    "done",
    "paused!",
    "done",
    "cancelled",
    "done",
    "done",
    "accepted!",
    "done",
    "assigned",
    "accepted",
    "arrived",
    "arrived",
    "assigned!",
    "new!",
    "new!",
    "done",
)
# Of a hundred finished requests so many were late, waited, were called back, rated.
LATE, WAITED, CALLED, RATED = 7, 6, 20, 55
PAPER = "{place}来电，值班领导电话同意先行抢修，现场处理完毕后补单。"
PAUSES = (
    ("parts", "等配件到货"),
    ("vendor", "已报维保单位，待其到场"),
    ("requester", "使用人外出，约定次日上门"),
)
VALUES = {"good": 5, "fair": 3, "poor": 1}
COMMENTS = {
    "good": ("来得很快，修好了。", "", "", "服务周到。"),
    "fair": ("修好了，来得有点晚。", "同样的问题已经第二次。"),
    "poor": ("等了两天没有人说明情况。", "修完第二天又坏了。"),
}


def load(loader, window):
    desk = Desk(loader, window)
    calls = repair_plan.make_plan(loader, window)
    last = calls[-len(LAST) :]
    desk.enter_history(calls[: -len(LAST)])
    desk.walk([*last[:-1], desk.burst_pipe(last[-1])])


class Desk:
    def __init__(self, loader, window):
        self.loader = loader
        self.window = window
        self.env = loader.env
        self.draw = random.Random(SEED)
        company = loader.company
        self.clocks = {
            False: WorkClock(self.env, company),
            True: WallClock(self.env, company),
        }
        self.units = {
            row["id"]: loader.ref(f"unit_{row['id']}")
            for row in loader.table("served_units")
        }

    def user(self, login):
        return self.loader.ref(f"user_{login}")

    def item(self, call):
        items = self.env["gov.service.item"]
        return items.browse(self.loader.id(f"item_{call.fault['item']}"))

    def moment(self, call):
        return self.window.utc(call.day, call.hour, call.minute)

    def values(self, call):
        """Return what the desk writes down of a call."""
        values = {
            "name": call.fault["text"],
            "service_item_id": self.item(call).id,
            "place": call.place,
            "room_id": call.room and self.loader.id(f"room_{call.room}"),
            "caller_name": call.caller,
            "caller_phone": call.phone,
            "channel": call.channel,
            "is_emergency": call.emergency,
            "company_id": self.loader.company.id,
        }
        if call.unit:
            values["served_partner_id"] = self.units[call.unit].id
        if call.person:
            values["employee_id"] = self.loader.id(f"employee_{call.person}")
        return values

    def burst_pipe(self, call):
        """Have the last call be a burst pipe of last night: its paper is to follow."""
        day = self.window.today - timedelta(days=1)
        faults = {row["id"]: row for row in self.loader.table("faults")}
        return call._replace(
            day=day if day.month == call.day.month else call.day,
            hour=21,
            minute=10,
            fault=faults["burst"],
            channel="phone",
            place="1号楼 1号楼水泵房",
            room="r080",
            emergency=True,
        )

    # ------------------------------------------------------------------- history

    def enter_history(self, calls):
        """Enter what is finished, year by year for the numbers."""
        by_year = {}
        for call in calls:
            by_year.setdefault(call.day.year, []).append(call)
        for year_calls in by_year.values():
            requests = engine(self.env["maintenance.request"])
            requests = on_day(requests, year_calls[-1].day).create(
                [self.history_values(call) for call in year_calls]
            )
            self.env.flush_all()
            self.finish(year_calls, requests)
            self.call_back(requests)
            self.keep_ratings(requests)
            # Who was on duty then has long been there.
            requests.activity_ids.unlink()

    def history_values(self, call):
        values = {
            **self.values(call),
            "requested_at": self.moment(call),
            "request_date": call.day,
            "handler_id": self.loader.id(f"user_{self.draw.choice(DESK)}"),
            "maintenance_team_id": self.item(call).team_id.id,
        }
        # Nobody is to follow what is over.
        values.pop("employee_id", None)
        return values

    def finish(self, calls, requests):
        """Write what became of the calls of the past, all at once."""
        rows = [
            self.outcome(call, request)
            for call, request in zip(calls, requests, strict=True)
        ]
        columns = list(rows[0])
        done = requests._get_stage("done")
        self.env.cr.execute(
            SQL(
                "UPDATE maintenance_request SET gov_state = 'done', stage_id = %s,"
                " kanban_state = 'normal', sla_next_deadline = NULL,"
                " sla_warn_at = NULL, %s FROM unnest(%s) AS rows(id, %s)"
                " WHERE maintenance_request.id = rows.id",
                done.id,
                SQL(", ").join(
                    SQL("%s = rows.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in columns
                ),
                SQL(", ").join(
                    [
                        SQL("%s::int[]", requests.ids),
                        *(
                            SQL(
                                "%s::%s[]",
                                [row[name] for row in rows],
                                SQL(requests._fields[name].column_type[0]),
                            )
                            for name in columns
                        ),
                    ]
                ),
                SQL(", ").join(SQL.identifier(name) for name in columns),
            )
        )
        self.env.invalidate_all()

    def outcome(self, call, request):
        """Return what the columns of a finished request hold."""
        clock = self.clocks[call.emergency]
        start = request.requested_at
        late = call.luck * 100 < LATE
        assigned = clock.add(start, self.draw.uniform(0.03, 0.3))
        accepted = clock.add(assigned, self.draw.uniform(0.02, 0.2))
        arrived = clock.add(
            accepted, request.sla_response_hours * self.draw.uniform(0.1, 0.6)
        )
        hours = float(call.fault["hours"]) * self.draw.uniform(0.6, 1.4)
        if late:
            hours += request.sla_resolve_hours
        resolved = clock.add(arrived, hours)
        missed = resolved > request.sla_resolve_deadline
        if late and not call.emergency and call.luck * 100 < WAITED:
            missed = not self.pause(request, arrived, resolved)
        person = self.loader.ref(f"employee_{call.person}") if call.person else None
        members = self.item(call).team_id.member_ids
        if person:
            # Nobody is sent to themselves.
            members -= person.user_id
        papered = request.paper_deadline
        return {
            "user_id": members[int(call.luck * 1000) % len(members)].id,
            "employee_id": person and person.id,
            "owner_user_id": person and person.user_id.id,
            "department_id": person and person._gov_department().id,
            "assigned_at": assigned,
            "accepted_at": accepted,
            "arrived_at": arrived,
            "resolved_at": resolved,
            "close_date": (resolved + timedelta(hours=8)).date(),
            "closing_text": call.fault["answer"],
            "sla_missed": missed,
            "papered_on": request.paper_deadline or None,
            "papered_by_id": self.loader.id(f"user_{DESK[0]}") if papered else None,
            "paper_text": PAPER.format(place=call.place) if papered else None,
            **self.answer(call, resolved, missed),
        }

    def pause(self, request, arrived, resolved):
        """Have some of the late ones wait for somebody else; tell whether it did."""
        if self.draw.random() < 0.3:
            return False
        kind, reason = self.draw.choice(PAUSES)
        engine(self.env["gov.service.pause"]).create(
            {
                "request_id": request.id,
                "kind": kind,
                "reason": reason,
                "user_id": self.user("chenyongkang").id,
                "date_from": arrived + timedelta(minutes=20),
                "date_to": resolved - timedelta(minutes=15),
                "state_before": "arrived",
            }
        )
        return True

    def call_back(self, requests):
        """The desk phones back a sample: closed is not always fixed."""
        rows, results = [], {}
        for request in requests:
            if self.draw.random() * 100 >= CALLED:
                continue
            chance = self.draw.random()
            result = "fixed" if chance < 0.88 else "unreached"
            if chance > 0.97:
                result = "not_fixed"
            results.setdefault(result, []).append(request.id)
            rows.append(
                {
                    "request_id": request.id,
                    "user_id": self.loader.id(f"user_{self.draw.choice(DESK)}"),
                    "called_at": request.resolved_at + timedelta(hours=20),
                    "result": result,
                    "note": "已重新派人处理" if result == "not_fixed" else "",
                }
            )
        engine(self.env["gov.service.callback"]).create(rows)
        for result, ids in results.items():
            requests.browse(ids).write({"callback_state": result})

    def answer(self, call, resolved, missed):
        """Return what the requester said, if anything: silence is no "good"."""
        via = self.answers_by(call)
        if not via or self.draw.random() * 100 >= RATED:
            return {
                "satisfaction": None,
                "satisfaction_text": None,
                "satisfaction_at": None,
                "satisfaction_via": None,
            }
        chance = self.draw.random() - (0.35 if missed else 0)
        value = "good" if chance > 0.12 else "fair" if chance > 0.02 else "poor"
        return {
            "satisfaction": value,
            "satisfaction_text": self.draw.choice(COMMENTS[value]) or None,
            "satisfaction_at": resolved + timedelta(hours=self.draw.randint(1, 40)),
            "satisfaction_via": via,
        }

    @staticmethod
    def answers_by(call):
        if call.channel == "qr":
            return "link"
        if call.unit:
            return "portal" if call.unit in LIAISON_LOGINS else None
        return "app"

    def keep_ratings(self, requests):
        """Write the rows that Odoo's rating reports read."""
        model_id = self.env["ir.model"]._get_id("maintenance.request")
        engine(self.env["rating.rating"]).create(
            [
                {
                    "res_model_id": model_id,
                    "res_id": request.id,
                    "rating": VALUES[request.satisfaction],
                    "consumed": True,
                    "feedback": request.satisfaction_text,
                    "partner_id": request.served_partner_id.id
                    or request.owner_user_id.partner_id.id,
                    "rated_partner_id": request.user_id.partner_id.id,
                    "rated_on": request.satisfaction_at,
                }
                for request in requests.filtered("satisfaction")
            ]
        )

    # -------------------------------------------------------------- the last days

    def walk(self, calls):
        """Take the last calls and carry them to where they stand today."""
        for number, (goal, call) in enumerate(zip(LAST, calls, strict=True)):
            desk = self.user(DESK[number % 2])
            request = self.env["maintenance.request"].with_user(desk)
            request = request.create(self.values(call))
            self.loader.remember({f"request_{number + 1:02}": request})
            self.carry(request, self.bring_forward(goal, call), call)
            self.date(request, call)

    def bring_forward(self, goal, call):
        """Return how far a call has come, so that its promised times are kept."""
        if goal.endswith("!"):
            return goal[:-1]
        clock, start = self.clocks[call.emergency], self.moment(call)
        item, now = self.item(call), fields.Datetime.now()
        if goal in ("assigned", "accepted"):
            if clock.add(start, item.response_hours) < now:
                goal = "arrived"
        if goal == "arrived" and clock.add(start, item.resolve_hours) < now:
            goal = "done"
        return goal

    def carry(self, request, goal, call):
        if goal == "new":
            return
        if goal == "cancelled":
            request.action_cancel("来电人告知已自行恢复，不用来了")
            return
        team = self.item(call).team_id
        repairer = team.member_ids[int(call.luck * 1000) % len(team.member_ids)]
        request.action_assign(user_id=repairer.id, team_id=team.id)
        if goal == "assigned":
            return
        own = request.with_user(repairer)
        own.action_accept()
        if goal == "accepted":
            return
        own.action_arrive()
        if goal == "paused":
            own.action_pause("等配件到货，预计后天")
        elif goal == "done":
            if parts := self.parts(call):
                own.action_use_parts(parts)
            own.action_done(call.fault["answer"])

    def parts(self, call):
        """Return what the repair took from the store, as far as it is on the shelf."""
        wanted = {}
        for part in filter(None, call.fault["parts"].split(";")):
            name, quantity = part.split(":")
            product = self.loader.ref(f"product_{name}")
            if product.qty_available > int(quantity):
                wanted[product.id] = int(quantity)
        return wanted

    def date(self, request, call):
        """Give the request the moments of its call; its deadlines follow."""
        document = engine(request.sudo())
        clock = self.clocks[call.emergency]
        now = fields.Datetime.now()
        start = self.moment(call)
        values = {"requested_at": start, "request_date": call.day}
        for name, hours in (
            ("assigned_at", 0.2),
            ("accepted_at", 0.4),
            ("arrived_at", 1.2),
            ("resolved_at", 1.5 + float(call.fault["hours"])),
        ):
            if document[name]:
                values[name] = min(clock.add(start, hours), now)
        document.write(values)
        document._plan_deadlines()

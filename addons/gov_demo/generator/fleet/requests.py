"""Requests of these days, each carried by its people to where it stands today."""

from datetime import timedelta

from odoo import fields

from ..walk import Walker
from . import base

DISPATCHER = "xuedongmei"
# Who asks, day (working days from today; 0 is within the hour), hours, what for, and
# how far it has come: draft, department_head, line_leader, head, approved, dispatched,
# out or done.
REQUESTS = (
    (
        "bank",
        "lishaohua",
        (1, 9, 11.5),
        ("到县财政局办理支付手续", "县财政局", "town", 2),
        "dispatched",
    ),
    (
        "village",
        "huxiaoyan",
        (1, 8, 17),
        ("驻村走访慰问", "高岗乡驻村点", "county", 4),
        "approved",
    ),
    (
        "city",
        "huxiaoyan",
        (2, 8, 18),
        ("参加全市机关事务工作会议", "市会议中心", "city", 3),
        "line_leader",
    ),
    (
        "province",
        "lishaohua",
        (5, 8, 18),
        ("赴外省考察集中统一管理", "邻省省会", "outside_province", 5),
        "head",
    ),
    (
        "archive",
        "lishaohua",
        (2, 14, 16),
        ("移交档案", "县档案馆", "town", 2),
        "department_head",
    ),
    (
        "draft",
        "lishaohua",
        (3, 9, 12),
        ("现场查看会场", "县会议中心", "town", 2),
        "draft",
    ),
    (
        "station",
        "lishaohua",
        (0, 0.2, 3),
        ("接站", "火车站", "county", 3),
        "out",
    ),
    (
        "documents",
        "huxiaoyan",
        (0, 0.2, 2),
        ("送达文件", "县政府", "town", 1),
        "done",
    ),
)
# What served units have asked for by phone: unit, caller, the same as above.
CALLS = (
    (
        "unit_survey",
        "agriculture",
        "谭春生",
        (1, 8.5, 17),
        ("秋粮调查", "青禾镇", "county", 3),
        "dispatched",
    ),
    (
        "unit_session",
        "county_office",
        "姜月华",
        (3, 8, 18),
        ("县人大代表视察（四辆）", "柳林工业园", "county", 40),
        "approved",
    ),
)
SESSION_CARS = 4
PROTECTED = "huxiaofang", (1, 8, 18), ("机要交换", "云溪镇", "county", 2)


def load(loader, window):
    Requests(loader, window).load()


class Requests:
    def __init__(self, loader, window):
        self.loader = loader
        self.window = window
        self.walker = Walker(loader)
        self.dispatcher = loader.ref(f"user_{DISPATCHER}")
        self.rows = base.vehicles(loader)
        self.taken = set()

    def load(self):
        for name, login, when, what, goal in REQUESTS:
            user = self.loader.ref(f"user_{login}")
            request = self._ask(name, user, when, what)
            self._carry(request, user, goal)
        for name, unit, caller, when, what, goal in CALLS:
            request = self._ask(
                name,
                self.dispatcher,
                when,
                what,
                served_partner_id=self.loader.id(f"unit_{unit}"),
                caller_name=caller,
                caller_phone="内线 6102",
                unit_approver=caller,
                unit_slip_number="便函第18号",
                vehicle_count=SESSION_CARS if name == "unit_session" else 1,
            )
            self._carry(request, self.dispatcher, goal)
        login, when, what = PROTECTED
        user = self.loader.ref(f"user_{login}")
        request = self._ask("protected", user, when, what, is_protected=True)
        self._carry(request, user, "submitted")

    def _ask(self, name, user, when, what, **values):
        purpose, destination, area, people = what
        start, end = self._window(*when)
        requests = self.loader.env["gov.vehicle.request"].with_env(
            self.loader.env(user=user.id, su=False)
        )
        request = requests.create(
            {
                "purpose": purpose,
                "destination": destination,
                "area": area,
                "passenger_count": people,
                "date_start": start,
                "date_end": end,
                "filing_number": (
                    "机管备〔2026〕7号" if area == "outside_province" else False
                ),
                **values,
            }
        )
        self.loader.remember({f"car_request_{name}": request})
        return request

    def _window(self, days, start, end):
        """Return the two moments; on day 0 hours count from now."""
        if not days:
            now = fields.Datetime.now().replace(second=0)
            return tuple(now + timedelta(minutes=round(h * 60)) for h in (start, end))
        day = self.window.after(self.window.today, days)
        return tuple(
            self.window.utc(day, int(hour), round(hour % 1 * 60))
            for hour in (start, end)
        )

    def _carry(self, request, user, goal):
        if goal == "draft":
            return
        request.action_submit()
        if goal == "submitted":
            return
        stops = ("department_head", "line_leader", "head")
        self.walker.walk(request, {}, until=goal if goal in stops else None)
        if goal in stops or goal == "approved":
            return
        mine = request.with_user(self.dispatcher)
        bookings = self.loader.env["gov.vehicle.booking"].search(
            [("request_id", "=", request.id)]
        )
        mine.action_dispatch([self._pick(booking) for booking in bookings])
        if goal == "dispatched":
            return
        # sudo: the generator looks for the trip that it has just made.
        trip = request.sudo().trip_ids.with_env(mine.env)
        reading = trip.vehicle_id.odometer_value
        trip.action_depart(reading)
        if goal == "done":
            trip.action_return(reading + 9)

    def _pick(self, booking):
        """Return a vehicle of the pool with its usual driver, each once."""
        seats = booking.seats or 1
        for row in self.rows:
            name = row["id"]
            fits = row["usage_class"] == "platform" and row["keeping"] == "pool"
            if fits and name not in self.taken and int(row["seats"]) >= seats:
                self.taken.add(name)
                return (
                    self.loader.id(f"vehicle_{name}"),
                    self.loader.id(f"employee_{row['driver']}"),
                )
        raise ValueError("no vehicle is left")

"""Twelve months of repairs as the desk takes them: a plan, made of a seed.

The numbers of each month are those of the office; a day of this year that is still to
come is last year's.
"""

import random
from calendar import monthrange
from collections import namedtuple

SEED = "yunlan repairs"
REPAIRS = (86, 64, 92, 98, 104, 128, 142, 136, 108, 90, 84, 88)
# Eight of ten come by phone.
CHANNELS = {"phone": 80, "app": 8, "portal": 5, "qr": 5, "counter": 2}
UNIT_SHARE = 0.62
FLOORS = {"1号楼": 7, "2号楼": 6, "3号楼": 4}
# Hours of the day at which calls come in; at night only what cannot wait.
HOURS = (8, 8, 9, 9, 9, 9, 10, 10, 10, 11, 14, 14, 14, 15, 15, 16, 16, 17)
NIGHT_HOURS = (19, 21, 23, 2, 5)
EMERGENCIES = ("burst", "stuck", "dark")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
CALLERS = ("科", "主任", "同志")
# The same thing at the same place again and again: fault, place, months.
RECURRING = (
    ("drain", "2号楼3楼西侧卫生间", 4),
    ("mic", "r050", 3),
)
GATES = ("南门", "北门", "地下车库入口")
PLACES = {
    "toilet": "{building}{floor}楼{side}卫生间",
    "corridor": "{building}{floor}楼{side}走廊",
    "lift": "{building}{number}号电梯",
    "top": "{building}顶层{side}",
}
SIDES = ("东侧", "西侧")

Call = namedtuple(
    "Call",
    "day hour minute fault channel place room unit person caller phone emergency luck",
)


def make_plan(loader, window):
    """Return the calls of twelve months, the oldest first."""
    return Planner(loader, window).make()


class Planner:
    def __init__(self, loader, window):
        self.window = window
        self.draw = random.Random(SEED)
        self.faults = loader.table("faults")
        self.rooms = [row for row in loader.table("rooms") if not row["secret"]]
        self.units = loader.table("served_units")
        self.people = [row for row in loader.table("people") if row["login"]]

    def make(self):
        calls = [
            self._call(month, number)
            for month, count in enumerate(REPAIRS, 1)
            for number in range(count)
        ]
        calls = self._repeat(sorted(calls, key=lambda call: call[:3]))
        return sorted(calls, key=lambda call: call[:3])

    # ------------------------------------------------------------------ one call

    def _call(self, month, number):
        fault = self._draw_fault(month)
        year = self.window.today.year
        day = self.draw.randint(1, monthrange(year, month)[1])
        day = self.window.past(month, min(day, 28) if month == 2 else day)
        urgent = fault["id"] in EMERGENCIES
        night = urgent and self.draw.random() < 0.4
        if not night:
            day = self._working(day)
        unit = person = None
        if fault["place"] in ("office", "toilet", "corridor", "lift", "top"):
            if self.draw.random() < UNIT_SHARE:
                unit = self.draw.choice(self.units)["id"]
        if not unit:
            person = self.draw.choice(self.people)
        channel = self._draw_channel(unit, night)
        place, room = self._place(fault, unit, person)
        return Call(
            day=day,
            hour=self.draw.choice(NIGHT_HOURS if night else HOURS),
            minute=self.draw.randrange(60),
            fault=fault,
            channel=channel,
            place=place,
            room=room,
            unit=unit,
            person=person and person["id"],
            caller=self._caller(person),
            phone=f"分机 {self.draw.randint(8101, 8999)}",
            emergency=urgent,
            luck=self.draw.random(),
        )

    def _working(self, day):
        """Return ``day``, or a working day near by in the same month."""
        workdays = self.window.workdays
        if workdays.is_working_day(day) or self.draw.random() < 0.1:
            return day
        days = range(1, monthrange(day.year, day.month)[1] + 1)
        near = sorted(days, key=lambda number: abs(number - day.day))
        side = day < self.window.today
        for number in near:
            other = day.replace(day=number)
            same_side = (other < self.window.today) == side
            if same_side and workdays.is_working_day(other):
                return other
        return day

    def _draw_fault(self, month):
        faults, weights = [], []
        for fault in self.faults:
            months = fault["months"].split(";") if fault["months"] else ()
            if not months or str(month) in months:
                faults.append(fault)
                weights.append(int(fault["weight"]))
        return self.draw.choices(faults, weights)[0]

    def _draw_channel(self, unit, night):
        if night:
            return "phone"
        channel = self.draw.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        if channel == "portal" and not unit or channel == "app" and unit:
            return "phone"
        return channel

    def _caller(self, person):
        if person:
            return person["name"]
        return self.draw.choice(SURNAMES) + self.draw.choice(CALLERS)[:2]

    def _place(self, fault, unit, person):
        """Return the words for the place, and the room where it is one of ours."""
        kind = fault["place"]
        if kind == "gate":
            return self.draw.choice(GATES), None
        if kind in PLACES:
            building = self.draw.choice(list(FLOORS)[: 2 if unit else 3])
            floor = self.draw.randint(1, FLOORS[building])
            return (
                PLACES[kind].format(
                    building=building,
                    floor=floor,
                    side=self.draw.choice(SIDES),
                    number=self.draw.randint(1, 3),
                ),
                None,
            )
        if kind == "office" and unit:
            building = self.draw.choice(("1号楼", "2号楼"))
            floor = self.draw.randint(2, FLOORS[building])
            return f"{building}{floor}{self.draw.randint(1, 24):02}室", None
        rooms = [row for row in self.rooms if row["kind"] == kind]
        if kind == "office" and person:
            own = [r for r in rooms if r["department"] == person["department"]]
            rooms = own or rooms
        room = self.draw.choice(rooms)
        return f"{room['building']} {room['name']}", room["id"]

    # --------------------------------------------------------- again and again

    def _repeat(self, calls):
        """Put the recurring faults where a plain one of the summer stands."""
        names = {fault["id"]: fault for fault in self.faults}
        rooms = {row["id"]: row for row in self.rooms}
        calls = list(calls)
        end = len(calls) - 6
        for name, place, count in RECURRING:
            for __ in range(count):
                end -= 9
                while calls[end].emergency or calls[end].fault["id"] == name:
                    end -= 1
                room = place if place in rooms else None
                text = place
                if room:
                    text = f"{rooms[room]['building']} {rooms[room]['name']}"
                calls[end] = calls[end]._replace(
                    fault=names[name], place=text, room=room
                )
        return calls

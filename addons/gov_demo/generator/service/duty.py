"""The duty roster: a leader, two people, a driver and a phone for each shift."""

from datetime import timedelta

LEADERS = ("luqiming", "hansuqin", "hezhenbang", "zhuningyuan", "yaoguifen")
PHONE = "内线 8120"
# The roster goes as far into what is to come.
AHEAD = timedelta(days=14)


def load(loader, window):
    people = [
        row["id"]
        for row in loader.table("people")
        if row["active"] == "1"
        and row["department"] in ("general", "property", "security", "vehicles")
        and row["post"] not in ("驾驶员", "科长", "平台主任")
        and "借调" not in row["title"]
    ]
    drivers = [
        row["id"]
        for row in loader.table("people")
        if row["post"] == "驾驶员"
        and row["active"] == "1"
        and "借调" not in row["title"]
    ]
    values = []
    day, number = window.months[0].first, 0
    while day <= window.today + AHEAD:
        for kind in ("day", "night"):
            off = not window.workdays.is_working_day(day)
            # By day on working days everybody is there: the roster has the nights,
            # and the days off.
            if kind == "night" or off:
                values.append(_shift(loader, day, kind, number, people, drivers))
                number += 1
        day += timedelta(days=1)
    loader.env["gov.duty.shift"].create(values)


def _shift(loader, day, kind, number, people, drivers):
    first = people[number * 2 % len(people)]
    second = people[(number * 2 + 1) % len(people)]
    return {
        "date": day,
        "kind": kind,
        "time_from": 8.5 if kind == "day" else 17.5,
        "time_to": 17.5 if kind == "day" else 8.5,
        # A leader takes a week.
        "leader_id": loader.id(
            f"employee_{LEADERS[day.isocalendar().week % len(LEADERS)]}"
        ),
        "employee_ids": [loader.id(f"employee_{name}") for name in (first, second)],
        "driver_id": loader.id(f"employee_{drivers[number % len(drivers)]}"),
        "phone": PHONE,
        "company_id": loader.company.id,
    }

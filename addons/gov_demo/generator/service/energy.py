"""Twenty-five meters and their readings: what the compound used month by month.

The readings are those of the month's last day. The main meters add up to the figures of
the office; a meter begins again at zero in May, a leak doubles the water of August.
"""

import random
from datetime import timedelta

SEED = "yunlan meters"
COLUMNS = {"electricity": "kwh", "water": "water", "gas": "gas"}
ITEMS = {"electricity": "WP04", "water": "WP05", "gas": "WP06"}
# What leaked, in the month of the leak: it shows on this meter and on the main one.
LEAK_MONTH, LEAK, LEAK_METER = 8, 2100, "w_green"
# Comes back to zero in this month.
WRAP_MONTH, WRAP_METER = 5, "w_canteen"


class EnergyPlan:
    """What each meter shows on the last day of each month.

    :ivar use: dict of meter → list of the use of twelve whole months.
    """

    def __init__(self, loader, window):
        self.window = window
        self.draw = random.Random(SEED)
        self.meters = loader.table("meters")
        self.months = {int(row["month"]): row for row in loader.table("energy")}
        self.use = {meter["id"]: self._plan_use(meter) for meter in self.meters}
        self._close_mains()

    def _plan_use(self, meter):
        uses = []
        for month in self.window.whole:
            number = month.first.month
            total = int(self.months[number][COLUMNS[meter["kind"]]])
            leaks = number == LEAK_MONTH and meter["kind"] == "water"
            base = total - (LEAK if leaks else 0)
            use = base * float(meter["share"]) / 100
            if not meter["main"]:
                use *= self.draw.uniform(0.97, 1.02)
            if leaks and (meter["main"] or meter["id"] == LEAK_METER):
                use += LEAK
            factor = int(meter["factor"])
            uses.append(round(use / factor) * factor)
        return uses

    def _close_mains(self):
        """Have the second main meter take what the factors of both leave over."""
        first, second = (
            m["id"] for m in self.meters if m["main"] and m["kind"] == "electricity"
        )
        for index, month in enumerate(self.window.whole):
            total = int(self.months[month.first.month]["kwh"])
            self.use[second][index] = total - self.use[first][index]

    def readings(self, meter):
        """Return (day, what the meter shows) for the days before and in the window."""
        factor, register = int(meter["factor"]), 10 ** int(meter["digits"])
        steps = [use / factor for use in self.use[meter["id"]]]
        shown = self._opening(meter, steps, register)
        days = [self.window.months[0].first - timedelta(days=1)]
        days += [month.last for month in self.window.whole]
        rows = [(days[0], shown)]
        for day, step in zip(days[1:], steps, strict=True):
            shown = round((shown + step) % register, 2)
            rows.append((day, shown))
        return rows

    def _opening(self, meter, steps, register):
        """Return what the meter showed before: low enough not to come round, or so
        that it does in the month of the story."""
        if meter["id"] == WRAP_METER:
            index = next(
                m.index for m in self.window.whole if m.first.month == WRAP_MONTH
            )
            return round(register - sum(steps[:index]) - steps[index] / 2)
        room = register - sum(steps)
        return round(room * self.draw.uniform(0.2, 0.6))


READER = "zhangxiaofang"
# So many water meters have been seen on today's round.
SEEN = 3
# The reader could not get in; what was estimated is corrected by the next reading.
ESTIMATED_METER, ESTIMATED_INDEX = "w_b3", 7


def load(loader, window):
    plan = EnergyPlan(loader, window)
    _load_meters(loader, plan)
    _load_shares(loader, window)
    _load_readings(loader, window, plan)


def _load_meters(loader, plan):
    places = {row["id"]: row for row in loader.table("rooms")}
    loader.make(
        "gov.meter",
        [
            (
                f"meter_{row['id']}",
                {
                    "kind": row["kind"],
                    "number": row["number"],
                    "name": row["name"],
                    "sequence": number,
                    "place": "{building} {name}".format(**places[row["place"]]),
                    "company_id": loader.company.id,
                    "department_id": row["department"]
                    and loader.ref(f"department_{row['department']}").id,
                    "service_item_id": loader.ref(f"item_{ITEMS[row['kind']]}").id,
                    "digits": int(row["digits"]),
                    "factor": float(row["factor"]),
                },
            )
            for number, row in enumerate(plan.meters, 1)
        ],
    )
    for row in plan.meters:
        if row["parent"]:
            meter = loader.ref(f"meter_{row['id']}")
            meter.parent_id = loader.id(f"meter_{row['parent']}")


# Who bears what a meter counts: (department, contract or None, percent), and why.
SHARES = {
    "e_canteen": (("catering", "catering_energy", 100),),
    "w_canteen": (("catering", "catering_energy", 100),),
    "gas": (("catering", "catering_energy", 64), ("property", None, 36)),
    "e_charging": (("vehicles", "vehicle_energy", 100),),
    "e_car_wash": (("vehicles", "vehicle_energy", 100),),
    "e_hall": (("meetings", None, 100),),
    "e_b3_server": (("general", None, 100),),
    "e_b3_light": (
        ("general", None, 24),
        ("assets", None, 19),
        ("finance", None, 18),
        ("supplies", None, 17),
        ("personnel", None, 12),
        ("energy", None, 10),
    ),
}
SHARE_BASIS = {"gas": "agreement", "e_b3_light": "people"}


def _load_shares(loader, window):
    rows = []
    for meter, shares in SHARES.items():
        record = loader.ref(f"meter_{meter}")
        for department, contract, percent in shares:
            line = None
            if contract:
                lines = loader.ref(f"contract_{contract}").contract_line_ids
                item = record.service_item_id
                line = lines.filtered(lambda row, i=item: row.service_item_id == i)
            rows.append(
                {
                    "meter_id": record.id,
                    "department_id": loader.ref(f"department_{department}").id,
                    "contract_line_id": line and line.id,
                    "percent": percent,
                    "basis": SHARE_BASIS.get(meter, "area"),
                    "date_from": window.months[0].first - timedelta(days=1),
                }
            )
    loader.env["gov.meter.share"].create(rows)


def _load_readings(loader, window, plan):
    """Enter each round of readings as its reader did, month by month."""
    rounds = {}
    for meter in plan.meters:
        for index, (day, value) in enumerate(plan.readings(meter)):
            estimated = meter["id"] == ESTIMATED_METER and index == ESTIMATED_INDEX
            rounds.setdefault(day, []).append(
                {
                    "meter_id": loader.id(f"meter_{meter['id']}"),
                    "date": day,
                    "value": value,
                    "is_estimated": estimated,
                    "note": "表井积水，按上月用量估抄" if estimated else "",
                }
            )
    reader = loader.ref(f"user_{READER}")
    readings = loader.env["gov.meter.reading"].with_user(reader)
    *before, last = sorted(rounds)
    for day in before:
        readings.create(rounds[day])
    walks = loader.env["gov.meter.round"].with_user(reader)
    walk = walks.create({"date": last})
    _fill(walk, {row["meter_id"]: row["value"] for row in rounds[last]})
    walk.action_done()
    _begin_round(loader, window, plan, walks)


def _fill(walk, values):
    """Write down what the reader has seen: dict meter id → value."""
    for line in walk.line_ids:
        if line.meter_id.id in values:
            line.write({"value": values[line.meter_id.id], "is_read": True})


def _begin_round(loader, window, plan, walks):
    """The reader is on the way to the water meters, and has seen some of them."""
    walk = walks.create({"date": window.today, "kind": "water"})
    part = (window.today - window.last.last).days / 30
    values = {}
    for meter in [row for row in plan.meters if row["kind"] == "water"][:SEEN]:
        record = loader.ref(f"meter_{meter['id']}")
        use = plan.use[meter["id"]][-1] / int(meter["factor"])
        values[record.id] = round(record.last_value + use * part)
    _fill(walk, values)
    loader.remember({"meter_round": walk})

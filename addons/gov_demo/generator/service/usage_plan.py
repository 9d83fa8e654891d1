"""What was used of the metered services in twelve months: a plan, made of a seed.

The sums are those of the office: 18,500 a month for car repairs, 14,500 for the print
room, 21,600 for telephones with the calls, 1,322 meetings, three empty guard posts.
"""

import random
from collections import namedtuple
from datetime import timedelta

SEED = "yunlan usage"
MEETINGS = (138, 72, 120, 116, 104, 118, 96, 88, 112, 98, 126, 134)
# Of a hundred meetings so many take the hall.
HALL_SHARE = 14
GARAGES = {"garage_north": 0.45, "garage_east": 0.3, "garage_new": 0.25}
GARAGE_YEAR = 222_000
PRINT_YEAR = 174_000
CALL_YEAR = 576_000
# Who sends papers to the print room, and how much of it.
PRINTERS = {"general": 5, "finance": 2, "meetings": 3, "personnel": 1, "supplies": 1}
# Twelve units: how much they drive, and whether over the hills.
UNITS = {
    "party_office": (9, 0.1),
    "county_office": (12, 0.2),
    "development": (5, 0.2),
    "finance_bureau": (5, 0.1),
    "human_resources": (4, 0.1),
    "agriculture": (9, 0.7),
    "housing": (6, 0.4),
    "education": (7, 0.3),
    "justice": (4, 0.3),
    "audit": (3, 0.1),
    "statistics": (3, 0.2),
    "rural": (8, 0.8),
}
# Kilometres that one point of driving makes in a month.
KM = 95
JOBS = (
    ("更换机油机滤", 380, 520),
    ("更换前刹车片", 420, 680),
    ("更换轮胎两条", 900, 1360),
    ("空调加氟检修", 260, 480),
    ("更换电瓶", 480, 620),
    ("底盘异响检修", 300, 900),
    ("钣金喷漆", 600, 1500),
    ("年检前保养", 450, 800),
)
# The card is read out on the 15th and at the end of the month.
HALF = timedelta(days=14)
MEETING_TEXTS = ("工作例会", "业务培训", "专题会", "协调会", "评审会", "视频会议")
HALL_TEXTS = ("全县干部大会", "年度表彰会", "专题报告会", "动员部署会", "业务培训班")

# date, contract, item, quantity, kind, unit, department, name, source
Use = namedtuple("Use", "date contract item quantity kind unit department name source")


def use(day, contract, item, quantity, source, **values):
    blank = {"kind": "use", "unit": None, "department": None, "name": ""}
    return Use(
        date=day,
        contract=contract,
        item=item,
        quantity=quantity,
        source=source,
        **{**blank, **values},
    )


def split_sum(draw, total, parts, step=1, spread=0.12):
    """Return ``parts`` numbers around their average that add up to ``total``.

    :param step: each is a multiple of it, as is the total.
    """
    weights = [1 + draw.uniform(-spread, spread) for __ in range(parts)]
    scale = total / sum(weights)
    numbers = [int(weight * scale / step) * step for weight in weights]
    numbers[-1] += total - sum(numbers)
    return numbers


class UsagePlan:
    def __init__(self, window):
        self.window = window
        self.draw = random.Random(SEED)

    def make(self):
        """Return the uses of twelve whole months and of the current one."""
        uses = [
            *self._garages(),
            *self._prints(),
            *self._calls(),
            *self._units(),
            *self._meetings(),
            *self._missing(),
        ]
        today = self.window.today
        return sorted((u for u in uses if u.date < today), key=lambda u: u.date)

    def _days(self, month):
        """Return the working days of a month."""
        days = [month.first]
        while days[-1] < month.last:
            days.append(days[-1] + timedelta(days=1))
        return [day for day in days if self.window.workdays.is_working_day(day)]

    # ------------------------------------------------------------------- vendors

    def _garages(self):
        months = split_sum(self.draw, GARAGE_YEAR, 12)
        months.append(GARAGE_YEAR // 12)
        for month, total in zip(self.window.months, months, strict=True):
            days = self._days(month)
            left = total
            for name, share in GARAGES.items():
                last = name == list(GARAGES)[-1]
                sum_ = left if last else int(total * share)
                left -= sum_
                for amount in self._slips(sum_):
                    job = min(JOBS, key=lambda j, a=amount: abs(a - (j[1] + j[2]) / 2))
                    plate = f"岚A·1{self.draw.randint(1, 30):04}"
                    yield use(
                        self.draw.choice(days),
                        name,
                        "VE06",
                        amount,
                        "import",
                        department="vehicles",
                        name=f"{plate} {job[0]}",
                    )

    def _slips(self, total):
        """Return the sums of single jobs that add up to ``total``."""
        slips = []
        while total > 1600:
            __, low, high = self.draw.choice(JOBS)
            slips.append(self.draw.randint(low, high))
            total -= slips[-1]
        return [*slips, total]

    def _prints(self):
        """Black 0.12, colour 0.60, bindings 8.00: together the month's sum."""
        months = split_sum(self.draw, PRINT_YEAR, 12, step=12)
        months.append(PRINT_YEAR // 12 // 12 * 12)
        weights = sum(PRINTERS.values())
        for month, total in zip(self.window.months, months, strict=True):
            bindings = self.draw.randrange(300, 420, 3)
            colour = self.draw.randrange(5000, 8000, 20)
            black = round((total - bindings * 8 - colour * 0.6) / 0.12)
            days = self._days(month)
            for item, number in (("PT01", black), ("PT02", colour), ("PT03", bindings)):
                left = number
                for section, weight in PRINTERS.items():
                    last = section == list(PRINTERS)[-1]
                    part = left if last else number * weight // weights
                    left -= part
                    # Counted on the last working day.
                    yield use(
                        days[-1],
                        "printing",
                        item,
                        part,
                        "print",
                        department=section,
                    )

    def _calls(self):
        months = [*split_sum(self.draw, CALL_YEAR, 12), CALL_YEAR // 12]
        for month, minutes in zip(self.window.months, months, strict=True):
            yield use(
                month.last,
                "telecom",
                "TE02",
                minutes,
                "import",
                department="general",
                name=f"{month.first.month}月话单",
            )

    def _missing(self):
        """The guard post was empty for three shifts, in the worst two months."""
        for index, day in ((9, 12), (9, 26), (10, 8)):
            month = self.window.months[index]
            yield use(
                month.first + timedelta(days=day - 1),
                "guards",
                "SE01",
                1,
                "manual",
                kind="missing",
                department="security",
                name="北门岗夜班空岗一班次",
            )

    # -------------------------------------------------------------- served units

    def _units(self):
        for month in self.window.months:
            days = self._days(month)
            for unit, (points, hills) in UNITS.items():
                yield from self._drive(unit, points, hills, days)
                yield from self._eat(unit, points, (month.first + HALF, month.last))

    def _drive(self, unit, points, hills, days):
        """One sheet of kilometres for each half of the month."""
        shares = {
            "VE01": 0.65 * (1 - hills),
            "VE02": 0.25,
            "VE03": 0.75 * hills,
            "VE04": 0.03,
        }
        halves = (days[len(days) // 2 - 1], days[-1])
        for day in halves:
            for item, share in shares.items():
                km = int(points * KM * share / 2 * self.draw.uniform(0.75, 1.25))
                if km >= 15:
                    yield self._unit_use(day, unit, item, km, "trip", "行驶里程")
        hours = self.draw.randint(points, points * 3) / 2
        yield self._unit_use(halves[1], unit, "VE05", hours, "trip", "候车")

    def _eat(self, unit, points, days):
        for day in days:
            lunches = int(points * 35 * self.draw.uniform(0.85, 1.1))
            for item, number in (("CA02", int(lunches * 0.3)), ("CA03", lunches)):
                yield self._unit_use(day, unit, item, number, "meal", "就餐卡")

    def _unit_use(self, day, unit, item, quantity, source, name):
        return use(day, f"unit_{unit}", item, quantity, source, unit=unit, name=name)

    def _meetings(self):
        """1,322 in twelve months; the small rooms are free, the hall is not."""
        units = [*UNITS, None]
        weights = [points for points, __ in UNITS.values()] + [25]
        for month, number in enumerate(MEETINGS, 1):
            for index in range(number):
                day = self.draw.randint(1, 28)
                day = self._near(self.window.past(month, day))
                unit = self.draw.choices(units, weights)[0]
                hall = index * HALL_SHARE // 100 != (index + 1) * HALL_SHARE // 100
                yield self._meeting(day, unit, hall)

    def _near(self, day):
        """Return a working day near by in the same month, on the same side of today."""
        workdays, today = self.window.workdays, self.window.today
        if workdays.is_working_day(day):
            return day
        side = day < today
        for distance in (-1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6, -7, 7, -8, 8):
            other = day + timedelta(days=distance)
            fits = other.month == day.month and (other < today) == side
            if fits and workdays.is_working_day(other):
                return other
        return day

    def _meeting(self, day, unit, hall):
        department = None if unit else self.draw.choice(("general", "personnel"))
        text = self.draw.choice(HALL_TEXTS if hall else MEETING_TEXTS)
        charged = hall and unit
        return use(
            day,
            f"unit_{unit}" if charged else "rooms",
            "ME01" if hall else "ME02",
            1,
            "meeting",
            unit=unit,
            department=department,
            name=text,
        )

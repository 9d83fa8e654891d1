"""A year of trips: 7,720 of them, 503,000 km, each vehicle its own chain."""

import random
from collections import defaultdict
from datetime import timedelta

from odoo.addons.gov_base.models.gov_guard import engine

from . import base, sealing

# January to December.
TRIPS = (640, 410, 660, 690, 640, 700, 680, 640, 690, 560, 720, 690)
# Tolls and parking of the year in yuan.
TOLLS = 138_000
UNITS_SHARE = 0.4
# Trips of the inspection team in September carry no user and no place.
PROTECTED_MONTH, PROTECTED = 9, 14
PLACES = (
    (25, ("县政府", "县人民医院", "政务服务中心", "城东街道办", "县档案馆", "火车站")),
    (60, ("青禾镇", "石桥乡", "云溪镇", "柳林工业园", "南岭水库", "东坪村")),
    (110, ("岭头乡", "白石关林场", "高岗乡驻村点", "北河镇防汛点", "市财政局")),
    (10_000, ("市机关事务管理局", "市委党校", "市会议中心", "省城", "邻市考察点")),
)
CONFIRMATIONS = (("slip", 70), ("message", 20), ("none", 10))
SLOTS = ((8, 3.4), (13, 4.2))
DEPARTMENTS = (
    ("general", 4),
    ("leaders", 3),
    ("assets", 2),
    ("energy", 2),
    ("supplies", 3),
    ("meetings", 4),
    ("catering", 2),
    ("property", 3),
    ("security", 2),
)


# A reading that was typed wrong, found by the next trip and put right.
TYPO, TYPO_KM = "v05", 380
MANAGER = "leizhenjiang"


def load(loader, window):
    year = Year(loader, window)
    values = year.plan()
    trips = engine(loader.env["gov.vehicle.trip"]).create(values)
    _give_numbers(loader, trips)
    trips._rechain(trips.vehicle_id)
    loader.env.flush_all()
    _put_right(loader)


def _put_right(loader):
    """Correct the typo, as the manager does it."""
    before, after = loader.env["gov.vehicle.trip"].search(
        [("vehicle_id", "=", loader.id(f"vehicle_{TYPO}"))],
        order="date_start desc",
        limit=2,
    )[::-1]
    engine(after)._note_findings(after)
    manager = loader.env(user=loader.id(f"user_{MANAGER}"), su=False)
    before.with_env(manager).action_correct(
        "回场读数录入时多写380公里，与纸质派车单核对更正",
        odometer_in=before.odometer_in - TYPO_KM,
    )


def _give_numbers(loader, trips):
    """Number the trips in the order of their days, by year."""
    code = trips._number_code
    company = loader.company
    by_year = defaultdict(list)
    for trip in trips.sorted(lambda trip: (trip.date_start, trip.id)):
        by_year[trip.return_date.year].append(trip)
    for group in by_year.values():
        day = group[0].return_date
        numbers = trips._draw_numbers(code, company, len(group), day)
        for trip, number in zip(group, numbers, strict=True):
            trip.number = number


class Year:
    """Draws the trips; the same seed gives the same year."""

    def __init__(self, loader, window):
        self.loader = loader
        self.window = window
        self.draw = random.Random(20261122)
        self.rows = base.vehicles(loader)
        self.drivers = [row["id"] for row in base.drivers(loader)]
        self.units = [row["id"] for row in loader.table("served_units")]
        self.busy = set()
        __, self.holiday = sealing.holiday(loader, window)

    def plan(self):
        """Return the values of all trips, vehicle by vehicle in order of time."""
        counts = self._share_out()
        values = []
        for row in self.rows:
            values += self._drive(row, counts[row["id"]])
        self._add_tolls(values)
        self._protect(values)
        return values

    def _share_out(self):
        """Return dict vehicle → trips of each month, by its km in the year."""
        total = sum(float(row["km"]) for row in self.rows)
        counts, owed = defaultdict(list), defaultdict(float)
        for number in TRIPS:
            for row in self.rows:
                owed[row["id"]] += number * float(row["km"]) / total
            left = number
            for name in owed:
                counts[name].append(int(owed[name]))
                owed[name] -= int(owed[name])
                left -= counts[name][-1]
            for name in sorted(owed, key=owed.get, reverse=True)[:left]:
                counts[name][-1] += 1
                owed[name] -= 1
        return counts

    def _drive(self, row, counts):
        """Return the trips of one vehicle with readings that follow on."""
        slots = sorted(
            slot
            for month, count in enumerate(counts, 1)
            for slot in self._slots(month, count)
        )
        weights = [self.draw.lognormvariate(0, 0.55) for __ in slots]
        scale = float(row["km"]) / sum(weights)
        reading = base.first_reading(row)
        distances = [max(round(weight * scale), 2) for weight in weights]
        # What rounding took or gave is driven on the longest trip.
        longest = distances.index(max(distances))
        distances[longest] += round(float(row["km"])) - sum(distances)
        values, moved = [], row["id"] != sealing.MOVED
        for (day, slot), km in zip(slots, distances, strict=True):
            if not moved and day > self.holiday:
                # It was moved while it was sealed: the next trip shows the gap.
                moved, reading = True, reading + sealing.MOVED_KM
            values.append(self._trip(row, day, slot, km, reading))
            reading += km
        if row["id"] == TYPO:
            values[-2]["odometer_in"] += TYPO_KM
            values[-2]["distance"] += TYPO_KM
        return values

    def _slots(self, month, count):
        """Return so many halves of working days of a month in the past year."""
        today = self.window.today
        first = today - timedelta(days=365)
        days = [first + timedelta(days=number) for number in range(365)]
        days = [day for day in days if day.month == month]
        worked = [d for d in days if self.window.workdays.is_working_day(d)]
        slots = [(day, slot) for day in worked for slot in range(len(SLOTS))]
        if count > len(slots):
            slots += [(day, 0) for day in days if day not in worked]
        return self.draw.sample(slots, count)

    def _trip(self, row, day, slot, km, reading):
        hour, longest = SLOTS[slot]
        minutes = self.draw.randrange(0, 40, 5)
        lasts = min(0.4 + km / 45 + self.draw.random() * 0.5, longest)
        start = self.window.utc(day, hour, minutes)
        end = start + timedelta(minutes=round(lasts * 60))
        place = next(self.draw.choice(names) for most, names in PLACES if km <= most)
        slip = self.draw.random() < 0.5
        return {
            "company_id": self.loader.company.id,
            "vehicle_id": self.loader.id(f"vehicle_{row['id']}"),
            "driver_id": self.loader.id(f"employee_{self._driver(row, day, slot)}"),
            "department_id": self.loader.id(f"department_{row['department']}"),
            "usage_class": row["usage_class"],
            **self._user(row),
            "date_start": start,
            "date_end": end,
            "return_date": day,
            "odometer_out": reading,
            "odometer_in": reading + km,
            "distance": km,
            "route": f"机关大院—{place}—机关大院",
            "passenger_count": self.draw.randint(1, max(int(row["seats"]) - 1, 1)),
            "state": "back",
            "entry": "slip" if slip else "system",
            "late_reason": "paper" if slip else False,
            "entered_by_id": self.loader.id("user_xuedongmei"),
            "confirmation": self._confirmation(),
        }

    def _driver(self, row, day, slot):
        """Return the usual driver, or who is free of the others."""
        usual = row["driver"]
        crew = (
            base.BUS_DRIVERS
            if row["body"] in ("bus", "coach")
            else [usual, *self.drivers]
        )
        for name in (usual, *crew):
            if (name, day, slot) not in self.busy:
                self.busy.add((name, day, slot))
                return name
        return usual

    def _user(self, row):
        if row["keeping"] == "allocated":
            department = row["department"]
        elif self.draw.random() < UNITS_SHARE:
            unit = self.draw.choice(self.units)
            return {"served_partner_id": self.loader.id(f"unit_{unit}")}
        else:
            names, weights = zip(*DEPARTMENTS, strict=True)
            [department] = self.draw.choices(names, weights)
        return {"user_department_id": self.loader.id(f"department_{department}")}

    def _confirmation(self):
        kinds, weights = zip(*CONFIRMATIONS, strict=True)
        return self.draw.choices(kinds, weights)[0]

    def _add_tolls(self, values):
        """Spread the year's tolls and parking over the longer trips, to the yuan."""
        far = [trip for trip in values if trip["distance"] > 55]
        whole = sum(trip["distance"] for trip in far)
        left = TOLLS
        for trip in far:
            amount = int(TOLLS * trip["distance"] / whole)
            trip["toll_amount"] = amount - amount % 5
            trip["parking_amount"] = amount % 5
            left -= amount
        far[0]["toll_amount"] += left

    def _protect(self, values):
        """Take user and place off the trips of the inspection team."""
        wanted = [
            trip
            for trip in values
            if trip["return_date"].month == PROTECTED_MONTH
            and trip["usage_class"] == "emergency"
        ]
        for trip in self.draw.sample(wanted, PROTECTED):
            trip.update(
                is_protected=True,
                route=False,
                served_partner_id=False,
                user_department_id=False,
                passenger_count=0,
                confirmation="app",
            )

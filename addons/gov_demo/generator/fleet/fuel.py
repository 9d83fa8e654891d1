"""Cards, stations and a year of fills: what the kilometres burn by the norm."""

import random
from collections import defaultdict
from datetime import timedelta

from odoo.addons.gov_base.models.gov_guard import engine

from . import base

# Litres or kWh of the year, and their price.
YEAR = {"petrol": 33_670, "diesel": 8_710, "electric": 10_360}
PRICES = {"petrol": 7.75, "diesel": 7.40, "electric": 0.95}
SUPPLIER = "云岚石油有限公司"
STATIONS = (
    ("town", "云岚城东加油站", "YL001", "fuel", True),
    ("west", "云岚城西加油站", "YL002", "fuel", True),
    ("hills", "岭头加油站", "YL003", "fuel", True),
    ("charging", "机关大院充电站", "YC001", "charge", True),
    ("roadside", "邻市高速服务区加油站", "LS108", "fuel", False),
)
# A tank is filled up before less than this is left of it.
RESERVE = 0.15
# Heating and cooling.
HARD_MONTHS = (1, 2, 7, 8, 12)
TYPIST = "wangxiaofang"
# A fill of more than the tank holds.
TOO_MUCH = "v03", 71


def load(loader, window):
    _load_stations(loader, window)
    cards = _load_cards(loader, window)
    engine(loader.env["gov.fuel.entry"]).create(Fills(loader, window, cards).plan())
    loader.env.flush_all()
    _overfill(loader, window)


def kind_of(row):
    return {"electric": "electric", "diesel": "diesel"}.get(row["product"], "petrol")


def _load_stations(loader, window):
    loader.make("res.partner", [("fuel_supplier", _supplier(loader))])
    loader.make(
        "gov.fuel.station",
        [
            (
                f"station_{name}",
                {
                    "name": title,
                    "code": code,
                    "kind": kind,
                    "is_designated": designated,
                    "date_from": window.first(-12),
                    "supplier_id": (
                        loader.id("fuel_supplier") if kind == "fuel" else False
                    ),
                    "company_id": loader.company.id,
                },
            )
            for name, title, code, kind, designated in STATIONS
        ],
    )


def _supplier(loader):
    return {
        "name": SUPPLIER,
        "is_company": True,
        "supplier_rank": 1,
        "country_id": loader.env.ref("base.cn").id,
        "lang": "zh_CN",
    }


def _load_cards(loader, window):
    """Return dict vehicle → its card; electric vehicles have none."""
    common = {
        "company_id": loader.company.id,
        "supplier_id": loader.id("fuel_supplier"),
        "date_from": window.months[0].first,
    }
    year = YEAR["petrol"] * PRICES["petrol"] + YEAR["diesel"] * PRICES["diesel"]
    main = loader.make(
        "gov.fuel.card",
        [
            (
                "card_main",
                {
                    **common,
                    "number": "1000110000000001",
                    "is_main": True,
                    "balance_start": 60_000,
                },
            )
        ],
    )
    rows = [row for row in base.vehicles(loader) if kind_of(row) != "electric"]
    cards = loader.make(
        "gov.fuel.card",
        [
            (
                f"card_{row['id']}",
                {
                    **common,
                    "number": f"10001100000001{number:02}",
                    "parent_id": main.id,
                    "vehicle_id": loader.id(f"vehicle_{row['id']}"),
                    "balance_start": round(year / len(rows) * 1.6, -2),
                },
            )
            for number, row in enumerate(rows, 1)
        ],
    )
    return {row["id"]: card for row, card in zip(rows, cards, strict=True)}


class Fills:
    """Draws the fills along the trips of each vehicle."""

    def __init__(self, loader, window, cards):
        self.loader = loader
        self.window = window
        self.cards = cards
        self.draw = random.Random(4711)
        self.rows = base.vehicles(loader)
        trips = loader.env["gov.vehicle.trip"].search([], order="date_start, id")
        self.trips = trips.grouped("vehicle_id")

    def plan(self):
        burnt = {row["id"]: self._burn(row) for row in self.rows}
        needs = defaultdict(float)
        for row in self.rows:
            needs[kind_of(row)] += sum(burnt[row["id"]])
        values = []
        for row in self.rows:
            kind = kind_of(row)
            scale = YEAR[kind] / needs[kind]
            values += self._fill(row, kind, [n * scale for n in burnt[row["id"]]])
        return values

    def _burn(self, row):
        """Return what each trip of a vehicle takes, by its norm and the season."""
        vehicle = self.loader.ref(f"vehicle_{row['id']}")
        return [
            trip.distance
            * float(row["norm"])
            / 100
            * (1.05 if trip.return_date.month in HARD_MONTHS else 0.97)
            * self.draw.uniform(0.96, 1.04)
            for trip in self.trips[vehicle]
        ]

    def _fill(self, row, kind, burnt):
        """Fill up after the trip whose next one would empty the tank."""
        vehicle = self.loader.ref(f"vehicle_{row['id']}")
        most, owed, values = float(row["tank"]) * (1 - RESERVE), 0.0, []
        for number, trip in enumerate(self.trips[vehicle]):
            owed += burnt[number]
            following = burnt[number + 1 : number + 2]
            if not following or owed + following[0] > most:
                values.append(self._entry(row, kind, vehicle, trip, owed))
                owed = 0.0
        return values

    def _entry(self, row, kind, vehicle, trip, litres):
        station = "charging" if kind == "electric" else "town"
        if kind != "electric" and trip.distance > 90:
            station = "hills"
        elif kind != "electric":
            station = self.draw.choice(("town", "west"))
        card = self.cards.get(row["id"])
        litres = round(litres, 2)
        return {
            "company_id": self.loader.company.id,
            "vehicle_id": vehicle.id,
            "card_id": card.id if card else False,
            "driver_id": trip.driver_id.id,
            # On the way back, shortly before the key is handed in.
            "date": trip.date_end - timedelta(minutes=12),
            "product": row["product"],
            "litres": litres,
            "price": PRICES[kind],
            "amount": round(litres * PRICES[kind], 2),
            "odometer": trip.odometer_in - 1,
            "is_full": True,
            "station_id": self.loader.id(f"station_{station}"),
            "payment": "card" if card else "account",
        }


def _overfill(loader, window):
    """A slip with more litres than the tank holds: somebody has to explain."""
    name, litres = TOO_MUCH
    vehicle = loader.ref(f"vehicle_{name}")
    trip = loader.env["gov.vehicle.trip"].search(
        [("vehicle_id", "=", vehicle.id)], order="date_start desc", limit=1
    )
    typist = loader.ref(f"user_{TYPIST}")
    entry = loader.env["gov.fuel.entry"].with_env(loader.env(user=typist.id, su=False))
    entry.create(
        {
            "vehicle_id": vehicle.id,
            "driver_id": trip.driver_id.id,
            "date": trip.date_start + timedelta(minutes=20),
            "product": vehicle.fuel_product,
            "litres": litres,
            "price": PRICES["petrol"],
            "amount": round(litres * PRICES["petrol"], 2),
            "odometer": trip.odometer_out + 2,
            "station_id": loader.id("station_town"),
        }
    )

import random
from datetime import datetime, timedelta
from statistics import median

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.common import BaseCase

from odoo.addons.gov_base.models.gov_guard import engine

from ..tools import consumption
from .common_fuel import FuelCase


def oracle_tankfuls(fills):
    """Return (id, km, litres) by looking back from each full fill: another way."""
    found = []
    for index, fill in enumerate(fills):
        if not fill.is_full or fill.odometer <= 0:
            continue
        for start in range(index - 1, -1, -1):
            if fills[start].is_full and fills[start].odometer > 0:
                km = fill.odometer - fills[start].odometer
                litres = sum(other.litres for other in fills[start + 1 : index + 1])
                if km > 0:
                    found.append((fill.id, km, litres))
                break
    return found


def random_history(draw, count):
    """Return fills in their order: some partial, some unread, some misread."""
    moment, odometer, fills = datetime(2023, 1, 1), 10000.0, []
    for number in range(1, count + 1):
        moment += timedelta(hours=draw.randint(1, 400))
        odometer += draw.choice((0, 40, 150, 300, 500))
        reading = draw.choice((odometer, odometer, odometer, 0, odometer - 800))
        fills.append(
            consumption.Fill(
                number,
                moment,
                draw.randint(500, 6000) / 100,
                float(reading),
                draw.random() < 0.7,
                moment.date(),
            )
        )
    return fills


@tagged("post_install", "-at_install")
class TestConsumption(BaseCase):
    """The arithmetic alone, against plain Python over random histories."""

    def test_tankfuls(self):
        for seed in range(300):
            draw = random.Random(seed)
            fills = random_history(draw, draw.randint(0, 40))
            ours = [
                (row.id, row.km, round(row.litres, 4))
                for row in consumption.tankfuls(fills)
            ]
            theirs = [
                (id_, km, round(litres, 4))
                for id_, km, litres in oracle_tankfuls(fills)
            ]
            self.assertEqual(ours, theirs, f"seed {seed}")

    def test_usual(self):
        for seed in range(200):
            draw = random.Random(seed)
            rows = consumption.tankfuls(random_history(draw, 60))
            for index, row in enumerate(rows):
                earlier = rows[:index]
                months = {(row.day.month + step - 1) % 12 + 1 for step in (-1, 0, 1)}
                rates = sorted(
                    other.rate for other in earlier if other.day.month in months
                )
                is_season = len(rates) >= 6
                if not is_season:
                    rates = sorted(other.rate for other in earlier)
                known = consumption.usual(row, earlier, 6)
                if len(rates) < 6:
                    self.assertIsNone(known)
                    continue
                middle = median(rates)
                spread = median([abs(rate - middle) for rate in rates])
                self.assertEqual(known, (middle, spread, len(rates), is_season))

    def test_one_odd_tankful_moves_nothing(self):
        start = datetime(2024, 5, 1)
        rows = [
            consumption.Tankful(
                n, start, start + timedelta(days=n), 500, 50 + n % 3, start.date()
            )
            for n in range(10)
        ]
        last = consumption.Tankful(
            99, start, start + timedelta(days=20), 500, 51, start.date()
        )
        before = consumption.usual(last, rows, 6)
        odd = rows[5]._replace(litres=500)
        after = consumption.usual(last, [*rows[:5], odd, *rows[6:]], 6)
        self.assertAlmostEqual(before.median, after.median, delta=0.3)
        self.assertLess(after.mad, 0.5)

    def test_margin(self):
        known = consumption.Usual(10, 0, 8, True)
        self.assertEqual(consumption.margin(known, 3.5, 15), 1.5)
        known = consumption.Usual(10, 1, 8, True)
        self.assertAlmostEqual(consumption.margin(known, 3.5, 15), 5.1891)

    def test_replaced_instrument(self):
        start = datetime(2024, 5, 1)
        fills = [
            consumption.Fill(
                n, start + timedelta(days=n), 40, reading, True, start.date()
            )
            for n, reading in enumerate((99000, 99500, 10, 510, 1010), 1)
        ]
        self.assertEqual([row.id for row in consumption.tankfuls(fills)], [2, 4, 5])
        breaks = [start + timedelta(days=4, hours=-1)]
        self.assertEqual(
            [row.id for row in consumption.tankfuls(fills, breaks)], [2, 5]
        )


@tagged("post_install", "-at_install")
class TestFuelNorm(FuelCase):
    """Consumption of vehicles: stored figures, findings, words."""

    def _history(self, count, vehicle=None, rate=8.0, first=10000, days=7, **values):
        """Note ``count`` full fills a week apart, 500 km each, up to ``day``."""
        vehicle = vehicle or self.car
        vals = []
        for number in range(count):
            day = self.day - timedelta(days=days * (count - number))
            # A tenth of a litre to and fro, as any history has it.
            litres = rate * 5 + (-0.5, 0, 0.5)[number % 3]
            vals.append(
                {
                    "vehicle_id": vehicle.id,
                    "date": self._at(12, day=day),
                    "litres": litres,
                    "price": 7.5,
                    "odometer": first + 500 * number,
                    "station_id": self.station.id,
                    **values,
                }
            )
        entries = self._as(self.env["gov.fuel.entry"], self.technician_user)
        return entries.create(vals)

    def _off(self, entries):
        return [code for code in self._codes(entries) if code == "fuel_consumption"]

    def test_own_season(self):
        history = self._history(10, days=3)
        self.assertFalse(self._off(history))
        self.assertFalse(history[0].consumption)
        self.assertAlmostEqual(history[1].consumption, 8, delta=0.1)
        entry = self._fill(litres=62, odometer=15000)
        self.assertAlmostEqual(entry.consumption, 12.4)
        self.assertEqual(entry.usual_count, 9)
        self.assertTrue(entry.usual_season)
        self.assertEqual(self._off(entry), ["fuel_consumption"])
        text = entry.consumption_text
        for part in ("500 km", "62 L", "12.4", "9 earlier tankfuls", "more"):
            self.assertIn(part, text)
        finding = self.env["gov.finding"].search(
            [("res_id", "=", entry.id), ("rule_code", "=", "fuel_consumption")]
        )
        self.assertEqual(finding.evidence, text)
        # Too little is as odd as too much.
        entry = self._fill(hour=15, litres=20, odometer=15500)
        self.assertEqual(self._off(entry), ["fuel_consumption"])
        self.assertIn("less", entry.consumption_text)

    def test_mended_reading_takes_it_back(self):
        self._history(10)
        entry = self._fill(litres=62, odometer=15000)
        self.assertEqual(self._off(entry), ["fuel_consumption"])
        entry.odometer = 15275
        self.assertAlmostEqual(entry.consumption, 8)
        self.assertFalse(self._off(entry))

    def test_fill_between_found_later(self):
        self._history(10)
        # A whole tank was not noted: the next one looks too thrifty.
        entry = self._fill(litres=40, odometer=15500)
        self.assertEqual(entry.consumption, 4)
        self.assertEqual(self._off(entry), ["fuel_consumption"])
        part = self._fill(
            day=self.day - timedelta(days=3), litres=40, is_full=False, odometer=0
        )
        self.assertEqual(entry.consumption, 8)
        self.assertFalse(self._off(entry))
        part.action_void("Typed for the wrong car")
        self.assertEqual(entry.consumption, 4)
        self.assertEqual(self._off(entry), ["fuel_consumption"])

    def test_norm_until_there_is_a_history(self):
        entries = self._history(3, rate=7.6)
        self.assertFalse(self._off(entries))
        self.assertEqual(entries[2].usual_consumption, 7.6)
        self.assertEqual(entries[2].usual_count, 0)
        entry = self._fill(litres=50, odometer=11500)
        self.assertEqual(entry.consumption, 10)
        self.assertEqual(self._off(entry), ["fuel_consumption"])
        self.assertIn("norm", entry.consumption_text)

    def test_over_all_nines(self):
        """A tankful over all nines is one: 500 km, not minus a million."""
        history = self._history(10, first=995300)
        self.assertEqual(history[9].odometer, 999800)
        entry = self._fill(litres=62, odometer=300)
        self.assertEqual((entry.tankful_km, entry.consumption), (500, 12.4))
        self.assertEqual(self._off(entry), ["fuel_consumption"])

    def test_digits_of_a_new_instrument(self):
        self.env["gov.vehicle.odometer.replacement"].create(
            {
                "vehicle_id": self.car.id,
                "date": self._at(8, day=self.day),
                "old_value": 10000,
                "new_value": 5,
                "new_digits": 5,
                "reason": "Broken",
            }
        )
        with self.assertRaisesRegex(UserError, "digits"):
            self._fill(litres=40, odometer=100005)
        # A slip of before is held against the old one.
        entry = self._fill(litres=40, odometer=100005, day=self.day - timedelta(days=1))
        self.assertEqual(entry.odometer, 100005)

    def test_norm_of_the_local_day(self):
        """After midnight here it is the new month, whatever day it still is in UTC."""
        first = (self.day - timedelta(days=40)).replace(day=1)
        self.env["gov.vehicle.norm"].create(
            {
                "vehicle_id": self.car.id,
                "month_from": str(first.month),
                "month_to": str(first.month),
                "consumption": 12,
            }
        )
        moment = self._at(0, 30, day=first)
        self.assertEqual(moment.date(), first - timedelta(days=1))
        vals = {
            "vehicle_id": self.car.id,
            "litres": 40,
            "price": 7.5,
            "station_id": self.station.id,
        }
        entries = self._as(self.env["gov.fuel.entry"], self.technician_user).create(
            [
                {**vals, "date": moment - timedelta(days=3), "odometer": 20000},
                {**vals, "date": moment, "odometer": 20500},
            ]
        )
        self.assertEqual(entries[1].day, first)
        self.assertEqual(entries[1].usual_consumption, 12)

    def test_short_distance_is_not_judged(self):
        self._history(10)
        entry = self._fill(litres=10, odometer=14530)
        self.assertAlmostEqual(entry.consumption, 33.33)
        self.assertFalse(entry.usual_consumption)
        self.assertFalse(self._off(entry))

    def test_energy(self):
        car = self._create_vehicle(
            "岚A·20001", fuel_product="electric", tank_capacity=70, norm_consumption=15
        )
        entries = self._history(8, vehicle=car, rate=14)
        self.assertFalse(self._off(entries))
        entry = self._fill(vehicle_id=car.id, litres=95, odometer=14000, price=0.8)
        self.assertEqual(entry.consumption, 19)
        self.assertIn("kWh", entry.consumption_text)
        self.assertEqual(self._off(entry), ["fuel_consumption"])

    def test_random_histories(self):
        """The stored figures are those of plain Python, in whatever order noted."""
        for seed in range(4):
            draw = random.Random(seed)
            vehicle = self._create_vehicle(f"岚A·3000{seed}", odometer_digits=8)
            fills = random_history(draw, 25)
            order = list(fills)
            draw.shuffle(order)
            made = {}
            for start in range(0, len(order), 10):
                rows = order[start : start + 10]
                entries = engine(self.env["gov.fuel.entry"]).create(
                    [
                        {
                            "vehicle_id": vehicle.id,
                            "company_id": self.company.id,
                            "product": "92",
                            "date": fill.date,
                            "litres": fill.litres,
                            "odometer": max(fill.odometer, 0),
                            "is_full": fill.is_full,
                        }
                        for fill in rows
                    ]
                )
                made.update(zip((fill.id for fill in rows), entries, strict=True))
            expected = {id_: (km, litres) for id_, km, litres in oracle_tankfuls(fills)}
            for id_, entry in made.items():
                km, litres = expected.get(id_, (0, 0))
                self.assertEqual(entry.tankful_km, km)
                self.assertAlmostEqual(entry.tankful_litres, litres, 2)
                rate = 100 * litres / km if km else 0
                self.assertAlmostEqual(entry.consumption, rate, 2)

    def test_a_replacement_taken_back_parts_no_tankful(self):
        entries = self._history(3)
        last = entries[-1]
        self.assertEqual(last.tankful_km, 500)
        swaps = self._as(
            self.env["gov.vehicle.odometer.replacement"], self.technician_user
        )
        swap = swaps.create(
            {
                "vehicle_id": self.car.id,
                "date": last.date - timedelta(days=1),
                "old_value": 10900,
                "new_value": 10900,
                "reason": "Of another vehicle",
            }
        )
        self.assertFalse(last.tankful_km)
        self._as(swap, self.fleet_user).action_cancel("It was another vehicle")
        self.assertEqual(last.tankful_km, 500)

import random
from collections import defaultdict
from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_fleet import FleetCase


class AccountCase(FleetCase):
    """The vehicles of ``FleetCase`` with trips, fills and orders of a past year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accounts = cls.env["gov.vehicle.account"]
        vehicles = cls.car | cls.car2 | cls.mpv | cls.bus | cls.own_car
        vehicles.registered_on = date(2022, 3, 1)
        # Since when they belong to their sections.
        engine(vehicles.department_history_ids).date_from = date(2022, 3, 1)
        cls.service_type = cls.env["fleet.service.type"].create(
            {"name": "Work", "category": "service"}
        )

    @classmethod
    def _local(cls, *moment):
        return cls.company._gov_utc(datetime(*moment))

    @classmethod
    def _back(cls, vehicle, start, end, km, **values):
        """Return a trip that is back; moments on the institution's clock."""
        out = values.pop("odometer_out", 0)
        return engine(cls.env["gov.vehicle.trip"]).create(
            {
                "vehicle_id": vehicle.id,
                "driver_id": cls.driver.id,
                "company_id": cls.company.id,
                "department_id": vehicle._department_on(start.date()).id,
                "date_start": cls.company._gov_utc(start),
                "date_end": cls.company._gov_utc(end),
                "return_date": end.date(),
                "odometer_out": out,
                "odometer_in": out + km,
                "distance": km,
                "state": "back",
                **values,
            }
        )

    @classmethod
    def _filled(cls, vehicle, moment, litres, amount, **values):
        return engine(cls.env["gov.fuel.entry"]).create(
            {
                "vehicle_id": vehicle.id,
                "company_id": cls.company.id,
                "date": cls.company._gov_utc(moment),
                "product": "92",
                "litres": litres,
                "price": amount / litres,
                "amount": amount,
                **values,
            }
        )

    @classmethod
    def _billed(cls, vehicle, day, amount, kind=None, **values):
        service = engine(cls.env["fleet.vehicle.log.services"]).create(
            {
                "vehicle_id": vehicle.id,
                "company_id": cls.company.id,
                "service_type_id": cls.service_type.id,
                "description": "Work",
                "amount": amount,
                "date": day,
                "state": "done",
                "employee_id": cls.technician.id,
                **values,
            }
        )
        if kind:
            cls.env.flush_all()
            # Past states of the order's chain, which is tested elsewhere.
            cls.env.cr.execute(
                "UPDATE fleet_vehicle_log_services SET order_kind = %s,"
                " order_state = 'accepted', amount_billed = %s, bill_date = %s,"
                " employee_id = %s, beneficiary_id = %s, handler_id = %s"
                " WHERE id = %s",
                [
                    *(kind, amount, day),
                    *(cls.technician.id, cls.technician.id, cls.technician_user.id),
                    service.id,
                ],
            )
            service.invalidate_recordset()
        return service

    def _row(self, vehicle, month, department=None):
        domain = [("vehicle_id", "=", vehicle.id), ("month", "=", month)]
        if department:
            domain.append(("department_id", "=", department.id))
        return self.accounts.search(domain)


@tagged("post_install", "-at_install")
class TestVehicleAccount(AccountCase):
    """The per-vehicle account against figures counted by hand and by plain Python."""

    def test_one_month(self):
        self._back(self.car, datetime(2025, 3, 3, 8), datetime(2025, 3, 3, 17), 80)
        self._back(
            self.car,
            datetime(2025, 3, 4, 8),
            datetime(2025, 3, 4, 12),
            40,
            toll_amount=30,
            parking_amount=5,
            other_amount=7,
        )
        self._filled(self.car, datetime(2025, 3, 4, 9), 40, 310)
        self._billed(self.car, date(2025, 3, 20), 600)
        self._billed(self.car, date(2025, 3, 21), 200, kind="repair")
        self._billed(self.car, date(2025, 3, 22), 4000, kind="insurance")
        self._billed(self.car, date(2025, 3, 23), 90, kind="inspection")
        row = self._row(self.car, date(2025, 3, 1))
        self.assertEqual(len(row), 1)
        self.assertEqual((row.km, row.trips, row.days_used, row.days), (120, 2, 2, 31))
        self.assertEqual((row.fuel_litres, row.fuel_amount), (40, 310))
        self.assertEqual((row.repair_amount, row.insurance_amount), (800, 4000))
        self.assertEqual((row.toll_amount, row.other_amount), (35, 97))
        self.assertEqual(row.cost, 310 + 800 + 4000 + 35 + 97)
        self.assertAlmostEqual(row.cost_per_km, row.cost / 120, 2)
        self.assertAlmostEqual(row.consumption, 40 / 120 * 100, 2)
        self.assertAlmostEqual(row.use_rate, 2 / 31 * 100, 1)
        self.assertEqual(row.department_id, self.carpool)

    def test_over_midnight_month_and_holiday(self):
        """A trip counts whole in the local month of its return."""
        # On 28 February 16:30 UTC it is 1 March, 0:30.
        self._back(
            self.car, datetime(2025, 2, 27, 22), datetime(2025, 3, 1, 0, 30), 300
        )
        self.assertEqual(self._row(self.car, date(2025, 2, 1)).km, 0)
        row = self._row(self.car, date(2025, 3, 1))
        self.assertEqual((row.km, row.trips, row.days_used), (300, 1, 1))
        self._back(self.car2, datetime(2025, 9, 30, 20), datetime(2025, 10, 1, 2), 90)
        self.assertEqual(self._row(self.car2, date(2025, 9, 1)).km, 0)
        self.assertEqual(self._row(self.car2, date(2025, 10, 1)).km, 90)

    def test_day_with_two_trips_counts_once(self):
        self._back(self.car, datetime(2025, 3, 3, 8), datetime(2025, 3, 4, 9), 50)
        self._back(self.car, datetime(2025, 3, 4, 10), datetime(2025, 3, 4, 12), 10)
        row = self._row(self.car, date(2025, 3, 1))
        self.assertEqual((row.trips, row.days_used, row.km), (2, 2, 60))

    def test_no_more_days_than_the_month_has(self):
        """Forty days away count as the days of the month of the return."""
        self._back(self.car, datetime(2025, 2, 20, 8), datetime(2025, 3, 31, 18), 900)
        row = self._row(self.car, date(2025, 3, 1))
        self.assertEqual((row.days_used, row.days, row.use_rate), (31, 31, 100))
        self.assertEqual(self._row(self.car, date(2025, 2, 1)).use_rate, 0)
        self._back(self.car2, datetime(2025, 3, 28, 8), datetime(2025, 4, 3, 9), 200)
        row = self._row(self.car2, date(2025, 4, 1))
        self.assertEqual((row.km, row.trips, row.days_used), (200, 1, 3))

    def test_day_of_two_departments_counts_once(self):
        """On the day of the change both have had the vehicle; it was one day."""
        self._back(self.car, datetime(2025, 3, 1, 8), datetime(2025, 3, 16, 9), 100)
        engine(self.env["gov.vehicle.department"])._note(
            self.car, self.office, date(2025, 3, 16)
        )
        self._back(self.car, datetime(2025, 3, 16, 10), datetime(2025, 3, 31, 9), 20)
        rows = self._row(self.car, date(2025, 3, 1))
        self.assertEqual(len(rows), 2)
        self.assertEqual(sum(rows.mapped("days_used")), 31)
        [(rate,)] = self.accounts._read_group(
            [("vehicle_id", "=", self.car.id), ("month", "=", "2025-03-01")],
            [],
            ["use_rate:avg"],
        )
        self.assertEqual(rate, 100)

    def test_vehicle_changes_department_in_mid_month(self):
        history = engine(self.env["gov.vehicle.department"])
        history._note(self.car, self.office, date(2025, 3, 16))
        self._back(self.car, datetime(2025, 3, 15, 8), datetime(2025, 3, 17, 9), 100)
        self._back(self.car, datetime(2025, 3, 18, 8), datetime(2025, 3, 18, 9), 20)
        self._billed(self.car, date(2025, 3, 15), 50)
        self._billed(self.car, date(2025, 3, 16), 70)
        month = date(2025, 3, 1)
        before = self._row(self.car, month, self.carpool)
        after = self._row(self.car, month, self.office)
        self.assertEqual((before.km, before.repair_amount), (100, 50))
        self.assertEqual((after.km, after.repair_amount), (20, 70))
        [(km, days, used, rate)] = self.accounts._read_group(
            [("vehicle_id", "=", self.car.id), ("month", "=", month)],
            [],
            ["km:sum", "days:sum", "days_used:sum", "use_rate:avg"],
        )
        self.assertEqual((km, days, used), (120, 31, 4))
        self.assertAlmostEqual(rate, 4 / 31 * 100, 4)

    def test_electric(self):
        self._filled(self.car, datetime(2025, 3, 4, 9), 30, 24, product="electric")
        row = self._row(self.car, date(2025, 3, 1))
        self.assertEqual((row.energy_kwh, row.energy_amount), (30, 24))
        self.assertEqual((row.fuel_litres, row.cost), (0, 24))
        self.assertFalse(row.cost_per_km)

    def test_what_does_not_count(self):
        trip = self._back(
            self.car, datetime(2025, 3, 3, 8), datetime(2025, 3, 3, 9), 10
        )
        self._filled(self.car, datetime(2025, 3, 4, 9), 40, 310).active = False
        self._billed(self.car, date(2025, 3, 5), 99, state="running")
        order = self._billed(self.car, date(2025, 3, 5), 77, kind="repair")
        self.env.cr.execute(
            "UPDATE fleet_vehicle_log_services SET order_state = 'submitted'"
            " WHERE id = %s",
            [order.id],
        )
        trip.state = "cancelled"
        row = self._row(self.car, date(2025, 3, 1))
        self.assertEqual((row.km, row.cost, row.trips), (0, 0, 0))

    def test_idle_vehicles_have_a_row(self):
        self._back(self.car2, datetime(2025, 1, 3, 8), datetime(2025, 1, 3, 9), 10)
        self._back(self.car, datetime(2025, 3, 3, 8), datetime(2025, 3, 3, 9), 10)
        march = self.accounts.search([("month", "=", "2025-03-01")])
        vehicles = self.car | self.car2 | self.mpv | self.bus | self.own_car
        self.assertEqual(march.vehicle_id & vehicles, vehicles)
        self.assertFalse(self._row(self.car, date(2024, 12, 1)), "before the account")
        self.mpv.registered_on = date(2025, 2, 20)
        self.assertFalse(self._row(self.mpv, date(2025, 1, 1)), "not in service yet")
        self.assertTrue(self._row(self.mpv, date(2025, 2, 1)))
        engine(self.bus).write(
            {"gov_state": "disposed", "disposed_on": "2025-02-10", "active": False}
        )
        self.assertFalse(self._row(self.bus, date(2025, 3, 1)))
        self.assertTrue(self._row(self.bus, date(2025, 2, 1)))

    def test_running_month(self):
        with freeze_time("2025-03-09 16:30:00"):
            # now() of the database is not frozen: the past month counts whole.
            self.assertEqual(self._row(self.car, date(2025, 2, 1)).days, 28)
        today = self.company.gov_today()
        self.assertEqual(self._row(self.car, today.replace(day=1)).days, today.day)

    def test_month_before_and_rank(self):
        self._back(self.car, datetime(2025, 2, 3, 8), datetime(2025, 2, 3, 9), 30)
        self._billed(self.car, date(2025, 2, 5), 15)
        for vehicle, km, cost in ((self.car, 100, 50), (self.car2, 100, 90)):
            self._back(vehicle, datetime(2025, 3, 3, 8), datetime(2025, 3, 3, 9), km)
            self._billed(vehicle, date(2025, 3, 5), cost)
        row = self._row(self.car, date(2025, 3, 1))
        self.assertEqual((row.previous_km, row.previous_cost), (30, 15))
        self.assertEqual(row.rank, 2)
        self.assertEqual(self._row(self.car2, date(2025, 3, 1)).rank, 1)
        self.assertEqual(self._row(self.bus, date(2025, 3, 1)).rank, 0)

    # --------------------------------------------------------------- bounded months

    def test_bounds_follow_the_domain(self):
        find = self.accounts._find_months
        first, last = date(2025, 3, 1), date(2025, 5, 1)
        self.assertEqual(find(self._domain([("month", "=", first)])), (first, first))
        self.assertEqual(
            find(self._domain([("month", ">=", first), ("month", "<=", last)])),
            (first, last),
        )
        self.assertEqual(
            find(self._domain(["|", ("month", "=", first), ("month", "=", last)])),
            (first, last),
        )
        self.assertEqual(
            find(self._domain(["|", ("month", "=", first), ("km", ">", 5)])),
            (None, None),
        )
        self.assertEqual(find(self._domain([("month", "!=", first)])), (None, None))
        since, _open = find(self._domain([("month", ">=", "today -1y")]))
        self.assertTrue(since)
        self.assertEqual(find(self._domain([("km", ">", 5)])), (None, None))

    def _domain(self, leaves):
        return Domain(leaves).optimize_full(self.accounts)

    def test_bounded_rows_are_the_same(self):
        """Whatever domain asks for a row, it is the same row."""
        for month in range(1, 7):
            self._back(
                self.car,
                datetime(2025, month, 28, 8),
                datetime(2025, month, 28, 9),
                month,
            )
        mine = [("vehicle_id", "=", self.car.id)]
        everything = self.accounts.search(mine)
        april = everything.filtered(lambda row: row.month == date(2025, 4, 1))
        for domain in (
            [("month", "=", "2025-04-01")],
            [("month", ">", "2025-03-01"), ("month", "<", "2025-05-01")],
            [("month", ">=", "2025-03-15"), ("month", "<=", "2025-04-30")],
            [("month", "in", ["2025-04-01"])],
            [("id", "in", april.ids)],
            ["|", ("month", "=", "2025-04-01"), ("id", "in", april.ids)],
        ):
            found = self.accounts.search([*mine, *domain])
            self.assertEqual(found, april, domain)
        self.assertEqual(everything, self.accounts.search([*mine, ("km", ">=", 0)]))
        bounded = self.accounts.search([*mine, ("month", ">=", "2020-01-01")])
        self.assertEqual(bounded, everything, "idle months too")
        april.invalidate_recordset()
        self.assertEqual(april.km, 4)
        forged = self.accounts.with_context(
            gov_account_months=["2025-01-01", "2025-01-01"]
        )
        self.assertIn(april, forged.search(mine))

    def test_oracle(self):
        """A year of random trips, fills and repairs, counted once more in Python."""
        rng = random.Random(20250301)
        vehicles = [self.car, self.car2, self.mpv]
        expected = defaultdict(lambda: defaultdict(float))
        days = defaultdict(set)
        for vehicle in vehicles:
            moment = datetime(2025, 1, 2, 7)
            while moment < datetime(2025, 12, 20):
                end = moment + timedelta(hours=rng.choice([2, 9, 30, 75]))
                km = rng.randrange(5, 400)
                toll = rng.randrange(0, 90)
                self._back(vehicle, moment, end, km, toll_amount=toll)
                key = vehicle.id, end.date().replace(day=1)
                expected[key]["km"] += km
                expected[key]["trips"] += 1
                expected[key]["toll_amount"] += toll
                for back in range((end.date() - moment.date()).days + 1):
                    day = end.date() - timedelta(days=back)
                    if day.month == end.month:
                        days[key].add(day)
                moment = end + timedelta(hours=rng.randrange(3, 400))
            for _fill in range(15):
                at = datetime(2025, rng.randrange(1, 13), rng.randrange(1, 29), 23, 40)
                self._filled(vehicle, at, 20, 150)
                expected[vehicle.id, at.date().replace(day=1)]["fuel_amount"] += 150
        rows = self.accounts.search(
            [
                ("vehicle_id", "in", [vehicle.id for vehicle in vehicles]),
                ("month", ">=", "2025-01-01"),
                ("month", "<=", "2025-12-31"),
            ]
        )
        self.assertEqual(len(rows), 36)
        for row in rows:
            key = row.vehicle_id.id, row.month
            for name in ("km", "trips", "toll_amount", "fuel_amount"):
                self.assertAlmostEqual(row[name], expected[key][name], 2, (key, name))
            self.assertEqual(row.days_used, len(days[key]), key)

    def test_oracle_by_department(self):
        """Random months with moves, protected trips, all costs, again in Python."""
        rng = random.Random(7)
        sections = [self.carpool, self.office, self.works]
        history = engine(self.env["gov.vehicle.department"])
        expected = defaultdict(lambda: defaultdict(float))
        days = defaultdict(set)
        for vehicle in (self.car, self.car2):
            moves = [(date(2022, 3, 1), vehicle.department_id)]
            for month in range(1, 7):
                day = date(2025, month, rng.randrange(1, 29))
                moves.append((day, rng.choice(sections)))
                history._note(vehicle, moves[-1][1], day)
            self._random_half_year(vehicle, rng, moves, expected, days)
        rows = self.accounts.search(
            [
                ("vehicle_id", "in", (self.car | self.car2).ids),
                ("month", ">=", "2025-01-01"),
                ("month", "<=", "2025-06-30"),
            ]
        )
        found = {(row.vehicle_id, row.department_id, row.month): row for row in rows}
        self.assertFalse(set(expected) - set(found))
        for key, row in found.items():
            figures = expected[key]
            for name in (
                *("km", "trips", "toll_amount", "other_amount", "protected_km"),
                *("protected_trips", "protected_toll_amount", "fuel_litres"),
                *("fuel_amount", "energy_kwh", "energy_amount", "repair_amount"),
                *("insurance_amount", "cost"),
            ):
                self.assertAlmostEqual(row[name], figures[name], 2, (key, name))
        for (vehicle, month), used in days.items():
            mine = rows.filtered(
                lambda row, key=(vehicle, month): (row.vehicle_id, row.month) == key
            )
            self.assertEqual(sum(mine.mapped("days_used")), len(used))
            self.assertTrue(all(row.use_rate <= 100 for row in mine))

        self._check_postings(expected)

    def _check_postings(self, expected):
        """What is posted adds up to the same, protected trips taken off the plates."""
        for month in range(1, 7):
            first = date(2025, month, 1)
            sums, plates = defaultdict(float), defaultdict(lambda: defaultdict(float))
            for (vehicle, _section, counted), figures in expected.items():
                if counted == first:
                    for name, value in figures.items():
                        sums[name] += value
                        plates[vehicle.license_plate][name] += value
            columns, rows = self.accounts._read_month(self.company, first)
            trips, km, cost = (
                columns.index(self.accounts._fields[name].string)
                for name in ("trips", "km", "cost")
            )
            posted = {row[0]: row for row in rows}
            total = posted["Together"]
            self.assertEqual((total[trips], total[km]), (sums["trips"], sums["km"]))
            self.assertAlmostEqual(total[cost], sums["cost"], 2)
            for plate, figures in plates.items():
                mine = posted[plate]
                self.assertEqual(
                    (mine[trips], mine[km]),
                    (
                        figures["trips"] - figures["protected_trips"],
                        figures["km"] - figures["protected_km"],
                    ),
                )

    def _random_half_year(self, vehicle, rng, moves, expected, days):
        """Make half a year of one vehicle and count it, by department and month."""

        def key(since, counted):
            section = [where for day, where in moves if day <= since.date()][-1]
            return vehicle, section, counted.date().replace(day=1)

        def add(where, cost=True, **figures):
            for name, value in figures.items():
                expected[where][name] += value
                if cost and name.endswith("_amount") and "protected" not in name:
                    expected[where]["cost"] += value

        moment = datetime(2025, 1, 1, 6)
        while moment < datetime(2025, 6, 10):
            end = moment + timedelta(hours=rng.choice([1, 9, 30, 300]))
            km, toll, other = rng.randrange(5, 400), rng.randrange(60), rng.randrange(9)
            secret, where = rng.random() < 0.3, key(moment, end)
            self._back(
                vehicle,
                moment,
                end,
                km,
                toll_amount=toll,
                parking_amount=2,
                other_amount=other,
                is_protected=secret,
            )
            add(where, km=km, trips=1, toll_amount=toll + 2, other_amount=other)
            if secret:
                add(
                    where,
                    protected_km=km,
                    protected_trips=1,
                    protected_toll_amount=toll + 2,
                )
            day = end.date()
            while day >= moment.date() and day.month == end.month:
                days[vehicle, where[2]].add(day)
                day -= timedelta(days=1)
            moment = end + timedelta(hours=rng.randrange(1, 120))
        for _number in range(30):
            at = datetime(2025, rng.randrange(1, 7), rng.randrange(1, 29), 23, 40)
            amount, where = rng.randrange(50, 400), key(at, at)
            if rng.random() < 0.5:
                power = rng.random() < 0.3
                product = "electric" if power else "92"
                self._filled(vehicle, at, 20, amount, product=product)
                names = (
                    ("energy_kwh", "energy_amount")
                    if power
                    else ("fuel_litres", "fuel_amount")
                )
                add(where, **dict(zip(names, (20, amount), strict=True)))
            else:
                kind = rng.choice([None, "repair", "insurance", "inspection"])
                self._billed(vehicle, at.date(), amount, kind=kind)
                name = {"insurance": "insurance", "inspection": "other"}.get(kind)
                add(where, **{f"{name or 'repair'}_amount": amount})

    # ---------------------------------------------------------------------- rights

    def test_who_reads(self):
        self._back(self.car, datetime(2025, 3, 3, 8), datetime(2025, 3, 3, 9), 10)
        domain = [("vehicle_id", "=", self.car.id), ("month", "=", "2025-03-01")]
        for user in (
            self.dispatcher_user,
            self.technician_user,
            self.fleet_user,
            self.supervision_user,
        ):
            self.assertEqual(self._as(self.accounts, user).search(domain).km, 10)
        for user in (self.staff_user, self.driver_user, self.other_staff_user):
            with self.assertRaises(AccessError):
                self._as(self.accounts, user).search(domain)
        self.other_staff_user.group_ids += self.env.ref("gov_fleet.group_fleet_manager")
        self.assertFalse(self._as(self.accounts, self.other_staff_user).search(domain))
        with self.assertRaises(UserError):
            self._as(self.accounts, self.fleet_user).create({"km": 1})

    def test_list_costs_the_same_for_many(self):
        for number in range(6):
            self._create_vehicle(f"岚A·2000{number}", registered_on="2022-03-01")
        spec = {
            name: {} for name in ("month", "km", "cost", "previous_cost", "rank")
        } | {"vehicle_id": {"fields": {"display_name": {}}}}

        def cost(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.accounts.web_search_read(
                [("month", "=", "2025-03-01")], spec, limit=limit
            )
            return self.env.cr.sql_log_count - before

        cost(2)
        self.assertEqual(cost(2), cost(10))

from collections import Counter
from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.gov_demo.generator.fleet import (
    fuel,
    repairs,
    requests,
    sealing,
    trips,
)
from odoo.addons.gov_demo.generator.service.window import Window

from .test_demo import DemoCase

CLASSES = {
    "confidential": 2,
    "emergency": 6,
    "platform": 18,
    "enforcement": 2,
    "support": 2,
}
YEAR_KM = 503_000
# Fuel, power, repair, insurance, tolls and parking of the year.
YEAR_COST = 819_700


@tagged("post_install", "-at_install")
class TestFleet(DemoCase):
    """The figures of the vehicles' year, counted in what was made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.window = Window(cls.loader)
        cls.vehicles = cls.env["fleet.vehicle"].search([])
        trips = cls.env["gov.vehicle.trip"].search([("state", "=", "back")])
        # What is on the road these days comes from a request.
        cls.trips = trips.filtered(lambda trip: not trip.request_id)

    def _orders(self, *kinds):
        return self.env["fleet.vehicle.log.services"].search(
            [("order_kind", "in", kinds), ("order_state", "=", "done")]
        )

    def test_thirty_vehicles_within_their_quota(self):
        self.assertEqual(Counter(self.vehicles.mapped("usage_class")), CLASSES)
        for quota in self.env["gov.vehicle.quota"].search([]):
            self.assertEqual(quota.held, CLASSES[quota.usage_class])
            self.assertFalse(quota.left)
        allocated = self.vehicles.filtered(lambda v: v.keeping == "allocated")
        self.assertEqual(len(allocated), 2)
        plates = self.vehicles.mapped("license_plate")
        self.assertEqual(len(set(plates)), 30)
        self.assertTrue(all(plate.startswith("岚A·1") for plate in plates))

    def test_one_is_over_eight_years_old(self):
        day = self.window.today - timedelta(days=8 * 365 + 2)
        old = self.vehicles.filtered(lambda v: v.registered_on < day)
        self.assertEqual(len(old), 1)

    def test_papers_that_lapse(self):
        today = self.window.today
        insured = self.demo("vehicle_v15").insurance_date_to
        self.assertEqual((insured - today).days, 12)
        cards = self.env["gov.vehicle.driver"].search([])
        soon = cards.filtered(lambda c: (c.licence_date_to - today).days == 20)
        self.assertEqual(len(soon), 1)
        self.assertEqual(len(cards), 27)

    def test_a_year_of_trips(self):
        self.assertEqual(len(self.trips), sum(trips.TRIPS))
        months = Counter(day.month for day in self.trips.mapped("return_date"))
        self.assertEqual([months[n] for n in range(1, 13)], list(trips.TRIPS))
        self.assertEqual(sum(self.trips.mapped("distance")), YEAR_KM)
        for row in self.loader.table("vehicles"):
            vehicle = self.demo(f"vehicle_{row['id']}")
            own = self.trips.filtered(
                lambda t, vehicle=vehicle: t.vehicle_id == vehicle
            )
            self.assertEqual(sum(own.mapped("distance")), float(row["km"]))

    def test_readings_follow_on(self):
        gaps = self.trips.filtered("has_gap")
        self.assertEqual(gaps.vehicle_id, self.demo(f"vehicle_{sealing.MOVED}"))
        self.assertEqual(gaps.mapped("gap_km"), [sealing.MOVED_KM])
        corrected = self.trips.filtered("is_corrected")
        self.assertEqual(len(corrected), 1)
        correction = corrected.correction_ids
        self.assertEqual(correction.old_in - correction.new_in, trips.TYPO_KM)

    def test_protected_trips_carry_nothing(self):
        protected = self.trips.filtered("is_protected")
        self.assertEqual(len(protected), trips.PROTECTED)
        for name in ("route", "served_partner_id", "user_department_id", "note"):
            self.assertFalse(any(trip[name] for trip in protected), name)

    def test_no_driver_is_in_two_places(self):
        for driver, own in self.trips.grouped("driver_id").items():
            own = own.sorted("date_start")
            for before, after in zip(own, own[1:], strict=False):
                self.assertLessEqual(before.date_end, after.date_start, driver.name)

    def test_fuel_of_the_year(self):
        fills = self.env["gov.fuel.entry"].search([])
        extra = fills.filtered(lambda fill: fill.litres == fuel.TOO_MUCH[1])
        self.assertEqual(len(extra), 1)
        fills -= extra
        litres = Counter()
        for fill in fills:
            kind = {"diesel": "diesel", "electric": "electric"}.get(fill.product)
            litres[kind or "petrol"] += fill.litres
        for kind, year in fuel.YEAR.items():
            self.assertAlmostEqual(litres[kind], year, delta=1)
        self.assertTrue(all(fill.trip_id for fill in fills))

    def test_cost_of_the_year(self):
        work = sum(self._orders("repair", "maintenance").mapped("amount_billed"))
        self.assertEqual(work, repairs.REPAIRS)
        premiums = self._orders("insurance")
        self.assertEqual(len(premiums), 30)
        self.assertEqual(sum(premiums.mapped("amount_billed")), repairs.PREMIUMS)
        tolls = sum(self.trips.mapped("toll_amount"))
        tolls += sum(self.trips.mapped("parking_amount"))
        self.assertEqual(tolls, trips.TOLLS)
        fills = self.env["gov.fuel.entry"].search([])
        fills = fills.filtered(lambda fill: fill.litres != fuel.TOO_MUCH[1])
        cost = work + repairs.PREMIUMS + tolls + sum(fills.mapped("amount"))
        self.assertAlmostEqual(cost, YEAR_COST, delta=60)

    def test_the_shop_today(self):
        order = self.demo("repair_in_shop")
        self.assertEqual(order.order_state, "in_shop")
        self.assertFalse(order.vehicle_id.is_dispatchable)
        self.assertEqual(self.demo("repair_waiting").order_state, "submitted")
        offence = self.demo("offence_red_light")
        self.assertTrue(offence.trip_id)
        self.assertEqual(offence.driver_id, offence.trip_id.driver_id)

    def test_the_holiday_sealing(self):
        lines = self.demo("sealing_national_day").line_ids
        kinds = Counter(lines.mapped("kind"))
        self.assertEqual(kinds, {"sealed": 22, "duty": 5, "exempt": 2, "workshop": 1})
        moved = lines.filtered("has_difference")
        self.assertEqual(moved.difference, sealing.MOVED_KM)
        permit = self.demo("sealing_permit")
        self.assertEqual(permit.state, "resealed")
        self.assertEqual(permit.line_id.permitted_km, sealing.PERMIT_KM)

    def test_findings_that_tell_stories(self):
        codes = Counter(
            self.env["gov.finding"]
            .search([("rule_code", "=like", "vehicle%")])
            .mapped("rule_code")
        )
        self.assertEqual(codes["vehicle_odometer_gap"], 1)
        self.assertEqual(codes["vehicle_part_repeat"], 1)
        self.assertEqual(codes["vehicle_sealing_odometer"], 1)
        self.assertEqual(codes["vehicle_offence"], 1)
        fuels = self.env["gov.finding"].search([("rule_code", "=like", "fuel%")])
        self.assertEqual(
            Counter(fuels.mapped("rule_code")),
            {"fuel_over_tank": 1, "fuel_consumption": 1},
        )

    def test_new_trips_are_charged(self):
        """From this month on; the trips of the year made no usage."""
        rates = self.env["gov.vehicle.rate"]
        first = self.window.current.first
        company = self.loader.company
        for vehicle in self.vehicles:
            rate = rates._find(company, first, vehicle.usage_class, vehicle.body_type)
            self.assertTrue(rate.km_item_id and rate.waiting_item_id)
        before = first - timedelta(days=1)
        self.assertFalse(rates._find(company, before, "platform", "sedan"))
        usage = self.env["gov.service.usage"].search(
            [("source", "=", "trip"), ("source_model", "=", "gov.vehicle.trip")]
        )
        self.assertFalse(usage)

    def test_requests_of_these_days(self):
        found = {
            name: self.demo(f"car_request_{name}")
            for name, *__ in requests.REQUESTS + requests.CALLS
        }
        states = {
            "draft": "draft",
            "department_head": "submitted",
            "line_leader": "submitted",
            "head": "submitted",
            "out": "dispatched",
        }
        for name, *__, goal in requests.REQUESTS + requests.CALLS:
            self.assertEqual(found[name].state, states.get(goal, goal), name)
        session = found["unit_session"]
        self.assertEqual(len(session.booking_ids), requests.SESSION_CARS)
        protected = self.demo("car_request_protected")
        self.assertEqual(protected.state, "submitted")
        dispatcher = self.demo(f"user_{requests.DISPATCHER}")
        self.assertFalse(protected.with_user(dispatcher).has_access("read"))

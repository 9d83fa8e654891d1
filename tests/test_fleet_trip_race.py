"""Readings of one vehicle, entered twice at once on real connections."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_fleet_race import FleetRaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestFleetTripRace(FleetRaceCase):
    """The chain of a vehicle has one order, and a trip comes back once."""

    group = "gov_fleet.group_fleet_manager"

    @classmethod
    def _prepare(cls, env):
        super()._prepare(env)
        group = env["gov.service.group"].create({"name": "Race", "code": "race_km"})
        item = env["gov.service.item"].create(
            {
                "code": "RACE-KM",
                "name": "Km of the race",
                "group_id": group.id,
                "company_id": cls.company_id,
                "uom_id": env.ref("uom.product_uom_unit").id,
            }
        )
        env["gov.vehicle.rate"].create(
            {
                "name": "Race",
                "company_id": cls.company_id,
                "usage_class": "platform",
                "body_type": "sedan",
                "km_item_id": item.id,
                "date_from": "2020-01-01",
            }
        )

    def _vehicle(self, number):
        """Return the id of a new vehicle at 10,000 km."""
        with self.transaction() as env:
            return self._create_vehicles(env, 1, number).id

    def _slip(self, vehicle_id, hours_ago, out, back):
        """Return a contestant that types a slip."""
        start = fields.Datetime.now() - timedelta(hours=hours_ago)

        def enter(env):
            trip = env["gov.vehicle.trip"].create(
                {
                    "vehicle_id": vehicle_id,
                    "driver_id": self.driver_ids[0],
                    "date_start": start,
                    "date_end": start + timedelta(hours=1),
                    "odometer_out": out,
                    "odometer_in": back,
                }
            )
            return trip.id

        return enter

    def _planned(self, vehicle_id, driver=0, **values):
        with self.transaction() as env:
            return self._plan_trip(env, vehicle_id, driver, **values).id

    def test_two_slips_of_one_vehicle(self):
        """Neither order of arrival leaves a gap that is not there."""
        for number in range(TRIES):
            vehicle_id = self._vehicle(100 + number)
            outcomes = self.race(
                self._slip(vehicle_id, 5, 10000, 10040),
                self._slip(vehicle_id, 3, 10040, 10090),
                user=self.users,
            )
            self.assertTrue(all(isinstance(o, int) for o in outcomes), outcomes)
            with self.transaction() as env:
                trips = env["gov.vehicle.trip"].browse(outcomes)
                self.assertEqual(trips.mapped("gap_km"), [0, 0])
                self.assertEqual(trips.mapped("sequence"), [1, 2])
                self.assertEqual(len(set(trips.mapped("number"))), 2)
                self.assertEqual(trips.vehicle_id.odometer_value, 10090)

    def test_a_trip_comes_back_once(self):
        vehicle_id = self._vehicle(1)
        for number in range(TRIES):
            trip_id = self._planned(vehicle_id)
            out = 10000 + 100 * number
            with self.transaction() as env:
                env["gov.vehicle.trip"].browse(trip_id)._depart(out)

            def bring(km, trip_id=trip_id, out=out):
                return lambda env: (
                    env["gov.vehicle.trip"].browse(trip_id).action_return(out + km)
                )

            outcomes = self.race(bring(100), bring(60), user=self.users)
            self.assertEqual(outcomes.count(True), 1, outcomes)
            refusal = next(o for o in outcomes if o is not True)
            self.assertIsInstance(refusal, UserError)
            with self.transaction() as env:
                trip = env["gov.vehicle.trip"].browse(trip_id)
                self.assertEqual(trip.distance, (100, 60)[outcomes.index(True)])
                self.assertEqual(trip.vehicle_id.odometer_value, trip.odometer_in)
                if trip.distance == 60:
                    manager = trip.with_user(self.users[0])
                    manager.action_correct("Level again", odometer_in=out + 100)

    def test_one_vehicle_goes_out_once(self):
        for number in range(TRIES):
            vehicle_id = self._vehicle(200 + number)
            trips = [self._planned(vehicle_id), self._planned(vehicle_id, 1)]

            def leave(trip_id):
                return lambda env: (
                    env["gov.vehicle.trip"].browse(trip_id)._depart(10000) and True
                )

            outcomes = self.race(*map(leave, trips), user=self.users)
            self.assertEqual(outcomes.count(True), 1, outcomes)
            refusal = next(o for o in outcomes if o is not True)
            self.assertIsInstance(refusal, UserError)
            self.assertIn("still out", str(refusal))
            with self.transaction() as env:
                both = env["gov.vehicle.trip"].browse(trips)
                self.assertEqual(sorted(both.mapped("state")), ["out", "planned"])
                both.filtered(lambda trip: trip.state == "out")._return(10010)

    def test_one_driver_leaves_with_one_vehicle(self):
        """Two vehicles, one driver: one of the trips stays."""
        vehicles = [self._vehicle(500 + number) for number in range(2)]
        out = [10000, 10000]
        for number in range(TRIES):
            driver = number % 2
            trips = [self._planned(vehicle, driver) for vehicle in vehicles]

            def leave(trip_id, reading):
                return lambda env: (
                    env["gov.vehicle.trip"].browse(trip_id).action_depart(reading)
                )

            outcomes = self.race(*map(leave, trips, out), user=self.users)
            self.assertEqual(outcomes.count(True), 1, outcomes)
            refusal = next(o for o in outcomes if o is not True)
            self.assertIsInstance(refusal, UserError)
            self.assertIn(f"Driver {driver}", str(refusal))
            self.assertIn("still out", str(refusal))
            winner = outcomes.index(True)
            out[winner] += 10
            with self.transaction() as env:
                both = env["gov.vehicle.trip"].browse(trips)
                self.assertEqual(sorted(both.mapped("state")), ["out", "planned"])
                both[winner]._return(out[winner])

    def test_correction_against_a_slip(self):
        """A corrected reading and the slip behind it see each other."""
        for number in range(TRIES):
            vehicle_id = self._vehicle(300 + number)
            with self.transaction(self.users[0]) as env:
                first = self._slip(vehicle_id, 8, 10000, 10400)(env)

            def correct(env, first=first):
                trip = env["gov.vehicle.trip"].browse(first)
                return trip.action_correct("10040 was meant", odometer_in=10040)

            outcomes = self.race(
                correct,
                self._slip(vehicle_id, 3, 10040, 10090),
                user=self.users,
            )
            self.assertIs(outcomes[0], True, outcomes)
            with self.transaction() as env:
                self.assertEqual(env["gov.vehicle.trip"].browse(outcomes[1]).gap_km, 0)

    def test_a_trip_is_charged_once(self):
        """Returned twice at once, then corrected twice at once: what holds is one."""
        vehicle_id = self._vehicle(400)
        for number in range(TRIES):
            out = 10000 + 100 * number
            trip_id = self._planned(vehicle_id, user_department_id=self.department_id)
            with self.transaction() as env:
                env["gov.vehicle.trip"].browse(trip_id)._depart(out)

            def bring(env, trip_id=trip_id, out=out):
                return env["gov.vehicle.trip"].browse(trip_id).action_return(out + 90)

            outcomes = self.race(bring, bring, user=self.users)
            self.assertEqual(outcomes.count(True), 1, outcomes)
            self._check_charged(trip_id, 90)

            def correct(km, trip_id=trip_id, out=out):
                return lambda env: (
                    env["gov.vehicle.trip"]
                    .browse(trip_id)
                    .action_correct("Misread", odometer_in=out + km)
                )

            outcomes = self.race(correct(70), correct(100), user=self.users)
            self.assertEqual(outcomes, [True, True])
            with self.transaction(self.users[0]) as env:
                trip = env["gov.vehicle.trip"].browse(trip_id)
                self.assertIn(trip.distance, (70, 100))
                if trip.distance == 70:
                    trip.action_correct("Level again", odometer_in=out + 100)
            self._check_charged(trip_id, 100)

    def _check_charged(self, trip_id, km):
        """Look at the one row of usage of a trip that holds, and at the sum of all."""
        with self.transaction() as env:
            trip = env["gov.vehicle.trip"].browse(trip_id)
            usage = env["gov.service.usage"]
            self.assertEqual(usage.search(trip._usage_domain()).quantity, km)
            rows = usage.search([("source_id", "=", trip_id), ("source", "=", "trip")])
            self.assertEqual(sum(rows.mapped("quantity")), km)

"""Readings of one vehicle, entered twice at once on real connections."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_race import RaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestFleetTripRace(RaceCase):
    """The chain of a vehicle has one order, and a trip comes back once."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        groups = env.ref("gov_fleet.group_fleet_manager")
        cls.user_ids = (
            env["res.users"]
            .create(
                [
                    {
                        "name": f"Slip {number}",
                        "login": f"slip{number}",
                        "company_id": company.id,
                        "company_ids": [Command.set(company.ids)],
                        "group_ids": [
                            Command.set((env.ref("base.group_user") | groups).ids)
                        ],
                    }
                    for number in range(2)
                ]
            )
            .ids
        )
        cls.driver_ids = (
            env["hr.employee"]
            .create(
                [
                    {"name": f"Driver {number}", "company_id": company.id}
                    for number in range(2)
                ]
            )
            .ids
        )
        env["gov.vehicle.quota"].create(
            {
                "company_id": company.id,
                "usage_class": "platform",
                "number": 100,
                "clause": "Race",
                "date_from": "2020-01-01",
            }
        )
        brand = env["fleet.vehicle.model.brand"].create({"name": "Race"})
        cls.model_id = (
            env["fleet.vehicle.model"].create({"name": "Race", "brand_id": brand.id}).id
        )
        cls.company_id = company.id

    def _vehicle(self, number):
        """Return the id of a new vehicle at 10,000 km."""
        with self.transaction() as env:
            vehicle = env["fleet.vehicle"].create(
                {
                    "license_plate": f"岚R·{number}",
                    "model_id": self.model_id,
                    "company_id": self.company_id,
                    "usage_class": "platform",
                    "body_type": "sedan",
                }
            )
            engine(vehicle).odometer_value = 10000
            return vehicle.id

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

    def _planned(self, vehicle_id, driver=0):
        with self.transaction() as env:
            trip = engine(env["gov.vehicle.trip"]).create(
                {
                    "vehicle_id": vehicle_id,
                    "driver_id": self.driver_ids[driver],
                    "company_id": self.company_id,
                }
            )
            trip._assign_number()
            return trip.id

    def test_two_slips_of_one_vehicle(self):
        """Neither order of arrival leaves a gap that is not there."""
        for number in range(TRIES):
            vehicle_id = self._vehicle(100 + number)
            outcomes = self.race(
                self._slip(vehicle_id, 5, 10000, 10040),
                self._slip(vehicle_id, 3, 10040, 10090),
                user=self.user_ids,
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

            outcomes = self.race(bring(100), bring(60), user=self.user_ids)
            self.assertEqual(outcomes.count(True), 1, outcomes)
            refusal = next(o for o in outcomes if o is not True)
            self.assertIsInstance(refusal, UserError)
            with self.transaction() as env:
                trip = env["gov.vehicle.trip"].browse(trip_id)
                self.assertEqual(trip.distance, (100, 60)[outcomes.index(True)])
                self.assertEqual(trip.vehicle_id.odometer_value, trip.odometer_in)
                if trip.distance == 60:
                    manager = trip.with_user(self.user_ids[0])
                    manager.action_correct("Level again", odometer_in=out + 100)

    def test_one_vehicle_goes_out_once(self):
        for number in range(TRIES):
            vehicle_id = self._vehicle(200 + number)
            trips = [self._planned(vehicle_id), self._planned(vehicle_id, 1)]

            def leave(trip_id):
                return lambda env: (
                    env["gov.vehicle.trip"].browse(trip_id)._depart(10000) and True
                )

            outcomes = self.race(*map(leave, trips), user=self.user_ids)
            self.assertEqual(outcomes.count(True), 1, outcomes)
            refusal = next(o for o in outcomes if o is not True)
            self.assertIsInstance(refusal, UserError)
            self.assertIn("still out", str(refusal))
            with self.transaction() as env:
                both = env["gov.vehicle.trip"].browse(trips)
                self.assertEqual(sorted(both.mapped("state")), ["out", "planned"])
                both.filtered(lambda trip: trip.state == "out")._return(10010)

    def test_correction_against_a_slip(self):
        """A corrected reading and the slip behind it see each other."""
        for number in range(TRIES):
            vehicle_id = self._vehicle(300 + number)
            with self.transaction(self.user_ids[0]) as env:
                first = self._slip(vehicle_id, 8, 10000, 10400)(env)

            def correct(env, first=first):
                trip = env["gov.vehicle.trip"].browse(first)
                return trip.action_correct("10040 was meant", odometer_in=10040)

            outcomes = self.race(
                correct,
                self._slip(vehicle_id, 3, 10040, 10090),
                user=self.user_ids,
            )
            self.assertIs(outcomes[0], True, outcomes)
            with self.transaction() as env:
                self.assertEqual(env["gov.vehicle.trip"].browse(outcomes[1]).gap_km, 0)

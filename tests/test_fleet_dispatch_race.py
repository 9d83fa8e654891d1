"""Two dispatchers give the last vehicle away in one second, on real connections."""

from datetime import datetime, time, timedelta

from odoo.tests import tagged

from .common_fleet_race import FleetRaceCase

TRIES = 100


@tagged("post_install", "-at_install")
class TestFleetDispatchRace(FleetRaceCase):
    """One vehicle, two requests, two dispatchers: exactly one wins each time."""

    @classmethod
    def _prepare(cls, env):
        super()._prepare(env)
        company = env["res.company"].browse(cls.company_id)
        users = cls._create_users(env, company, "Race User", 1)
        department = env["hr.department"].browse(cls.department_id)
        person = cls._create_employees(env, users, department)
        cls.vehicle_id = cls._create_vehicles(env, 1).id
        cls.pairs = cls._create_requests(env, company, person)

    @classmethod
    def _create_requests(cls, env, company, person):
        """Two approved requests for the same hours of each of ``TRIES`` days."""
        tomorrow = company.gov_today() + timedelta(days=1)
        pairs = []
        for number in range(TRIES):
            day = tomorrow + timedelta(days=number)
            start = company._gov_utc(datetime.combine(day, time(8)))
            end = start + timedelta(hours=2)
            pairs.append(
                [
                    cls._approved_request(env, person, start, end).id
                    for _number in range(2)
                ]
            )
        return pairs

    def _dispatch(self, request_id, driver_id):
        def call(env):
            request = env["gov.vehicle.request"].browse(request_id)
            return request.action_dispatch([[self.vehicle_id, driver_id]])

        return call

    def test_last_vehicle(self):
        for pair in self.pairs:
            outcomes = self._compete(*map(self._dispatch, pair, self.driver_ids))
            self.assertEqual(outcomes.count(True), 1, outcomes)
            text = self._one_wins(outcomes)
            self.assertIn("岚R·10001", text)
            # When it is free again, on the institution's clock.
            self.assertIn("10:00", text.split("free")[-1])
        with self.transaction() as env:
            bookings = env["gov.vehicle.booking"].search(
                [("vehicle_id", "=", self.vehicle_id)]
            )
            self.assertEqual(len(bookings), TRIES)
            self.assertEqual(len(bookings.trip_id), TRIES)
            self.assertEqual(len(set(bookings.mapped("date_start"))), TRIES)

    def test_one_driver_for_two(self):
        """The same with the driver: the vehicle is another one."""
        with self.transaction() as env:
            other = (
                env["fleet.vehicle"]
                .browse(self.vehicle_id)
                .copy({"license_plate": "岚R·10002"})
            )
            other_id = other.id
            start = datetime(2035, 5, 8, 1)
            vals = {
                "company_id": self.company_id,
                "kind": "other",
                "driver_id": self.driver_ids[0],
                "date_start": start,
                "date_end": start + timedelta(hours=2),
            }

        def take(vehicle_id):
            def call(env):
                row = {**vals, "vehicle_id": vehicle_id}
                return env["gov.vehicle.booking"].create(row).id

            return call

        outcomes = self._compete(take(self.vehicle_id), take(other_id))
        self.assertIn("Race Driver 0", self._one_wins(outcomes))

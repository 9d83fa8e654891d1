"""Two people want the last seat of a shared trip at once, on real connections."""

from datetime import datetime, time, timedelta

from odoo.tests import tagged

from .common_fleet_race import FleetRaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestFleetJoinRace(FleetRaceCase):
    """One seat, two requests: exactly one rides along each time."""

    @classmethod
    def _prepare(cls, env):
        super()._prepare(env)
        company = env["res.company"].browse(cls.company_id)
        department = env["hr.department"].browse(cls.department_id)
        riders = cls._create_users(env, company, "Rider", 3)
        people = cls._create_employees(env, riders, department)
        cls.users = riders[1:].ids
        cls.rounds = []
        tomorrow = company.gov_today() + timedelta(days=1)
        for number in range(TRIES):
            day = tomorrow + timedelta(days=number)
            start = company._gov_utc(datetime.combine(day, time(8)))
            window = (start, start + timedelta(hours=2))
            # A car of five seats: the driver, three people, one seat left.
            host = cls._approved_request(env, people[0], *window, passenger_count=3)
            guests = [
                cls._create_request(env, person, *window) for person in people[1:]
            ]
            cls.rounds.append((host.booking_ids.id, [guest.id for guest in guests]))

    def _join(self, request_id, ride):
        def call(env):
            return env["gov.vehicle.request"].browse(request_id).action_join(ride)

        return call

    def test_last_seat(self):
        for ride, guests in self.rounds:
            outcomes = self._compete(*(self._join(guest, ride) for guest in guests))
            self.assertEqual(outcomes.count(True), 1, outcomes)
            self.assertIn("0 seats are free", self._one_wins(outcomes))
        with self.transaction() as env:
            rides = env["gov.vehicle.booking"].browse(r[0] for r in self.rounds)
            for ride in rides:
                self.assertEqual(len(ride.guest_ids), 1)

"""Two people want the last seat of a shared trip at once, on real connections."""

from datetime import datetime, time, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_race import RaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestFleetJoinRace(RaceCase):
    """One seat, two requests: exactly one rides along each time."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        cls.company_id = company.id
        department = env["hr.department"].create(
            {"name": "Race Riders", "company_id": company.id}
        )
        people = cls._create_people(env, company, department)
        cls.users = people[1:].user_id.ids
        cls.rounds = []
        tomorrow = company.gov_today() + timedelta(days=1)
        for number in range(TRIES):
            day = tomorrow + timedelta(days=number)
            start = company._gov_utc(datetime.combine(day, time(8)))
            # A car of five seats: the driver, three people, one seat left.
            host = cls._approve(cls._request(env, people[0], start, 3))
            guests = [cls._request(env, person, start, 1) for person in people[1:]]
            ride = host.booking_ids.id
            cls.rounds.append((ride, [guest.id for guest in guests]))

    @classmethod
    def _create_people(cls, env, company, department):
        people = env["hr.employee"]
        for number in range(3):
            user = env["res.users"].create(
                {
                    "name": f"Rider {number}",
                    "login": f"race_rider{number}",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set([env.ref("base.group_user").id])],
                }
            )
            people += people.create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": company.id,
                    "department_id": department.id,
                }
            )
        return people

    @classmethod
    def _request(cls, env, person, start, passengers):
        requests = env["gov.vehicle.request"].with_user(person.user_id)
        return engine(requests.sudo()).create(
            {
                "employee_id": person.id,
                "company_id": cls.company_id,
                "purpose": "Race",
                "destination": "Finish",
                "passenger_count": passengers,
                "date_start": start,
                "date_end": start + timedelta(hours=2),
            }
        )

    @classmethod
    def _approve(cls, request):
        """The chain is not what is raced for."""
        request._assign_number()
        request.write({"approval_state": "submitted", "approval_round": 1})
        request._approval_after_submit()
        request.write({"approval_state": "approved"})
        request._approval_after_approved()
        return request

    def _join(self, request_id, ride):
        def call(env):
            return env["gov.vehicle.request"].browse(request_id).action_join(ride)

        return call

    def test_last_seat(self):
        for ride, guests in self.rounds:
            outcomes = self.race(
                *(self._join(guest, ride) for guest in guests),
                user=self.users,
                context={"allowed_company_ids": [self.company_id]},
            )
            self.assertEqual(outcomes.count(True), 1, outcomes)
            [loser] = [o for o in outcomes if isinstance(o, Exception)]
            self.assertIsInstance(loser, UserError)
            self.assertIn("0 seats are free", str(loser))
        with self.transaction() as env:
            rides = env["gov.vehicle.booking"].browse(r[0] for r in self.rounds)
            for ride in rides:
                self.assertEqual(len(ride.guest_ids), 1)

"""Two dispatchers give the last vehicle away in one second, on real connections."""

from datetime import datetime, time, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_race import RaceCase

TRIES = 100


@tagged("post_install", "-at_install")
class TestFleetDispatchRace(RaceCase):
    """One vehicle, two requests, two dispatchers: exactly one wins each time."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        department = env["hr.department"].create(
            {"name": "Race Vehicles", "company_id": company.id}
        )
        dispatcher = env.ref("gov_fleet.group_dispatcher")
        users = env["res.users"].create(
            [
                {
                    "name": name,
                    "login": name.lower().replace(" ", "_"),
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.set([env.ref("base.group_user").id, dispatcher.id])
                    ],
                }
                for name in ("Race Dispatcher 0", "Race Dispatcher 1", "Race User")
            ]
        )
        people = env["hr.employee"].create(
            [
                {
                    "name": name,
                    "company_id": company.id,
                    "department_id": department.id,
                    "user_id": user.id,
                }
                for name, user in (
                    ("Race Driver 0", users.browse()),
                    ("Race Driver 1", users.browse()),
                    ("Race User", users[2]),
                )
            ]
        )
        env["gov.vehicle.driver"].create(
            [
                {
                    "employee_id": person.id,
                    "company_id": company.id,
                    "licence_class": "C1",
                }
                for person in people[:2]
            ]
        )
        cls.users, cls.drivers = users[:2].ids, people[:2].ids
        cls.company_id = company.id
        cls.vehicle_id = cls._create_vehicle(env, company)
        cls.pairs = cls._create_requests(env, company, people[2])

    @classmethod
    def _create_vehicle(cls, env, company):
        # The database may hold a quota of this class already.
        quotas = env["gov.vehicle.quota"]
        domain = [("company_id", "=", company.id), ("usage_class", "=", "platform")]
        if not quotas.search_count(domain, limit=1):
            quotas.create(
                {
                    "company_id": company.id,
                    "usage_class": "platform",
                    "number": 1000,
                    "clause": "Race",
                    "date_from": "2020-01-01",
                }
            )
        brand = env["fleet.vehicle.model.brand"].create({"name": "Race"})
        model = env["fleet.vehicle.model"].create(
            {"name": "Race sedan", "brand_id": brand.id, "seats": 5}
        )
        return (
            env["fleet.vehicle"]
            .create(
                {
                    "license_plate": "岚R·10001",
                    "model_id": model.id,
                    "company_id": company.id,
                    "usage_class": "platform",
                    "body_type": "sedan",
                    "seats": 5,
                }
            )
            .id
        )

    @classmethod
    def _create_requests(cls, env, company, person):
        """Two approved requests for the same hours of each of ``TRIES`` days."""
        tomorrow = company.gov_today() + timedelta(days=1)
        pairs = []
        for number in range(TRIES):
            day = tomorrow + timedelta(days=number)
            start = company._gov_utc(datetime.combine(day, time(8)))
            requests = env["gov.vehicle.request"].with_user(person.user_id)
            requests = engine(requests.sudo()).create(
                [
                    {
                        "employee_id": person.id,
                        "company_id": company.id,
                        "purpose": "Race",
                        "destination": "Finish",
                        "date_start": start,
                        "date_end": start + timedelta(hours=2),
                    }
                ]
                * 2
            )
            for request in requests:
                # The chain is not what is raced for.
                request._assign_number()
                request.write({"approval_state": "submitted", "approval_round": 1})
                request._approval_after_submit()
                request.write({"approval_state": "approved"})
                request._approval_after_approved()
            pairs.append(requests.ids)
        return pairs

    def _dispatch(self, request_id, driver_id):
        def call(env):
            request = env["gov.vehicle.request"].browse(request_id)
            return request.action_dispatch([[self.vehicle_id, driver_id]])

        return call

    def test_last_vehicle(self):
        for pair in self.pairs:
            outcomes = self.race(
                *(
                    self._dispatch(request_id, driver_id)
                    for request_id, driver_id in zip(pair, self.drivers, strict=True)
                ),
                user=self.users,
                context={"allowed_company_ids": [self.company_id]},
            )
            losers = [o for o in outcomes if isinstance(o, Exception)]
            self.assertEqual(outcomes.count(True), 1, outcomes)
            self.assertEqual(len(losers), 1)
            self.assertIsInstance(losers[0], UserError)
            text = str(losers[0])
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
                "driver_id": self.drivers[0],
                "date_start": start,
                "date_end": start + timedelta(hours=2),
            }

        def take(vehicle_id):
            def call(env):
                row = {**vals, "vehicle_id": vehicle_id}
                return env["gov.vehicle.booking"].create(row).id

            return call

        outcomes = self.race(
            take(self.vehicle_id),
            take(other_id),
            user=self.users,
            context={"allowed_company_ids": [self.company_id]},
        )
        losers = [o for o in outcomes if isinstance(o, Exception)]
        self.assertEqual(len(losers), 1, outcomes)
        self.assertIsInstance(losers[0], UserError)
        self.assertIn("Race Driver 0", str(losers[0]))

"""Official vehicles for tests on two real connections."""

from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

from .common_race import RaceCase


class FleetRaceCase(RaceCase):
    """Two users who keep vehicles (``users``), two drivers, sedans at 10,000 km.

    ``group`` is the group of the two users; ``department_id`` is where everybody works.
    """

    group = "gov_fleet.group_dispatcher"

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        cls.company_id = company.id
        cls.context = {"allowed_company_ids": company.ids}
        department = env["hr.department"].create(
            {"name": "Race Vehicles", "company_id": company.id}
        )
        cls.department_id = department.id
        users = cls._create_users(env, company, "Race Keeper", 2, cls.group)
        cls.users = users.ids
        cls.keeper_ids = cls._create_employees(env, users, department).ids
        drivers = env["hr.employee"].create(
            [
                {
                    "name": f"Race Driver {number}",
                    "company_id": company.id,
                    "department_id": department.id,
                }
                for number in range(2)
            ]
        )
        env["gov.vehicle.driver"].create(
            [
                {
                    "employee_id": driver.id,
                    "company_id": company.id,
                    "licence_class": "C1",
                }
                for driver in drivers
            ]
        )
        cls.driver_ids = drivers.ids
        cls._give_quota(env, company)
        brand = env["fleet.vehicle.model.brand"].create({"name": "Race"})
        models = env["fleet.vehicle.model"]
        models = models.create({"name": "Race", "brand_id": brand.id, "seats": 5})
        cls.model_id = models.id

    @classmethod
    def _give_quota(cls, env, company):
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

    @classmethod
    def _create_vehicles(cls, env, count, first=10001):
        """Return sedans at 10,000 km, ``岚R·<first>`` and those that follow."""
        vehicles = env["fleet.vehicle"].create(
            [
                {
                    "license_plate": f"岚R·{number}",
                    "model_id": cls.model_id,
                    "company_id": cls.company_id,
                    "usage_class": "platform",
                    "body_type": "sedan",
                    "seats": 5,
                }
                for number in range(first, first + count)
            ]
        )
        engine(vehicles).write({"odometer_value": 10000})
        return vehicles

    @classmethod
    def _plan_trip(cls, env, vehicle_id, driver=0, **values):
        """Return a planned trip without a booking, as the server makes it."""
        trip = engine(env["gov.vehicle.trip"]).create(
            {
                "vehicle_id": vehicle_id,
                "driver_id": cls.driver_ids[driver],
                "company_id": cls.company_id,
                **values,
            }
        )
        trip._assign_number()
        return trip

    @classmethod
    def _create_request(cls, env, person, start, end, **values):
        """Return a draft of ``person``."""
        requests = env["gov.vehicle.request"].with_user(person.user_id)
        return engine(requests.sudo()).create(
            {
                "employee_id": person.id,
                "company_id": cls.company_id,
                "purpose": "Race",
                "destination": "Finish",
                "date_start": start,
                "date_end": end,
                **values,
            }
        )

    @classmethod
    def _approve(cls, request):
        """Return the request as it is once the chain agreed; it is not raced for."""
        request._assign_number()
        request.write({"approval_state": "submitted", "approval_round": 1})
        request._approval_after_submit()
        request.write({"approval_state": "approved"})
        request._approval_after_approved()
        return request

    @classmethod
    def _approved_request(cls, *args, **values):
        return cls._approve(cls._create_request(*args, **values))

    def _compete(self, *functions):
        """Let the two users call the functions at once."""
        return self.race(*functions, user=self.users, context=self.context)

    def _one_wins(self, outcomes):
        """Check that exactly one got through; return the text the other one read."""
        refused = [o for o in outcomes if isinstance(o, Exception)]
        self.assertEqual(len(refused), 1, outcomes)
        self.assertIsInstance(refused[0], UserError)
        return str(refused[0])

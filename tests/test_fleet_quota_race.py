"""Two managers register a vehicle in the last place of a quota, on real connections."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_race import RaceCase

TRIES = 20


@tagged("post_install", "-at_install")
class TestFleetQuotaRace(RaceCase):
    """One place left, two vehicles: exactly one is registered each time."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        group = env.ref("gov_fleet.group_fleet_manager")
        users = env["res.users"].create(
            [
                {
                    "name": f"Race Manager {number}",
                    "login": f"race_manager_{number}",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.set([env.ref("base.group_user").id, group.id])
                    ],
                }
                for number in range(2)
            ]
        )
        brand = env["fleet.vehicle.model.brand"].create({"name": "Race quota"})
        model = env["fleet.vehicle.model"].create(
            {"name": "Race sedan", "brand_id": brand.id, "seats": 5}
        )
        held = env["gov.vehicle.quota"].create(
            {
                "company_id": company.id,
                "usage_class": "retired",
                "number": 0,
                "clause": "Race",
            }
        )
        cls.users, cls.model_id, cls.quota_id = users.ids, model.id, held.id
        cls.company_id = company.id

    def _register(self, plate):
        def call(env):
            vehicle = env["fleet.vehicle"].create(
                {
                    "license_plate": plate,
                    "model_id": self.model_id,
                    "usage_class": "retired",
                    "company_id": self.company_id,
                }
            )
            return vehicle.id

        return call

    def test_last_place(self):
        for number in range(1, TRIES + 1):
            with self.transaction() as env:
                env["gov.vehicle.quota"].browse(self.quota_id).number = number
            outcomes = self.race(
                self._register(f"岚Q·{number:04}A"),
                self._register(f"岚Q·{number:04}B"),
                user=self.users,
                context={"allowed_company_ids": [self.company_id]},
            )
            losers = [o for o in outcomes if isinstance(o, Exception)]
            self.assertEqual(len(losers), 1, outcomes)
            self.assertIsInstance(losers[0], UserError)
            self.assertIn(f"the quota is {number}", str(losers[0]))
        with self.transaction() as env:
            quota = env["gov.vehicle.quota"].browse(self.quota_id)
            self.assertEqual((quota.held, quota.left), (TRIES, 0))

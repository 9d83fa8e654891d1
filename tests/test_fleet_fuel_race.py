"""Two technicians import the same statement at once, on real connections."""

import base64

from odoo import Command
from odoo.tests import tagged

from .common_race import RaceCase


@tagged("post_install", "-at_install")
class TestFuelImportRace(RaceCase):
    """A statement is imported once, however many press the button."""

    @classmethod
    def _prepare(cls, env):
        company = env.company
        group = env.ref("gov_fleet.group_technician").id
        cls.users = [
            env["res.users"]
            .create(
                {
                    "name": f"Technician {number}",
                    "login": f"fuel_race{number}",
                    "group_ids": [Command.set([group])],
                }
            )
            .id
            for number in range(2)
        ]
        env["gov.vehicle.quota"].create(
            {
                "company_id": company.id,
                "usage_class": "platform",
                "number": 5,
                "clause": "Test",
                "date_from": "2020-01-01",
            }
        )
        brand = env["fleet.vehicle.model.brand"].create({"name": "Race"})
        model = env["fleet.vehicle.model"].create(
            {"name": "Sedan", "brand_id": brand.id}
        )
        vehicle = env["fleet.vehicle"].create(
            {
                "license_plate": "岚R·10001",
                "model_id": model.id,
                "company_id": company.id,
                "usage_class": "platform",
                "body_type": "sedan",
                "fuel_product": "92",
                "registered_on": "2022-03-01",
            }
        )
        supplier = env["res.partner"].create({"name": "Race oil", "is_company": True})
        env["gov.fuel.card"].create(
            {"number": "7001", "vehicle_id": vehicle.id, "date_from": "2020-01-01"}
        )
        cls.vehicle_id = vehicle.id
        rows = "\n".join(f"7001,2026-03-0{day} 09:00,92,30,225" for day in range(2, 7))
        content = base64.b64encode(f"卡号,交易时间,油品,数量,金额\n{rows}".encode())
        cls.wizards = []
        for user in cls.users:
            wizard = env["gov.fuel.import"].with_user(user)
            wizard = wizard.create({"supplier_id": supplier.id, "file": content})
            wizard.action_read()
            wizard.action_check()
            cls.wizards.append(wizard.id)

    def test_the_same_statement_at_once(self):
        def importer(wizard_id):
            def run(env):
                wizard = env["gov.fuel.import"].browse(wizard_id)
                wizard.action_import()
                return wizard.new_count, wizard.existing_count

            return run

        outcomes = self.race(*map(importer, self.wizards), user=self.users)
        self.assertEqual(sorted(outcomes), [(0, 5), (5, 0)])
        with self.transaction() as env:
            entries = env["gov.fuel.entry"].search(
                [("vehicle_id", "=", self.vehicle_id)]
            )
            self.assertEqual(len(entries), 5)
            self.assertEqual(len(entries.statement_id), 1)

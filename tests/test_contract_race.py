"""Service contracts put into force and changed at once, on real connections."""

from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_race import RaceCase

TRIES = 6


@tagged("post_install", "-at_install")
class TestContractRace(RaceCase):
    """One item is charged once; one supplement counts after the other."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        department = env["hr.department"].create(
            {"name": "Race Centre", "company_id": company.id}
        )
        user = cls._create_users(
            env, company, "Race Keeper", 1, "gov_logistics.group_contract"
        )
        group = env["gov.service.group"].create({"name": "Race", "code": "race"})
        item = env["gov.service.item"].create(
            {
                "name": "Race item",
                "code": "RACE",
                "group_id": group.id,
                "uom_id": env.ref("uom.product_uom_unit").id,
                "company_id": company.id,
            }
        )
        cls.table = env.ref("gov_logistics.gov_deduction_table_standard").id
        cls.user, cls.item, cls.department = user.id, item.id, department.id
        cls.year = company.gov_today().year

    def _draft(self, env, partner, **values):
        """Return the id of a draft about the one item."""
        return (
            env["contract.contract"]
            .with_user(self.user)
            .create(
                {
                    "name": "Race contract",
                    "service_role": "vendor",
                    "partner_id": partner.id,
                    "department_id": self.department,
                    "date_start": date(self.year, 1, 1),
                    "date_end": date(self.year, 12, 31),
                    "contract_line_ids": [
                        Command.create(
                            {
                                "service_item_id": self.item,
                                "charge_kind": "metered",
                                "price": 1,
                            }
                        )
                    ],
                    **values,
                }
            )
            .id
        )

    def _contracts(self, env, ids):
        return env["contract.contract"].with_user(self.user).browse(ids)

    def test_overlapping_drafts(self):
        """Two drafts about one item and vendor: one goes into force."""
        for number in range(TRIES):
            with self.transaction() as env:
                partner = env["res.partner"].create({"name": f"Vendor {number}"})
                ids = [self._draft(env, partner), self._draft(env, partner)]

            def activate(env, contract_id):
                return self._contracts(env, contract_id).action_activate()

            outcomes = self.race(
                lambda env, ids=ids: activate(env, ids[0]),
                lambda env, ids=ids: activate(env, ids[1]),
            )
            refused = [o for o in outcomes if isinstance(o, UserError)]
            self.assertEqual(len(refused), 1, outcomes)
            self.assertIn("charged already", str(refused[0]))
            with self.transaction() as env:
                states = self._contracts(env, ids).mapped("gov_state")
                self.assertEqual(sorted(states), ["active", "draft"])

    def test_one_supplement_twice(self):
        """A supplement put into force by two people at once counts once."""
        for number in range(TRIES):
            with self.transaction() as env:
                partner = env["res.partner"].create({"name": f"Twice {number}"})
                contract = self._contracts(env, self._draft(env, partner))
                contract.action_activate()
                supplement = env["gov.contract.supplement"].with_user(self.user)
                supplement_id = supplement.create(
                    {
                        "contract_id": contract.id,
                        "kind": "price",
                        "line_id": contract.contract_line_ids.id,
                        "date_from": date(self.year, 7, 1),
                        "price": 2,
                        "reason": "Race",
                    }
                ).id
                line_id = contract.contract_line_ids.id

            def put(env, supplement_id=supplement_id):
                supplement = env["gov.contract.supplement"].with_user(self.user)
                return supplement.browse(supplement_id).action_apply()

            outcomes = self.race(put, put)
            self.assertEqual([o for o in outcomes if o is True], [True], outcomes)
            with self.transaction() as env:
                line = env["contract.line"].browse(line_id)
                self.assertEqual(sorted(line.price_ids.mapped("price")), [1, 2])

    def test_ceiling_against_settling(self):
        """A ceiling is never lowered below what is being settled at that moment."""
        for number in range(TRIES):
            with self.transaction() as env:
                partner = env["res.partner"].create({"name": f"Ceiling {number}"})
                contract = self._contracts(env, self._draft(env, partner, ceiling=100))
                contract.action_activate()
                contract_id = contract.id
                supplement = env["gov.contract.supplement"].with_user(self.user)
                supplement_id = supplement.create(
                    {
                        "contract_id": contract_id,
                        "kind": "ceiling",
                        "ceiling": 50,
                        "reason": "Race",
                    }
                ).id

            def lower(env, supplement_id=supplement_id):
                supplement = env["gov.contract.supplement"].with_user(self.user)
                return supplement.browse(supplement_id).action_apply()

            def settle(env, contract_id=contract_id):
                contract = engine(env["contract.contract"].browse(contract_id))
                contract._meet_rivals()
                if contract.ceiling < 80:
                    raise UserError("Too much")
                contract.amount_settled = 80
                return True

            outcomes = self.race(lower, settle)
            self.assertEqual([o for o in outcomes if o is True], [True], outcomes)
            with self.transaction() as env:
                contract = env["contract.contract"].browse(contract_id)
                self.assertLessEqual(contract.amount_settled, contract.ceiling)

    def test_table_against_contract(self):
        """A table changes before a contract goes into force with it, or not at all."""
        for number in range(TRIES):
            with self.transaction() as env:
                partner = env["res.partner"].create({"name": f"Table {number}"})
                table = env["gov.deduction.table"].browse(self.table).copy()
                contract_id = self._draft(env, partner, deduction_table_id=table.id)
                band_id = table.band_ids[-1].id

            def change(env, band_id=band_id):
                return env["gov.deduction.band"].browse(band_id).write({"percent": 9})

            def activate(env, contract_id=contract_id):
                return self._contracts(env, contract_id).action_activate()

            outcomes = self.race(change, activate)
            self.assertIs(outcomes[1], True, outcomes)
            if outcomes[0] is not True:
                self.assertIn("is in use", str(outcomes[0]))
            with self.transaction() as env:
                percent = env["gov.deduction.band"].browse(band_id).percent
                self.assertEqual(percent, 9 if outcomes[0] is True else 5)

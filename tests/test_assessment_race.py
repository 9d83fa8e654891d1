"""The month's sheets drafted twice at once, signatures and changes that meet."""

from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_race import RaceCase

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
MODEL = "gov.service.assessment"
CONTRACTS = 12
TRIES = 5


@tagged("post_install", "-at_install")
class TestAssessmentRace(RaceCase):
    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        cls.company = company.id
        today = company.gov_today()
        cls.first = today.replace(day=1) - relativedelta(months=1)
        cls.last = cls.first + relativedelta(months=1, days=-1)
        users = cls._create_users(
            env, company, "Inspector", 2, "gov_logistics.group_service_inspector"
        )
        cls.users = users.ids
        keeper = cls._create_users(
            env, company, "Keeper", 1, "gov_logistics.group_contract"
        )
        cls.keeper = keeper.id
        group = env["gov.service.group"].create({"name": "Race", "code": "race"})
        sheet = env["gov.service.sheet"].create(
            {
                "name": "Race",
                "group_id": group.id,
                "company_id": company.id,
                "line_ids": [
                    Command.create({"name": "All", "max_deduction": 10}),
                    Command.create({"name": "Rest", "max_deduction": 90}),
                ],
            }
        )
        cls.criterion = sheet.line_ids[0].id
        vendor = env["res.partner"].create({"name": "Race", "is_company": True})
        contracts = engine(env["contract.contract"]).create(
            [
                {
                    "name": f"Race {number}",
                    "service_role": "vendor",
                    "partner_id": vendor.id,
                    "company_id": company.id,
                    "date_start": date(today.year - 2, 1, 1),
                    "date_end": date(today.year + 1, 12, 31),
                    "assessment_required": True,
                    "sheet_id": sheet.id,
                    "inspector_ids": [Command.set(users.ids)],
                }
                for number in range(CONTRACTS)
            ]
        )
        contracts.write({"gov_state": "active"})
        cls.contracts = contracts.ids

    def _as(self, env, user_id):
        return env(user=user_id)[MODEL]

    def _make(self, env, number, month=0):
        first = self.first - relativedelta(months=month)
        return engine(env[MODEL]).create(
            {
                "contract_id": self.contracts[number],
                "date_from": first,
                "date_to": first + relativedelta(months=1, days=-1),
            }
        )

    def test_two_runs_of_one_month(self):
        """Whoever comes second finds the sheets made: each contract has one."""
        for month in range(1, TRIES + 1):
            day = self.first - relativedelta(months=month + 1)

            def draft(env, day=day):
                return self._as(env, self.keeper).action_draft_month(day)

            outcomes = self.race(draft, draft)
            self.assertEqual(sorted(outcomes), [0, CONTRACTS], outcomes)

    def test_both_inspectors_at_once(self):
        """The last of three signatures closes the inspection, whoever it is."""
        for number in range(TRIES):
            with self.transaction() as env:
                sheet = self._make(env, number).id

            def sign(user_id, sheet=sheet):
                return lambda env: (
                    self._as(env, user_id).browse(sheet).action_sign(SIGNATURE)
                )

            outcomes = self.race(*(sign(user_id) for user_id in self.users))
            self.assertEqual(outcomes, [True, True])

            def manager(env, sheet=sheet):
                mine = self._as(env, self.users[0]).browse(sheet)
                return mine.action_sign_manager("Ma", SIGNATURE)

            outcomes = self.race(manager, manager)
            self.assertEqual(outcomes.count(True), 1, outcomes)
            self.assertEqual(sum(isinstance(o, UserError) for o in outcomes), 1)
            with self.transaction() as env:
                record = env[MODEL].browse(sheet)
                self.assertEqual(record.state, "inspected")
                self.assertEqual(len(record.signature_ids), 3)

    def test_deduction_against_signature(self):
        """Either the line is on the signed sheet or it is refused."""
        for number in range(TRIES):
            with self.transaction() as env:
                sheet = self._make(env, number, month=10).id

            def sign(env, sheet=sheet):
                return self._as(env, self.users[0]).browse(sheet).action_sign(SIGNATURE)

            def deduct(env, sheet=sheet):
                return (
                    env(user=self.users[1])["gov.service.assessment.line"]
                    .create(
                        {
                            "assessment_id": sheet,
                            "criterion_id": self.criterion,
                            "deduction": 6,
                            "reason": "Dust",
                        }
                    )
                    .id
                )

            _signed, line = self.race(sign, deduct)
            with self.transaction() as env:
                record = env[MODEL].browse(sheet)
                taken = 0 if isinstance(line, Exception) else 6
                self.assertEqual(record.score, 100 - taken)
                self.assertEqual(record.signature_ids.score, 100 - taken)

    def test_two_deductions_on_one_criterion(self):
        """Six and six are more than the ten it may cost."""
        for number in range(TRIES):
            with self.transaction() as env:
                sheet = self._make(env, number, month=11).id

            def deduct(user_id, sheet=sheet):
                return lambda env: (
                    env(user=user_id)["gov.service.assessment.line"]
                    .create(
                        {
                            "assessment_id": sheet,
                            "criterion_id": self.criterion,
                            "deduction": 6,
                            "reason": "Dust",
                        }
                    )
                    .id
                )

            outcomes = self.race(*(deduct(user_id) for user_id in self.users))
            self.assertEqual(sum(isinstance(o, UserError) for o in outcomes), 1)
            with self.transaction() as env:
                self.assertEqual(env[MODEL].browse(sheet).score, 94)

    def test_lock_against_replacement(self):
        """A confirmed statement and a new score never stand together."""
        for number in range(TRIES):
            with self.transaction() as env:
                record = self._make(env, number, month=12)
                engine(record).write({"state": "inspected"})
                engine(record)._make_final()
                sheet = record.id

            def lock(env, sheet=sheet):
                record = env[MODEL].browse(sheet)
                record._lock(record.contract_id)
                return True

            def replace(env, sheet=sheet):
                mine = self._as(env, self.keeper).browse(sheet)
                return bool(mine.action_replace("Wrong floor"))

            outcomes = self.race(lock, replace)
            self.assertEqual(outcomes.count(True), 1, outcomes)
            with self.transaction() as env:
                record = env[MODEL].browse(sheet)
                self.assertEqual(bool(record.lock_ids), record.state == "final")

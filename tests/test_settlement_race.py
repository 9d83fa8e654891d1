"""Statements on two connections at once, and a run that is really killed."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.gov_base.models.gov_guard import engine

from .common_race import RaceCase

CONTRACTS = 60
WORKER = """
run = env["gov.settlement.run"].browse({run})
from odoo.addons.gov_base.models.gov_guard import engine
while engine(run)._step(5):
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
env.cr.commit()
"""


@tagged("post_install", "-at_install")
class TestSettlementRace(RaceCase):
    """One statement and one bill for each contract, whoever comes at once."""

    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        cls.company_id = company.id
        cls.year = company.gov_today().year
        department = env["hr.department"].create(
            {"name": "Race Centre", "company_id": company.id}
        )
        users = cls._create_users(
            env, company, "Clerk", 2, "gov_logistics.group_contract"
        )
        cls._create_employees(env, users, department)
        cls.users = users.ids
        group = env["gov.service.group"].create({"name": "Race", "code": "race"})
        cls.items = (
            env["gov.service.item"]
            .create(
                [
                    {
                        "code": f"R{number}",
                        "name": f"Race {number}",
                        "group_id": group.id,
                        "company_id": company.id,
                        "uom_id": env.ref("uom.product_uom_unit").id,
                    }
                    for number in range(2)
                ]
            )
            .ids
        )
        cls.department_id = department.id
        cls.contracts = cls._contracts(env, CONTRACTS).ids
        cls._use(env, cls.contracts)

    @classmethod
    def _contracts(cls, env, number, **values):
        partner = env["res.partner"].create({"name": "Race vendor"})
        contracts = engine(env["contract.contract"]).create(
            [
                {
                    "name": f"Race {place}",
                    "service_role": "vendor",
                    "company_id": cls.company_id,
                    "partner_id": partner.id,
                    "department_id": cls.department_id,
                    "date_start": date(cls.year, 1, 1),
                    "date_end": date(cls.year, 12, 31),
                    "contract_line_ids": [
                        Command.create(
                            {
                                "service_item_id": item,
                                "charge_kind": kind,
                                "quantity": 1,
                                "price": price,
                            }
                        )
                        for item, kind, price in zip(
                            cls.items,
                            ("fixed", "metered"),
                            (100, 0.333333),
                            strict=False,
                        )
                    ],
                    **values,
                }
                for place in range(number)
            ]
        )
        contracts.write({"gov_state": "active"})
        return contracts

    @classmethod
    def _use(cls, env, contract_ids):
        contracts = env["contract.contract"].browse(contract_ids)
        lines = contracts.contract_line_ids.filtered(
            lambda line: line.charge_kind == "metered"
        )
        env["gov.service.usage"]._record(
            [
                {
                    "source": "import",
                    "source_model": "race",
                    "source_id": line.id * 100 + day,
                    "contract_line_id": line.id,
                    "date": date(cls.year, 1, day),
                    "quantity": day * 1.7 + line.id % 7,
                }
                for line in lines
                for day in range(1, 11)
            ]
        )

    def _draft_one(self, ceiling=0):
        with self.transaction(self.users[0]) as env:
            contract = self._contracts(env(user=SUPERUSER_ID), 1, ceiling=ceiling)
            contract = contract.with_user(self.users[0])
            statements = env["gov.settlement"]._draft(
                contract, date(self.year, 2, 28), date(self.year, 2, 28)
            )
            return contract.id, statements.ids

    # ---------------------------------------------------------------------- races

    def test_two_runs_of_one_month_at_once(self):
        with self.transaction() as env:
            contracts = self._contracts(env, 20).ids

        def draft(env):
            day = date(self.year, 1, 31)
            found = env["contract.contract"].browse(contracts)
            return len(env["gov.settlement"]._draft(found, day, day))

        outcomes = self.race(draft, draft, user=self.users)
        self.assertEqual(sorted(outcomes), [0, 20], outcomes)
        with self.transaction() as env:
            found = env["gov.settlement"].search([("contract_id", "in", contracts)])
            self.assertEqual(len(found), 20)
            self.assertEqual(len(found.contract_id), 20)

    def test_two_statements_against_one_ceiling(self):
        contract_id, ids = self._draft_one(ceiling=150)

        def freeze(place):
            def work(env):
                statement = engine(env["gov.settlement"].browse(ids[place]).sudo())
                statement._approval_meet_rivals()
                statement._freeze("x")
                return True

            return work

        outcomes = self.race(freeze(0), freeze(1), user=self.users)
        self.assertEqual(outcomes.count(True), 1, outcomes)
        loser = next(outcome for outcome in outcomes if outcome is not True)
        self.assertIsInstance(loser, UserError)
        with self.transaction() as env:
            contract = env["contract.contract"].browse(contract_id)
            self.assertEqual(contract.amount_settled, 100)

    def test_both_sides_confirm_at_once(self):
        contract_id, ids = self._draft_one()
        with self.transaction() as env:
            contract = engine(env["contract.contract"].browse(contract_id))
            contract.write(
                {
                    "own_confirmer_id": self.users[0],
                    "other_confirmer_id": self.users[1],
                }
            )

        def confirm(side):
            def work(env):
                return env["gov.settlement"].browse(ids[0]).action_confirm(side)

            return work

        outcomes = self.race(confirm("own"), confirm("other"), user=self.users)
        self.assertEqual(outcomes, [True, True])
        with self.transaction() as env:
            statement = env["gov.settlement"].browse(ids[0])
            self.assertEqual(statement.state, "confirmed")
            self.assertEqual(statement.contract_id.amount_settled, 100)

    def test_one_bill(self):
        _contract_id, ids = self._draft_one()
        with self.transaction() as env:
            engine(env["gov.settlement"].browse(ids)).write(
                {
                    "approval_state": "submitted",
                    "frozen_at": "2020-01-01 00:00:00",
                }
            )
            engine(env["gov.settlement"].browse(ids)).write(
                {"approval_state": "approved", "sealed_at": "2020-01-02 00:00:00"}
            )

        def bill(env):
            return env["gov.settlement"].browse(ids[0]).action_bill()

        outcomes = self.race(bill, bill, user=self.users)
        with self.transaction() as env:
            statement = env["gov.settlement"].browse(ids[0])
            if statement.is_elsewhere:
                self.skipTest("no journal in this database")
            self.assertEqual(outcomes.count(True), 1, outcomes)
            moves = env["account.move"].search(
                [("partner_id", "=", statement.partner_id.id)]
            )
            self.assertEqual(len(moves), 1)

    # ----------------------------------------------------------------------- kill

    def test_a_killed_run_goes_on(self):
        with self.transaction(self.users[0]) as env:
            run = env["gov.settlement.run"].create({"date_to": date(self.year, 1, 31)})
            run.action_start()
            run_id = run.id
        chance = random.Random(5)
        for _turn in range(2):
            process = self._work(run_id)
            self._wait_for_work(process)
            time.sleep(chance.random())
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        process = self._work(run_id)
        _out, error = process.communicate(timeout=300)
        self.assertFalse(process.returncode, error.decode()[-2000:])
        with self.transaction() as env:
            self._check_all(env, env["gov.settlement.run"].browse(run_id))

    def _work(self, run_id):
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "odoo",
                "shell",
                "-c",
                str(config["config"]),
                "-d",
                self.database,
                "--no-http",
                "--log-level=error",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        process.stdin.write(WORKER.format(run=run_id).encode())
        process.stdin.close()
        process.stdin = None
        return process

    def _wait_for_work(self, process):
        """Wait until the process has committed something, or has ended."""
        for _turn in range(600):
            with self.transaction() as env:
                if env["gov.settlement"].search_count(
                    [("contract_id", "in", self.contracts)], limit=1
                ):
                    return
            if process.poll() is not None:
                return
            time.sleep(0.1)

    def _check_all(self, env, run):
        """Every contract once; the totals equal an SQL sum to the cent."""
        self.assertEqual(run.state, "done")
        env.cr.execute(
            """
            SELECT count(*), count(DISTINCT contract_id), sum(amount_due)
              FROM gov_settlement WHERE contract_id = ANY(%s)
            """,
            [self.contracts],
        )
        rows, contracts, total = env.cr.fetchone()
        self.assertEqual((rows, contracts), (CONTRACTS, CONTRACTS))
        env.cr.execute(
            """
            SELECT sum(round(amount, 2)) + 100 * %s, bool_and(bound)
              FROM (SELECT sum(u.quantity * p.price) AS amount,
                           bool_and(u.settlement_line_id IS NOT NULL) AS bound
                      FROM gov_service_usage u
                      JOIN gov_contract_price p ON p.line_id = u.contract_line_id
                     WHERE u.contract_id = ANY(%s)
                     GROUP BY u.contract_line_id) used
            """,
            [CONTRACTS, self.contracts],
        )
        self.assertEqual(env.cr.fetchone(), (total, True))

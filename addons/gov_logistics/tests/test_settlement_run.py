from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_settlement import SettlementCase

RUN = "odoo.addons.gov_logistics.models.gov_settlement_run"


@tagged("post_install", "-at_install")
class TestSettlementRun(SettlementCase):
    """The month run: chunks, problems, again."""

    def _run(self, kind="draft", month=1):
        runs = self._as(self.env["gov.settlement.run"], self.keeper_user)
        last = date(self.year, month + 1, 1)
        return runs.create(
            {"kind": kind, "date_to": date.fromordinal(last.toordinal() - 1)}
        )

    def _finish(self, run, limit=None):
        worker = engine(run.sudo())
        for _step in range(100):
            if not worker._step(limit):
                return
        self.fail("The run does not end.")

    def test_every_contract_once(self):
        run = self._run()
        run.action_start()
        self.assertEqual((run.state, run.total_count), ("running", 3))
        self._finish(run, 1)
        self.assertEqual((run.state, run.statement_count), ("done", 3))
        self.assertEqual(run.progress, 100)
        found = run.settlement_ids
        self.assertEqual(
            found.contract_id,
            self.vendor_contract + self.office_contract + self.unit_contract,
        )
        self.assertEqual(found.handler_id, self.keeper_user)
        run.action_start()
        self._finish(run)
        self.assertEqual(len(run.settlement_ids), 3)

    def test_a_contract_with_a_problem_is_named_and_the_rest_goes_on(self):
        line = self._line_of(self.vendor_contract, self.cleaning)
        engine(line.price_ids).date_from = self.day(1, 5)
        self.use(self.vendor_contract, self.power, self.day(1, 9), 100)
        run = self._run()
        run.action_start()
        self._finish(run)
        self.assertEqual(run.problem_ids.contract_id, self.vendor_contract)
        self.assertIn("no price", run.problem_ids.name)
        self.assertEqual(run.statement_count, 2)
        engine(line.price_ids).date_from = self.day(1, 1)
        run.action_start()
        self._finish(run)
        self.assertFalse(run.problem_ids)
        self.assertEqual(len(run.settlement_ids), 3)

    def test_a_run_that_dies_goes_on(self):
        run = self._run()
        run.action_start()
        worker = engine(run.sudo())
        worker._step(1)
        path = "odoo.addons.gov_logistics.models.gov_settlement_draft.GovSettlement"
        with (
            patch(f"{path}._bind_usage", side_effect=RuntimeError("killed")),
            self.assertRaisesRegex(RuntimeError, "killed"),
            self.env.cr.savepoint(),
        ):
            worker._step(1)
        run.invalidate_recordset()
        self._finish(run, 1)
        self.assertEqual(len(run.settlement_ids), 3)

    def test_the_job(self):
        run = self._run()
        run.action_start()
        with self.enter_registry_test_mode():
            self.env.ref("gov_logistics.cron_settlement_run").method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual((run.state, run.statement_count), ("done", 3))

    def test_bills_of_all_sealed_statements(self):
        statement = self.seal(self.draft(self.vendor_contract))
        run = self._run("bill")
        run.action_start()
        self._finish(run)
        self.assertEqual(run.done_count, 1)
        self.assertTrue(statement.is_elsewhere or statement.move_id)

    def test_who_and_when(self):
        runs = self.env["gov.settlement.run"]
        with self.assertRaises(UserError):
            self._as(runs, self.staff_user).create({})
        future = self._as(runs, self.keeper_user).create(
            {"date_to": date(self.year + 1, 1, 31)}
        )
        with self.assertRaisesRegex(UserError, "not over yet"):
            future.action_start()
        run = self._run()
        for values in ({"state": "done"}, {"last_id": 99}, {"statement_count": 3}):
            with self.subTest(values=values), self.assertRaises(UserError):
                run.write(values)
        run.action_start()
        with self.assertRaisesRegex(UserError, "stays on record"):
            run.unlink()

    def test_a_list_costs_the_same_for_many(self):
        self.draft(self.vendor_contract, 8)
        found = self.statements().search([])
        self.env.invalidate_all()
        fields = [
            "display_name",
            "other_name",
            "amount_due",
            "can_confirm_own",
            "ceiling_left",
            "content_hash",
            "waiting_for",
        ]
        found[:2].read(fields)

        def count(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.read(fields)
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(found[:2]), count(found))

    def test_drafting_costs_the_same_for_many_contracts(self):
        contracts = self.env["contract.contract"]
        for number in range(8):
            contracts |= self._contract(
                "vendor",
                (self.meal, "metered", 12),
                (self.cleaning, "fixed", 100, 1),
                partner_id=self.env["res.partner"].create({"name": f"P{number}"}).id,
            )
        self.env.flush_all()

        def count(some):
            before = self.env.cr.sql_log_count
            self.statements()._draft(some, self.day(1, 31), self.day(1, 31))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = count(contracts[:2]), count(contracts[2:])
        self.assertLessEqual(many, few + 2)

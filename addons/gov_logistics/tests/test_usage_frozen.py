from datetime import date

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common import SIGNATURE
from .common_meter import MeterCase


@tagged("post_install", "-at_install")
class TestUsageFrozen(MeterCase):
    """Usage that stands on a statement: on a draft, frozen, and after a reversal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usage = cls._typed(10, date(cls.year, 1, 10))
        cls.statement = cls._draft(date(cls.year, 1, 31))

    @classmethod
    def _typed(cls, quantity, day):
        return cls._as(cls.env["gov.service.usage"], cls.keeper_user).create(
            {
                "contract_line_id": cls.office_line.id,
                "date": day,
                "quantity": quantity,
            }
        )

    @classmethod
    def _draft(cls, day):
        statements = cls._as(cls.env["gov.settlement"], cls.keeper_user)
        return statements._draft(
            cls.office_contract.with_env(statements.env), day, day
        ).with_env(statements.env)

    def _freeze(self):
        self.statement.with_user(self.works_head_user).action_confirm("own")
        self.statement.action_confirm_paper("other", "Su Wan", self.today, SIGNATURE)
        self.assertEqual(self.statement.state, "confirmed")
        self.env.flush_all()

    def test_row_on_a_draft_is_not_typed_over(self):
        self.assertEqual(self.usage.settlement_id, self.statement)
        self.assertFalse(self.usage.can_edit)
        with self._refuses("not changed any more"):
            self.usage.write({"quantity": 11})

    def test_row_on_a_frozen_statement_never_changes(self):
        self._freeze()
        with self._refuses("not changed any more"):
            self.usage.write({"quantity": 11})
        for change in (
            SQL("UPDATE gov_service_usage SET quantity = 11"),
            SQL("UPDATE gov_service_usage SET date = date + 1"),
            SQL("UPDATE gov_service_usage SET settlement_line_id = NULL"),
            SQL("UPDATE gov_service_usage SET contract_line_id = NULL"),
            SQL("DELETE FROM gov_service_usage"),
        ):
            with (
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.cr.execute(SQL("%s WHERE id = %s", change, self.usage.id))
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            engine(self.usage.sudo()).write({"quantity": 11})
            self.env.flush_all()

    def test_message_of_the_database_is_a_sentence(self):
        self._freeze()
        try:
            with mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.cr.execute(
                    SQL("DELETE FROM gov_service_usage WHERE id = %s", self.usage.id)
                )
        except CheckViolation as error:
            self.assertIn("Reverse it", self.usage._sql_error_to_message(error))
            self.assertEqual(error.diag.table_name, "gov_service_usage")

    def test_correction_is_a_reversal_on_the_next_statement(self):
        self._freeze()
        reversal = self.usage.browse(self.usage.action_reverse("Typed twice"))
        self.assertTrue(self.usage.is_reversed)
        self.assertEqual(self.usage.settlement_id, self.statement)
        self.assertEqual(reversal.date, date(self.year, 1, 10))
        following = self._draft(date(self.year, 2, 28))
        self.assertEqual(reversal.settlement_id, following)
        self.assertTrue(reversal.is_late)
        self.assertEqual(following.amount_gross, -6.8)

    def test_usage_that_comes_late_stands_on_the_next_statement_once(self):
        self._freeze()
        late = self._typed(5, date(self.year, 1, 20))
        self.assertFalse(late.settlement_id)
        following = self._draft(date(self.year, 2, 28))
        self.assertEqual(late.settlement_id, following)
        self.assertTrue(late.is_late)
        self.assertFalse(self._draft(date(self.year, 2, 28)) - following)
        self.assertEqual(late.settlement_id, following)

    def test_row_that_was_reversed_before_its_statement_was_drawn(self):
        first = self._typed(7, date(self.year, 2, 3))
        first.action_reverse("Typed twice")
        following = self._draft(date(self.year, 2, 28))
        self.assertEqual(following.amount_gross, 0)

    def test_reading_that_is_cancelled_after_the_statement(self):
        meter = self._meter("E-9")
        self._share(meter, (self.office_line, 100, date(self.year, 1, 2)))
        self._read(meter, date(self.year, 1, 1), 0)
        reading = self._read(meter, date(self.year, 1, 31), 100)
        usage = self._usages(reading)
        self.statement.action_refresh()
        self.assertEqual(usage.settlement_id, self.statement)
        self._freeze()
        self._as(reading, self.keeper_user).action_cancel("Misread")
        reversal = self._usages(reading) - usage
        self.assertEqual(usage.settlement_id, self.statement)
        following = self._draft(date(self.year, 2, 28))
        self.assertEqual(reversal.settlement_id, following)
        self.assertEqual(following.amount_gross, -68)

    def test_split_of_a_meter_is_exact_on_the_statements(self):
        works_contract = self._contract(
            "internal",
            (self.power, "metered", 0.68),
            served_department_id=self.works.id,
        )
        meter = self._meter("E-10")
        self._share(
            meter,
            (self.office_line, 35.5, date(self.year, 2, 2)),
            (self._line_of(works_contract, self.power), 64.5, date(self.year, 2, 2)),
        )
        self._read(meter, date(self.year, 2, 1), 0)
        self._read(meter, date(self.year, 2, 28), 101)
        office = self._draft(date(self.year, 2, 28))[-1]
        statements = self._as(self.env["gov.settlement"], self.keeper_user)
        works = statements._draft(
            works_contract, date(self.year, 2, 28), date(self.year, 2, 28)
        )[-1]
        self.assertEqual(office.amount_gross, 24.38)
        self.assertEqual(works.amount_gross, 44.30)

    def test_engine_field(self):
        with self.assertRaises(UserError):
            self.usage.sudo().write({"settlement_line_id": False})

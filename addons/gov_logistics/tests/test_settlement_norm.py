from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_settlement import SettlementCase


@tagged("post_install", "-at_install")
class TestSettlementNorm(SettlementCase):
    """Contracts free of charge: what was used, its norm, and what lies above it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.water = cls._create_item("water", "Water")
        cls.free = cls._free((cls.water, 100))

    @classmethod
    def _free(cls, *lines, **values):
        """Return a contract free of charge for the works: (item, norm) of each line."""
        values.setdefault("served_department_id", cls.works.id)
        return cls._contract(
            "internal",
            *(
                {
                    **cls._line_values(item, "metered", 0),
                    "norm_quantity": norm,
                }
                for item, norm in lines
            ),
            settlement_mode="free",
            **values,
        )

    def _figures(self, line):
        return line.quantity, line.norm_quantity, line.quantity_above

    def _rows(self, contract, user=None):
        rows = self._as(self.env["gov.settlement.norm"], user or self.keeper_user)
        return rows.search([("contract_id", "=", contract.id)], order="date")

    def _supplement(self, **values):
        supplements = self._as(self.env["gov.contract.supplement"], self.keeper_user)
        return supplements.create(
            {
                "contract_id": self.free.id,
                "kind": "norm",
                "line_id": self._line_of(self.free, self.water).id,
                "reason": "More people",
                **values,
            }
        )

    def test_the_statement_shows_what_lies_above(self):
        self.use(self.free, self.water, self.day(1, 5), 80)
        self.use(self.free, self.water, self.day(1, 31), 45.5)
        statement = self.draft(self.free)
        self.assertEqual(self._figures(statement.line_ids), (125.5, 100, 25.5))
        self.assertEqual(statement.amount_due, 0)
        report = self.env.ref("gov_logistics.action_report_settlement").sudo()
        html = report._render_qweb_html(report.report_name, statement.ids)[0].decode()
        self.assertIn("超定额", html)
        self.assertIn("25.5", html)
        row = self._rows(self.free)
        self.assertEqual(self._figures(row), (125.5, 100, 25.5))
        self.assertEqual(row.served_department_id, self.works)
        self.seal(statement)
        self.assertEqual(statement.state, "sealed")

    def test_a_norm_stands_there_without_use(self):
        statement = self.draft(self.free)
        self.assertEqual(self._figures(statement.line_ids), (0, 100, 0))
        self.use(self.free, self.water, self.day(1, 9), 101)
        statement.action_refresh()
        self.assertEqual(self._figures(statement.line_ids), (101, 100, 1))
        self.assertEqual(statement.line_ids.usage_count, 1)

    def test_a_norm_by_days_and_by_the_period(self):
        broken = self._free(
            (self.water, 31),
            served_department_id=self.office.id,
            date_start=self.day(1, 17),
        )
        self.assertEqual(self.draft(broken).line_ids.norm_quantity, 15)
        quarter = self._free(
            (self.power, 100), settlement_period="quarter", date_start=self.day(2, 15)
        )
        march = date(self.year, 3, 1)
        days, length = ((march - self.day(2, day)).days for day in (15, 1))
        norm = self._line_of(quarter, self.power)._get_norm(
            self.day(1, 1), self.day(3, 31)
        )
        self.assertAlmostEqual(float(norm), 100 + 100 * days / length, places=4)
        statement = self.draft(quarter, 3)
        self.assertEqual(statement.line_ids.norm_quantity, float(norm))
        # The figure is stored as it is drawn: nothing differs.
        statement.action_refresh()
        self.assertFalse(
            statement._differs(statement._get_expected_lines(own=True)[0][statement.id])
        )

    def test_late_use_counts_for_its_own_period(self):
        self.use(self.free, self.water, self.day(1, 5), 90)
        self.confirm_both(self.draft(self.free))
        self.use(self.free, self.water, self.day(1, 30), 20)
        late = self.draft(self.free, 2)
        self.assertEqual(
            sorted(map(self._figures, late.line_ids)), [(0, 100, 0), (20, 0, 0)]
        )
        self.assertEqual(
            [self._figures(row) for row in self._rows(self.free)],
            [(110, 100, 10), (0, 100, 0)],
        )

    def test_what_is_paid_has_no_norm(self):
        line = self._line_of(self.office_contract, self.power)
        supplement = self._supplement(
            contract_id=self.office_contract.id, line_id=line.id, norm_quantity=5
        )
        with self.assertRaisesRegex(UserError, "has no norm"):
            supplement.action_apply()
        self.use(self.office_contract, self.power, self.day(1, 5), 80)
        self.assertEqual(self.draft(self.office_contract).line_ids.norm_quantity, 0)

    def test_a_norm_in_force_changes_by_a_supplement(self):
        line = self._line_of(self.free, self.water)
        with self.assertRaisesRegex(UserError, "supplement"):
            line.norm_quantity = 1000
        self.use(self.free, self.water, self.day(1, 5), 130)
        self.confirm_both(self.draft(self.free))
        supplement = self._supplement(norm_quantity=120)
        supplement.action_apply()
        self.assertEqual((line.norm_quantity, supplement.before), (120, "100"))
        # What both sides have confirmed keeps its norm.
        self.assertEqual(self._figures(self._rows(self.free)), (130, 100, 30))
        self.assertEqual(self.draft(self.free, 2).line_ids.norm_quantity, 120)

    def test_a_norm_that_cannot_be(self):
        with self.assertRaises(UserError):
            self._supplement(norm_quantity=float("nan"))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._supplement(norm_quantity=-1).flush_recordset()

    def test_who_reads_the_list(self):
        self.draft(self.free)
        for user in (self.keeper_user, self.centre_user, self.budget_user):
            self.assertTrue(self._rows(self.free, user))
        for user in (self.staff_user, self.desk_user):
            with self.assertRaises(AccessError):
                self._rows(self.free, user)

    def test_a_void_statement_is_not_listed(self):
        statement = self.seal(self.draft(self.free))
        self.seal(self.statements().browse(statement.action_reverse("Wrong")))
        self.assertFalse(self._rows(self.free))

from datetime import date

from psycopg2.errors import CheckViolation, RestrictViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common_budget import BudgetCommon


@tagged("post_install", "-at_install")
class TestBudgetLine(BudgetCommon):
    """The line, its entries and the private methods that book."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._line()
        cls.record = cls.env["res.partner"].create({"name": "A document"})
        cls.other = cls.env["res.partner"].create({"name": "Another document"})

    # ----------------------------------------------------------------- the figures

    def test_plan_as_granted(self):
        self.assertFigures(self.line, 1000, 0, 0)
        entry = self.line.entry_ids
        self.assertEqual((entry.kind, entry.amount), ("plan", 1000))
        self.assertEqual(entry.date, self.company.gov_today())
        self.assertTrue(self.company.gov_budget_on)
        self.assertFalse(self.other_company.gov_budget_on)

    def test_a_line_without_a_plan(self):
        line = self._line(0, item=self.item2)
        self.assertFalse(line.entry_ids)
        self.assertEqual(line.level, "empty")
        with self.assertRaises(UserError):
            line._commit(self.record, 0.01)

    def test_commit_moves_with_the_amount(self):
        self.line._commit(self.record, 300)
        self.assertFigures(self.line, 1000, 300, 0)
        self.line._commit(self.record, 450.55)
        self.assertFigures(self.line, 1000, 450.55, 0)
        self.assertFalse(self.line._commit(self.record, 450.55))
        self.line._commit(self.record, 100)
        self.assertFigures(self.line, 1000, 100, 0)
        kinds = self.line.entry_ids.sorted("id").mapped("kind")
        self.assertEqual(kinds, ["plan", "commit", "commit", "release"])
        self.assertWhole(self.line)

    def test_parts_of_a_document(self):
        self.line._commit(self.record, 100, "a")
        self.line._commit(self.record, 50, "b")
        self.line._commit(self.other, 30)
        self.line._release(self.record, "a")
        self.assertFigures(self.line, 1000, 80, 0)
        self.line._release(self.record)
        self.assertFigures(self.line, 1000, 30, 0)
        self.assertFalse(self.line._release(self.record))

    def test_spend_releases_its_own_commitment(self):
        self.line._commit(self.record, 300)
        self.line._commit(self.other, 500)
        self.line._spend(self.record, 120)
        self.assertFigures(self.line, 1000, 680, 120)
        # More than was set aside, as long as something is left.
        self.line._spend(self.record, 280)
        self.assertFigures(self.line, 1000, 500, 400)
        with self.assertRaises(UserError):
            self.line._spend(self.record, 100.01)
        self.line._spend(self.record, 100)
        self.assertFigures(self.line, 1000, 500, 500)
        # The whole of it was set aside: available stays at zero, never below.
        self.line._spend(self.other, 500)
        self.assertFigures(self.line, 1000, 0, 1000)
        self.assertWhole(self.line)

    def test_what_was_used_is_taken_back(self):
        self.line._spend(self.record, 120)
        self.line._spend(self.record, -20.5)
        self.assertFigures(self.line, 1000, 0, 99.5)

    def test_no_money_no_commitment(self):
        self.line._commit(self.other, 999.99)
        with self.assertRaises(UserError) as caught:
            self.line._commit(self.record, 0.02)
        text = str(caught.exception)
        self.assertIn("30201", text)
        self.assertIn("0.02", text)
        self.assertIn("0.01", text)
        self.line._commit(self.record, 0.01)
        self.assertEqual(self.line.level, "empty")

    def test_a_recorded_exception(self):
        self.line._commit(self.other, 900)
        self.line._commit(self.record, 150, exception="The roof leaks")
        self.assertFigures(self.line, 1000, 1050, 0)
        self.assertEqual(self.line.amount_exception, 50)
        self.assertEqual(self.line.level, "over")
        entry = self.line.entry_ids.filtered("is_exception")
        self.assertEqual((entry.amount, entry.note), (150, "The roof leaks"))
        # Nothing more without another exception, but money may come back.
        with self.assertRaises(UserError):
            self.line._commit(self.other, 901)
        self.line._release(self.record)
        self.assertEqual(self.line.amount_exception, 0)
        self.assertFigures(self.line, 1000, 900, 0)

    def test_an_exception_that_was_not_needed_is_none(self):
        self.line._commit(self.record, 10, exception="Just in case")
        self.assertFalse(self.line.entry_ids.filtered("is_exception"))

    def test_no_amount_of_money(self):
        for amount in (
            float("nan"),
            float("inf"),
            "many",
            True,
            None,
            [],
            {},
            10**14,
            "1e99",
        ):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                self.line._spend(self.record, amount)
        with self.assertRaises(UserError):
            self.line._commit(self.record, -1)
        self.assertFigures(self.line, 1000, 0, 0)

    def test_rounded_once_half_up(self):
        self.line._commit(self.record, "1.005")
        self.assertFigures(self.line, 1000, 1.01, 0)
        self.line._commit(self.record, 0.1 + 0.2)
        self.assertFigures(self.line, 1000, 0.3, 0)

    # ------------------------------------------------------------------- the level

    def test_warning_from_a_percentage(self):
        self.line._commit(self.record, 899.99)
        self.assertEqual(self.line.level, "ok")
        self.line._commit(self.record, 900)
        self.assertEqual(self.line.level, "warn")
        lines = self.env["gov.budget.line"]
        full = self._line(10, item=self.item2)
        full._spend(self.record, 10)
        mine = [("company_id", "=", self.company.id)]
        for level, expected in (
            ("warn", self.line),
            ("empty", full),
            ("over", lines),
            ("ok", lines),
        ):
            found = lines.search([*mine, ("level", "=", level)])
            self.assertEqual(found, expected, level)
        self.assertEqual(lines.search([*mine, ("level", "not in", ["warn"])]), full)
        self.company.gov_budget_warn = 95
        self.line.invalidate_recordset()
        self.assertEqual(self.line.level, "ok")

    def test_rate_against_the_calendar(self):
        self.line._spend(self.record, 250)
        self.assertEqual(self.line.rate, 25)
        past = self._line(year=self.year - 1)
        coming = self._line(year=self.year + 1)
        self.assertEqual((past.calendar_rate, coming.calendar_rate), (100, 0))
        self.assertTrue(0 < self.line.calendar_rate <= 100)

    def test_rate_of_a_group_is_that_of_its_sums(self):
        self.line._spend(self.record, 250)
        self._line(3000, department=self.works)._spend(self.record, 150)
        ((rate, used, calendar, plan),) = self.env["gov.budget.line"]._read_group(
            [("company_id", "=", self.company.id)],
            [],
            ["rate:avg", "used_rate:avg", "calendar_rate:avg", "amount_plan:sum"],
        )
        self.assertEqual((rate, used, plan), (10, 10, 4000))
        self.assertAlmostEqual(calendar, self.line.calendar_rate, 1)
        fields = self.env["gov.budget.line"].fields_get(["rate"], ["aggregator"])
        self.assertEqual(fields["rate"]["aggregator"], "avg")
        groups = self._as(self.env["gov.budget.line"], self.budget_user)
        rows = groups.formatted_read_group(
            [("company_id", "=", self.company.id)], ["department_id"], ["rate:avg"]
        )
        self.assertEqual({row["rate:avg"] for row in rows}, {25, 5})

    # ------------------------------------------------------------------ one line

    def test_one_line_for_one_thing(self):
        self._line(project="Roof")
        self._line(project="Roof", fund_source="County")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self._line(project="  Roof ", fund_source="County")

    def test_find(self):
        lines = self.env["gov.budget.line"]
        day = self.company.gov_today()
        self.assertEqual(lines._find(self.office, self.item, day), self.line)
        self.assertFalse(lines._find(self.works, self.item, day))
        self.assertFalse(lines._find(self.office, self.item2, day))
        self.assertFalse(lines._find(self.office, self.item, date(1999, 1, 1)))
        roof = self._line(project="Roof")
        self.assertEqual(lines._find(self.office, self.item, day), self.line)
        found = lines._find(self.office, self.item, day, project="Roof")
        self.assertEqual(found, roof)
        self._line(fund_source="County")
        # Two without a project: finance says which.
        self.assertFalse(lines._find(self.office, self.item, day))
        self.assertFalse(lines._find(self.env["hr.department"], self.item, day))

    def test_the_line_of_another_year(self):
        coming = self._line(10, year=self.year + 1)
        self._line(10, year=self.year + 1, project="Roof")
        day = date(self.year + 1, 3, 1)
        self.assertEqual(self.line._for_day(day), coming)
        self.assertEqual(coming._for_day(self.company.gov_today()), self.line)
        self.assertEqual(self.line._for_day(date(2001, 1, 1)), self.line)
        self.assertEqual(self.line._for_day(False), self.line)

    def test_what_it_is_for_is_entered_once(self):
        line = self.line.with_user(self.budget_user)
        for values in (
            {"amount_initial": 5},
            {"department_id": self.works.id},
            {"item_id": self.item2.id},
            {"year": self.year + 1},
            {"project": "Roof"},
            {"company_id": self.other_company.id},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                line.write(values)
        line.write({"note": "Granted in March", "project": ""})
        empty = self._line(0, item=self.item2, user=self.budget_user)
        empty.write({"project": "Roof"})
        empty.unlink()
        with self.assertRaises(UserError):
            line.unlink()

    def test_bad_input(self):
        for values in (
            {"year": 26},
            {"year": 20260},
            {"year": "soon"},
            {"year": 0},
            {"department_id": 10**8},
            {"item_id": 10**8},
            {"item_id": "30201"},
            {"amount_initial": -1},
            {"amount_initial": float("nan")},
            {"amount_initial": 10**15},
            {"project": "a\0b"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._line(**{"user": self.budget_user, "project": "X", **values})

    # ------------------------------------------------------------------ the guards

    def test_the_database_holds_the_floor(self):
        for figures in (
            "amount_committed = 5000, amount_available = -4000",
            "amount_available = 2000",
            "amount_committed = -1, amount_available = 1001",
        ):
            with (
                self.subTest(figures=figures),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    f"UPDATE gov_budget_line SET {figures} WHERE id = %s",
                    [self.line.id],
                )

    def test_figures_are_written_by_the_engine_alone(self):
        for user in (self.budget_user, self.env.user):
            line = self.line.with_user(user)
            for name in (
                "amount_plan",
                "amount_committed",
                "amount_actual",
                "amount_available",
                "amount_exception",
                "amount_carried",
            ):
                with self.subTest(name=name), self.assertRaises(UserError):
                    line.with_context(gov_engine=True).write({name: 5})
        for values in (
            {"line_id": self.line.id, "kind": "plan", "amount": 1},
            {},
        ):
            with self.assertRaises(UserError):
                self.env["gov.budget.entry"].create(values)
        with self.assertRaises(UserError):
            self.line.entry_ids.write({"amount": 5})

    def test_entries_are_sealed(self):
        entry = self.line.entry_ids
        self.assertTrue(entry.is_sealed)
        with self.assertRaises(UserError):
            engine(entry).write({"amount": 5})
        with (
            self.assertRaises(RestrictViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("UPDATE gov_budget_entry SET amount = 5")

    def test_a_plan_is_booked_once(self):
        row = self.line._prepare_row("plan", 5, self.line, "granted")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.line._book([row])

    # ------------------------------------------------------------------ who sees it

    def test_who_reads_the_lines(self):
        works = self._line(department=self.works)
        mine = [("id", "in", (self.line + works).ids)]
        lines = self.env["gov.budget.line"]
        both = self.line + works
        for user, expected in (
            (self.budget_user, both),
            (self.supervision_user, both),
            (self.leader_user, both),
            (self.head_user, both),
            (self.finance_user, both),
            (self.office_head_user, self.line),
            (self.works_head_user, works),
            (self.clerk_user, self.line),
            (self.staff_user, lines),
            (self.store_user, lines),
            (self.other_staff_user, lines),
        ):
            with self.subTest(user=user.login):
                found = self._as(lines, user).search(mine)
                self.assertEqual(found, expected)
                entries = self._as(self.env["gov.budget.entry"], user).search(
                    [("line_id", "in", both.ids)]
                )
                self.assertEqual(entries.line_id, expected)
        with self.assertRaises(AccessError):
            works.with_user(self.office_head_user).read(["amount_plan"])

    def test_another_institution(self):
        lines = self._as(self.env["gov.budget.line"], self.other_staff_user)
        self.assertFalse(lines.search([]))
        with self.assertRaises(UserError):
            self._line(department=self.other_department)
        own = self.env["gov.budget.item"].create(
            {"code": "30201-1", "name": "Paper", "company_id": self.other_company.id}
        )
        with self.assertRaises(UserError):
            self._line(item=own)

    def test_matrix_of_models(self):
        manager = self._create_user(
            "gov_manager", "gov_logistics.group_logistics_manager"
        )
        users = {
            "staff": self.staff_user,
            "head": self.office_head_user,
            "store": self.store_user,
            "procurement": self.buyer_user,
            "manager": manager,
            "supervision": self.supervision_user,
            "approval admin": self.admin_user,
        }
        for model, clerk in {
            "gov.budget.item": "rwcu",
            "gov.budget.line": "rwcu",
            "gov.budget.entry": "r",
            "gov.budget.transfer": "rwcu",
            "gov.budget.transfer.line": "rwcu",
        }.items():
            for role, user in {**users, "clerk": self.budget_user}.items():
                has = "".join(
                    operation[0]
                    for operation in ("read", "write", "create", "unlink")
                    if self.env["ir.model.access"]
                    .with_user(user)
                    .check(model, operation, raise_exception=False)
                )
                with self.subTest(model=model, role=role):
                    self.assertEqual(has, clerk if role == "clerk" else "r")

    def test_shared_items_are_the_administrators(self):
        items = self._as(self.env["gov.budget.item"], self.budget_user)
        own = items.create(
            {"code": "3020101", "name": "Paper", "company_id": self.company.id}
        )
        self.assertEqual(own.display_name, "3020101 Paper")
        with self.assertRaises(AccessError):
            self.item.with_user(self.budget_user).write({"name": "Anything"})
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            items.create(
                {"code": "3020101", "name": "Pens", "company_id": self.company.id}
            )

    def test_to_the_document(self):
        self.line._commit(self.record, 5)
        entry = self.line.entry_ids[0]
        action = entry.with_user(self.office_head_user).action_open_document()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", self.record.id)
        )
        action = self.line.with_user(self.office_head_user).action_open_entries()
        self.assertEqual(action["domain"], [("line_id", "in", self.line.ids)])

    # --------------------------------------------------------------------- queries

    def test_list_costs_the_same_for_80_as_for_8(self):
        departments = self.env["hr.department"].create(
            [
                {"name": f"Section {number}", "company_id": self.company.id}
                for number in range(80)
            ]
        )
        for department in departments:
            self._line(department=department)
        self.env.flush_all()
        spec = {
            name: {} for name in ("amount_plan", "amount_available", "rate", "level")
        } | {
            name: {"fields": {"display_name": {}}}
            for name in ("department_id", "item_id", "currency_id")
        }

        def count(limit):
            self.env.invalidate_all()
            lines = self._as(self.env["gov.budget.line"], self.budget_user)
            before = self.env.cr.sql_log_count
            lines.web_search_read([("year", "=", self.year)], spec, limit=limit)
            return self.env.cr.sql_log_count - before

        count(8)
        few, many = count(8), count(80)
        self.assertLessEqual(many, few)
        self.assertLessEqual(many, 12)

    def test_booking_is_lean(self):
        self.line._commit(self.record, 10)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.line._commit(self.record, 20)
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 16)

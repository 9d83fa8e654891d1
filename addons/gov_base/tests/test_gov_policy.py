from datetime import date, datetime, timedelta

from freezegun import freeze_time
from psycopg2.errors import ExclusionViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from .common import GovCommon

# 12:00 at the institution.
NOON = "2026-11-22 04:00:00"


@tagged("post_install", "-at_install")
class TestGovPolicy(GovCommon):
    def _clause(self, value="1000", date_from="2026-01-01", date_to=False, **values):
        return self.env["gov.policy"].create(
            {
                "code": "test.limit",
                "name": "Test limit",
                "value_type": "monetary",
                "value": value,
                "citation": "Test rules, article 1",
                "date_from": date_from,
                "date_to": date_to,
                **values,
            }
        )

    def _old_clause(self, *args, **values):
        """A clause that was entered long ago."""
        clause = self._clause(*args, **values)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gov_policy SET create_date = create_date - interval '30 days'"
            " WHERE id = %s",
            [clause.id],
        )
        clause.invalidate_recordset()
        return clause

    def _get(self, *args, **kwargs):
        return self.env["gov.policy"].get_value("test.limit", *args, **kwargs)

    # === Values ===

    def test_value_is_typed(self):
        cases = [
            ("integer", "12", 12, int),
            ("float", "0.8", 0.8, float),
            ("monetary", "1000", 1000.0, float),
            ("percent", "10", 10.0, float),
            ("percent", "2.5 %", 2.5, float),
            ("text", "by the month", "by the month", str),
            ("boolean", "yes", True, bool),
            ("boolean", "0", False, bool),
            ("date", "2026-12-20", date(2026, 12, 20), date),
        ]
        for value_type, text, value, python_type in cases:
            with self.subTest(value_type=value_type, text=text):
                clause = self._clause(text, value_type=value_type)
                self.assertEqual(self._get(), value)
                self.assertIs(type(self._get()), python_type)
                clause.unlink()

    def test_wrong_values_are_refused_with_the_clause(self):
        cases = [
            ("integer", "12.5"),
            ("integer", "99999999999"),
            ("integer", "1_000"),
            ("monetary", "1,000"),
            ("monetary", "nan"),
            ("float", "inf"),
            ("percent", "ten"),
            ("boolean", "maybe"),
            ("date", "2026-02-30"),
        ]
        for value_type, text in cases:
            with (
                self.subTest(value_type=value_type, text=text),
                self.assertRaisesRegex(ValidationError, "test.limit.*article 1"),
                self.cr.savepoint(),
            ):
                self._clause(text, value_type=value_type)
        clause = self._clause()
        with self.assertRaises(ValidationError):
            clause.value = "much"
        with self.assertRaises(ValidationError):
            clause.value_type = "date"

    def test_figure_as_people_write_it(self):
        self.assertIn("1,000.00", self._clause().value_display)
        self.assertEqual(
            self._clause("12.50", value_type="percent", code="test.2").value_display,
            "12.5 %",
        )

    # === Which clause ===

    def test_bounds_are_inclusive(self):
        self._clause("1000", "2026-01-01", "2026-06-30")
        self._clause("2000", "2026-07-01")
        cases = [
            ("2026-01-01", 1000),
            ("2026-06-30", 1000),
            ("2026-07-01", 2000),
            (date(2099, 1, 1), 2000),
            (datetime(2026, 6, 30, 23, 59), 1000),
            ("2026-06-30 08:00:00", 1000),
        ]
        for day, value in cases:
            with self.subTest(day=day):
                self.assertEqual(self._get(day), value)
        with self.assertRaisesRegex(UserError, "test.limit.*12/31/2025"):
            self._get("2025-12-31")

    def test_today_is_the_institutions(self):
        self._clause("1000", "2026-01-01", "2026-11-22")
        self._clause("2000", "2026-11-23")
        with freeze_time("2026-11-22 15:30:00"):  # 23:30 in Shanghai
            self.assertEqual(self._get(), 1000)
        with freeze_time("2026-11-22 16:30:00"):  # 00:30 on the 23rd
            self.assertEqual(self._get(), 2000)

    def test_own_clause_goes_before_the_shared_one(self):
        self._clause("1000")
        self._clause("3000", "2026-05-01", company_id=self.company.id)
        self.assertEqual(self._get("2026-06-01"), 3000)
        self.assertEqual(self._get("2026-04-30"), 1000)
        self.assertEqual(self._get("2026-06-01", self.other_company), 1000)
        self.assertEqual(self._get("2026-06-01", self.company.id), 3000)

    def test_missing_clause_and_bad_day_are_clear(self):
        with self.assertRaisesRegex(UserError, "no.such.clause"):
            self.env["gov.policy"].get_value("no.such.clause")
        with self.assertRaisesRegex(UserError, "tomorrow.*YYYY-MM-DD"):
            self._get("tomorrow")
        with self.assertRaisesRegex(UserError, "2026-13-01"):
            self._get("2026-13-01")

    def test_citation_for_refusals(self):
        self._clause()
        policy = self.env["gov.policy"]._get_policy("test.limit", "2026-06-01")
        self.assertEqual(policy.citation, "Test rules, article 1")

    def test_filter_in_force(self):
        past = self._clause("1", "2025-01-01", "2025-12-31")
        current = self._clause("2", "2026-01-01", "2026-12-31")
        future = self._clause("3", "2027-01-01")
        clauses = past + current + future
        with freeze_time(NOON):
            self.assertEqual(
                clauses.search(
                    [("code", "=", "test.limit"), ("is_current", "=", True)]
                ),
                current,
            )
            self.assertEqual(clauses.mapped("is_current"), [False, True, False])
            self.assertEqual(
                clauses.search(
                    [("code", "=", "test.limit"), ("is_current", "=", False)],
                    order="date_from",
                ),
                past + future,
            )

    # === No overlap ===

    def test_overlap_names_the_clause_in_the_way(self):
        self._clause("1000", "2026-01-01", "2026-06-30")
        for first, last in [
            ("2026-06-30", False),
            ("2025-01-01", "2026-01-01"),
            ("2026-02-01", "2026-02-02"),
            ("2025-01-01", False),
        ]:
            with (
                self.subTest(first=first, last=last),
                self.assertRaisesRegex(UserError, "test.limit.*01/01/2026.*06/30/2026"),
            ):
                self._clause("2000", first, last)
        self._clause("2000", "2026-07-01")
        self._clause("500", "2025-01-01", "2025-12-31")

    def test_overlap_by_writing_or_within_one_call(self):
        first = self._clause("1000", "2026-01-01", "2026-06-30")
        second = self._clause("2000", "2026-07-01")
        with self.assertRaisesRegex(UserError, "further notice"):
            first.date_to = "2026-07-01"
        with self.assertRaises(UserError):
            second.date_from = "2026-06-30"
        second.write({"date_from": "2026-08-01", "code": " test.limit "})
        values = first.copy_data({"code": "test.2", "date_from": "2026-01-01"})[0]
        with self.assertRaisesRegex(UserError, "test.2"):
            self.env["gov.policy"].create([values, values])

    def test_other_codes_and_companies_do_not_overlap(self):
        self._clause()
        self._clause(company_id=self.company.id)
        self._clause(company_id=self.other_company.id)
        self._clause(code="test.limit.2")
        with self.assertRaises(UserError):
            self._clause(company_id=self.company.id)

    @mute_logger("odoo.sql_db")
    def test_database_holds_against_everybody(self):
        [[definition]] = self.env.execute_query(
            SQL(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conname = 'gov_policy_no_overlap'"
            )
        )
        self.assertIn("EXCLUDE USING gist", definition)
        clause = self._clause("1000", "2026-01-01", "2026-06-30")
        later = self._clause("2000", "2026-07-01")
        self.env.flush_all()
        with self.assertRaises(ExclusionViolation), self.cr.savepoint():
            self.cr.execute(
                "UPDATE gov_policy SET date_from = '2026-06-30' WHERE id = %s",
                [later.id],
            )
        with self.assertRaises(ExclusionViolation), self.cr.savepoint():
            self.cr.execute(
                "UPDATE gov_policy SET date_to = NULL WHERE id = %s", [clause.id]
            )

    def test_a_clause_does_not_end_before_it_begins(self):
        with self.assertRaisesRegex(UserError, "before it begins"):
            self._clause("1000", "2026-07-01", "2026-06-30")

    # === What is in force stays ===

    def test_clause_in_force_keeps_its_figure(self):
        clause = self._old_clause()
        for values in (
            {"value": "2000"},
            {"value_type": "text"},
            {"date_from": "2026-02-01"},
            {"code": "other"},
            {"company_id": self.company.id},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "keeps its figure"),
            ):
                clause.write(values)
        clause.write({"value": "1000", "name": "Renamed", "note": "Read as follows"})
        self.assertEqual(clause.name, "Renamed")

    def test_clause_in_force_ends_yesterday_at_the_earliest(self):
        clause = self._old_clause()
        today = self.company.gov_today()
        with self.assertRaisesRegex(UserError, "in the past"):
            clause.date_to = today - timedelta(days=2)
        clause.date_to = today - timedelta(days=1)
        replacement = clause.copy({"value": "2000"})
        self.assertEqual(replacement.date_from, today)
        self.assertFalse(replacement.date_to)
        self.assertEqual(self._get(), 2000)
        self.assertEqual(self._get(today - timedelta(days=1)), 1000)

    def test_an_ended_clause_stays_ended(self):
        clause = self._old_clause("1000", "2025-01-01", "2025-12-31")
        for day in (False, "2026-12-31"):
            with self.assertRaisesRegex(UserError, "in the past"):
                clause.date_to = day

    def test_typing_errors_are_mended_within_a_day(self):
        clause = self._clause("100")
        clause.value = "1000"
        self.assertEqual(self._get("2026-06-01"), 1000)
        clause.unlink()

    def test_clause_in_force_is_not_deleted(self):
        clause = self._old_clause()
        with self.assertRaisesRegex(UserError, "last day"):
            clause.unlink()
        tomorrow = fields.Date.add(self.company.gov_today(), days=1)
        self._old_clause(code="test.future", date_from=tomorrow).unlink()

    # === Rights ===

    def test_everybody_reads_the_administrator_writes(self):
        clause = self._clause()
        plain = clause.with_user(self.staff_user)
        self.assertEqual(plain.get_value("test.limit", "2026-06-01"), 1000)
        for user in (self.staff_user, self.supervision_user):
            clause_as = clause.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    clause_as.write({"name": "Mine"})
                with self.assertRaises(AccessError):
                    clause_as.copy({"code": "mine"})
                with self.assertRaises(AccessError):
                    clause_as.unlink()
        admin = clause.with_user(self.admin_user)
        admin.name = "Limit"
        with Form(admin.browse()) as form:
            form.code = "test.form"
            form.name = "From the form"
            form.value = "7"
            form.value_type = "integer"
            form.citation = "Form rules"
            form.date_from = "2026-01-01"
        self.assertEqual(admin.get_value("test.form", "2026-06-01"), 7)

    def test_another_institutions_clauses_are_not_seen(self):
        clause = self._clause(company_id=self.other_company.id)
        plain = self.env["gov.policy"].with_user(self.staff_user)
        self.assertNotIn(clause, plain.search([]))
        with self.assertRaises(UserError):
            plain.get_value("test.limit", "2026-06-01", self.other_company.id)

from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common_meter import MeterCase


@tagged("post_install", "-at_install")
class TestServiceUsage(MeterCase):
    """The ledger of usage: each unit once, nothing changed, mistakes reversed."""

    def _vals(self, **values):
        return {
            "source": "request",
            "source_model": "maintenance.request",
            "source_id": 77,
            "contract_line_id": self.office_line.id,
            "date": self.today,
            "quantity": 2,
            **values,
        }

    def _typed(self, user=None, **values):
        return self._as(self.env["gov.service.usage"], user or self.keeper_user).create(
            {
                "contract_line_id": self.office_line.id,
                "date": self.today,
                "quantity": 12.5,
                **values,
            }
        )

    # === Recording === #

    def test_recording_again_finds_the_row(self):
        usages = self.env["gov.service.usage"]
        first = usages._record([self._vals()])
        again = usages._record([self._vals(quantity=99)])
        self.assertEqual(first, again)
        self.assertEqual(again.quantity, 2)

    def test_parts_of_a_source_are_rows_of_their_own(self):
        usages = self.env["gov.service.usage"]._record(
            [
                self._vals(source_part="a"),
                self._vals(source_part="b"),
                self._vals(source_part="a"),
                self._vals(),
            ]
        )
        self.assertEqual(len(set(usages.ids)), 3)
        self.assertEqual(usages[0], usages[2])
        self.assertEqual([row.source_part for row in usages], ["a", "b", "a", ""])

    def test_rows_come_back_in_order(self):
        usages = self.env["gov.service.usage"]
        usages._record([self._vals(source_id=3)])
        rows = usages._record([self._vals(source_id=id_) for id_ in (5, 3, 4)])
        self.assertEqual(rows.mapped("source_id"), [5, 3, 4])

    def test_line_says_institution_contract_and_service(self):
        row = (
            self.env["gov.service.usage"]
            .with_user(self.staff_user)
            ._record([self._vals()])
        )
        row = row.sudo()
        self.assertEqual(row.company_id, self.company)
        self.assertEqual(row.contract_id, self.office_contract)
        self.assertEqual(row.service_item_id, self.power)

    def test_rival_is_stopped_by_the_database(self):
        usages = engine(self.env["gov.service.usage"])
        usages._record([self._vals()])
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            usages.create(
                {**self._vals(), "company_id": self.company.id, "source_part": ""}
            )

    def test_recording_many_costs_few_queries(self):
        def record(first, count):
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.env["gov.service.usage"]._record(
                [self._vals(source_id=first + number) for number in range(count)]
            )
            self.env.flush_all()
            return self.cr.sql_log_count - before

        record(1000, 3)
        few = record(2000, 10)
        self.assertLessEqual(record(3000, 300), few + 2)

    def test_values_that_no_usage_has(self):
        for vals in (
            {"source_id": False},
            {"source": "abc"},
            {"quantity": float("nan")},
            {"contract_line_id": False},
            {"date": "2026-02-30"},
        ):
            with self.assertRaises(UserError):
                self.env["gov.service.usage"]._record([self._vals(**vals)])

    # === Reversing === #

    def test_reversal_frees_the_source(self):
        usages = self.env["gov.service.usage"]
        row = usages._record([self._vals()])
        reversal = row._reverse("Reopened")
        self.assertEqual(reversal.quantity, -2)
        self.assertEqual(reversal.date, row.date)
        self.assertEqual(reversal.contract_line_id, self.office_line)
        self.assertTrue(row.is_reversed)
        again = usages._record([self._vals(quantity=3)])
        self.assertNotIn(again, row + reversal)
        self.assertEqual(again.quantity, 3)

    def test_a_row_is_reversed_once(self):
        row = self.env["gov.service.usage"]._record([self._vals()])
        reversal = row._reverse("x")
        for usage in (row, reversal):
            with self._refuses("has been reversed"):
                usage._reverse("x")

    def test_keeper_reverses_what_was_typed(self):
        row = self._typed()
        ids = row.action_reverse("Typed twice")
        reversal = row.browse(ids)
        self.assertEqual(reversal.quantity, -12.5)
        self.assertIn("Typed twice", reversal.name)
        self.assertEqual(reversal.reversal_of_id, row)

    def test_who_reverses(self):
        row = self._typed()
        for user in (self.inspector_user, self.desk_user, self.staff_user):
            with self.assertRaises(AccessError):
                self._as(row, user).action_reverse("x")
        for reason in ("", None, 3, "x" * 501):
            with self._refuses("reason"):
                row.action_reverse(reason)

    def test_usage_of_a_meter_is_put_right_at_the_meter(self):
        usage = self._usages(self._read(self.meter, 10, 1100))
        with self._refuses("follows from its source"):
            self._as(usage, self.keeper_user).action_reverse("x")

    # === Typed === #

    def test_typed_usage_has_the_service_of_its_line(self):
        row = self._typed()
        self.assertEqual(row.service_item_id, self.power)
        self.assertEqual(row.source, "manual")
        self.assertEqual(row.contract_id, self.office_contract)

    def test_typed_usage_that_cannot_be(self):
        tomorrow = self.today + timedelta(days=1)
        guard = self._line_of(self.vendor_contract, self.guard)
        for vals, text in (
            ({"date": tomorrow}, "today is"),
            ({"quantity": 0}, "above 0"),
            ({"quantity": -1}, "above 0"),
            ({"quantity": 1e9}, "above 0"),
            ({"quantity": float("inf")}, "not possible here"),
            ({"quantity": "many"}, "not possible here"),
            ({"contract_line_id": False}, "needs the line"),
            ({"contract_line_id": 2**30}, "there is none"),
            ({"contract_line_id": guard.id}, "metered line"),
            ({"kind": "missing"}, "metered line"),
            ({"service_item_id": self.meal.id}, "bills"),
            ({"date": f"{self.year - 1}-12-31"}, "does not hold"),
        ):
            with self._refuses(text):
                self._typed(**vals)

    def test_missing_service_of_a_fixed_line(self):
        guard = self._line_of(self.vendor_contract, self.guard)
        row = self._typed(contract_line_id=guard.id, kind="missing", quantity=3)
        self.assertEqual(row.service_item_id, self.guard)

    def test_no_more_posts_are_missing_than_there_are(self):
        guard = self._line_of(self.vendor_contract, self.guard)
        vals = {"contract_line_id": guard.id, "kind": "missing"}
        # Fifteen days of one post in one row: a row for each day.
        with self._refuses("for each day"):
            self._typed(**vals, quantity=15)
        row = self._typed(**vals, quantity=2)
        self._typed(**vals, quantity=1)
        with self._refuses("has 3: 3.5 cannot"):
            self._typed(**vals, quantity=0.5)
        with self._refuses("for each day"):
            row.write({"quantity": 2.5})
        row.action_reverse("x")
        self._typed(**vals, quantity=2)

    def test_typed_usage_can_be_mended(self):
        row = self._typed()
        row.write({"quantity": 13, "name": "Fair"})
        self.assertEqual(row.quantity, 13)
        with self._refuses("above 0"):
            row.write({"quantity": -1})
        row.action_reverse("x")
        with self._refuses("not changed any more"):
            row.write({"quantity": 14})

    def test_usage_of_a_source_is_not_changed(self):
        row = self.env["gov.service.usage"]._record([self._vals()])
        with self._refuses("follows from its source"):
            self._as(row, self.keeper_user).write({"quantity": 3})

    def test_fields_of_the_server(self):
        for vals in (
            {"source": "request"},
            {"source_model": "res.users", "source_id": 2},
            {"is_reversed": True},
            {"is_late": True},
            {"is_split": True, "amount_split": 5},
            {"reversal_of_id": 1},
            {"reading_id": self.first.id},
            {"company_id": self.company.id},
        ):
            with self._refuses("cannot be set directly"):
                self._typed(**vals)
            row = self._typed()
            with self._refuses("cannot be set directly"):
                row.write(vals)
            with self._refuses("cannot be set directly"):
                row.sudo().write(vals)

    def test_context_of_a_caller_opens_nothing(self):
        row = self._typed()
        with self._refuses("cannot be set directly"):
            row.with_context(gov_engine=True).write({"is_late": True})
        usages = row.with_context(default_source="request", default_is_reversed=True)
        new = usages.create(
            {
                "contract_line_id": self.office_line.id,
                "date": self.today,
                "quantity": 1,
            }
        )
        self.assertEqual(new.source, "manual")
        self.assertFalse(new.is_reversed)

    def test_nobody_deletes_usage(self):
        row = self._typed()
        for user in (self.keeper_user, self.centre_user):
            with self.assertRaises(AccessError):
                self._as(row, user).unlink()
        with self._refuses("cannot be created, changed or deleted"):
            row.sudo().unlink()

    def test_opens_its_source(self):
        reading = self._read(self.meter, 10, 1100)
        usage = self._usages(reading)
        self.assertEqual(usage.action_open_source()["res_id"], reading.id)
        with self._refuses("no source"):
            self._typed().action_open_source()

    # === Who reads === #

    def test_who_reads_usage(self):
        row = self._typed(department_id=self.office.id)
        other = self._typed(department_id=self.works.id)
        both = row + other
        everything = (
            self.keeper_user,
            self.centre_user,
            self.inspector_user,
            self.desk_user,
        )
        domain = [("id", "in", both.ids)]
        for user in everything:
            self.assertEqual(self._as(row.browse(), user).search(domain), both)
        self.assertEqual(
            self._as(row.browse(), self.office_head_user).search(domain), row
        )
        self.assertFalse(self._as(row.browse(), self.staff_user).search(domain))

    def test_other_institution_sees_nothing(self):
        row = self._typed()
        meter = self.meter
        company = self.env["res.company"].create({"name": "Other institution"})
        self.keeper_user.write(
            {
                "company_ids": [Command.set(company.ids)],
                "company_id": company.id,
            }
        )
        for record in (row, meter, self.first):
            found = self._as(record.browse(), self.keeper_user).search(
                [("id", "=", record.id)]
            )
            self.assertFalse(found)
            with self.assertRaises(AccessError):
                self._as(record, self.keeper_user).check_access("read")

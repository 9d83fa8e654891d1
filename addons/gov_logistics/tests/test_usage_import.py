import base64
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..wizard.imports.columns import TABLES
from .common_import import ImportHelpers, make_table
from .common_meter import MeterCase


@tagged("post_install", "-at_install")
class TestUsageImport(ImportHelpers, MeterCase):
    """Files of usage, meters and readings: whole or not at all, and once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_user = cls.keeper_user

    def _row(self, **values):
        return {
            "voucher": "V-1",
            "date": date(self.year, 1, 10),
            "item": "T-power",
            "quantity": 12.5,
            "department": self.office.name,
            **values,
        }

    def _csv(self, kind, *rows, encoding="utf-8-sig", delimiter=","):
        columns = [
            column
            for column in TABLES[kind][1]
            if column.required or any(column.key in row for row in rows)
        ]
        lines = [[column.zh for column in columns]]
        lines += [[str(row.get(column.key, "")) for column in columns] for row in rows]
        text = "\r\n".join(delimiter.join(line) for line in lines)
        return base64.b64encode(text.encode(encoding))

    def _usage(self, voucher):
        return self.env["gov.service.usage"].search(
            [
                ("source", "=", "import"),
                ("source_part", "=", voucher),
                ("company_id", "=", self.company.id),
            ]
        )

    # === Usage === #

    def test_usage_is_billed_by_the_contract_in_force(self):
        content = make_table(
            "usage",
            self._row(),
            self._row(voucher="V-2", item="Working meal", quantity=30),
            self._row(voucher="V-3", department=None, partner=self.unit.name),
            self._row(
                voucher="V-4",
                item="T-guard",
                quantity=2,
                department=None,
                partner=self.service_vendor.name,
                kind="缺岗",
            ),
        )
        wizard = self._import("usage", content)
        self.assertEqual(wizard.new_count, 4)
        self.assertRecordValues(
            self._usage("V-1"),
            [
                {
                    "contract_line_id": self.office_line.id,
                    "date": date(self.year, 1, 10),
                    "quantity": 12.5,
                    "department_id": self.office.id,
                    "company_id": self.company.id,
                    "kind": "use",
                }
            ],
        )
        self.assertEqual(self._usage("V-2").service_item_id, self.meal)
        self.assertEqual(self._usage("V-3").contract_line_id, self.unit_line)
        self.assertEqual(self._usage("V-4").kind, "missing")
        self.assertEqual(self._usage("V-4").contract_id, self.vendor_contract)

    def test_same_file_twice_is_billed_once(self):
        content = make_table("usage", self._row(), self._row(voucher="V-2"))
        self._import("usage", content)
        wizard = self._import("usage", content)
        self.assertEqual((wizard.new_count, wizard.existing_count), (0, 2))
        self.assertEqual(len(self._usage("V-1")), 1)

    def test_unknown_items_are_named_with_their_row_and_nothing_is_imported(self):
        content = make_table(
            "usage",
            self._row(),
            self._row(voucher="V-2", item="Flower arranging"),
            self._row(voucher="V-3", item="T-pwoer"),
        )
        self._assert_bad(
            "usage",
            content,
            (3, "服务事项", "not in the catalogue"),
            (4, "服务事项", "not in the catalogue"),
        )
        self.assertFalse(self._usage("V-1"))

    def test_more_missing_posts_than_there_are(self):
        vals = {
            "item": "T-guard",
            "department": None,
            "partner": self.service_vendor.name,
            "kind": "缺岗",
        }
        content = make_table(
            "usage",
            self._row(voucher="V-1", quantity=2, **vals),
            self._row(voucher="V-2", quantity=1, **vals),
            self._row(voucher="V-3", quantity=1, **vals),
        )
        self._assert_bad("usage", content, (4, "数量", "only 3 on this day, 4 cannot"))

    def test_rows_that_cannot_be(self):
        content = make_table(
            "usage",
            self._row(voucher="V-1"),
            self._row(voucher="V-1"),
            self._row(voucher="V-3", quantity=0),
            self._row(voucher="V-4", quantity=-3),
            self._row(voucher="V-5", date=self.today + timedelta(days=1)),
            self._row(voucher="V-6", department="Nowhere"),
            self._row(voucher="V-7", partner=self.unit.name),
            self._row(voucher="V-8", date=date(self.year - 1, 12, 31)),
            self._row(voucher=None),
            self._row(voucher="V-10", item="T-guard"),
            self._row(voucher="V-11", kind="perhaps"),
        )
        self._assert_bad(
            "usage",
            content,
            (3, "单号", "row 2 already"),
            (4, "数量", "above zero"),
            (5, "数量", ""),
            (6, "日期", "future"),
            (7, "部门", "no such department"),
            (8, "单位", "a department or a unit"),
            (9, "服务事项", "no contract bills"),
            (10, "单号", "empty"),
            (11, "服务事项", "no contract bills"),
            (12, "类别", ""),
        )

    def test_voucher_with_other_figures(self):
        self._import("usage", make_table("usage", self._row()))
        content = make_table("usage", self._row(quantity=13))
        self._assert_bad("usage", content, (2, "单号", "other figures"))
        self._usage("V-1").with_user(self.keeper_user).action_reverse("Mistyped")
        self._import("usage", content)
        self.assertEqual(sum(self._usage("V-1").mapped("quantity")), 13)

    def test_text_files_of_excel_and_wps(self):
        for number, (encoding, delimiter) in enumerate(
            (("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", ","), ("gb18030", "\t"))
        ):
            content = self._csv(
                "usage",
                self._row(voucher=f"C-{number}", note="会议材料"),
                encoding=encoding,
                delimiter=delimiter,
            )
            self._import("usage", content)
            self.assertEqual(self._usage(f"C-{number}").name, "会议材料")
            self.assertEqual(self._usage(f"C-{number}").quantity, 12.5)

    def test_files_that_are_none(self):
        for content, text in (
            (b"\x00\x01\x02", "neither an Excel file"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
            (b"PKxxxx", "no Excel file"),
            (b"a,b,c\n1,2,3", "row of headings"),
            ("单号,日期,服务事项,数量\n".encode(), "no rows"),
            (b'"' + b"x" * 200_000 + b'",', "damaged|headings"),
        ):
            wizard = self._check("usage", base64.b64encode(content))
            self.assertEqual(wizard.error_count, 1)
            self.assertRegex(wizard.line_ids.reason, text)

    def test_check_costs_as_many_queries_for_many_rows(self):
        def queries(count):
            rows = [self._row(voucher=f"Q-{number}") for number in range(count)]
            wizard = self._open("usage", make_table("usage", *rows))
            run = wizard._make_run()
            contents = wizard._get_contents()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertTrue(run.check(contents))
            return self.cr.sql_log_count - before

        few = queries(3)
        self.assertLessEqual(queries(200), few)

    # === Meters === #

    def _meter_row(self, **values):
        return {
            "kind": "电",
            "number": "X-1",
            "item": "T-power",
            "digits": 6,
            **values,
        }

    def test_meters_with_their_first_reading(self):
        content = make_table(
            "meter",
            self._meter_row(
                factor=40,
                usual=9600,
                value=1385.2,
                date=date(self.year, 1, 1),
                department=self.office.name,
            ),
            self._meter_row(number="X-2", kind="水"),
        )
        self._import("meter", content)
        meter = self.env["gov.meter"].search(
            [("number", "=", "X-1"), ("company_id", "=", self.company.id)]
        )
        self.assertRecordValues(
            meter,
            [
                {
                    "kind": "electricity",
                    "factor": 40,
                    "digits": 6,
                    "usual_use": 9600,
                    "last_value": 1385.2,
                    "department_id": self.office.id,
                }
            ],
        )
        self.assertTrue(meter.last_reading_id.is_first)
        again = self._import("meter", content)
        self.assertEqual((again.new_count, again.existing_count), (0, 2))
        self.assertEqual(len(meter.reading_ids), 1)

    def test_bad_meters(self):
        content = make_table(
            "meter",
            self._meter_row(),
            self._meter_row(),
            self._meter_row(number="X-3", item="T-none"),
            self._meter_row(number="X-4", digits=0),
            self._meter_row(number="X-5", digits=13),
            self._meter_row(number="X-6", value=5),
            self._meter_row(number="X-7", value=1_000_000, date=date(self.year, 1, 1)),
            self._meter_row(number="X-8", kind="steam"),
        )
        self._assert_bad(
            "meter",
            content,
            (3, "表号", "row 2 already"),
            (4, "服务事项编码", "no such service"),
            (5, "表位数", "above zero"),
            (6, "表位数", ""),
            (7, "底数", "belong together"),
            (8, "底数", "too few digits"),
            (9, "表种", ""),
        )

    # === Readings === #

    def test_readings_in_whatever_order(self):
        content = self._csv(
            "reading",
            {"number": "E-1", "date": self.start + timedelta(60), "value": 1150},
            {
                "number": "E-1",
                "date": self.start + timedelta(30),
                "value": 1090,
                "estimated": "是",
            },
        )
        self._import("reading", content, self.inspector_user)
        self.assertEqual(self.meter.last_value, 1150)
        readings = self.meter.reading_ids.sorted("date")
        self.assertEqual(readings.mapped("quantity"), [0, 90, 60])
        self.assertEqual(readings[1].is_estimated, True)
        self.assertEqual(readings[2].reader_id, self.inspector_user)
        again = self._import("reading", content, self.inspector_user)
        self.assertEqual((again.new_count, again.existing_count), (0, 2))

    def test_bad_readings(self):
        content = make_table(
            "reading",
            {"number": "E-1", "date": self.start + timedelta(30), "value": 1010},
            {"number": "E-1", "date": self.start + timedelta(30), "value": 1020},
            {"number": "E-9", "date": self.start + timedelta(30), "value": 1020},
            {"number": "E-1", "date": self.today + timedelta(1), "value": 1020},
            {"number": "E-1", "date": self.start, "value": 999},
        )
        self._assert_bad(
            "reading",
            content,
            (3, "表号", "row 2 already"),
            (4, "表号", "no such meter"),
            (5, "抄表日期", "future"),
            (6, "读数", "was read on this day with 1000"),
        )

    def test_reading_that_the_meter_refuses_is_named_with_its_row(self):
        content = make_table(
            "reading",
            {"number": "E-1", "date": self.start + timedelta(30), "value": 1010},
            {"number": "E-1", "date": self.start + timedelta(40), "value": 1000},
        )
        self._assert_bad("reading", content, (3, "读数", "below the last"))
        self.assertEqual(self.meter.last_value, 1000)

    # === Who === #

    def test_who_imports_what(self):
        usage = make_table("usage", self._row())
        with self._refuses("may only be created by"):
            self._open("usage", usage, self.inspector_user).action_check()
        with self._refuses("may only be created by"):
            self._open(
                "meter", make_table("meter", self._meter_row()), self.inspector_user
            ).action_check()
        for user in (self.desk_user, self.staff_user):
            with self.assertRaises(AccessError):
                self._open("usage", usage, user)
        for kind in ("department", "product", "norm", "opening"):
            with self.assertRaises(UserError):
                self._open(kind, usage, self.keeper_user).action_check()

    def test_templates(self):
        for kind in ("meter", "reading", "usage"):
            action = self._open(kind, False).action_template()
            self.assertEqual(action["url"], f"/gov_logistics/static/xls/{kind}.xlsx")

import base64
import datetime
import io
import zipfile
from pathlib import Path
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import file_open

from odoo.addons.gov_base.tools import book as import_book

from ..wizard.imports import kind as import_kind
from ..wizard.imports.columns import TABLES
from .common_import import ImportCommon, encode_book, make_book, make_table

DEMO = Path(__file__).resolve().parents[3] / "demo"
KINDS = (
    "department",
    "person",
    "product",
    "opening",
    "norm",
    "budget",
    "meter",
    "reading",
    "usage",
)


def read_demo(kind):
    return base64.b64encode((DEMO / f"{kind}.xlsx").read_bytes())


@tagged("post_install", "-at_install")
class TestImportKinds(ImportCommon):
    """Each kind: what is created, what is wrong and in which row, the second run."""

    # --------------------------------------------------------------- departments

    def test_departments(self):
        content = make_table(
            "department",
            {"name": "Archive", "parent": "Records", "head": "An Wen", "rank": 30},
            {"name": "Records", "leader": "Han Suqin"},
        )
        wizard = self._import("department", content)
        self.assertEqual((wizard.row_count, wizard.new_count), (2, 2))
        archive = self.env["hr.department"].search([("name", "=", "Archive")])
        records = self.env["hr.department"].search([("name", "=", "Records")])
        self.assertEqual(archive.parent_id, records)
        self.assertEqual(archive.manager_id, self.clerk)
        self.assertEqual(archive.rank_sequence, 30)
        self.assertEqual(archive.company_id, self.company)
        self.assertEqual(records.line_leader_id, self.leader)
        self.assertEqual(records.rank_sequence, 100)
        again = self._import("department", content)
        self.assertEqual((again.new_count, again.existing_count), (0, 2))
        self.assertEqual(
            self.env["hr.department"].search_count(
                [("name", "in", ("Archive", "Records"))]
            ),
            2,
        )

    def test_departments_with_people(self):
        departments = make_table(
            "department", {"name": "Archive", "head": "Fang Yi", "leader": "Tang Bo"}
        )
        self._assert_bad(
            "department",
            departments,
            (2, "部门负责人", "nobody of this name"),
            (2, "分管领导", "nobody of this name"),
        )
        people = make_table(
            "person",
            {"name": "Fang Yi", "department": "Archive"},
            {"name": "Tang Bo", "department": "Leadership"},
        )
        self._import("department", departments, people_file=people)
        archive = self.env["hr.department"].search([("name", "=", "Archive")])
        self.assertEqual(archive.manager_id.name, "Fang Yi")
        self.assertEqual(archive.manager_id.department_id, archive)
        self.assertEqual(archive.line_leader_id.department_id, self.leadership)

    def test_bad_departments(self):
        self.env["hr.employee"].create(
            [{"name": "Twin", "company_id": self.company.id} for _twin in range(2)]
        )
        self._assert_bad(
            "department",
            make_table(
                "department",
                {"name": "Archive", "parent": "General Ofice"},
                {"name": "archive "},
                {"name": None, "rank": 5},
                {"name": "Records", "head": "Twin", "rank": -1},
                {"name": "Upper", "parent": "Lower"},
                {"name": "Lower", "parent": "Upper"},
                {"name": "Long" * 30},
                {"name": "Own", "parent": "Own", "rank": "x"},
            ),
            (2, "上级部门", "is “general office” meant?"),
            (3, "部门名称", "row 2"),
            (4, "部门名称", "empty"),
            (5, "排序", "below zero"),
            (5, "部门负责人", "2 have this name"),
            (6, "上级部门", "above itself"),
            (7, "上级部门", "above itself"),
            (8, "部门名称", "120 characters"),
            (9, "排序", "not a number"),
            (9, "上级部门", "above itself"),
        )
        self.assertFalse(self.env["hr.department"].search([("name", "=", "Records")]))

    # -------------------------------------------------------------------- people

    def test_people(self):
        account = self._create_user("gov_new", "base.group_user")
        users = self.env["res.users"].search_count([])
        content = make_table(
            "person",
            {
                "name": "Fang Yi",
                "department": "General Office",
                "working": "Works",
                "title": "副科长（主持工作）",
                "staff_type": "借调",
                "rank": 55,
                "phone": 8001,
                "login": "gov_new",
            },
            {"name": "Tang Bo", "department": "Works", "staff_type": "编制"},
        )
        self._import("person", content)
        first = self.env["hr.employee"].search([("name", "=", "Fang Yi")])
        self.assertRecordValues(
            first,
            [
                {
                    "department_id": self.office.id,
                    "working_department_id": self.works.id,
                    "official_title": "副科长（主持工作）",
                    "staff_type": "seconded",
                    "rank_sequence": 55,
                    "work_phone": "8001",
                    "user_id": account.id,
                    "company_id": self.company.id,
                }
            ],
        )
        second = self.env["hr.employee"].search([("name", "=", "Tang Bo")])
        self.assertRecordValues(
            second,
            [{"staff_type": "career", "rank_sequence": 1000, "user_id": False}],
        )
        self.assertEqual(self.env["res.users"].search_count([]), users)
        again = self._import("person", content)
        self.assertEqual((again.new_count, again.existing_count), (0, 2))
        self.assertEqual(
            self.env["hr.employee"].search_count([("name", "=", "Fang Yi")]), 1
        )

    def test_bad_people(self):
        self._create_user("gov_free", "base.group_user")
        self._assert_bad(
            "person",
            make_table(
                "person",
                {"name": "A", "department": "Genral Office"},
                {"name": "B", "department": "Works", "staff_type": "正式"},
                {"name": "C", "department": "Works", "login": "nobody_here"},
                {"name": "D", "department": "Works", "login": "gov_staff"},
                {"name": "E", "department": "Works", "login": "gov_free"},
                {"name": "F", "department": "Works", "login": "gov_free"},
                {"name": "E", "department": "Works"},
                {"name": None, "department": "Works"},
                {"name": "G", "department": "Other Office"},
                {"name": "H", "department": "Works", "rank": 1.5},
                {"name": "I", "department": "Works", "login": "gov_other_staff"},
            ),
            (2, "部门", "is “general office” meant?"),
            (3, "人员类别", "编制"),
            (4, "登录名", "no account"),
            (5, "登录名", "somebody else"),
            (7, "登录名", "row 6"),
            (8, "姓名", "row 6"),
            (9, "姓名", "empty"),
            (10, "部门", "no such department"),
            (11, "排序", "whole numbers"),
            (12, "登录名", "no account"),
        )

    # ------------------------------------------------------------------ products

    def test_products(self):
        content = make_table(
            "product",
            {
                "code": "00012",
                "name": "Marker",
                "spec": "2 mm",
                "category": "Import goods",
                "unit": "Import piece",
                "price": 2.35,
            },
            {
                "name": "Shelf",
                "category": "import  goods",
                "unit": "Import piece",
                "price": "1,250.50",
                "stocked": "否",
                "requestable": "否",
            },
        )
        wizard = self._import("product", content, user=self.keeper_user)
        self.assertEqual(wizard.new_count, 2)
        marker = self.env["product.product"].search([("default_code", "=", "00012")])
        self.assertRecordValues(
            marker,
            [
                {
                    "name": "Marker",
                    "supply_spec": "2 mm",
                    "categ_id": self.category.id,
                    "uom_id": self.unit.id,
                    "standard_price": 2.35,
                    "type": "consu",
                    "is_storable": True,
                    "supply_ok": True,
                    "sale_ok": False,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertFalse(marker.taxes_id + marker.supplier_taxes_id)
        shelf = self.env["product.product"].search([("name", "=", "Shelf")])
        self.assertRecordValues(
            shelf,
            [{"standard_price": 1250.5, "is_storable": False, "supply_ok": False}],
        )
        again = self._import("product", content)
        self.assertEqual((again.new_count, again.existing_count), (0, 2))
        self.assertEqual(
            self.env["product.product"].search_count([("name", "=", "Marker")]), 1
        )

    def test_missing_categories_are_created_only_with_the_option(self):
        content = make_table(
            "product",
            {"name": "Marker", "category": "Import god", "unit": "Bx"},
            {"name": "Crayon", "category": "Import god", "unit": "Bx"},
        )
        categories = self.env["product.category"].search_count([])
        wizard = self._check("product", content)
        self.assertEqual(wizard.error_count, 4)
        self.assertIn("is “import goods” meant?", wizard.line_ids[0].reason)
        self._import("product", content, create_missing=True)
        self.assertEqual(self.env["product.category"].search_count([]), categories + 1)
        products = self.env["product.product"].search(
            [("name", "in", ("Marker", "Crayon"))]
        )
        self.assertEqual(products.categ_id.name, "Import god")
        self.assertEqual(products.uom_id.name, "Bx")

    def test_bad_products(self):
        self.pen.default_code = "P1"
        good = {"category": "Import goods", "unit": "Import piece"}
        self._assert_bad(
            "product",
            make_table(
                "product",
                {**good, "name": "A", "code": "X1", "price": -1},
                {**good, "name": "B", "code": "x1"},
                {**good, "name": "C", "code": "P1"},
                {**good, "name": "D", "price": "NaN"},
                {**good, "name": "E", "price": 1e12},
                {**good, "name": "F", "price": 0.125},
                {**good, "name": "G", "price": "twelve"},
                {**good, "name": "H", "stocked": "perhaps"},
                {**good, "name": "H"},
                {**good, "name": "Gel pen", "code": "P2"},
                {**good, "name": "@SUM(A1)", "price": True},
                {**good, "name": "I", "code": datetime.date(2026, 1, 2)},
                {**good, "name": "J", "code": 12345678901234567890},
                {**good, "name": "K\nL"},
                {"name": "M", "category": None, "unit": "Import peace"},
                {**good, "name": "N", "price": "1e5"},
                {**good, "name": "-2+3+cmd|' /C calc'!A0", "code": "-20 °C"},
            ),
            (2, "单价", "below zero"),
            (3, "物资编码", "row 2"),
            (4, "物资编码", "belongs to “Gel pen”"),
            (5, "单价", "not a number"),
            (6, "单价", "too large"),
            (7, "单价", "2 decimals"),
            (8, "单价", "not a number"),
            (9, "库存管理", "是"),
            (10, "物资名称", "row 9"),
            (11, "物资名称", "under the code P1"),
            (12, "物资名称", "formula"),
            (12, "单价", "not a number"),
            (13, "物资编码", "date"),
            (14, "物资编码", "rounded"),
            (15, "物资名称", "line breaks"),
            (16, "物资类别", "empty"),
            (16, "计量单位", "is “import piece” meant?"),
            (17, "单价", "not a number"),
            (18, "物资名称", "formula"),
        )

    # ------------------------------------------------------------- opening stock

    def test_opening_stock(self):
        first = self._create_product("Clip", 1.0, default_code="C1")
        second = self._create_product("Folder", 3.0)
        content = make_table(
            "opening",
            {"code": "C1", "name": None, "quantity": 40},
            {"name": "Folder", "quantity": "2.5"},
        )
        self._import("opening", content, self.keeper_user, reason="Count of 1 January")
        self.assertEqual(self._on_hand(first), 40)
        self.assertEqual(self._on_hand(second), 2.5)
        move = self.env["stock.move"].search([("product_id", "=", first.id)])
        self.assertEqual(move.state, "done")
        self.assertEqual(move.inventory_name, "Count of 1 January")
        self.assertEqual(move.create_uid, self.keeper_user)
        again = self._import("opening", content)
        self.assertEqual((again.new_count, again.existing_count), (0, 2))
        self.assertEqual(self._on_hand(first), 40)

    def test_bad_opening_stock(self):
        self._create_product("Clip", 1.0, default_code="C1")
        self._create_product("Twin", 1.0, supply_spec="1", default_code="T1")
        self._create_product("Twin", 1.0, supply_spec="2", default_code="T2")
        self._assert_bad(
            "opening",
            make_table(
                "opening",
                {"name": "Clop", "quantity": 1},
                {"name": "Clip", "quantity": 0},
                {"name": None, "code": "C1", "quantity": 3},
                {"name": "Gel pen", "quantity": 51},
                {"name": "Cleaning of carpets", "quantity": 1},
                {"name": "Folder", "code": "C1", "quantity": 1},
                {"name": "Twin", "quantity": 1},
                {"name": "Twin", "spec": "2", "quantity": -1},
                {"code": None, "name": None, "quantity": 1},
            ),
            (2, "物资名称", "is “clip” meant?"),
            (3, "数量", "above zero"),
            (4, "物资名称", "row 3"),
            (5, "数量", "has 50 of it already"),
            (6, "物资名称", "not kept in stock"),
            (7, "物资名称", "belongs to “Clip”"),
            (8, "物资名称", "several products"),
            (9, "数量", "below zero"),
            (10, "物资名称", "empty"),
        )
        self.assertEqual(self._on_hand(self.pen), 50)

    # --------------------------------------------------------------------- norms

    def test_norms(self):
        content = make_table(
            "norm",
            {
                "name": "Gel pen",
                "quantity": 1,
                "carry_over": 2,
                "date_from": datetime.date(2026, 1, 1),
                "citation": "Norms 2026",
            },
            {
                "category": "Import goods",
                "unit": "Import piece",
                "basis": "按设备",
                "department": "Works",
                "devices": 3,
                "quantity": 0.5,
                "date_from": "2026年1月1日",
                "citation": "Norms 2026",
            },
        )
        self._import("norm", content, user=self.keeper_user)
        norms = self.env["gov.supply.norm"].search(
            [("citation", "=", "Norms 2026")], order="id"
        )
        self.assertRecordValues(
            norms,
            [
                {
                    "product_tmpl_id": self.pen.product_tmpl_id.id,
                    "categ_id": False,
                    "basis": "head",
                    "quantity": 1.0,
                    "carry_over": 2,
                    "uom_id": self.pen.uom_id.id,
                    "department_id": False,
                    "date_from": datetime.date(2026, 1, 1),
                },
                {
                    "product_tmpl_id": False,
                    "categ_id": self.category.id,
                    "basis": "device",
                    "quantity": 0.5,
                    "carry_over": 0,
                    "uom_id": self.unit.id,
                    "department_id": self.works.id,
                    "date_from": datetime.date(2026, 1, 1),
                },
            ],
        )
        again = self._import("norm", content)
        self.assertEqual((again.new_count, again.existing_count), (0, 2))

    def test_bad_norms(self):
        self.env["gov.supply.norm"].create(
            {
                "product_tmpl_id": self.paper.product_tmpl_id.id,
                "quantity": 1,
                "citation": "Old norms",
                "company_id": self.company.id,
                "date_from": "2025-01-01",
            }
        )
        cited = {"citation": "Norms 2026", "quantity": 1}
        self._assert_bad(
            "norm",
            make_table(
                "norm",
                {**cited, "name": "Gel pen", "category": "Import goods"},
                {**cited, "name": None},
                {**cited, "name": "Gel pen", "quantity": 0},
                {**cited, "name": "Gel pen", "carry_over": 13},
                {**cited, "name": "Paper A4 70 g", "quantity": 2},
                {**cited, "category": "Import goods"},
                {**cited, "name": "Office chair", "basis": "按设备"},
                {**cited, "name": "Cleaning of carpets"},
                {**cited, "name": "Office chair", "unit": "Import piece"},
                {"quantity": 1, "name": "Office chair", "department": "Works"},
                {
                    **cited,
                    "name": "Office chair",
                    "department": "General Office",
                    "date_from": "2026-02-30",
                },
                {
                    **cited,
                    "name": "Office chair",
                    "department": "Leadership",
                    "date_from": datetime.date(1926, 1, 1),
                },
            ),
            (2, "物资名称", "one product or one category"),
            (3, "物资名称", "one product or one category"),
            (4, "每月数量", "above zero"),
            (5, "结转月数", "at most 12"),
            (5, "物资名称", "row 4"),
            (6, "生效日期", "2025-01-01"),
            (7, "计量单位", "needs a unit"),
            (8, "适用部门", "per device"),
            (8, "设备台数", "per device"),
            (9, "物资名称", "no norm"),
            (10, "计量单位", "counted in"),
            (10, "物资名称", "row 8"),
            (11, "依据文件", "empty"),
            (12, "生效日期", "not a date"),
            (13, "生效日期", "year"),
        )


@tagged("post_install", "-at_install")
class TestImportFile(ImportCommon):
    """The file itself: what it may be, and that nothing is imported in part."""

    def _assert_no_file(self, content, part, kind="product"):
        wizard = self._check(kind, content)
        self.assertEqual(wizard.error_count, 1)
        self.assertEqual(wizard.line_ids.row, 0)
        self.assertIn(part, wizard.line_ids.reason)

    def test_what_is_no_workbook(self):
        def encoded(data):
            return base64.b64encode(data)

        old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
        other = io.BytesIO()
        with zipfile.ZipFile(other, "w") as archive:
            archive.writestr("word/document.xml", "<a/>")
        broken = io.BytesIO()
        with zipfile.ZipFile(broken, "w") as archive:
            archive.writestr("xl/workbook.xml", "<workbook")
        for content, part in (
            (encoded("物资名称,单价\n笔,1".encode()), "no Excel file"),
            (encoded(b"%PDF-1.7"), "no Excel file"),
            (encoded(old), "(.xls)"),
            (encoded(old + "EncryptedPackage".encode("utf-16-le")), "password"),
            (encoded(other.getvalue()), "no Excel file"),
            (encoded(broken.getvalue()), "damaged"),
            (encoded(b"x" * (import_book.MOST_BYTES + 1)), "too large"),
            (make_book([]), "empty"),
            (make_book(["物资名称", "单价"], ["A", 1]), "Missing headings"),
            (make_book(["A", "B"], ["C", "D"]), "headings was not found"),
            (make_table("product"), "no rows"),
            (
                make_book(["物资名称", "物资类别", "计量单位", "备忘", "单价", "单价"]),
                "备忘",
            ),
        ):
            with self.subTest(part=part):
                self._assert_no_file(content, part)

    def test_what_is_unpacked_too_large_or_too_long(self):
        content = make_table("department", *({"name": f"D{n}"} for n in range(30)))
        with patch.object(import_book, "_MOST_UNPACKED", 1000):
            self._assert_no_file(content, "unpacked", "department")
        with patch.object(import_book, "MOST_ROWS", 29):
            self._assert_no_file(content, "too many rows", "department")

    def test_hostile_workbooks(self):
        """Entities, endless rows and lies about the size end with a message."""
        entity = (
            b'<!DOCTYPE x [<!ENTITY a0 "ha">'
            + b"".join(
                b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10)
                for n in range(1, 10)
            )
            + b"]>"
        )
        file = b'<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'
        value = (b"<v>1</v>", b"<v>&a9;</v>")
        for changes, part in (
            ([(b"<worksheet", entity + b"<worksheet"), value], "damaged"),
            ([(b"<worksheet", file + b"<worksheet"), value], "damaged"),
            ([(b'<row r="2"', b'<row r="999999999"')], "below row"),
        ):
            with self.subTest(part=part):
                self._assert_no_file(self._tampered(*changes), part, "department")
        for changes in (
            [(b"A1:B2", b"A1:XFD1048576")],
            [(b"</sheetData>", b'<row r="1048576" ht="9"/></sheetData>')],
        ):
            wizard = self._check("department", self._tampered(*changes))
            self.assertTrue(wizard.is_clean, self._remarks(wizard))
            self.assertEqual(wizard.row_count, 1)

    def _tampered(self, *changes):
        """Return a table of one department whose sheet has been changed."""
        content = make_table("department", {"name": "New", "rank": 1})
        book = zipfile.ZipFile(io.BytesIO(base64.b64decode(content)))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in book.namelist():
                data = book.read(name)
                if name == "xl/worksheets/sheet1.xml":
                    for old, new in changes:
                        self.assertIn(old, data)
                        data = data.replace(old, new, 1)
                archive.writestr(name, data)
        return base64.b64encode(stream.getvalue())

    def test_headings(self):
        """English names, another order, a title above, blank rows, further sheets."""
        content = make_book(
            ["Unit price", " category*", "UNIT", "Product *"],
            [],
            [2, "Import goods", "Import piece", "Marker"],
            title="Products of the centre",
            extra=[["物资名称"], ["Not imported"]],
        )
        wizard = self._import("product", content)
        self.assertEqual(wizard.new_count, 1)
        content = make_book(
            ["Category", "Unit", "Product", "Unit price"],
            [],
            ["Import goods", "Import piece", "Crayon", "?"],
            title="Products of the centre",
        )
        # The row is counted as Excel shows it, the column named as in the file.
        self._assert_bad("product", content, (4, "Unit price", "not a number"))

    def test_formulas(self):
        book = openpyxl.Workbook()
        book.active.append(["部门名称", "排序"])
        book.active.append(["Archive", "=1+1"])
        book.active.append(["#N/A", 3])
        book.active["A3"].data_type = "e"
        # Without a stored result the cell would look empty.
        self._assert_bad(
            "department",
            encode_book(book),
            (2, "排序", "no result"),
            (3, "部门名称", "no result"),
        )

    def test_one_bad_row_and_nothing_is_imported(self):
        rows = [{"name": f"Section {number}"} for number in range(20)]
        rows[13]["parent"] = "Nowhere"
        self._assert_bad(
            "department", make_table("department", *rows), (15, "上级部门", "no such")
        )
        self.assertFalse(
            self.env["hr.department"].search([("name", "=like", "Section %")])
        )

    def test_what_odoo_refuses_is_reported_by_row(self):
        """Rules that the check does not know are heard at the check and the import."""
        departments = self.env.registry["hr.department"]
        create = departments.create

        message = "No section of this name"

        def refuse(model, vals_list):
            if any(vals["name"] == "Section 7" for vals in vals_list):
                raise UserError(message)
            return create(model, vals_list)

        rows = [{"name": f"Section {number}"} for number in range(20)]
        content = make_table("department", *rows)
        wizard = self._check("department", content)
        self.assertTrue(wizard.is_clean)
        with patch.object(departments, "create", refuse):
            self._assert_bad("department", content, (9, "", "No section of this name"))
            wizard.action_import()
        self.assertEqual(wizard.state, "checked")
        self.assertEqual(wizard.error_count, 1)
        self.assertEqual(wizard.line_ids.row, 9)
        self.assertFalse(
            self.env["hr.department"].search([("name", "=like", "Section %")])
        )

    def test_check_imports_nothing(self):
        departments = self.env["hr.department"].search_count([])
        wizard = self._check("department", make_table("department", {"name": "New"}))
        self.assertTrue(wizard.is_clean)
        self.assertEqual(self.env["hr.department"].search_count([]), departments)

    def test_import_is_of_exactly_the_checked_file(self):
        content = make_table("department", {"name": "New"})
        wizard = self._open("department", content)
        with self.assertRaisesRegex(UserError, "check the file first"):
            wizard.action_import()
        wizard.action_check()
        wizard.file = make_table("department", {"name": "Newer"})
        self.assertFalse(wizard.is_clean)
        with self.assertRaisesRegex(UserError, "check the file first"):
            wizard.action_import()
        wizard.file = content
        self.assertTrue(wizard.is_clean)
        wizard.kind = "person"
        self.assertFalse(wizard.is_clean)
        wizard.kind = "department"
        wizard.people_file = make_table("person", {"name": "A", "department": "New"})
        self.assertFalse(wizard.is_clean)
        wizard.people_file = False
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        with self.assertRaisesRegex(UserError, "check the file first"):
            wizard.action_import()

    def test_dialog_sees_another_file_before_it_is_saved(self):
        content = make_table("department", {"name": "New"})
        wizard = self._check("department", content)
        form = Form(wizard)
        self.assertTrue(form.is_clean)
        form.file = make_table("department", {"name": "Newer"}).decode()
        self.assertFalse(form.is_clean)
        form.file = content.decode()
        self.assertTrue(form.is_clean)

    def test_data_that_has_changed_since_the_check(self):
        content = make_table(
            "product",
            {"name": "Marker", "category": "Import goods", "unit": "Import piece"},
        )
        wizard = self._check("product", content)
        self.category.unlink()
        wizard.action_import()
        self.assertEqual(wizard.state, "checked")
        self.assertEqual(wizard.error_count, 1)
        self.assertFalse(self.env["product.product"].search([("name", "=", "Marker")]))

    def test_many_remarks_are_cut(self):
        rows = [{"name": f"D{number}", "rank": "x"} for number in range(510)]
        wizard = self._check("department", make_table("department", *rows))
        self.assertEqual(wizard.error_count, 510)
        self.assertEqual(len(wizard.line_ids), 500)

    def test_check_costs_no_query_per_row(self):
        def queries(size):
            rows = [
                {
                    "name": f"P{number}",
                    "department": "Works",
                    "working": "General Office",
                    "login": f"nobody{number}",
                }
                for number in range(size)
            ]
            wizard = self._open("person", make_table("person", *rows))
            run = wizard._make_run()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            run.check(wizard._get_contents())
            self.assertEqual(len(run.issues), size)
            return self.env.cr.sql_log_count - start

        queries(3)
        self.assertEqual(queries(300), queries(3))

    def test_templates_are_those_of_the_app(self):
        for kind in KINDS:
            action = self._open(kind, False).action_template()
            with file_open(action["url"].lstrip("/"), "rb") as stream:
                book = openpyxl.load_workbook(stream)
            columns = TABLES[kind][1]
            self.assertEqual(
                [cell.value.strip("*") for cell in book.worksheets[0][1]],
                [column.zh for column in columns],
            )
            self.assertEqual(book.worksheets[0].max_row, 1)
            self.assertGreater(book.worksheets[1].max_row, 1)
            # An empty template is clean of rows, its example is not imported.
            with file_open(action["url"].lstrip("/"), "rb") as stream:
                self._assert_no_file(base64.b64encode(stream.read()), "no rows", kind)

    def test_demo_files(self):
        """The files of the demo agency go into an empty institution, once."""
        company, user = self._empty_company()
        Department = self.env["hr.department"].search
        for turn in range(2):
            self._import(
                "department",
                read_demo("department"),
                user,
                people_file=read_demo("person"),
            )
            self._import("person", read_demo("person"), user)
            self._import("product", read_demo("product"), user, create_missing=True)
            self._import("opening", read_demo("opening"), user)
            self._import("norm", read_demo("norm"), user)
            with self.subTest(turn=turn):
                domain = [("company_id", "=", company.id)]
                departments = Department(domain)
                self.assertEqual(len(departments), 12)
                self.assertTrue(all(departments.mapped("manager_id")))
                people = self.env["hr.employee"].search(domain)
                self.assertEqual(len(people), 150)
                self.assertTrue(all(people.mapped("department_id")))
                goods = self.env["product.product"].search(domain)
                self.assertEqual(len(goods), 91)
                moves = self.env["stock.move"].search(domain)
                self.assertEqual(len(moves), 69)
                self.assertEqual(set(moves.mapped("state")), {"done"})
                norms = self.env["gov.supply.norm"].search(domain)
                self.assertEqual(len(norms), 5)


@tagged("post_install", "-at_install")
class TestImportRights(ImportCommon):
    """Who may import what; nothing runs with more rights than the person has."""

    def test_only_managers_of_supplies(self):
        self.store_user.group_ids = [Command.link(self.env.ref("hr.group_hr_user").id)]
        for user in (self.staff_user, self.store_user, self.buyer_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._open("product", False, user)

    def test_people_need_the_rights_of_personnel(self):
        content = make_table("department", {"name": "New"})
        people = make_table("person", {"name": "A", "department": "Works"})
        for kind, file in (("department", content), ("person", people)):
            wizard = self._open(kind, file, self.keeper_user)
            with self.assertRaisesRegex(UserError, "administrator"):
                wizard.action_check()
        wizard = self._check("department", content)
        self.manager_user.group_ids = [
            Command.unlink(self.env.ref("hr.group_hr_user").id)
        ]
        with self.assertRaisesRegex(UserError, "administrator"):
            wizard.action_import()
        self.assertFalse(self.env["hr.department"].search([("name", "=", "New")]))

    def test_dialog_of_somebody_else(self):
        wizard = self._check("department", make_table("department", {"name": "New"}))
        other = wizard.with_user(self.keeper_user)
        with self.assertRaises(AccessError):
            other.read(["line_ids"])
        with self.assertRaises(UserError):
            other.action_import()
        with self.assertRaisesRegex(UserError, "somebody else"):
            wizard.sudo().with_user(self.env.ref("base.user_root")).action_check()

    def test_own_institution_only(self):
        """The current institution alone is looked at and written to."""
        self.manager_user.company_ids = [Command.link(self.other_company.id)]
        wizards = self.env["gov.import"].with_user(self.manager_user)
        wizard = wizards.with_context(
            allowed_company_ids=[self.company.id, self.other_company.id]
        ).create(
            {
                "kind": "person",
                "file": make_table(
                    "person", {"name": "A", "department": "Other Office"}
                ),
            }
        )
        wizard.action_check()
        self.assertEqual(wizard.error_count, 1)
        content = make_table("department", {"name": "New"})
        wizard.write({"kind": "department", "file": content})
        wizard.action_check()
        # What is clean for one institution is not for another.
        there = wizard.with_context(allowed_company_ids=self.other_company.ids)
        self.assertFalse(there.is_clean)
        with self.assertRaisesRegex(UserError, "check the file first"):
            there.action_import()
        wizard.action_import()
        department = self.env["hr.department"].search([("name", "=", "New")])
        self.assertEqual(department.company_id, self.company)

    def test_context_of_the_caller_counts_for_nothing(self):
        wizard = self._check("department", make_table("department", {"name": "New"}))
        wizard.with_context(
            default_active=False,
            default_note="Forged",
            default_company_id=self.other_company.id,
            import_skip_records=["name"],
            _import_limit=0,
            active_test=False,
        ).action_import()
        department = self.env["hr.department"].search([("name", "=", "New")])
        self.assertEqual(department.company_id, self.company)
        self.assertFalse(department.note)

    def test_result_of_the_check_cannot_be_written(self):
        wizard = self._open("department", make_table("department", {"name": "New"}))
        digest = wizard._get_digest()
        for vals in (
            {"checked_digest": digest},
            {"state": "checked"},
            {"error_count": 0},
            {"line_ids": [Command.clear()]},
        ):
            with self.assertRaises(UserError):
                wizard.write(vals)
        with self.assertRaises(UserError):
            self._open("department", False, checked_digest=digest)
        with self.assertRaises(UserError):
            self._as(self.env["gov.import.line"], self.manager_user).create(
                {"wizard_id": wizard.id, "level": "error"}
            )

    def test_values_that_are_no_file(self):
        for value in (5, True, ["x"], {"a": 1}, "no base64!", "QQ"):
            with self.subTest(value=value), self.assertRaises(UserError):
                self._open("department", value)
        with self.assertRaisesRegex(UserError, "too large"):
            self._open("department", "A" * (import_book.MOST_BYTES * 2 + 4))
        for kind in ("nothing", 7, ["x"]):
            with self.subTest(kind=kind), self.assertRaises(UserError):
                self._open(kind, False)
        with self.assertRaisesRegex(UserError, "choose the Excel file"):
            self._open("department", False).action_check()

    def test_odoo_import_runs_as_the_person(self):
        seen = []
        load_rows = import_kind.Kind.load_rows

        def watch(kind, *args, **context):
            seen.append((kind.env.uid, kind.env.su))
            return load_rows(kind, *args, **context)

        with patch.object(import_kind.Kind, "load_rows", watch):
            self._import("department", make_table("department", {"name": "New"}))
        self.assertEqual(set(seen), {(self.manager_user.id, False)})

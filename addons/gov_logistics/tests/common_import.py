import base64
import io

import openpyxl

from odoo import Command

from ..wizard.imports.columns import TABLES
from .common import SupplyCommon


def make_book(*rows, extra=(), title=None):
    """Return a workbook with ``rows`` on its first sheet, as a Binary field has it.

    :param extra: rows of a second sheet.
    :param title: a line above.
    """
    book = openpyxl.Workbook()
    if title:
        book.active.append([title])
    for row in rows:
        book.active.append(row)
    if extra:
        sheet = book.create_sheet("Remarks")
        for row in extra:
            sheet.append(row)
    return encode_book(book)


def encode_book(book):
    stream = io.BytesIO()
    book.save(stream)
    return base64.b64encode(stream.getvalue())


def make_table(kind, *rows, **options):
    """Return a workbook of a template: ``rows`` are dicts by column key.

    The columns are those that some row has, and those that must be there.
    """
    columns = [
        column
        for column in TABLES[kind][1]
        if column.required or any(column.key in row for row in rows)
    ]
    return make_book(
        [column.zh for column in columns],
        *([row.get(column.key) for column in columns] for row in rows),
        **options,
    )


class ImportHelpers:
    """Opens, checks and imports files; ``manager_user`` does unless told otherwise."""

    @classmethod
    def _open(cls, kind, content, user=None, **values):
        wizards = cls._as(cls.env["gov.import"], user or cls.manager_user)
        return wizards.create({"kind": kind, "file": content, **values})

    def _check(self, kind, content, user=None, **values):
        """Return the dialog after the check."""
        wizard = self._open(kind, content, user, **values)
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")
        return wizard

    def _import(self, kind, content, user=None, **values):
        """Return the dialog after a check without remarks and the import."""
        wizard = self._check(kind, content, user, **values)
        self.assertTrue(wizard.is_clean, self._remarks(wizard))
        wizard.action_import()
        self.assertEqual(wizard.state, "done", self._remarks(wizard))
        return wizard

    @staticmethod
    def _remarks(wizard):
        return [(line.row, line.heading or "", line.reason) for line in wizard.line_ids]

    def _assert_bad(self, kind, content, *expected, **values):
        """Check a file: exactly ``expected`` is wrong, and the import is refused.

        :param expected: (row, heading, part of the reason).
        """
        wizard = self._check(kind, content, **values)
        remarks = self._remarks(wizard)
        self.assertEqual(
            [(row, heading) for row, heading, __ in remarks],
            [(row, heading) for row, heading, __ in expected],
            remarks,
        )
        for (__, __, reason), (__, __, part) in zip(remarks, expected, strict=True):
            self.assertIn(part, reason)
        self.assertEqual(wizard.error_count, len(expected))
        self.assertFalse(wizard.is_clean)
        with self.assertRaisesRegex(Exception, "check the file first"):
            wizard.action_import()
        return wizard


class ImportCommon(ImportHelpers, SupplyCommon):
    """``manager_user`` keeps supplies, people and budget, ``keeper_user`` supplies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = "gov_logistics.group_logistics_manager"
        cls.manager_user = cls._create_user(
            "gov_manager",
            f"{manager},hr.group_hr_user,gov_logistics.group_budget,"
            "gov_logistics.group_service_manager",
        )
        cls.keeper_user = cls._create_user("gov_keeper", manager)
        cls.unit = cls.env["uom.uom"].create({"name": "Import piece"})
        cls.category = cls.env["product.category"].create({"name": "Import goods"})

    @classmethod
    def _empty_company(cls):
        """Return a company without anything but a store, and its manager."""
        company = cls._create_company("Yunlan Service Centre")
        warehouses = cls.env["stock.warehouse"]
        if not warehouses._get_supply_warehouse(company):
            warehouses.create({"name": "Store", "code": "YL", "company_id": company.id})
        user = cls._create_user(
            "gov_yunlan",
            "gov_logistics.group_logistics_manager,hr.group_hr_user",
            company,
        )
        cls.env.user.company_ids = [Command.link(company.id)]
        return company, user

import base64
import io

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools.scheme_columns import SETTINGS
from .common import PointsCommon

NAMES = {"settings": "Settings", "articles": "Articles", "thresholds": "Thresholds"}


@tagged("post_install", "-at_install")
class TestSchemeBook(PointsCommon):
    """A rulebook as an Excel workbook, out and in again."""

    def _export(self, scheme):
        return openpyxl.load_workbook(io.BytesIO(base64.b64decode(scheme.export_file)))

    @staticmethod
    def _pack(book):
        stream = io.BytesIO()
        book.save(stream)
        return base64.b64encode(stream.getvalue())

    def _open(self, scheme, content, user=None):
        wizards = self.env["gov.points.import"].with_user(user or self.manager_user)
        return wizards.create({"scheme_id": scheme.id, "file": content})

    def _import(self, scheme, content):
        wizard = self._open(scheme, content)
        wizard.action_check()
        self.assertTrue(wizard.is_clean, self._remarks(wizard))
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        scheme.invalidate_recordset()

    def _check(self, scheme, book):
        """Return the remarks of a check; nothing may have been imported."""
        wizard = self._open(scheme, self._pack(book))
        wizard.action_check()
        self.assertFalse(wizard.is_clean)
        with self.assertRaisesRegex(UserError, "check the file first"):
            wizard.action_import()
        return self._remarks(wizard)

    @staticmethod
    def _remarks(wizard):
        return [
            (line.sheet, line.row, line.heading or "", line.reason)
            for line in wizard.line_ids
        ]

    def _empty(self, **values):
        return self.env["gov.points.scheme"].create(
            {"code": "EMPTY", "name": "Empty", "company_id": self.company.id, **values}
        )

    def _line(self, book, key):
        """Return the cell of a setting."""
        places = [column.key for column in SETTINGS]
        return book["Settings"].cell(row=places.index(key) + 2, column=2)

    # === Round trip ===

    def test_round_trip_gives_the_same_rulebook(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        for lang in ("en_US", "zh_CN"):
            with self.subTest(lang=lang):
                scheme = self.scheme.with_context(lang=lang)
                draft = self._empty(code=f"E{lang}").with_context(lang=lang)
                sheet = "条款" if lang == "zh_CN" else "Articles"
                self.assertIn(sheet, self._export(scheme).sheetnames)
                wizard = self.env["gov.points.import"].with_context(lang=lang)
                wizard = wizard.with_user(self.manager_user).create(
                    {"scheme_id": draft.id, "file": scheme.export_file}
                )
                wizard.action_check()
                self.assertTrue(wizard.is_clean, self._remarks(wizard))
                wizard.action_import()
                draft.invalidate_recordset()
                self.assertEqual(draft._get_changes(scheme), [])
                self.assertEqual(
                    draft.article_ids.mapped("code"), scheme.article_ids.mapped("code")
                )
                self.assertFalse(draft._get_blockers())

    def test_everything_goes_out_and_in(self):
        job = self.env["hr.job"].create({"name": "Driver"})
        source = self._draft(
            date_to="2027-12-31",
            share_rule="full",
            cycle_start="calendar_year",
            cycle_months=6,
            appeal_unit="calendar_day",
            appeal_roll="none",
            appeal_suspends=True,
            correction_number=0,
            publication_audience="departments",
            deduction_per_point=10.5,
            deduction_cap=120,
            scope_note="Drivers,\nguards; cooks",
            for_dispatch=False,
            includes_vendors=False,
            department_ids=[Command.set((self.office | self.works).ids)],
            job_ids=job,
        )
        source.named_from_threshold_id = source.threshold_ids[1]
        source.article_ids[0].write(
            {
                "rule_code": "odometer_jump",
                "trigger_count": 3,
                "trigger_months": 6,
                "must_transfer": True,
                "note": "Two\nlines",
            }
        )
        source.threshold_ids[0].measure_ids = [
            Command.create({"kind": "other", "name": "Essay", "days_number": 0}),
            Command.create(
                {
                    "kind": "study",
                    "name": "Study",
                    "owner_kind": "role",
                    "role_id": self.env.ref("gov_points.role_points_officer").id,
                    "days_unit": "calendar_day",
                    "only_if_serious": True,
                }
            ),
        ]
        draft = self._empty()
        self._import(draft, source.export_file)
        self.assertEqual(draft._get_changes(source), [])
        self.assertEqual(draft.department_ids, source.department_ids)
        self.assertEqual(draft.job_ids, job)
        self.assertEqual(draft.named_from_threshold_id.code, "high")

    def test_file_is_the_whole_rulebook(self):
        draft = self._draft()
        late = draft.article_ids[0]
        self.env["res.lang"]._activate_lang("fr_FR")
        late.with_context(lang="fr_FR").name = "En retard"
        book = self._export(draft)
        sheet = book["Articles"]
        sheet.delete_rows(3)  # article 2
        sheet.cell(row=2, column=3).value = 2
        sheet.append(["3", "Rude", 4])
        self._import(draft, self._pack(book))
        self.assertEqual(draft.article_ids.mapped("code"), ["1", "9", "3"])
        self.assertEqual(draft.article_ids[0], late)
        self.assertEqual(late.points, 2)
        self.assertEqual(late.with_context(lang="fr_FR").name, "En retard")

    # === What is wrong ===

    def test_every_error_names_sheet_and_row(self):
        draft = self._draft()
        book = self._export(draft)
        articles, levels = book["Articles"], book["Thresholds"]
        self._line(book, "appeal_number").value = 0
        self._line(book, "appeal_unit").value = "weeks"
        self._line(book, "appeal_role_id").value = "Nobody"
        self._line(book, "date_to").value = "2020-01-01"
        self._line(book, "named_from_threshold_id").value = "huge"
        articles.cell(row=2, column=3).value = 3
        articles.cell(row=3, column=3).value = "four"
        articles.append(["1", "Again", 1])
        articles.append([8.1, "As a number", 1])
        articles.append(["10", None, 1])
        articles.append(["11", "Chosen", 2, "yes"])
        levels.cell(row=3, column=5).value = 3
        levels.append(["low", "Other name", None, None, None, None, None, None])
        levels.append(["low", *[None] * 7, "study", "Study", "Nobody"])
        levels.append(["low", *[None] * 7, "dance", "Dance"])
        remarks = self._check(draft, book)
        places = [
            ("条款", 2, "Points"),
            ("条款", 3, "Points"),
            ("条款", 5, "Article"),
            ("条款", 6, "Article"),
            ("条款", 7, "Behaviour"),
            ("条款", 8, "Points"),
            ("设置", 5, "Value"),
            ("设置", 10, "Value"),
            ("设置", 11, "Value"),
            ("设置", 13, "Value"),
            ("设置", 22, "Value"),
            ("档次与措施", 3, "Total to"),
            ("档次与措施", 4, "Level"),
            ("档次与措施", 5, "Who sees to it"),
            ("档次与措施", 6, "Kind of measure"),
        ]
        self.assertEqual(
            sorted({remark[:3] for remark in remarks}), sorted(set(places)), remarks
        )
        self.assertEqual(draft.article_ids.mapped("points"), [1, 4, 0])

    def test_sheets_and_settings_that_are_missing(self):
        draft = self._draft()
        book = self._export(draft)
        del book["Thresholds"]
        book["Settings"].delete_rows(2)
        book["Settings"].cell(row=2, column=1).value = "Colour of the sky"
        remarks = self._check(draft, book)
        text = "\n".join(remark[3] for remark in remarks)
        self.assertIn("“档次与措施” is missing", text)
        self.assertIn("no such setting", text)
        self.assertIn("“名称” is missing", text)

    def test_what_is_no_workbook_is_said_once(self):
        draft = self._draft()
        wizard = self._open(draft, base64.b64encode(b"PK no workbook"))
        wizard.action_check()
        self.assertEqual(len(wizard.line_ids), 1)
        self.assertIn("no Excel file", wizard.line_ids.reason)

    def test_formulas_are_no_texts(self):
        draft = self._draft()
        draft.article_ids[0].name = "=1+1"
        book = self._export(draft)
        cell = book["Articles"].cell(row=2, column=2)
        self.assertEqual((cell.value, cell.data_type), ("=1+1", "s"))

    # === Who, and what else ===

    def test_released_rulebook_takes_no_file(self):
        draft = self._draft()
        content = draft.export_file
        wizard = self._open(draft, content)
        wizard.action_check()
        draft.action_release()
        with self.assertRaisesRegex(UserError, "has been released"):
            wizard.action_import()
        with self.assertRaisesRegex(UserError, "has been released"):
            wizard.action_check()
        with self.assertRaisesRegex(UserError, "has been released"):
            draft.with_user(self.manager_user).action_import()

    def test_only_the_manager_and_only_the_own_dialog(self):
        draft = self._draft()
        content = draft.export_file
        for user in self.officer_user, self.supervision_user, self.staff_user:
            with self.assertRaises(AccessError):
                self._open(draft, content, user)
            with self.assertRaises(AccessError):
                draft.with_user(user).action_import()
        wizard = self._open(draft, content)
        with self.assertRaisesRegex(UserError, "somebody else"):
            wizard.with_user(self.env.user).action_check()

    def test_result_of_the_check_cannot_be_forged(self):
        draft = self._draft()
        wizard = self._open(draft, draft.export_file)
        for values in (
            {"state": "checked"},
            {"checked_digest": wizard._get_digest()},
            {"error_count": 0},
            {"line_ids": [Command.clear()]},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                wizard.write(values)
        for value in (7, "no base64!", "A" * 30_000_000, {"a": 1}):
            with self.assertRaises(UserError):
                wizard.write({"file": value})
        for value in (-1, "x", 2**31, True, 2**30):
            with self.assertRaises(UserError):
                self.env["gov.points.import"].create({"scheme_id": value})

    def test_changed_file_is_checked_again(self):
        draft = self._draft()
        wizard = self._open(draft, draft.export_file)
        wizard.action_check()
        self.assertTrue(wizard.is_clean)
        wizard.file = self.scheme.export_file
        self.assertFalse(wizard.is_clean)
        with self.assertRaisesRegex(UserError, "check the file first"):
            wizard.action_import()

    def test_export_is_a_download(self):
        action = self.scheme.with_user(self.staff_user).action_export()
        self.assertIn(f"/{self.scheme.id}/export_file", action["url"])
        self.assertEqual(self.scheme.export_filename, "LOGISTICS-STAFF-1.xlsx")
        with self.assertRaises(UserError):
            self.env["gov.points.scheme"].action_export()

import base64
import io
from datetime import date

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_reports import ReportsCommon

_HEAD = 4  # the row of the headings in the workbook


@tagged("post_install", "-at_install")
class TestAppraisal(ReportsCommon):
    """The appraisal sheet, on paper and as a workbook."""

    def _sheet(self, user=None, **values):
        values = {"year": 2026, "cutoff": "2026-09-15", **values}
        model = self._read_as(user or self.hr_user, "gov.points.appraisal")
        return model.create(values)

    def _rows(self, sheet):
        rows, later = {}, []
        for some, more in sheet._iter_chunks():
            rows |= {row["name"]: row for row in some}
            later += more
        return rows, later

    def test_cycle(self):
        rows, later = self._rows(self._sheet())
        people = self.env["hr.employee"].search([("company_id", "=", self.company.id)])
        self.assertEqual(set(rows), set(people.mapped("name")))
        totals = self._sum(lambda told: told.person, self._in_running)
        for person in people:
            with self.subTest(person.name):
                row = rows[person.name]
                singles = [
                    told.standing
                    for told in self.told
                    if told.person == person and self._in_running(told)
                ]
                self.assertEqual(row["total"], totals.get(person, 0))
                self.assertEqual(row["highest"], max(singles, default=0))
                cycle = self._cycle(person)
                level = cycle.level_name if cycle.total else ""
                self.assertEqual(row["level"], level or "")
        self.assertFalse(later)
        row = rows[self.works_staff.name]
        self.assertEqual(row["cycle"], "2026-03-01 – 2027-02-28")
        self.assertEqual(row["department"], self.office.name)
        self.assertTrue(row["limits"])
        self.assertFalse(rows[self.clerk.name]["limits"])
        self.assertFalse(rows[self.office_head.name]["measures"])

    def test_ended(self):
        """The cycle that ended in the year, not the running one."""
        before = self._sum(
            lambda told: told.person.name, lambda told: not self._in_running(told)
        )
        self.assertEqual(before, {self.staff.name: 4, self.works_staff.name: 3})
        rows, later = self._rows(self._sheet(span="ended"))
        totals = {name: row["total"] for name, row in rows.items() if row["total"]}
        self.assertEqual(totals, before)
        self.assertFalse(later)
        # All was entered today: on the eve it had not come yet.
        rows, later = self._rows(self._sheet(span="ended", cutoff="2026-09-14"))
        self.assertFalse([row for row in rows.values() if row["total"]])
        self.assertEqual(sum(row["points"] for row in later), 7)

    def test_calendar_year(self):
        rows, _later = self._rows(self._sheet(span="year"))
        totals = self._sum(
            lambda told: told.person.name, lambda told: told.day.year == 2026
        )
        self.assertEqual(
            {name: row["total"] for name, row in rows.items() if row["total"]}, totals
        )
        self.assertEqual(rows[self.works_staff.name]["total"], 9)
        self.assertFalse(rows[self.works_staff.name]["cycle"])

    def test_what_came_later(self):
        """Entered or reversed after the cut-off day: named apart, not counted."""
        with self._patch_today(date(2026, 10, 8)):
            self._tell(self.staff, 6, "2026-09-10")
            first = next(told for told in self.told if told.person == self.works_staff)
            big = next(told for told in self.told if told.points == 6)
            self.assertNotEqual(first, big)
            self.entries._correct(big.entry.share_id, 0, "Appeal: revoked")
            self._tell(self.staff, 1, "2026-10-01")
            rows, later = self._rows(self._sheet())
            self.assertEqual(rows[self.staff.name]["total"], 2)
            self.assertEqual(rows[self.staff.name]["later"], 7)
            row = rows[self.works_staff.name]
            self.assertEqual((row["total"], row["highest"]), (8, 6))
            self.assertEqual(row["later"], -6)
            # What an appeal took away since is no limit any more.
            self.assertFalse(row["limits"])
            self.assertEqual(
                sorted((line["name"], line["points"]) for line in later),
                sorted(
                    [
                        (self.staff.name, 6),
                        (self.staff.name, 1),
                        (self.works_staff.name, -6),
                    ]
                ),
            )
            today, nothing = self._rows(self._sheet(cutoff="2026-10-08"))
            self.assertEqual(today[self.staff.name]["total"], 9)
            self.assertEqual(today[self.works_staff.name]["total"], 2)
            self.assertFalse(nothing)

    def test_words_by_kind_of_staff(self):
        """Limits in the words of the kind of staff."""
        labels = {}
        for kind in ("career", "contract", "dispatch"):
            measures = self._cycle(self.works_staff).measure_ids
            engine(measures.sudo()).staff_type = kind
            rows, _later = self._rows(self._sheet())
            labels[kind] = rows[self.works_staff.name]["limits"]
        self.assertEqual(len(set(labels.values())), 3)

    def test_calendar_year_scheme(self):
        """Cycles that are the calendar year: cycle and year say the same."""
        person = self.env["hr.employee"].create(
            {
                "name": "Xu Ting",
                "company_id": self.company.id,
                "department_id": self.works.id,
                "points_review_date": "2020-01-01",
            }
        )
        self._tell(person, 4, "2026-01-01")
        self._tell(person, 2, "2025-12-31")
        figures = []
        for span in ("cycle", "year"):
            rows, _later = self._rows(self._sheet(span=span))
            figures.append(rows["Xu Ting"]["total"])
        self.assertEqual(figures, [4, 4])
        with self._patch_today(date(2027, 1, 8)):
            rows, _later = self._rows(self._sheet(span="ended", cutoff="2027-01-08"))
            self.assertEqual(rows["Xu Ting"]["total"], 4)

    def test_departments_and_leavers(self):
        self.clerk.active = False
        rows, _later = self._rows(self._sheet())
        self.assertTrue(rows[self.clerk.name]["note"])
        self.assertEqual(rows[self.clerk.name]["total"], 5)
        self.leader.active = False
        self.assertNotIn(self.leader.name, self._rows(self._sheet())[0])
        below = self.env["hr.department"].create(
            {"name": "Below", "parent_id": self.works.id}
        )
        self.head.department_id = below
        rows, _later = self._rows(self._sheet(department_ids=[self.works.id]))
        self.assertEqual(set(rows), {self.works_head.name, self.head.name})
        rows, _later = self._rows(self._sheet(only_scored=True))
        self.assertEqual(
            set(rows), {self.works_staff.name, self.staff.name, self.clerk.name}
        )
        self.assertEqual(sorted(row["number"] for row in rows.values()), [1, 2, 3])

    def test_workbook(self):
        self.staff.sudo().name = "=1+1"
        with self._patch_today(date(2026, 10, 8)):
            self._tell(self.staff, 1, "2026-10-01")
            sheet = self._sheet()
            action = sheet.action_export()
        self.assertIn(f"/{sheet.id}/book/", action["url"])
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(sheet.book)))
        scores, later = book.worksheets
        headings = [cell.value for cell in scores[_HEAD]]
        self.assertEqual(headings, [title for _k, title, _w in sheet._get_columns()])
        self.assertEqual(scores.freeze_panes, f"A{_HEAD + 1}")
        people = self.env["hr.employee"].search_count(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(scores.auto_filter.ref, f"A{_HEAD}:M{_HEAD + people}")
        self.assertGreater(scores.column_dimensions["J"].width, 20)
        self.assertIn("2026", scores["A1"].value)
        self.assertEqual(scores["A2"].value, self.company.name)
        self.assertIn("cut-off day", scores["A3"].value)
        rows = {
            row[2].value: row
            for row in scores.iter_rows(min_row=_HEAD + 1, max_row=_HEAD + people)
        }
        self.assertEqual(rows["=1+1"][2].data_type, "s")
        self.assertEqual(rows["=1+1"][6].value, 2)
        self.assertEqual(rows[self.works_staff.name][6].value, 8)
        signers = [cell.value for cell in scores[_HEAD + people + 2] if cell.value]
        self.assertEqual(len(signers), 4)
        self.assertEqual(
            [later.cell(_HEAD + 1, n).value for n in (2, 3, 6)],
            ["=1+1", "2026-10-01", 1],
        )

    def test_print(self):
        sheet = self._sheet()
        self.assertEqual(sheet.action_print()["type"], "ir.actions.report")
        html = (
            self.env["ir.actions.report"]
            .with_user(self.hr_user)
            .with_context(allowed_company_ids=self.company.ids)
            ._render_qweb_html("gov_points.report_points_appraisal", sheet.ids)[0]
            .decode()
        )
        for text in (self.works_staff.name, self.head.name, "2026年度考核记分情况表"):
            self.assertIn(text, html)
        self.assertIn("Head of the scoring office", html)

    def test_bad_input(self):
        for values, message in (
            ({"year": 1}, "year"),
            ({"year": 10**6}, "year"),
            ({"cutoff": "2026-09-16"}, "lies ahead"),
            ({"cutoff": "2025-12-31"}, "does not lie in 2026"),
            ({"cutoff": "2025-12-31", "span": "year"}, "does not lie in 2026"),
            ({"department_ids": [self.other_department.id]}, "another institution"),
            ({"company_id": self.other_company.id}, "not among"),
        ):
            sheet = self._sheet(self.env.user, **values)
            sheet = sheet.with_context(allowed_company_ids=self.company.ids)
            for method in (sheet.action_export, sheet.action_print, sheet._get_sheet):
                with self.subTest(values), self.assertRaisesRegex(UserError, message):
                    method()
        empty = self._sheet(department_ids=[self.leadership.id], only_scored=True)
        self.assertEqual(empty._get_sheet()["count"], 0)
        empty.action_export()

    def test_access(self):
        mine = self._sheet()
        self._sheet(self.supervision_user).action_export()
        self._sheet(self.points_user).action_export()
        for user in (
            self.head_user,
            self.office_head_user,
            self.staff_user,
            self.admin_user,
            self.other_staff_user,
        ):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self._sheet(user)
                with self.assertRaises(AccessError):
                    mine.with_user(user).action_export()
        with self.assertRaises(AccessError):
            mine.with_user(self.supervision_user).read(["book"])

    def test_queries(self):
        def make():
            self._rows(self._sheet())

        self._add_people(8, points=6)
        make()
        few = self._count_queries(make)
        self._add_people(80, points=6)
        self.assertLessEqual(self._count_queries(make), few)

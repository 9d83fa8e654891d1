from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import Cursor
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from ..wizard import gov_points_whatif
from .common_ledger import LedgerCommon

TRANSIENT = {
    "gov_points_whatif",
    "gov_points_whatif_line",
    "gov_points_whatif_threshold",
}


@tagged("post_install", "-at_install")
class TestWhatif(LedgerCommon):
    """A rulebook on trial: who would have reached what, and nothing is written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user(
            "points_whatif", "gov_points.group_points_manager"
        )

    def _draft(self, **values):
        """Return a draft that says what the shipped rulebook says."""
        action = self.scheme.action_new_version()
        draft = self.env["gov.points.scheme"].browse(action["res_id"])
        draft.write({"date_from": "2027-01-01", **values})
        return draft

    def _run(self, scheme, **values):
        dialogs = self.env["gov.points.whatif"].with_user(self.manager)
        vals = {"scheme_id": scheme.id, "date_from": "2026-01-01", **values}
        dialog = dialogs.create({"date_to": "2026-12-31", **vals})
        dialog.action_run()
        return dialog

    def _line(self, dialog, person):
        return dialog.line_ids.filtered(lambda line: line.employee_id == person)

    def _results(self, dialog):
        return {
            line.sudo().employee_id.name: (
                line.total_before,
                line.total_after,
                line.level_after,
                line.direction,
            )
            for line in dialog.line_ids
        }

    # === What comes out ===

    def test_same_rulebook_changes_nothing(self):
        self._score(self.staff, 4)
        self._score(self.staff, 4, "2026-09-11")
        self._score(self.clerk, 6)
        dialog = self._run(self.scheme)
        self.assertEqual(dialog.people_count, 2)
        self.assertEqual(set(dialog.line_ids.mapped("direction")), {"same"})
        line = self._line(dialog, self.staff)
        self.assertEqual((line.total_before, line.total_after), (8, 8))
        self.assertEqual(line.level_before, line.level_after)
        self.assertEqual(line.department_id, self.office)

    def test_changed_article_counts_by_its_number(self):
        entry = self._score(self.staff, 4)
        draft = self._draft()
        article = draft.article_ids.filtered(lambda a: a.code == entry.article_id.code)
        article.points = 12
        line = self._line(self._run(draft), self.staff)
        self.assertEqual((line.total_before, line.total_after), (4, 12))
        self.assertEqual(line.level_after, "Appraisal “unqualified”")
        self.assertEqual(line.direction, "harsher")
        article.unlink()
        dialog = self._run(draft)
        line = self._line(dialog, self.staff)
        self.assertEqual((line.total_after, line.level_after), (0, False))
        self.assertEqual((line.direction, dialog.unlisted_count), ("milder", 1))

    def test_other_bounds_are_tried_without_a_draft(self):
        self._score(self.staff, 4)
        dialogs = self.env["gov.points.whatif"].with_user(self.manager)
        dialog = dialogs.create(
            {
                "scheme_id": self.scheme.id,
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
            }
        )
        self.assertEqual(
            dialog.threshold_ids.mapped("bounds"),
            self.scheme.threshold_ids.mapped("bounds"),
        )
        circular = dialog.threshold_ids.filtered(lambda r: r.code == "circular")
        circular.single_from = 4
        dialog.action_run()
        self.assertEqual(dialog.line_ids.level_after, "Circular")
        self.assertEqual(dialog.harsher_count, 1)
        circular.write({"single_from": 0, "total_from": 4})
        dialog.action_run()
        self.assertEqual(dialog.line_ids.level_after, "Circular")
        circular.total_from_included = False
        dialog.action_run()
        self.assertEqual(dialog.line_ids.level_after, "Talk in the section")
        self.assertEqual(self.scheme.threshold_ids[2].total_from, 9)

    def test_shares_and_scores_of_then(self):
        """6 points shared 70 to 30 are 4 and 1, with full points 6 and 6."""
        shares = self._shares(self.staff | self.clerk, 6, "2026-09-10")
        engine(shares[0]).write({"share": 70, "points": 4})
        engine(shares[1]).write({"share": 30, "points": 1})
        self.entries._post(shares)
        same = self._results(self._run(self.scheme))
        self.assertEqual(same["Bai Jing"][:2], (4, 4))
        self.assertEqual(same["An Wen"][:2], (1, 1))
        full = self._results(self._run(self._draft(share_rule="full")))
        self.assertEqual(full["Bai Jing"][:2], (4, 6))
        self.assertEqual(full["An Wen"][1:], (6, "Circular", "harsher"))

    def test_discretion_keeps_its_points_as_far_as_allowed(self):
        article = self.scheme.article_ids.filtered("is_discretion")
        shares = self._shares(self.staff, 4, "2026-09-10")
        engine(shares).write(
            {
                "article_id": article.id,
                "discretion_points": 4,
                "discretion_grounds": "Grounds",
                "points": 4,
            }
        )
        self.entries._post(shares)
        draft = self._draft()
        self.assertEqual(self._results(self._run(draft))["Bai Jing"][1], 4)
        draft.scores = "12, 6, 3, 2, 1"
        self.assertEqual(self._results(self._run(draft))["Bai Jing"][1], 3)

    def test_reversed_scores_do_not_count_and_lowered_ones_never_rise(self):
        gone = self._score(self.staff, 6)
        self.entries._correct(gone.share_id, 0, "Revoked")
        lowered = self._score(self.clerk, 6)
        self.entries._correct(lowered.share_id, 2, "Reduced")
        results = self._results(self._run(self.scheme))
        self.assertNotIn("Bai Jing", results)
        self.assertEqual(results["An Wen"][:2], (2, 2))

    def test_people_to_whom_it_does_not_apply(self):
        self._score(self.staff, 4)
        self._score(self.works_staff, 4)
        dialog = self._run(self._draft(department_ids=[Command.set(self.works.ids)]))
        results = self._results(dialog)
        self.assertEqual(results["Bai Jing"][1:], (0, False, "milder"))
        self.assertEqual(results["Jiang Yan"][1], 4)
        self.assertEqual(dialog.outside_count, 1)

    def test_other_cycles_group_the_scores_anew(self):
        """4 and 4 of two cycles by review day lie in one calendar year."""
        self.staff.points_review_date = date(2025, 7, 1)
        self._score(self.staff, 4, "2026-06-30")
        self._score(self.staff, 4, "2026-07-01")
        same = self._run(self.scheme, date_from="2025-07-01")
        self.assertEqual(len(self._line(same, self.staff)), 2)
        self.assertEqual(set(same.line_ids.mapped("total_after")), {4})
        dialog = self._run(
            self._draft(cycle_start="calendar_year"), date_from="2025-07-01"
        )
        line = self._line(dialog, self.staff)
        self.assertEqual(len(line), 1)
        self.assertEqual((line.total_before, line.total_after), (4, 8))
        self.assertEqual(line.level_after, "Talk with the scoring office")
        self.assertEqual(line.direction, "harsher")

    def test_period_and_institution(self):
        self._score(self.staff, 4)
        empty = self._run(self.scheme, date_from="2020-01-01", date_to="2020-12-31")
        self.assertEqual((empty.people_count, len(empty.line_ids)), (0, 0))
        with self.assertRaisesRegex(UserError, "ends before it begins"):
            self._run(self.scheme, date_to="2025-12-31")
        dialogs = self.env["gov.points.whatif"].with_user(self.manager)
        dialog = dialogs.create(
            {"scheme_id": self.scheme.id, "company_id": self.other_company.id}
        )
        with self.assertRaises(AccessError):
            dialog.action_run()

    def test_of_very_many_only_the_changed_ones_are_listed(self):
        self._score(self.staff, 4)
        self._score(self.clerk, 6)
        self.patch(gov_points_whatif, "_MOST_LINES", 1)
        draft = self._draft()
        draft.article_ids.filtered(lambda a: a.points == 6).points = 12
        dialog = self._run(draft)
        self.assertEqual(dialog.line_ids.employee_id, self.clerk)
        self.assertEqual((dialog.people_count, dialog.harsher_count), (2, 1))

    def test_own_rulebook_does_not_begin_before_what_was_scored(self):
        """Its own tests live here, where people are scored."""
        self._score(self.staff, 4, "2026-09-10")
        draft = self._draft(date_from="2026-09-10", company_id=self.company.id)
        with self.assertRaisesRegex(UserError, "scored by .*version 1"):
            draft.action_release()
        draft.date_from = "2026-09-11"
        draft.action_release()
        schemes = self.env["gov.points.scheme"]
        for day, scheme in (("2026-09-10", self.scheme), ("2026-09-11", draft)):
            self.assertEqual(schemes._find(self.staff, day, self.company), scheme)

    # === Nothing is written ===

    def test_nothing_is_written_but_the_dialog(self):
        self._score(self.staff, 4)
        self._score(self.clerk, 6)
        draft = self._draft()
        draft.article_ids.points = 0
        draft.article_ids.filtered(lambda a: not a.is_discretion).points = 12
        dialogs = self.env["gov.points.whatif"].with_user(self.manager)
        self.env.flush_all()
        written = set()
        execute = Cursor.execute

        def spy(cursor, query, *args, **kwargs):
            text = getattr(query, "code", query)
            words = str(text).replace('"', " ").split()
            if words[0].upper() in ("INSERT", "UPDATE", "DELETE"):
                table = words[1] if words[0].upper() == "UPDATE" else words[2]
                written.add(table)
            return execute(cursor, query, *args, **kwargs)

        self.patch(Cursor, "execute", spy)
        dialog = dialogs.create({"scheme_id": draft.id})
        dialog.action_run()
        self.env.flush_all()
        self.assertEqual(dialog.harsher_count, 2)
        self.assertIn("gov_points_whatif_line", written)
        self.assertLessEqual(written, TRANSIENT)

    def test_no_query_per_person(self):
        people = self.env["hr.employee"].create(
            [
                {
                    "name": f"Person {number}",
                    "department_id": self.works.id,
                    "company_id": self.company.id,
                }
                for number in range(40)
            ]
        )
        self.entries._post(self._shares(people[:4], 4, "2026-09-10"))
        few = self._count_queries()
        self.entries._post(self._shares(people[4:], 4, "2026-09-10"))
        self.assertLessEqual(self._count_queries(), few + 3)

    def _count_queries(self):
        dialogs = self.env["gov.points.whatif"].with_user(self.manager)
        dialog = dialogs.create({"scheme_id": self.scheme.id})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        dialog.action_run()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    # === Who ===

    def test_only_the_manager_and_the_own_dialog(self):
        values = {"scheme_id": self.scheme.id}
        for user in self.points_user, self.staff_user, self.supervision_user:
            if user.has_group("gov_points.group_points_manager"):
                continue
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["gov.points.whatif"].with_user(user).create(values)
        dialog = self.env["gov.points.whatif"].with_user(self.manager).create(values)
        with self.assertRaisesRegex(UserError, "somebody else"):
            dialog.with_user(self.env.user).action_run()
        for vals in ({"people_count": 7}, {"done": True}, {"line_ids": []}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                dialog.write(vals)
        line = {"whatif_id": dialog.id, "total_after": 100}
        with self.assertRaises(UserError):
            self.env["gov.points.whatif.line"].with_user(self.manager).create(line)
        for value in ("x", -1, 2**40, True):
            with self.subTest(value=value), self.assertRaises(UserError):
                dialog.write({"scheme_id": value})

from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, ExclusionViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common import PointsCommon

# 12:00 at the institution.
NOON = "2026-11-22 04:00:00"
TODAY = date(2026, 11, 22)


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestSchemeRelease(PointsCommon):
    """What a release asks for, versions one after the other, and what they change."""

    def _missing(self, scheme):
        with self.assertRaises(UserError) as caught:
            scheme.action_release()
        self.assertEqual(scheme.state, "draft")
        return str(caught.exception)

    def _next(self, scheme, **values):
        """Return the draft of the next version."""
        action = scheme.with_user(self.manager_user).action_new_version()
        draft = self.env["gov.points.scheme"].browse(action["res_id"])
        draft.write({"date_from": TODAY + timedelta(days=10), **values})
        return draft

    # === What is missing ===

    def test_complete_draft_is_released(self):
        draft = self._draft()
        self.assertFalse(draft.release_blockers)
        self.assertTrue(draft.with_user(self.manager_user).action_release())
        self.assertRecordValues(
            draft,
            [
                {
                    "state": "released",
                    "released_on": TODAY,
                    "released_by_id": self.manager_user.id,
                    "is_current": True,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "released already"):
            draft.action_release()

    def test_empty_draft_names_everything_at_once(self):
        draft = self.env["gov.points.scheme"].create({"name": "Empty", "code": "E"})
        draft.write({"appeal_role_id": False, "for_career": False})
        draft.write({tick: False for tick in ("for_worker", "for_contract")})
        draft.write({"for_dispatch": False, "for_seconded": False})
        draft.includes_vendors = False
        text = self._missing(draft)
        for part in (
            "The day from which",
            "No score",
            "No article",
            "No threshold",
            "Who decides on appeals",
            "applies to nobody",
        ):
            self.assertIn(part, text)
        self.assertEqual(len(draft.release_blockers.splitlines()), 6)

    def test_articles_carry_allowed_scores(self):
        draft = self._draft()
        draft.article_ids[0].points = 3
        self.assertIn("Article 1: 3 is not an allowed score", self._missing(draft))
        draft.article_ids[0].points = 0
        self.assertIn("Article 1: 0 is not an allowed score", self._missing(draft))

    def test_appeal_goes_to_two_different_bodies(self):
        draft = self._draft()
        draft.appeal_else_role_id = draft.appeal_role_id
        self.assertIn("name another body", self._missing(draft))

    def test_level_without_measure(self):
        draft = self._draft()
        draft.threshold_ids[0].measure_ids.unlink()
        self.assertIn("“Low” has no measure", self._missing(draft))

    def test_gaps_overlaps_and_order_of_levels(self):
        for changes, text in [
            ({"total_to": 5}, "Gap: a total of 5 has no level"),
            ({"total_to": 6, "total_to_included": True}, "Overlap: a total of 6 lies"),
            ({"total_to": 8}, "Overlap: a total of 6 lies in “Low” and in “High”"),
            ({"sequence": 30}, "“Low” stands after “High”"),
        ]:
            with self.subTest(changes=changes):
                draft = self._draft(code=f"T{len(text)}")
                draft.threshold_ids.filtered(lambda r: r.code == "low").write(changes)
                self.assertIn(text, draft.threshold_warning)
                self.assertIn(text, self._missing(draft))

    def test_exactly_six_without_any_row_is_a_gap(self):
        draft = self._draft()
        low, high = draft.threshold_ids
        high.write({"total_from_included": False, "single_from": 0})
        self.assertIn("Gap: a total of 6 has no level", draft.threshold_warning)
        low.total_to_included = True
        self.assertFalse(draft.threshold_warning)

    def test_levels_may_begin_late_and_lie_within_one_another(self):
        draft = self._draft()
        low, high = draft.threshold_ids
        low.write({"total_from": 3, "total_to": 0})
        self.assertFalse(draft.threshold_warning)
        self.assertEqual(draft._rows(2, 2).mapped("code"), [])
        self.assertEqual(draft._rows(6, 2).mapped("code"), ["low", "high"])
        high.total_from = 0
        self.assertEqual(high.bounds, "one score of 6 or more")
        self.assertFalse(draft.threshold_warning)
        self.assertEqual(draft._rows(100, 4).mapped("code"), ["low"])

    def test_bounds_say_whether_they_include_the_number(self):
        bounds = self.scheme.threshold_ids.mapped("bounds")
        self.assertEqual(
            bounds,
            [
                "> 0 and < 6",
                "≥ 6",
                "≥ 9, or one score of 6 or more",
                "≥ 12, or one score of 12 or more",
            ],
        )

    def test_released_rulebook_with_impossible_numbers(self):
        for values in (
            {"appeal_number": 0},
            {"appeal_number": 366},
            {"correction_number": -1},
            {"cycle_months": 0},
            {"cycle_months": 13},
            {"deduction_cap": -1},
            {"publication_days": 0},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self._draft(code="BAD", **values)
                self.env.flush_all()

    def test_article_numbers_and_levels_are_unique(self):
        draft = self._draft()
        for name, values in (
            ("article_ids", {"code": "1", "name": "Again"}),
            ("score_ids", {"points": 6}),
            ("threshold_ids", {"code": "low", "name": "Again"}),
        ):
            with (
                self.subTest(name=name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(UniqueViolation),
                self.cr.savepoint(),
            ):
                draft.write({name: [Command.create(values)]})
                self.env.flush_all()

    def test_bad_input_is_refused_with_the_field(self):
        draft = self._draft()
        for values in (
            {"appeal_number": "many"},
            {"appeal_unit": "weeks"},
            {"deduction_cap": float("nan")},
            {"appeal_role_id": "head"},
            {"date_from": "tomorrow"},
            {"scores": "12, six"},
            {"scores": "0"},
            {"scores": "99999"},
            {"name": "a\0b"},
            {"article_ids": "all"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                draft.write(values)
        with self.assertRaises(UserError):
            draft.article_ids[0].write({"points": "x"})
        with self.assertRaises(UserError):
            self.env["gov.points.scheme"].action_release()

    def test_scores_are_typed_in_one_line(self):
        draft = self._draft()
        self.assertEqual(draft.scores, "6, 4, 2, 1")
        draft.scores = "12，6、 3,1, 6"
        self.assertEqual(draft._allowed_scores(), [12, 6, 3, 1])
        self.assertEqual(draft.scores, "12, 6, 3, 1")

    # === Versions ===

    def test_new_version_is_a_draft_with_everything(self):
        draft = self._next(self.scheme)
        self.assertRecordValues(
            draft,
            [
                {
                    "version": 2,
                    "state": "draft",
                    "code": "LOGISTICS-STAFF",
                    "parent_id": self.scheme.id,
                    # The shared rulebook stays that of the others.
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(len(draft.article_ids), 36)
        self.assertEqual(draft._allowed_scores(), [12, 6, 4, 2, 1])
        self.assertEqual(len(draft.threshold_ids.measure_ids), 10)
        self.assertEqual(draft.named_from_threshold_id.scheme_id, draft)
        self.assertEqual(draft.named_from_threshold_id.code, "circular")
        with self.assertRaisesRegex(UserError, "is a draft already"):
            self.scheme.action_new_version()
        draft.unlink()
        self._next(self.scheme)

    def test_translations_come_along(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        first = self._draft()
        article = first.article_ids[0]
        article.with_context(lang="fr_FR").name = "En retard"
        first.action_release()
        copied = self._next(first).article_ids.filtered(lambda a: a.code == "1")
        self.assertEqual(copied.with_context(lang="fr_FR").name, "En retard")
        self.assertEqual(copied.name, "Late")

    def test_release_ends_the_version_before(self):
        first = self._draft()
        first.action_release()
        second = self._next(first)
        second.action_release()
        self.assertEqual(first.date_to, second.date_from - timedelta(days=1))
        schemes = self.env["gov.points.scheme"]
        for day, scheme in (
            (TODAY, first),
            (first.date_to, first),
            (second.date_from, second),
        ):
            found = schemes._get_for(day, self.company)
            self.assertEqual(found.filtered(lambda s: s.code == "TEST"), scheme)
        third = self._next(second, date_from=TODAY + timedelta(days=5))
        self.assertIn("two versions of a rulebook", self._missing(third))

    def test_version_in_force_keeps_its_past(self):
        first = self._draft()
        first.action_release()
        second = self._next(first, date_from=TODAY - timedelta(days=1))
        self.assertIn("at the earliest", self._missing(second))
        second.date_from = TODAY
        second.action_release()
        self.assertEqual(first.date_to, TODAY - timedelta(days=1))

    def test_versions_never_share_a_day_in_the_database(self):
        first = self._draft()
        first.action_release()
        second = self._next(first)
        second.action_release()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ExclusionViolation),
            self.cr.savepoint(),
        ):
            engine(first).date_to = second.date_from
            self.env.flush_all()

    def test_last_day(self):
        scheme = self._draft()
        with self.assertRaisesRegex(UserError, "is a draft"):
            scheme.action_set_last_day("2027-01-01")
        scheme.action_release()
        with self.assertRaisesRegex(UserError, "cannot lie before"):
            scheme.action_set_last_day(TODAY - timedelta(days=1))
        with self.assertRaisesRegex(UserError, "is not a date"):
            scheme.action_set_last_day("soon")
        self.assertTrue(scheme.action_set_last_day("2026-12-31"))
        self.assertEqual(scheme.date_to, date(2026, 12, 31))
        self.assertTrue(scheme.action_set_last_day(False))
        self.assertFalse(scheme.date_to)
        second = self._next(scheme)
        second.action_release()
        with self.assertRaisesRegex(UserError, "never share a day"):
            scheme.action_set_last_day(False)

    def test_plain_copy_is_another_rulebook(self):
        copied = self.scheme.copy()
        self.assertEqual(copied.code, "LOGISTICS-STAFF-2")
        self.assertEqual((copied.version, copied.state), (1, "draft"))
        self.assertEqual(copied.named_from_threshold_id.scheme_id, copied)

    def test_code_of_a_new_rulebook_is_free(self):
        schemes = self.env["gov.points.scheme"]
        first = schemes.create({"name": "One"})
        second = schemes.create({"name": "Two"})
        self.assertNotEqual(first.code, second.code)

    # === What a version changes ===

    def test_changes_against_the_version_before(self):
        first = self._draft()
        first.action_release()
        self.assertFalse(first.changes)
        second = self._next(first)
        self.assertEqual(
            [row["what"] for row in second._get_changes(first)], ["In force from"]
        )
        second.appeal_number = 5
        late, away, other = second.article_ids
        late.points = 2
        away.unlink()
        other.note = "Ask first"
        second.article_ids = [Command.create({"code": "3", "name": "Rude"})]
        low, high = second.threshold_ids
        high.total_from_included = False
        low.measure_ids.days_number = 9
        rows = second._get_changes(first)
        self.assertEqual(
            [(row["kind"], row["what"], row["before"], row["after"]) for row in rows][
                1:
            ],
            [
                ("changed", "Days to appeal", "3", "5"),
                ("changed", "Article 1", "Points: 1", "Points: 2"),
                ("changed", "Article 9", "", "Note: Ask first"),
                ("added", "Article 3", "", rows[4]["after"]),
                ("removed", "Article 2", rows[5]["before"], ""),
                (
                    "changed",
                    "Level High",
                    "Bounds: ≥ 6, or one score of 6 or more",
                    "Bounds: > 6, or one score of 6 or more",
                ),
                (
                    "changed",
                    "Measure of level Low",
                    "Days to do it: 5",
                    "Days to do it: 9",
                ),
            ],
        )
        self.assertIn("Rude", rows[4]["after"])
        self.assertIn("Away\nPoints: 4", rows[5]["before"])
        self.assertIn("Ask first", second.changes)
        self.assertIn("Added", second.changes)

    def test_changes_escape_what_people_type(self):
        first = self._draft()
        first.action_release()
        second = self._next(first)
        second.article_ids[0].name = "<script>alert(1)</script>"
        second.invalidate_recordset()
        self.assertIn("&lt;script&gt;", second.changes)
        self.assertNotIn("<script>", second.changes)

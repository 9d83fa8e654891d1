from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_ledger import LedgerCommon


@tagged("post_install", "-at_install")
class TestCircular(LedgerCommon):
    """The publication that a level asks for, and its correction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.works.line_leader_id = cls.leader

    def _circular(self, cycle):
        return cycle.measure_ids.filtered(
            lambda m: m.kind == "circular" and m.state != "withdrawn"
        )

    def _release(self, publication):
        self.assertTrue(publication.with_user(self.publisher_user).action_release())
        return publication

    def test_all_that_was_shown_stands_in_the_persons_record(self):
        """Also a circular that was taken down, made anew and dropped again."""
        entry = self._score(self.staff, 6)
        measure = self._circular(entry.cycle_id)
        first = measure.publication_id
        self._release(first)
        self.entries._correct(entry.share_id, 0, "Revoked")
        self._release(measure.correction_id)
        record = self.env["gov.points.record"].with_user(self.staff_user)
        record = record.browse(self.staff.id)
        expected = [measure.correction_id.title, first.title]

        def shown():
            record.invalidate_recordset()
            return [row["title"] for row in record._get_published()]

        self.assertEqual(shown(), expected)
        again = self._score(self.staff, 6)
        self.assertEqual(shown(), expected)
        self.entries._correct(again.share_id, 0, "Revoked")
        self.assertEqual(shown(), expected)

    def test_draft(self):
        measure = self._circular(self._score(self.staff, 6).cycle_id)
        draft = measure.publication_id
        self.assertRecordValues(
            draft,
            [
                {
                    "kind": "circular",
                    "stage": "draft",
                    "audience": "all",
                    "masked_names": False,
                    "model": "gov.points.measure",
                    "res_id": measure.id,
                    "company_id": self.company.id,
                }
            ],
        )
        # Five working days from 15 September, the Sunday is worked.
        self.assertEqual(str(draft.date_to), "2026-09-21")
        self.assertIn(self.staff.name, draft.body)
        self.assertIn(measure.cycle_id.entry_ids.article_id.code, draft.body)

    def test_the_office_reads_its_drafts(self):
        draft = self._circular(self._score(self.staff, 6).cycle_id).publication_id
        other = draft.copy({"title": "Of somebody else"})
        office, hr = (
            draft.with_user(self._create_user(f"circular_{name}", group))
            for name, group in (
                ("officer", "gov_points.group_points_officer"),
                ("hr", "gov_points.group_points_hr"),
            )
        )
        self.assertEqual(office.read(["title"])[0]["title"], draft.title)
        self.assertEqual(office.search([("id", "in", (draft | other).ids)]), office)
        for reader in hr, draft.with_user(self.staff_user):
            with self.assertRaises(AccessError):
                reader.read(["title"])
        with self.assertRaises(UserError):
            office.write({"title": "Mild"})

    def test_release_is_the_record(self):
        measure = self._circular(self._score(self.staff, 6).cycle_id)
        with self.assertRaisesRegex(UserError, "publisher has released"):
            measure.with_user(self.points_user).action_done("Shown")
        publication = self._release(measure.publication_id)
        self.assertEqual(publication.stage, "released")
        self.assertIn(self.staff.name, publication.body)
        self.assertEqual(
            (measure.state, measure.done_by_id), ("done", self.publisher_user)
        )
        self.assertIn(publication.number, measure.text)
        self.assertFalse(measure.activity_ids)

    def test_period_counts_from_release(self):
        measure = self._circular(self._score(self.staff, 6).cycle_id)
        from datetime import date

        patcher = self._patch_today(date(2026, 10, 9))
        patcher.start()
        self.addCleanup(patcher.stop)
        publication = self._release(measure.publication_id)
        self.assertEqual(str(publication.date_from), "2026-10-09")
        # Saturday 10 October is worked.
        self.assertEqual(str(publication.date_to), "2026-10-15")

    def test_masked_below_the_named_level(self):
        scheme = self.scheme.copy({"code": "MASKED", "company_id": self.company.id})
        named = scheme.threshold_ids.filtered(lambda t: t.code == "unqualified")
        scheme.write({"date_from": "2025-01-01", "named_from_threshold_id": named.id})
        measure = self._circular(self._score(self.staff, 6, scheme=scheme).cycle_id)
        self.assertFalse(measure.is_named)
        publication = self._release(measure.publication_id)
        self.assertNotIn(self.staff.name, publication.body)
        self.assertNotIn(self.staff.name, publication.title)

    def test_circle_of_the_department(self):
        scheme = self.scheme.copy({"code": "CIRCLE", "company_id": self.company.id})
        scheme.write({"date_from": "2025-01-01", "publication_audience": "departments"})
        entry = self._score(self.staff, 6, scheme=scheme)
        measure = self._circular(entry.cycle_id)
        publication = self._release(measure.publication_id)
        self.assertEqual(publication.department_ids, self.office)
        self.entries._correct(entry.share_id, 0, "Revoked")
        correction = measure.correction_id
        self.assertEqual(correction.audience, "departments")
        self.assertEqual(correction.department_ids, self.office)

    def test_draft_goes_when_the_score_is_revoked(self):
        entry = self._score(self.staff, 6)
        measure = self._circular(entry.cycle_id)
        draft = measure.publication_id
        self.entries._correct(entry.share_id, 0, "Revoked")
        self.assertFalse(draft.exists())
        self.assertEqual(measure.state, "withdrawn")
        self.assertFalse(measure.correction_id)

    def test_taken_down_and_corrected(self):
        """The same 6 reversed on appeal: cleared in the same circle."""
        self._score(self.staff, 1)
        entry = self._score(self.staff, 6)
        measure = self._circular(entry.cycle_id)
        publication = self._release(measure.publication_id)
        self.entries._correct(entry.share_id, 0, "Revoked")
        self.assertEqual(publication.stage, "taken_down")
        self.assertEqual(len(publication.takedown_ids), 1)
        self.assertTrue(publication.takedown_ids.is_sealed)
        self.assertEqual((measure.state, measure.is_cleared), ("done", True))
        correction = measure.correction_id
        self.assertRecordValues(
            correction, [{"kind": "circular", "stage": "draft", "audience": "all"}]
        )
        # The name was shown: the correction clears it by name.
        self.assertIn(publication.number, correction.body)
        self._release(correction)
        self.assertIn(self.staff.name, correction.body)
        # Nothing is done twice.
        entry.cycle_id._refresh()
        self.assertEqual(len(publication.takedown_ids), 1)
        self.assertEqual(measure.correction_id, correction)
        # Reached again: published anew.
        self._score(self.staff, 6)
        self.assertEqual((measure.state, measure.is_cleared), ("todo", False))
        self.assertEqual(measure.publication_id.stage, "draft")
        self.assertNotEqual(measure.publication_id, publication)

    def test_corrected_after_it_ended(self):
        entry = self._score(self.staff, 6)
        measure = self._circular(entry.cycle_id)
        publication = self._release(measure.publication_id)
        from datetime import date

        patcher = self._patch_today(date(2026, 11, 9))
        patcher.start()
        self.addCleanup(patcher.stop)
        self.assertEqual(publication.state, "ended")
        self.entries._correct(entry.share_id, 0, "Revoked")
        self.assertEqual(publication.stage, "taken_down")
        self.assertTrue(measure.correction_id)

    def test_one_of_the_scores_is_revoked(self):
        """The level stands without it, what was shown does not."""
        self._score(self.staff, 12)
        entry = self._score(self.staff, 4)
        measure = self._circular(entry.cycle_id)
        # Nobody has edited the draft: it is made anew with the 4.
        self.assertEqual(sorted(measure.shown_entry_ids.mapped("points")), [4, 12])
        drafts = self.env["gov.publication"].search(
            [("model", "=", measure._name), ("res_id", "=", measure.id)]
        )
        self.assertEqual(drafts, measure.publication_id)
        first = measure.shown_entry_ids.filtered(lambda e: e.points == 12)
        publication = self._release(measure.publication_id)
        self.entries._correct(first.share_id, 6, "Reduced")
        self.assertEqual(entry.cycle_id.total, 10)
        self.assertEqual(publication.stage, "taken_down")
        self.assertTrue(measure.correction_id)
        self.assertEqual(measure.state, "todo")
        self.assertEqual(measure.publication_id.stage, "draft")
        self.assertEqual(sorted(measure.shown_entry_ids.mapped("points")), [4, 6])

    def test_an_edited_draft_is_left_alone(self):
        measure = self._circular(self._score(self.staff, 6).cycle_id)
        draft = measure.publication_id
        draft.body = "<p>In other words.</p>"
        self._score(self.staff, 1)
        self.assertEqual(measure.publication_id, draft)
        self.assertIn("In other words", draft.body)

    def test_draft_deleted_by_its_author(self):
        measure = self._circular(self._score(self.staff, 6).cycle_id)
        measure.publication_id.unlink()
        self.assertFalse(measure.publication_id)
        measure.with_user(self.points_user).action_draft_circular()
        self.assertEqual(measure.publication_id.stage, "draft")
        with self.assertRaisesRegex(UserError, "nothing to draft"):
            measure.with_user(self.points_user).action_draft_circular()

    def test_disclosure(self):
        self._score(self.staff, 4)
        gone = self._score(self.clerk, 2)
        self._score(self.works_staff, 1)
        self.entries._correct(gone.share_id, 0, "Revoked")
        wizard = self.env["gov.points.disclosure"].with_user(self.points_user)
        wizard = wizard.create({"period": "month", "day": "2026-09-02"})
        with self.assertRaisesRegex(UserError, "2026"):
            wizard.action_draft()
        from datetime import date

        patcher = self._patch_today(date(2026, 10, 9))
        patcher.start()
        self.addCleanup(patcher.stop)
        wizard = wizard.create({"period": "quarter", "day": "2026-09-02"})
        self.assertEqual(str(wizard.date_from), "2026-07-01")
        self.assertEqual(str(wizard.date_to), "2026-09-30")
        wizard.action_draft()
        draft = self.env["gov.publication"].search([], order="id desc", limit=1)
        self.assertEqual(
            (draft.kind, draft.author_id), ("disclosure", self.points_user)
        )
        self.assertIn("Works", draft.body)
        for person in (self.staff, self.clerk, self.works_staff):
            self.assertNotIn(person.name, draft.body)
        with self.assertRaises(UserError):
            wizard.with_user(self.hr_user).action_draft()

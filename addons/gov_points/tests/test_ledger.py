from psycopg2 import Error

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common_ledger import TODAY, LedgerCommon


@tagged("post_install", "-at_install")
class TestLedger(LedgerCommon):
    """Entries: once, sealed, in the cycle of the incident."""

    def test_post(self):
        share = self._shares(self.staff, 4, "2026-09-10")
        entry = self.entries._post(share)
        self.assertRecordValues(
            entry,
            [
                {
                    "employee_id": self.staff.id,
                    "points": 4,
                    "share_id": share.id,
                    "revision": 1,
                    "posted_on": TODAY,
                    "department_id": self.office.id,
                    "article_id": share.article_id.id,
                    "is_sealed": True,
                    "is_reversed": False,
                }
            ],
        )
        cycle = entry.cycle_id
        self.assertEqual(str(cycle.date_from), "2026-03-01")
        self.assertEqual(str(cycle.date_to), "2027-02-28")
        self.assertRecordValues(
            cycle,
            [
                {
                    "total": 4,
                    "highest_single": 4,
                    "level": "talk_section",
                    "colour": "1",
                    "basis": "review_date",
                    "is_behind": False,
                    "department_id": self.office.id,
                }
            ],
        )

    def test_post_again_changes_nothing(self):
        share = self._shares(self.staff, 6, "2026-09-10")
        entry = self.entries._post(share)
        measures = entry.cycle_id.measure_ids
        self.assertEqual(self.entries._post(share), entry)
        self.assertEqual(entry.cycle_id.total, 6)
        self.assertEqual(entry.cycle_id.measure_ids, measures)

    def test_correction(self):
        entry = self._score(self.staff, 6)
        new = self.entries._correct(entry.share_id, 2, "Appeal: reduced")
        self.assertEqual(new.mapped("points"), [-6, 2])
        self.assertEqual(new[0].reversal_of_id, entry)
        self.assertEqual(new.mapped("revision"), [1, 2])
        self.assertTrue(entry.is_reversed)
        self.assertEqual(new.mapped("date"), [entry.date] * 2)
        self.assertEqual(entry.cycle_id.total, 2)
        self.assertEqual(entry.cycle_id.highest_single, 2)
        # Posting the decision once more does not bring it back.
        self.assertEqual(self.entries._post(entry.share_id), new[1])
        self.assertEqual(entry.cycle_id.total, 2)
        revoked = self.entries._correct(entry.share_id, 0, "Appeal: revoked")
        self.assertEqual(revoked.points, -2)
        self.assertEqual((entry.cycle_id.total, entry.cycle_id.level), (0, False))
        self.assertFalse(self._kinds(entry.cycle_id))
        with self.assertRaisesRegex(UserError, "no entry"):
            self.entries._correct(entry.share_id, 0, "Once more")

    def test_correction_only_lowers(self):
        entry = self._score(self.staff, 2)
        for points in (2, 4, -1, True, 1.0, None, "1"):
            with self.subTest(points), self.assertRaisesRegex(UserError, "lowers"):
                self.entries._correct(entry.share_id, points, "Wrong")
        for reason in ("", "  ", None, 5, "a" * 3000, "a\0b"):
            with self.subTest(reason), self.assertRaisesRegex(UserError, "Say why"):
                self.entries._correct(entry.share_id, 1, reason)
        self.assertEqual(entry.cycle_id.total, 2)

    def test_sealed(self):
        entry = self._score(self.staff, 2)
        with self.assertRaises(UserError):
            entry.points = 1
        with self.assertRaises(UserError):
            entry.unlink()
        with self.assertRaisesRegex(UserError, "sealed"):
            engine(entry).points = 1
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(Error),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                "UPDATE gov_points_entry SET points = 1 WHERE id = %s", [entry.id]
            )

    def test_queries(self):
        """Three people in one case, a circular each; mail is not switched off."""
        self._score(self.head, 6)  # the registry's own caches, as after a while
        context = {"allowed_company_ids": self.company.ids}  # mail is not switched off
        people = self.staff | self.clerk | self.works_staff
        shares = self._shares(people, 6, "2026-09-10")
        self.env.flush_all()
        self.env.invalidate_all()
        shares = shares.with_env(shares.env(context=context))
        entries = shares.env["gov.points.entry"]
        with self.assertQueryCount(50):
            entries._post(shares)
            self.env.flush_all()
        # A decision has these at hand already: they are not read for it.
        shares = self._shares(people, 1, "2026-09-10")
        shares = shares.with_env(shares.env(context=context))
        self.env.flush_all()
        with self.assertQueryCount(30):
            entries._post(shares)
            self.env.flush_all()

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PointsCommon


@tagged("post_install", "-at_install")
class TestScheme(PointsCommon):
    """The shipped rulebook and what it answers."""

    def _codes(self, total, highest):
        return self.scheme._rows(total, highest).mapped("code")

    # === The shipped rulebook ===

    def test_shipped_rulebook_is_complete_and_released(self):
        scheme = self.scheme
        self.assertEqual(scheme.state, "released")
        self.assertEqual(scheme._allowed_scores(), [12, 6, 4, 2, 1])
        self.assertEqual(len(scheme.article_ids), 36)
        self.assertFalse(scheme._get_blockers())
        self.assertEqual(
            scheme.article_ids.filtered("must_transfer").mapped("code"), ["8.2", "8.8"]
        )
        self.assertEqual(
            scheme.article_ids.filtered("is_discretion").mapped("code"), ["99"]
        )
        complaint = scheme.article_ids.filtered(
            lambda article: article._answers_to("verified_complaint")
        )
        self.assertRecordValues(
            complaint,
            [
                {
                    "code": "9.1",
                    "rule_code": "verified_complaint",
                    "trigger_count": 2,
                    "trigger_months": 12,
                }
            ],
        )
        self.assertEqual(self._codes_for(scheme, "vehicle_accident"), ["7.5", "8.7"])
        # Without an accident private use has no article of its own.
        for code in ("vehicle_private_use", "vehicle_sealed_use", "vehicle_offence"):
            self.assertEqual(self._codes_for(scheme, code), ["99"])
        self.assertFalse(self._codes_for(scheme, "vehicle"))
        self.assertEqual(scheme.named_from_threshold_id.code, "circular")

    def _codes_for(self, scheme, rule_code):
        articles = scheme.article_ids.filtered(lambda a: a._answers_to(rule_code))
        return articles.mapped("code")

    def test_shipped_chain_of_cases(self):
        """Up to two points two officers, above the leading group at a meeting."""
        rules = self.env["gov.approval.rule"].search(
            [("model", "=", "gov.points.case"), ("company_id", "=", False)]
        )
        officers, group = rules
        self.assertEqual(
            (officers.role_id.code, officers.required_kind, officers.required_count),
            ("points_officer", "count", 2),
        )
        self.assertEqual((group.role_id.code, group.kind), ("points_group", "meeting"))
        for points in (1, 2, 4, 6, 12):
            self.assertEqual(officers._covers(points), points <= 2)
            self.assertEqual(group._covers(points), points > 2)
        self.assertFalse(rules.currency_id)
        self.assertFalse(officers.band_warning)

    # === Scores ===

    def test_share_gives_the_largest_allowed_score_not_above(self):
        for points, share, result in [
            (6, 70, 4),  # 4.2
            (6, 30, 1),  # 1.8
            (6, 66.66, 2),  # 3.9996
            (6, 66.67, 4),
            (12, 50, 6),
            (12, 49.99, 4),
            (4, 25, 1),
            (4, 24, 1),  # below the smallest
            (12, 0.01, 1),
            (12, 100, 12),
            (1, 50, 1),
        ]:
            with self.subTest(points=points, share=share):
                self.assertEqual(self.scheme._score(points, share), result)

    def test_full_rule_asks_for_no_share(self):
        scheme = self._draft(share_rule="full")
        self.assertEqual(scheme._score(6, False), 6)
        self.assertEqual(scheme._score(6, 30), 6)

    def test_score_that_is_not_allowed_is_refused_with_the_allowed_ones(self):
        for points in (3, 0, -1, 13, False):
            with (
                self.subTest(points=points),
                self.assertRaisesRegex(UserError, "12, 6, 4, 2, 1"),
            ):
                self.scheme._score(points)

    def test_impossible_share_is_refused(self):
        for share in (0, -5, 100.01, float("nan"), float("inf"), "x", None, True):
            with (
                self.subTest(share=share),
                self.assertRaisesRegex(UserError, "share of"),
            ):
                self.scheme._score(6, share)

    # === Levels ===

    def test_levels_at_their_bounds(self):
        for total, highest, rows in [
            (0, 0, []),
            (1, 1, ["talk_section"]),
            (5, 4, ["talk_section"]),
            (6, 4, ["talk_office"]),
            (6, 6, ["talk_office", "circular"]),
            (8, 4, ["talk_office"]),
            (9, 4, ["talk_office", "circular"]),
            (11, 4, ["talk_office", "circular"]),
            (12, 4, ["talk_office", "circular", "unqualified"]),
            (12, 12, ["talk_office", "circular", "unqualified"]),
        ]:
            with self.subTest(total=total, highest=highest):
                self.assertEqual(self._codes(total, highest), rows)
                self.assertEqual(
                    self.scheme._level(total, highest).code or None,
                    rows[-1] if rows else None,
                )

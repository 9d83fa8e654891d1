from odoo import api, fields, models

from .gov_points_scheme import STAFF_TICKS


class GovPointsScheme(models.Model):
    """What a rulebook still lacks before it can be released."""

    _inherit = "gov.points.scheme"

    threshold_warning = fields.Text(compute="_compute_threshold_warning")
    release_blockers = fields.Text(
        string="Still missing",
        compute="_compute_release_blockers",
        help="What has to be filled in before the rulebook can be released.",
    )

    @api.depends(
        "threshold_ids.sequence",
        "threshold_ids.total_from",
        "threshold_ids.total_from_included",
        "threshold_ids.total_to",
        "threshold_ids.total_to_included",
        "threshold_ids.single_from",
    )
    def _compute_threshold_warning(self):
        for scheme in self:
            scheme.threshold_warning = "\n".join(scheme._get_threshold_warnings())

    def _compute_release_blockers(self):
        for scheme in self:
            texts = scheme._get_blockers() if scheme.state == "draft" else []
            scheme.release_blockers = "\n".join(texts)

    def _get_threshold_warnings(self):
        """Return a text for each gap, crossing and row out of order.

        A total below the first row may well have no level; above it none goes without.
        """
        self.ensure_one()
        rows = self.threshold_ids.filtered(lambda r: r._has_total())
        rows = rows.sorted(lambda r: (r.sequence, r._origin.id))
        if not rows:
            return []
        numbers = [n for r in rows for n in (r.total_from, r.total_to)]
        held = {
            total: rows.filtered(lambda r, total=total: r._covers(total))
            for total in {n + d for n in numbers for d in (-1, 0, 1)}
            if total > 0
        }
        return (
            self._get_gap_warnings(held)
            + self._get_crossing_warnings(rows, held)
            + self._get_order_warnings(rows)
        )

    def _get_gap_warnings(self, held):
        first = min((total for total, rows in held.items() if rows), default=0)
        return [
            self.env._("Gap: a total of %s has no level.", total)
            for total, rows in sorted(held.items())
            if total > first and not rows
        ]

    def _get_crossing_warnings(self, rows, held):
        """Two rows cross where one begins inside the other and ends outside it."""
        warnings = []
        for index, row in enumerate(rows):
            for other in rows[index + 1 :]:
                both = [t for t, here in held.items() if row in here and other in here]
                only = [
                    t for t, here in held.items() if row in here and other not in here
                ]
                beyond = [
                    t for t, here in held.items() if other in here and row not in here
                ]
                if both and only and beyond:
                    warnings.append(
                        self.env._(
                            "Overlap: a total of %(total)s lies in “%(row)s” and in "
                            "“%(other)s”.",
                            total=min(both),
                            row=row.name,
                            other=other.name,
                        )
                    )
        return warnings

    def _get_order_warnings(self, rows):
        return [
            self.env._(
                "Order: “%(row)s” stands after “%(other)s” and begins below it. Rows "
                "go from mild to severe.",
                row=row.name,
                other=other.name,
            )
            for other, row in zip(rows, rows[1:], strict=False)
            if row.total_from < other.total_from
        ]

    def _get_blockers(self):
        """Return a text for everything that is missing before a release."""
        self.ensure_one()
        texts = []
        if not self.date_from:
            texts.append(self.env._("The day from which it is in force is missing."))
        if not self.score_ids:
            texts.append(self.env._("No score is allowed yet."))
        if not self.article_ids:
            texts.append(self.env._("No article is listed yet."))
        texts += self._get_article_blockers()
        texts += self._get_threshold_blockers()
        if not self.appeal_role_id or not self.appeal_else_role_id:
            texts.append(
                self.env._(
                    "Who decides on appeals is missing: the first body, and the one "
                    "that decides when the first took part."
                )
            )
        elif self.appeal_role_id == self.appeal_else_role_id:
            texts.append(
                self.env._(
                    "The same role decides on an appeal when it took part in the "
                    "score: name another body."
                )
            )
        if not self.includes_vendors and not any(
            self[name] for name in STAFF_TICKS.values()
        ):
            texts.append(self.env._("It applies to nobody: tick a kind of staff."))
        return texts

    def _get_article_blockers(self):
        allowed = self._allowed_scores()
        return [
            self.env._(
                "Article %(code)s: %(points)s is not an allowed score.",
                code=article.code,
                points=article.points,
            )
            for article in self.article_ids
            if not article.is_discretion and article.points not in allowed
        ]

    def _get_threshold_blockers(self):
        if not self.threshold_ids:
            return [self.env._("No threshold is set yet.")]
        texts = self._get_threshold_warnings()
        texts += [
            self.env._("Level “%s” has no measure.", row.name)
            for row in self.threshold_ids
            if not row.measure_ids
        ]
        named = self.named_from_threshold_id
        if named and named not in self.threshold_ids:
            texts.append(
                self.env._("“Named from level” names a level of another rulebook.")
            )
        return texts

from odoo import api, fields, models


class GovPointsBoundsMixin(models.AbstractModel):
    """Between which points a row of a ladder holds.

    Shared by the thresholds of a rulebook and the rows that somebody tries out: both
    answer in the same way.
    """

    _name = "gov.points.bounds.mixin"
    _description = "Bounds of a Row of the Ladder"

    total_from = fields.Integer(string="Total from", help="0: from the first point on.")
    total_from_included = fields.Boolean(
        string="From: included",
        default=True,
        help="Whether a total of exactly this number is within the row.",
    )
    total_to = fields.Integer(string="Total to", help="0: no upper bound.")
    total_to_included = fields.Boolean(
        string="To: included",
        help="Whether a total of exactly this number is within the row.",
    )
    single_from = fields.Integer(
        string="Or one score of",
        help="One single score of this number or more is enough, whatever the total. "
        "0: only the total counts.",
    )
    bounds = fields.Char(
        compute="_compute_bounds",
        help="In words: ≥ and ≤ include the number, > and < do not.",
    )

    # === Compute ===

    @api.depends(
        "total_from",
        "total_from_included",
        "total_to",
        "total_to_included",
        "single_from",
    )
    @api.depends_context("lang")
    def _compute_bounds(self):
        for row in self:
            row.bounds = row._get_bounds_text()

    def _get_bounds_text(self):
        """Return the bounds as people read them, each with or without its number."""
        self.ensure_one()
        if not self._has_total():
            return self.env._("one score of %s or more", self.single_from)
        low = "≥" if self.total_from and self.total_from_included else ">"
        text = f"{low} {self.total_from}"
        if self.total_to:
            high = "≤" if self.total_to_included else "<"
            text = self.env._(
                "%(low)s and %(high)s", low=text, high=f"{high} {self.total_to}"
            )
        if self.single_from:
            text = self.env._(
                "%(total)s, or one score of %(single)s or more",
                total=text,
                single=self.single_from,
            )
        return text

    # === Helpers ===

    def _has_total(self):
        """Tell whether the total counts: a row may name a single score alone."""
        return bool(self.total_from or self.total_to or not self.single_from)

    def _holds(self, total, highest):
        """Tell whether the row holds.

        :param int total: points of the cycle; without points no row holds.
        :param int highest: the highest single score that stands in the cycle.
        """
        self.ensure_one()
        if self.single_from and highest >= self.single_from:
            return True
        return total > 0 and self._has_total() and self._covers(total)

    def _covers(self, total):
        """Tell whether ``total`` lies within the bounds of the total."""
        if total < self.total_from or (self.total_to and total > self.total_to):
            return False
        if total == self.total_from and not self.total_from_included:
            return False
        return not (
            self.total_to and total == self.total_to and not self.total_to_included
        )

    def _is_reached(self, total, highest):
        """Tell whether the row holds or has been passed by on the way up.

        What it asked for stays then: only a drop below its lower bound withdraws it.
        """
        self.ensure_one()
        if self.single_from and highest >= self.single_from:
            return True
        if total <= 0 or not self._has_total():
            return False
        return total > self.total_from or (
            total == self.total_from and self.total_from_included
        )

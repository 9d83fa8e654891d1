from odoo import api, fields, models


class GovPointsThreshold(models.Model):
    """One row of a rulebook's ladder: from which points on it holds, what follows.

    A row holds when the total of the cycle lies within its bounds or one single score
    reaches ``single_from``. Each bound says whether it includes its number. Rows stand
    from mild to severe; the level of a person is the last that holds, and every row
    that holds makes its measures.
    """

    _name = "gov.points.threshold"
    _description = "Threshold of a Rulebook"
    _inherit = ["gov.points.part.mixin"]
    _order = "scheme_id, sequence, id"

    scheme_id = fields.Many2one(
        "gov.points.scheme",
        string="Rulebook",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(string="Level", required=True, translate=True)
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
    colour = fields.Selection(
        [("0", "Green"), ("1", "Yellow"), ("2", "Orange"), ("3", "Red")],
        string="Light",
        required=True,
        default="1",
    )
    bounds = fields.Char(
        compute="_compute_bounds",
        help="In words: ≥ and ≤ include the number, > and < do not.",
    )
    measure_ids = fields.One2many(
        "gov.points.threshold.measure", "threshold_id", string="Measures", copy=True
    )

    _code_uniq = models.UniqueIndex(
        "(scheme_id, code)", "Another level of this rulebook has the same code."
    )
    _bounds_check = models.Constraint(
        "CHECK (total_from >= 0 AND total_to >= 0 AND single_from >= 0"
        " AND (total_to = 0 OR total_to > total_from OR (total_to = total_from"
        " AND total_from_included AND total_to_included)))",
        "A bound is not below 0, and the upper one lies above the lower one.",
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

    def _get_diff_key(self):
        """Return by what the level is told apart within its rulebook."""
        return self.code

    def _get_diff_text(self):
        return self.env._("Level %s", self.name)

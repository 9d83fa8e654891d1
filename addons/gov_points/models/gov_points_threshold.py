from odoo import fields, models


class GovPointsThreshold(models.Model):
    """One row of a rulebook's ladder: from which points on it holds, what follows.

    A row holds when the total of the cycle lies within its bounds or one single score
    reaches ``single_from``. Each bound says whether it includes its number. Rows stand
    from mild to severe; the level of a person is the last that holds, and every row
    that holds makes its measures.
    """

    _name = "gov.points.threshold"
    _description = "Threshold of a Rulebook"
    _inherit = ["gov.points.part.mixin", "gov.points.bounds.mixin"]
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
    colour = fields.Selection(
        [("0", "Green"), ("1", "Yellow"), ("2", "Orange"), ("3", "Red")],
        string="Light",
        required=True,
        default="1",
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

    # === Helpers ===

    def _get_diff_key(self):
        """Return by what the level is told apart within its rulebook."""
        return self.code

    def _get_diff_text(self):
        return self.env._("Level %s", self.name)

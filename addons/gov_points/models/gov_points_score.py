from odoo import fields, models


class GovPointsScore(models.Model):
    """One of the numbers of points that a rulebook allows.

    A listed behaviour carries one of them; a share of blame and a discretionary score
    come out as one of them.
    """

    _name = "gov.points.score"
    _description = "Allowed Score"
    _inherit = ["gov.points.part.mixin"]
    _order = "scheme_id, points desc"
    _rec_name = "points"

    scheme_id = fields.Many2one(
        "gov.points.scheme",
        string="Rulebook",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True)
    points = fields.Integer(required=True)

    _points_uniq = models.UniqueIndex(
        "(scheme_id, points)", "This score is in the rulebook already."
    )
    _points_check = models.Constraint(
        "CHECK (points BETWEEN 1 AND 1000)",
        "A score lies between 1 and 1000 points.",
    )

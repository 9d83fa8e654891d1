from odoo import api, fields, models
from odoo.exceptions import ValidationError


class GovPointsArticle(models.Model):
    """One behaviour that a rulebook lists, and what it costs.

    An article of discretion carries no points of its own: whoever scores by it writes
    the grounds and chooses one of the allowed scores. ``rule_code`` is the code of the
    kind of finding that the article answers to: ``trigger_count`` confirmed findings
    of one person within ``trigger_months`` become a proposed case.
    """

    _name = "gov.points.article"
    _description = "Article of a Rulebook"
    _inherit = ["gov.points.part.mixin"]
    _order = "scheme_id, sequence, id"
    _rec_names_search = ["code", "name"]

    scheme_id = fields.Many2one(
        "gov.points.scheme",
        string="Rulebook",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True)
    code = fields.Char(string="Article", required=True, help="Its number, e.g. 7.1.")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Behaviour", required=True, translate=True)
    points = fields.Integer(help="One of the allowed scores; 0 for discretion.")
    is_discretion = fields.Boolean(
        string="Discretion",
        help="Any of the allowed scores, with written grounds.",
    )
    must_transfer = fields.Boolean(
        string="To be transferred",
        help="Discipline or crime: the case goes to the body in charge and is not "
        "investigated here.",
    )
    rule_code = fields.Char(
        string="Finding",
        help="Code of the kind of finding that becomes a proposed case by this "
        "article; several are separated by commas. Empty: none.",
    )
    trigger_count = fields.Integer(
        string="Findings needed",
        default=1,
        help="So many confirmed findings of one person propose a case; fewer do not.",
    )
    trigger_months = fields.Integer(
        string="Within months",
        default=12,
        help="Counted back from the newest of them.",
    )
    note = fields.Text(translate=True, help="How the article is read.")

    _code_uniq = models.UniqueIndex(
        "(scheme_id, code)", "Another article of this rulebook has the same number."
    )
    _points_check = models.Constraint(
        "CHECK (points >= 0 AND (NOT is_discretion OR points = 0))",
        "An article of discretion has no points of its own, and none has fewer than 0.",
    )
    _trigger_check = models.Constraint(
        "CHECK (trigger_count BETWEEN 1 AND 100 AND trigger_months BETWEEN 1 AND 120)",
        "At least one finding is needed, within at least one month.",
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for article in self:
            article.display_name = f"{article.code or ''} {article.name or ''}".strip()

    @api.constrains("code")
    def _check_code(self):
        for article in self:
            if not article.code.strip() or article.code != article.code.strip():
                raise ValidationError(
                    self.env._(
                        "The number of an article cannot begin or end with a space."
                    )
                )

    def _answers_to(self, rule_code):
        """Tell whether findings of this kind are proposed by this article."""
        self.ensure_one()
        codes = (self.rule_code or "").replace("，", ",").split(",")
        return rule_code in [code.strip() for code in codes]

    def _get_diff_key(self):
        """Return by what the article is told apart within its rulebook."""
        return self.code

    def _get_diff_text(self):
        return self.env._("Article %s", self.code)

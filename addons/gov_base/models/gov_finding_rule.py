from odoo import api, fields, models


class GovFindingRule(models.Model):
    """What a kind of finding is called and why it is looked at.

    Modules ship their kinds as data; a code that nobody described gets a row of its
    own when its first finding is opened.
    """

    _name = "gov.finding.rule"
    _description = "Kind of Finding"
    _order = "name, id"

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, translate=True)
    description = fields.Text(
        translate=True, help="What is looked at, and the rule that it comes from."
    )

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "This kind of finding exists already."
    )

    @api.model
    def _get(self, code):
        """Return the kind with this code, made on the spot when it is unknown."""
        # sudo: called by the server code that opens a finding.
        rules = self.sudo()
        return rules.search([("code", "=", code)]) or rules.create(
            {"code": code, "name": code.replace("_", " ").capitalize()}
        )

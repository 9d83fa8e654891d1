from odoo import fields, models


class GovApprovalPhrase(models.Model):
    """Grounds of decisions on appeals that are said in one tap."""

    _inherit = "gov.approval.phrase"

    outcome = fields.Selection(
        selection_add=[
            ("appeal_upheld", "Score upheld on appeal"),
            ("appeal_reduced", "Score reduced on appeal"),
            ("appeal_revoked", "Score revoked on appeal"),
        ],
        ondelete={
            "appeal_upheld": "cascade",
            "appeal_reduced": "cascade",
            "appeal_revoked": "cascade",
        },
    )

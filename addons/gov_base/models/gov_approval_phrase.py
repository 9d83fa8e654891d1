from odoo import api, fields, models


class GovApprovalPhrase(models.Model):
    """A stock phrase: one tap fills the opinion that goes with a decision.

    Phrases are written in the language of the institution's records and are kept by
    the approval administrator; those without an institution hold for all of them.
    """

    _name = "gov.approval.phrase"
    _description = "Stock Phrase"
    _order = "outcome, sequence, id"

    name = fields.Char(string="Phrase", required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    outcome = fields.Selection(
        [
            ("approve", "Approve"),
            ("return", "Return for correction"),
            ("reject", "Reject"),
            ("hold", "Put on hold"),
        ],
        string="For",
        required=True,
        default="approve",
    )
    filled_for = fields.Selection(
        [("department_head", "Section heads"), ("others", "Leaders and others")],
        string="Filled in for",
        help="Stands in the dialog at once when these approve; they may change it.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        help="Empty: for every institution of this database.",
    )

    @api.model
    def _get_filled(self, step):
        """Return the phrase that stands in the dialog when ``step`` is approved."""
        is_head = step.approver_kind == "department_head"
        return self.search(
            [
                ("outcome", "=", "approve"),
                ("filled_for", "=", "department_head" if is_head else "others"),
                ("company_id", "in", (False, step.company_id.id)),
            ],
            order="company_id, sequence, id",
            limit=1,
        )

from odoo import fields, models


class ContractContract(models.Model):
    """Contracts are assessed each month; a statement uses the final scores."""

    _inherit = "contract.contract"

    sheet_id = fields.Many2one(
        "gov.service.sheet",
        string="Assessment sheet",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What the monthly assessment of this contract looks at.",
    )
    assessment_ids = fields.One2many(
        "gov.service.assessment", "contract_id", string="Assessments", copy=False
    )
    inspector_ids = fields.Many2many(
        "res.users",
        "contract_contract_inspector_rel",
        "contract_id",
        "user_id",
        string="Inspectors",
        help="The two people who usually inspect; each assessment names its own.",
    )

    def _get_assessment(self, date_from, date_to):
        """Return the final assessments that cover a period of this contract.

        :param date_from: first day.
        :param date_to: last day; days outside the contract's term are not asked for.
        :return: assessments in the order of their days; none while a day of the
            period has no final score.
        """
        self.ensure_one()
        # sudo: the statement's own method has checked its person.
        assessments = (
            self.env["gov.service.assessment"]
            .sudo()
            .search(
                [
                    ("contract_id", "=", self.id),
                    ("state", "=", "final"),
                    ("date_from", "<=", date_to),
                    ("date_to", ">=", date_from),
                ],
                order="date_from",
            )
        )
        first = max(date_from, self.date_start or date_from)
        last = min(date_to, self.date_end or date_to)
        if not assessments._covers(assessments, first, last):
            return assessments.browse()
        return assessments

    def _assessment_is_final(self, assessment):
        """Act on a score of this contract that has become final.

        :param assessment: the assessment, sealed.
        """
        self.ensure_one()

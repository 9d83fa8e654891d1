from odoo import fields, models


class ContractContract(models.Model):
    """Contracts are assessed each month; a statement uses the final scores."""

    _inherit = "contract.contract"
    # A sheet is drawn up anew without a supplement: it stands in the annex.
    _open_fields = frozenset({"sheet_id", "inspector_ids"})

    sheet_id = fields.Many2one(
        "gov.service.sheet",
        string="Assessment sheet",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
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

    assessment_count = fields.Integer(
        string="Number of assessments", compute="_compute_assessment_count"
    )

    def _compute_assessment_count(self):
        groups = self.env["gov.service.assessment"]._read_group(
            [("contract_id", "in", self.ids), ("state", "!=", "replaced")],
            ["contract_id"],
            ["__count"],
        )
        counts = {contract.id: count for contract, count in groups}
        for contract in self:
            contract.assessment_count = counts.get(contract._origin.id, 0)

    def _get_missing(self):
        texts = super()._get_missing()
        if self.assessment_required and not self.sheet_id:
            texts.append(self.env._("An assessed contract names an assessment sheet."))
        return texts

    def action_open_assessments(self):
        """Open the assessments of this contract.

        :return: a window action.
        """
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "gov_logistics.gov_service_assessment_action"
            ),
            "domain": [("contract_id", "=", self.id)],
            "context": {"default_contract_id": self.id},
        }

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
        last = min(date_to, self.date_end or date_to, self.terminated_on or date_to)
        if not assessments._covers(assessments, first, last):
            return assessments.browse()
        return assessments

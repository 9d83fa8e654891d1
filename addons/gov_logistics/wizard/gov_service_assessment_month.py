from odoo import fields, models


class GovServiceAssessmentMonth(models.TransientModel):
    """Make the sheets of a month for all contracts that are assessed."""

    _name = "gov.service.assessment.month"
    _description = "Assessment Sheets of a Month"

    day = fields.Date(
        string="Month",
        required=True,
        default=lambda self: self.env.company.gov_today(),
        help="Any day of the month.",
    )

    def action_confirm(self):
        """Make the sheets that are missing and show those of the month.

        :return: a window action.
        :raise UserError: as ``gov.service.assessment.action_draft_month``.
        """
        self.ensure_one()
        assessments = self.env["gov.service.assessment"]
        assessments.action_draft_month(self.day)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "gov_logistics.gov_service_assessment_action"
            ),
            "domain": [
                ("date_from", "<=", self.day),
                ("date_to", ">=", self.day.replace(day=1)),
            ],
            "context": {},
        }

from odoo import fields, models


class GovServiceAssessmentLock(models.Model):
    """A confirmed statement uses the score of an assessment.

    Made with the second confirmation of the statement, deleted when it is withdrawn
    or reversed; while there is one the score is not replaced.
    """

    _name = "gov.service.assessment.lock"
    _description = "Score in a Confirmed Statement"
    _inherit = ["gov.guard.mixin"]
    _engine_only = True
    _allow_sudo_commands = False

    assessment_id = fields.Many2one(
        "gov.service.assessment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="assessment_id.company_id", store=True, index=True
    )
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="model", required=True, readonly=True
    )
    name = fields.Char(string="Statement", readonly=True)

    _document_uniq = models.UniqueIndex("(assessment_id, model, res_id)")

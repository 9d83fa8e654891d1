from odoo import fields, models


class GovServiceAssessmentSignature(models.Model):
    """Who signed an assessment, or refused to: made by its methods, sealed at once.

    A sheet that is reopened starts a new round; the signatures of earlier rounds stay
    on record and count no more.
    """

    _name = "gov.service.assessment.signature"
    _description = "Signature of an Assessment"
    _inherit = ["gov.seal.mixin"]
    _order = "assessment_id, round, id"
    _rec_name = "person_name"
    _engine_only = True
    _allow_sudo_commands = False
    _seal_chain = "service_assessment"
    _seal_on_create = True
    _sealed_fields = (
        "company_id",
        "assessment_id",
        "round",
        "role",
        "method",
        "user_id",
        "person_name",
        "score",
        "signature_sha256",
        "scan_sha256",
        "witness_ids",
        "text",
        "recorded_by_id",
        "signed_at",
    )

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    assessment_id = fields.Many2one(
        "gov.service.assessment",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    round = fields.Integer(required=True, readonly=True)
    role = fields.Selection(
        [("inspector", "Inspector"), ("site_manager", "Site manager")],
        required=True,
        readonly=True,
    )
    method = fields.Selection(
        [
            ("app", "Signed on screen"),
            ("paper", "Signed on paper"),
            ("refused", "Refused to sign, before two witnesses"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Inspector", readonly=True, ondelete="restrict"
    )
    person_name = fields.Char(string="Person", required=True, readonly=True)
    score = fields.Float(
        string="Score signed", digits=(16, 2), readonly=True, aggregator=None
    )
    signature = fields.Binary(attachment=True, readonly=True)
    signature_sha256 = fields.Char(string="Fingerprint of the signature", readonly=True)
    scan = fields.Binary(attachment=True, readonly=True)
    scan_name = fields.Char(string="File", readonly=True)
    scan_sha256 = fields.Char(string="Fingerprint of the scan", readonly=True)
    witness_ids = fields.Many2many(
        "hr.employee",
        "gov_service_assessment_witness_rel",
        "signature_id",
        "employee_id",
        string="Witnesses",
        readonly=True,
    )
    witness_names = fields.Char(string="Witnessed by", readonly=True)
    text = fields.Text(string="Note", readonly=True)
    recorded_by_id = fields.Many2one(
        "res.users", string="Recorded by", required=True, ondelete="restrict"
    )
    signed_at = fields.Datetime(required=True, readonly=True)

    _inspector_once = models.UniqueIndex(
        "(assessment_id, round, user_id) WHERE role = 'inspector'",
        "This inspector has signed already.",
    )
    _manager_once = models.UniqueIndex(
        "(assessment_id, round) WHERE role = 'site_manager'",
        "The site manager has signed or refused already.",
    )

from odoo import api, fields, models
from odoo.exceptions import UserError

METHODS = [
    ("app", "Signed on screen"),
    ("paper", "Signed on paper"),
    ("refused", "Refused to sign, before two witnesses"),
]


class GovPointsService(models.Model):
    """The record of service (送达回证) of a notice, or of the decision on an appeal.

    Made by the paper's own methods alone and sealed at once: the person signed on the
    screen, signed the paper whose scan an officer enters, or refused to sign before
    two witnesses. A paper is served once.

    The person, the head and the line leader of the department, the office, its
    reports and supervision read it; nobody writes it.
    """

    _name = "gov.points.service"
    _description = "Record of Service"
    _inherit = ["gov.scan.mixin", "gov.seal.mixin"]
    _order = "received_on desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False
    _seal_chain = "points_service"
    _seal_on_create = True
    _sealed_fields = (
        "company_id",
        "notice_id",
        "appeal_id",
        "employee_id",
        "method",
        "received_on",
        "place",
        "served_at",
        "text",
        "witness_ids",
        "signature_sha256",
        "scan_sha256",
        "photo_sha256",
        "recorded_by_id",
        "recorded_at",
    )

    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    notice_id = fields.Many2one(
        "gov.points.notice", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    appeal_id = fields.Many2one(
        "gov.points.appeal",
        string="Decision on the appeal",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    department_id = fields.Many2one("hr.department", readonly=True, index=True)
    method = fields.Selection(METHODS, string="Way of service", required=True)
    received_on = fields.Date(required=True)
    place = fields.Char()
    served_at = fields.Char(string="Time", help="As it was: 9:30, after the meeting.")
    text = fields.Text(string="Note", help="What was said, how the paper was left.")
    witness_ids = fields.Many2many(
        "hr.employee",
        "gov_points_service_witness_rel",
        "service_id",
        "employee_id",
        string="Witnesses",
    )
    signature = fields.Binary(attachment=True)
    signature_sha256 = fields.Char(string="Fingerprint of the signature")
    photo = fields.Binary(
        attachment=True, help="Where the paper was left when signing was refused."
    )
    photo_sha256 = fields.Char(string="Fingerprint of the photo")
    recorded_by_id = fields.Many2one(
        "res.users", string="Recorded by", required=True, ondelete="restrict"
    )
    recorded_at = fields.Datetime(required=True)

    _one_paper_check = models.Constraint(
        "CHECK (num_nonnulls(notice_id, appeal_id) = 1)",
        "A record of service belongs to one paper.",
    )
    _notice_uniq = models.UniqueIndex(
        "(notice_id) WHERE notice_id IS NOT NULL",
        "This notice has been served already.",
    )
    _appeal_uniq = models.UniqueIndex(
        "(appeal_id) WHERE appeal_id IS NOT NULL",
        "This decision has been served already.",
    )

    @api.depends("notice_id.number", "appeal_id.decision_number", "method")
    def _compute_display_name(self):
        labels = dict(self._fields["method"]._description_selection(self.env))
        for service in self:
            # Whoever reads the record of service knows the number of its paper.
            paper = service.sudo()
            number = paper.notice_id.number or paper.appeal_id.decision_number or ""
            service.display_name = f"{number} {labels.get(service.method, '')}".strip()

    @api.model
    def _check_witnesses(self, witness_ids, person, company):
        """Return the two witnesses of a refusal.

        They belong to the institution, are neither the person nor of the scoring
        office, and two (办案人以外的见证人).

        :param witness_ids: ids as a caller sent them.
        :raise UserError: naming who cannot be one, and why.
        """
        ids = witness_ids.ids if hasattr(witness_ids, "ids") else witness_ids
        if not isinstance(ids, list | tuple) or not all(
            type(id_) is int and 0 < id_ < 2**31 for id_ in ids
        ):
            raise UserError(self.env._("Name the two witnesses."))
        # Only names, logins and where they work are asked.
        witnesses = self.env["hr.employee"].sudo().browse(set(ids)).exists()
        if len(witnesses) != 2 or len(ids) != 2:
            raise UserError(
                self.env._(
                    "A refusal is recorded before two witnesses; %s are named.",
                    len(witnesses),
                )
            )
        office = self._get_office_people(company)
        for witness in witnesses:
            if witness == person:
                reason = self.env._("the notice is for this person")
            elif witness in office or witness.user_id == self.env.user:
                reason = self.env._("belongs to the scoring office")
            elif witness.company_id != company or not witness.active:
                reason = self.env._("does not work here")
            else:
                continue
            raise UserError(
                self.env._(
                    "%(person)s cannot be a witness: %(reason)s.",
                    person=witness.name,
                    reason=reason,
                )
            )
        return witnesses

    @api.model
    def _get_office_people(self, company):
        """Return the employees of the scoring office: by group, role or section."""
        officers = self.env.ref("gov_points.group_points_officer").sudo().all_user_ids
        # Who holds a role, and who works in the section of the office, is no secret.
        people = self.env["hr.employee"].sudo()
        office = people.search(
            [("user_id", "in", officers.ids), ("company_id", "=", company.id)]
        )
        roles = (
            self.env["gov.role"]
            .sudo()
            .search([("code", "in", ("points_officer", "points_office_head"))])
        )
        office |= roles._get_holders(company).employee_id
        # The section that the roles belong to, and what lies below it.
        if sections := roles.department_id.ids:
            office |= people.search(
                [
                    ("company_id", "=", company.id),
                    "|",
                    ("department_id", "child_of", sections),
                    ("working_department_id", "child_of", sections),
                ]
            )
        return office

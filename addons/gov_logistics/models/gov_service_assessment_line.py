import math

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.scan import clean_scan

from .gov_service_assessment import exact_points
from .input_check import check_plain_values, check_records_exist

_TEXT_LIMIT = 2000
_WRITABLE = frozenset({"criterion_id", "deduction", "reason", "place", "photo"})


class GovServiceAssessmentLine(models.Model):
    """One fault on an assessment sheet: criterion, points, reason, photo.

    Written by the inspectors of the sheet until somebody has signed; sealed when the
    score becomes final. Criterion, clause and the most it may cost are copied, so
    that the line stays as it was read. A finding or a complaint stands on one sheet
    only.
    """

    _name = "gov.service.assessment.line"
    _description = "Deduction of an Assessment"
    _inherit = ["gov.seal.mixin"]
    _order = "assessment_id, id"
    _rec_name = "name"
    _seal_chain = "service_assessment"
    _sealed_fields = (
        "company_id",
        "assessment_id",
        "criterion_id",
        "name",
        "clause",
        "max_deduction",
        "deduction",
        "reason",
        "place",
        "photo_sha256",
        "finding_id",
        "complaint_id",
        "inspector_id",
    )
    _protected_fields = frozenset(
        {
            "company_id",
            "name",
            "clause",
            "max_deduction",
            "photo_sha256",
            "finding_id",
            "complaint_id",
            "inspector_id",
            "is_void",
        }
    )

    assessment_id = fields.Many2one(
        "gov.service.assessment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    criterion_id = fields.Many2one(
        "gov.service.sheet.line",
        string="What is wrong",
        required=True,
        ondelete="restrict",
        domain="[('sheet_id', '=', sheet_id)]",
    )
    sheet_id = fields.Many2one(related="assessment_id.sheet_id")
    state = fields.Selection(related="assessment_id.state")
    is_signed = fields.Boolean(related="assessment_id.is_signed")
    name = fields.Char(string="Criterion", readonly=True)
    clause = fields.Char(readonly=True)
    max_deduction = fields.Float(string="At most", digits=(16, 2), readonly=True)
    deduction = fields.Float(string="Points off", digits=(16, 2), required=True)
    reason = fields.Text(required=True, help="What was seen, where and when.")
    place = fields.Char()
    photo = fields.Binary(attachment=True)
    photo_sha256 = fields.Char(string="Fingerprint of the photo", readonly=True)
    finding_id = fields.Many2one(
        "gov.finding", readonly=True, ondelete="restrict", copy=False
    )
    complaint_id = fields.Many2one(
        "gov.service.complaint", readonly=True, ondelete="restrict", copy=False
    )
    inspector_id = fields.Many2one(
        "res.users", string="Written by", readonly=True, ondelete="restrict"
    )
    is_void = fields.Boolean(
        string="Replaced", readonly=True, help="The assessment has been replaced."
    )

    _deduction_range = models.Constraint(
        "CHECK (deduction > 0 AND deduction <= 100)",
        "A deduction is more than 0 and at most 100 points.",
    )
    _finding_uniq = models.UniqueIndex(
        "(finding_id) WHERE finding_id IS NOT NULL AND is_void IS NOT TRUE",
        "This finding stands on another assessment already.",
    )

    _complaint_uniq = models.UniqueIndex(
        "(complaint_id) WHERE complaint_id IS NOT NULL AND is_void IS NOT TRUE",
        "This complaint stands on another assessment already.",
    )

    @api.onchange("criterion_id")
    def _onchange_criterion_id(self):
        """Fill in what the criterion usually costs and its stock phrase."""
        for line in self:
            criterion = line.criterion_id
            if not line.deduction:
                line.deduction = criterion.usual_deduction
            if not line.reason:
                line.reason = criterion.usual_reason

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._clean_values(vals) for vals in vals_list]
        names = ("assessment_id", "criterion_id")
        check_records_exist(self.browse(), vals_list, names)
        if not is_engine(self.env):
            protected = self._get_protected_fields()
            for vals in vals_list:
                self._guard_refuse(protected & set(vals))
        for vals in vals_list:
            if not vals.get("assessment_id") or not vals.get("criterion_id"):
                raise UserError(self.env._("Choose the assessment and the criterion."))
        assessments = self.env["gov.service.assessment"].browse(
            vals["assessment_id"] for vals in vals_list
        )
        assessments._check_fill_in()
        vals_list = [
            {
                "company_id": assessment.company_id.id,
                "inspector_id": self.env.uid,
                **self._copy_criterion(vals),
                "photo_sha256": self._fingerprint(vals.get("photo")),
                **vals,
            }
            for assessment, vals in zip(assessments, vals_list, strict=True)
        ]
        for vals in vals_list:
            self._check_points(vals["deduction"])
        # Whoever fills in the sheet, its state and the values have just been checked;
        # the user's own rights still hold.
        lines = super(GovServiceAssessmentLine, engine(self)).create(vals_list)
        lines._check_most()
        lines.assessment_id._refresh_score()
        return lines.with_env(self.env)

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        vals = self._clean_values(vals)
        check_records_exist(self.browse(), [vals], ("criterion_id",))
        if fixed := set(vals) & set(self._fields) - _WRITABLE:
            labels = self.fields_get(sorted(fixed), ["string"])
            raise UserError(
                self.env._(
                    "%(fields)s of a deduction cannot be changed.",
                    fields=[labels[name]["string"] for name in sorted(fixed)],
                )
            )
        self.assessment_id._check_fill_in()
        if "photo" in vals:
            vals["photo_sha256"] = self._fingerprint(vals["photo"])
        if vals.get("criterion_id"):
            names = ("name", "clause", "max_deduction")
            copied = self._copy_criterion(vals)
            vals.update((name, copied[name]) for name in names)
        # As in create().
        super(GovServiceAssessmentLine, engine(self)).write(vals)
        self._check_most()
        self.assessment_id._refresh_score()
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fixed(self):
        if not is_engine(self.env):
            self.assessment_id._check_fill_in()

    def unlink(self):
        assessments = self.assessment_id
        result = super().unlink()
        assessments.exists()._refresh_score()
        return result

    @api.model
    def _clean_values(self, vals):
        """Return ``vals`` as a copy with a photo that is one.

        :raise UserError: for a value that its field cannot hold.
        """
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        check_plain_values(self.browse(), vals)
        vals = dict(vals)
        for name in ("reason", "place"):
            text = vals.get(name)
            if isinstance(text, str):
                if len(text) > _TEXT_LIMIT:
                    raise UserError(
                        self.env._(
                            "The text has %(count)s characters, at most %(most)s are "
                            "possible.",
                            count=len(text),
                            most=_TEXT_LIMIT,
                        )
                    )
                vals[name] = text.strip()
        if "deduction" in vals:
            self._check_points(vals["deduction"])
        if vals.get("photo"):
            vals["photo"] = clean_scan(self.env, vals["photo"])[0]
        return vals

    @api.model
    def _check_points(self, points):
        """Refuse a deduction that is none.

        :raise UserError: naming the points.
        """
        points = float(points or 0)
        if not math.isfinite(points) or not 0 < exact_points(points) <= 100:
            raise UserError(
                self.env._(
                    "%(points)g points cannot be taken off: a deduction is more than 0 "
                    "and at most 100.",
                    points=points,
                )
            )

    @api.model
    def _fingerprint(self, photo):
        return clean_scan(self.env, photo)[1] if photo else False

    @api.model
    def _copy_criterion(self, vals):
        """Return what a line keeps of its criterion, or has from it."""
        criterion = self.env["gov.service.sheet.line"].browse(vals.get("criterion_id"))
        return {
            "name": criterion.name,
            "clause": criterion.clause,
            "max_deduction": criterion.max_deduction,
            "deduction": criterion.usual_deduction,
            "reason": criterion.usual_reason,
        }

    def _copy_to(self, assessment):
        """Copy these lines to the assessment that takes the place of theirs."""
        copied = (
            "criterion_id",
            "name",
            "clause",
            "max_deduction",
            "deduction",
            "reason",
            "place",
            "photo",
            "finding_id",
            "complaint_id",
            "inspector_id",
        )
        lines = self.with_context(bin_size=False)
        return self.create(
            [
                {
                    "assessment_id": assessment.id,
                    **{
                        name: line[name].id
                        if self._fields[name].type == "many2one"
                        else line[name]
                        for name in copied
                    },
                }
                for line in lines
            ]
        )

    # -------------------------------------------------------------------- checks

    @api.constrains("reason", "criterion_id", "assessment_id")
    def _check_line(self):
        for line in self:
            if not (line.reason or "").strip():
                raise UserError(
                    self.env._(
                        "%s: say what is wrong, the reason is empty.",
                        line.criterion_id.name,
                    )
                )
            if line.criterion_id.sheet_id != line.assessment_id.sheet_id:
                raise UserError(
                    self.env._(
                        "“%(criterion)s” does not stand on the sheet “%(sheet)s”.",
                        criterion=line.criterion_id.name,
                        sheet=line.assessment_id.sheet_id.name,
                    )
                )

    def _check_most(self):
        """Refuse more points under one criterion than it may cost.

        :raise UserError: naming the criterion, the points, the most and the clause.
        """
        for assessment in self.assessment_id:
            for criterion, lines in assessment.line_ids.grouped("criterion_id").items():
                points = sum(exact_points(line.deduction) for line in lines)
                most = exact_points(criterion.max_deduction)
                if points > most:
                    raise UserError(
                        self.env._(
                            "%(criterion)s: %(points)s points in all, at most %(most)s "
                            "are possible (%(clause)s).",
                            criterion=criterion.name,
                            points=f"{points:g}",
                            most=f"{most:g}",
                            clause=criterion.clause or assessment.sheet_id.name,
                        )
                    )

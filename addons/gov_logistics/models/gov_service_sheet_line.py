import math

from odoo import api, fields, models
from odoo.exceptions import UserError

from .input_check import check_plain_values


class GovServiceSheetLine(models.Model):
    """A criterion of an assessment sheet, with the most that it may cost."""

    _name = "gov.service.sheet.line"
    _description = "Criterion of an Assessment Sheet"
    _order = "sheet_id, sequence, id"

    sheet_id = fields.Many2one(
        "gov.service.sheet", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="sheet_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    section = fields.Char(translate=True, help="e.g. cleaning of corridors")
    name = fields.Char(string="Criterion", required=True, translate=True)
    clause = fields.Char(
        translate=True, help="Article of the contract or annex, as it is cited."
    )
    max_deduction = fields.Float(
        string="At most",
        digits=(16, 2),
        required=True,
        help="Points that all faults under this criterion may cost in one period.",
    )
    usual_deduction = fields.Float(
        string="Each time",
        digits=(16, 2),
        help="Points filled in when an inspector chooses the criterion.",
    )
    usual_reason = fields.Char(
        string="Stock phrase",
        translate=True,
        help="Reason filled in when an inspector chooses the criterion.",
    )

    @api.depends("name", "max_deduction")
    def _compute_display_name(self):
        for line in self:
            line.display_name = self.env._(
                "%(name)s (at most %(points)g)",
                name=line.name or "",
                points=line.max_deduction,
            )

    @api.constrains("max_deduction", "usual_deduction")
    def _check_points(self):
        for line in self:
            most, usual = line.max_deduction, line.usual_deduction
            if not math.isfinite(most) or not 0 < most <= 100:
                raise UserError(
                    self.env._(
                        "%(name)s: %(points)g points are not possible, a criterion "
                        "costs more than 0 and at most 100.",
                        name=line.name,
                        points=most,
                    )
                )
            if not math.isfinite(usual) or not 0 <= usual <= most:
                raise UserError(
                    self.env._(
                        "%(name)s: %(points)g points each time are not possible, the "
                        "criterion costs at most %(most)g.",
                        name=line.name,
                        points=usual,
                        most=most,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        lines = super().create(vals_list)
        lines.sheet_id._check_not_used()
        return lines

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if set(vals) - {"sequence", "active", "usual_reason", "usual_deduction"}:
            self.sheet_id._check_not_used()
        result = super().write(vals)
        if "sheet_id" in vals:
            self.sheet_id._check_not_used()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.sheet_id._check_not_used()

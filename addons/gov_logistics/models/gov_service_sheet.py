from odoo import api, fields, models
from odoo.exceptions import UserError

from .input_check import check_plain_values


class GovServiceSheet(models.Model):
    """An assessment sheet (考核表): what is looked at, and what each fault costs.

    One or more per service group; a contract names its own. The inspector writes only
    what is wrong: a criterion says how much may be taken off for it at most. From the
    first signature under one of its assessments a sheet stays as it is; other criteria
    are a new sheet (``copy``), and the old one is archived.

    The manager of the service centre keeps the sheets; everybody inside reads them.
    """

    _name = "gov.service.sheet"
    _description = "Assessment Sheet"
    _order = "group_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    group_id = fields.Many2one(
        "gov.service.group",
        string="Service group",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)
    citation = fields.Char(
        help="Document that the criteria come from, e.g. the annex of the contract."
    )
    line_ids = fields.One2many(
        "gov.service.sheet.line", "sheet_id", string="Criteria", copy=True
    )
    points_total = fields.Float(
        string="Points in all",
        digits=(16, 2),
        compute="_compute_points_total",
        help="A sheet is drawn up for 100 points.",
    )
    is_used = fields.Boolean(string="In use", compute="_compute_is_used")

    # ------------------------------------------------------------------ computes

    @api.depends("line_ids.max_deduction", "line_ids.active")
    def _compute_points_total(self):
        groups = self.env["gov.service.sheet.line"]._read_group(
            [("sheet_id", "in", self.ids)], ["sheet_id"], ["max_deduction:sum"]
        )
        totals = {sheet.id: total for sheet, total in groups}
        for sheet in self:
            sheet.points_total = totals.get(sheet._origin.id) or sum(
                sheet.line_ids.mapped("max_deduction")
            )

    def _compute_is_used(self):
        # sudo: only whether somebody has signed by this sheet is asked.
        groups = (
            self.env["gov.service.assessment"]
            .sudo()
            ._read_group(
                [
                    ("sheet_id", "in", self.ids),
                    "|",
                    ("is_signed", "=", True),
                    ("state", "!=", "draft"),
                ],
                ["sheet_id"],
            )
        )
        used = {sheet.id for (sheet,) in groups}
        for sheet in self:
            sheet.is_used = sheet._origin.id in used

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if not {"group_id", "company_id", "citation", "line_ids"}.isdisjoint(vals):
            self._check_not_used()
        return super().write(vals)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for sheet, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", sheet.name)
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_not_used()

    def _check_not_used(self):
        """Refuse changes of a sheet by which somebody has signed.

        :raise UserError: naming the sheet.
        """
        self.invalidate_recordset(["is_used"], flush=False)
        for sheet in self:
            if sheet.is_used:
                raise UserError(
                    self.env._(
                        "“%(sheet)s” stands under signed assessments and stays as it "
                        "is. Duplicate it, change the copy, name the copy in the "
                        "contracts and archive this one.",
                        sheet=sheet.name,
                    )
                )

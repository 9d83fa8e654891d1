import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.scheme_export import write_book


class GovPointsScheme(models.Model):
    """A rulebook as an Excel workbook."""

    _inherit = "gov.points.scheme"

    export_file = fields.Binary(
        string="Excel file", compute="_compute_export_file", attachment=False
    )
    export_filename = fields.Char(compute="_compute_export_filename")

    @api.depends_context("lang")
    def _compute_export_file(self):
        for scheme in self:
            scheme.export_file = base64.b64encode(write_book(scheme))

    def _compute_export_filename(self):
        for scheme in self:
            scheme.export_filename = f"{scheme.code}-{scheme.version}.xlsx"

    def action_export(self):
        """Return the download of the rulebook as a workbook.

        :raise UserError: for none or several.
        """
        self._check_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/export_file"
            f"?filename_field=export_filename&download=true",
            "target": "download",
        }

    def action_import(self):
        """Return the dialog that reads a workbook into this draft.

        :raise UserError: when the rulebook has been released.
        """
        self._check_one()
        self.check_access("write")
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%s has been released and never changes again. Make a new version "
                    "and read the file into that one.",
                    self.display_name,
                )
            )
        wizard = self.env["gov.points.import"].create({"scheme_id": self.id})
        return wizard._reopen()

import base64
import hashlib

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import check_records_exist

from ..tools.scheme_import import SchemeImport

# The list shows so many remarks; who has more mends these first.
_MOST_SHOWN = 500


class GovPointsImport(models.TransientModel):
    """Reads an Excel workbook into a draft of a rulebook.

    The person checks a file until every row is clean and then imports exactly that
    file, whole or not at all, with their own rights. The file is the whole rulebook:
    what it lacks leaves the draft.
    """

    _name = "gov.points.import"
    _description = "Rulebook from Excel"
    _inherit = ["gov.import.mixin"]
    _protected_fields = frozenset({"line_ids"})

    scheme_id = fields.Many2one(
        "gov.points.scheme",
        string="Rulebook",
        required=True,
        ondelete="cascade",
        domain=[("state", "=", "draft")],
    )
    file = fields.Binary(string="Excel file", attachment=False)
    filename = fields.Char()
    state = fields.Selection(
        [("draft", "Not checked"), ("checked", "Checked"), ("done", "Imported")],
        default="draft",
        readonly=True,
    )
    line_ids = fields.One2many(
        "gov.points.import.line", "wizard_id", string="Remarks", readonly=True
    )

    @api.depends("scheme_id")
    def _compute_is_clean(self):
        return super()._compute_is_clean()

    @api.model
    def _check_input(self, vals_list):
        result = super()._check_input(vals_list)
        check_records_exist(self.browse(), vals_list, ["scheme_id"])
        return result

    # === Actions === #

    def action_check(self):
        """Check the file and list every bad row; nothing is imported.

        :return: the action that shows the dialog again.
        :raise UserError: without a file, or when the rulebook is no draft.
        """
        reading = self._read_file()
        self._save_result(reading, "checked")
        return self._reopen()

    def action_import(self):
        """Read the file that was checked last and found clean into the draft.

        It is checked once more, because the data may have changed since.

        :return: the action that opens the draft, or the dialog with new remarks.
        :raise UserError: when exactly this file has not been checked as clean.
        """
        self._check_clean()
        self.scheme_id._check_open()
        reading = self._read_file()
        if not reading.is_clean:
            self._save_result(reading, "checked")
            return self._reopen()
        reading.load()
        self.env.flush_all()
        self._save_result(reading, "done")
        return self.scheme_id._get_form()

    # === Helpers === #

    def _read_file(self):
        """Check the file with the person's own rights and return the reading."""
        self._check_own()
        wizard = self.with_context(bin_size=False)
        if not wizard.file:
            raise UserError(self.env._("Please choose the Excel file first."))
        scheme = self.scheme_id
        scheme.check_access("write")
        if scheme.state != "draft":
            raise UserError(
                self.env._(
                    "%s has been released and never changes again. Make a new version "
                    "and read the file into that one.",
                    scheme.display_name,
                )
            )
        reading = SchemeImport(scheme)
        reading.check(base64.b64decode(wizard.file))
        return reading

    def _get_digest(self):
        """Return the fingerprint of the file and of where it goes."""
        wizard = self.with_context(bin_size=False)
        content = wizard.file or b""
        content = content.encode() if isinstance(content, str) else content
        return hashlib.sha256(b"%d:" % self.scheme_id.id + content).hexdigest()

    def _save_result(self, reading, state):
        """Keep what a check or an import found; the dialog is the person's own."""
        issues = sorted(
            reading.issues, key=lambda issue: (issue["sheet"], issue["row"])
        )
        wizard = engine(self)
        wizard.line_ids.unlink()
        wizard.write(
            {
                "state": state,
                "checked_digest": self._get_digest() if state == "checked" else False,
                "error_count": len(issues),
                "line_ids": [Command.create(issue) for issue in issues[:_MOST_SHOWN]],
            }
        )

    def _reopen(self):
        return self._reopen_as(self.env._("Rulebook from Excel"))

import base64
import binascii
import hashlib

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.book import MOST_BYTES
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)

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
    _inherit = ["gov.guard.mixin"]
    _protected_fields = frozenset(
        {"state", "checked_digest", "error_count", "line_ids"}
    )

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
    checked_digest = fields.Char(readonly=True)
    is_clean = fields.Boolean(compute="_compute_is_clean")
    error_count = fields.Integer(string="Wrong", readonly=True)
    line_ids = fields.One2many(
        "gov.points.import.line", "wizard_id", string="Remarks", readonly=True
    )

    @api.depends("file", "scheme_id", "checked_digest", "error_count")
    def _compute_is_clean(self):
        for wizard in self:
            wizard.is_clean = bool(
                wizard.checked_digest
                and not wizard.error_count
                and wizard.checked_digest == wizard._get_digest()
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            self._check_input(vals)
        check_records_exist(self, vals_list, ["scheme_id"])
        return super().create(vals_list)

    def write(self, vals):
        check_dictionaries(self, [vals])
        self._check_input(vals)
        check_records_exist(self, [vals], ["scheme_id"])
        return super().write(vals)

    @api.model
    def _check_input(self, vals):
        """Refuse values that their fields cannot hold.

        :raise UserError: naming the field.
        """
        check_plain_values(self, vals)
        value = vals.get("file")
        if not value:
            return
        label = self._fields["file"]._description_string(self.env)
        # A little more than the limit, so that the check can tell the size.
        if not isinstance(value, str | bytes) or len(value) > MOST_BYTES * 2:
            raise UserError(
                self.env._("%s: this is no file, or it is too large.", label)
            )
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(
                self.env._("%s: this is no file, or it is too large.", label)
            ) from error

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
        self._check_own()
        if not self.is_clean:
            raise UserError(
                self.env._(
                    "Please check the file first. It can be imported when every row "
                    "of exactly this file is clean."
                )
            )
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

    def _check_own(self):
        if len(self) != 1:
            raise UserError(self.env._("Please open one dialog at a time."))
        if self.create_uid != self.env.user:
            raise UserError(self.env._("This dialog was opened by somebody else."))

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
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rulebook from Excel"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

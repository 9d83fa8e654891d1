import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.book import MOST_BYTES
from ..tools.input_check import check_dictionaries, check_plain_values


class GovImportMixin(models.AbstractModel):
    """A dialog that checks a file until every row is clean and then imports it.

    Exactly the file that was checked is imported, by the person who opened the dialog.
    The model names its file fields (``_files``) and gives ``_get_digest()``, the
    fingerprint of the files and of how they are to be imported.
    """

    _name = "gov.import.mixin"
    _description = "Import of a Checked File"
    _inherit = ["gov.guard.mixin"]
    _protected_fields = frozenset({"state", "checked_digest", "error_count"})
    _files = ("file",)
    _most_bytes = MOST_BYTES

    file = fields.Binary(attachment=False)
    checked_digest = fields.Char(readonly=True)
    error_count = fields.Integer(string="Wrong", readonly=True)
    is_clean = fields.Boolean(compute="_compute_is_clean")

    @api.depends("file", "checked_digest", "error_count")
    @api.depends_context("company")
    def _compute_is_clean(self):
        for wizard in self:
            wizard.is_clean = bool(
                wizard.checked_digest
                and not wizard.error_count
                and wizard.checked_digest == wizard._get_digest()
            )

    def _get_digest(self):
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        return super().write(vals)

    @api.model
    def _check_input(self, vals_list):
        """Refuse values that their fields cannot hold.

        :raise UserError: naming the field.
        """
        model = self.browse()
        check_dictionaries(model, vals_list)
        for vals in vals_list:
            check_plain_values(model, vals)
            for name in self._files:
                if vals.get(name):
                    self._check_file(name, vals[name])

    @api.model
    def _check_file(self, name, value):
        label = self._fields[name]._description_string(self.env)
        text = isinstance(value, str | bytes)
        # A little more than the limit, so that the check can tell the size.
        if text and len(value) > self._most_bytes * 2:
            raise UserError(
                self.env._(
                    "%(field)s: the file is too large, at most %(most)s MB are "
                    "possible.",
                    field=label,
                    most=self._most_bytes // (1024 * 1024),
                )
            )
        try:
            base64.b64decode(value if text else "-", validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(
                self.env._("%(field)s: this is no file.", field=label)
            ) from error

    def _check_own(self):
        if len(self) != 1:
            raise UserError(self.env._("Please open one dialog at a time."))
        if self.create_uid != self.env.user:
            raise UserError(self.env._("This dialog was opened by somebody else."))

    def _check_clean(self):
        """Refuse to import anything but the file that was checked last as clean."""
        self._check_own()
        if not self.is_clean:
            raise UserError(
                self.env._(
                    "Please check the file first. It can be imported when every row "
                    "of exactly this file is clean."
                )
            )

    def _reopen_as(self, name):
        """Return the action that shows this dialog again.

        :param name: its title.
        """
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

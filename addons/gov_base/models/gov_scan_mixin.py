from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.input_check import check_plain_values
from ..tools.scan import clean_scan


class GovScanMixin(models.AbstractModel):
    """A record that holds the scan of a paper of its own.

    The file travels as content, never as the id of an attachment that somebody owns
    elsewhere; it is looked at when it comes in, and once more when the record takes
    effect and its fingerprint is kept.
    """

    _name = "gov.scan.mixin"
    _inherit = ["gov.guard.mixin"]
    _description = "Record with a Scan"
    _protected_fields = frozenset({"scan_sha256"})

    scan = fields.Binary(
        attachment=True, copy=False, help="PDF, JPEG or PNG, up to 10 MB."
    )
    scan_name = fields.Char(string="File", copy=False)
    scan_sha256 = fields.Char(
        string="Fingerprint of the scan", readonly=True, copy=False
    )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._clean_scan_values(vals) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        return super().write(self._clean_scan_values(vals))

    @api.model
    def _clean_scan_values(self, vals):
        """Return ``vals`` with a scan that is one.

        :raise UserError: as :func:`clean_scan`; for a value that a field cannot hold.
        """
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        check_plain_values(self, vals)
        if vals.get("scan"):
            vals = {**vals, "scan": clean_scan(self.env, vals["scan"])[0]}
        return vals

    def _freeze_scan(self, required=True):
        """Keep the fingerprint of the scan as it is now; in the engine's environment.

        :raise UserError: when it is missing and ``required``, or is none.
        """
        self.ensure_one()
        # A caller's context could ask for the size instead of the content.
        content = self.with_context(bin_size=False, bin_size_scan=False).scan
        if content or required:
            self.scan_sha256 = clean_scan(self.env, content)[1]

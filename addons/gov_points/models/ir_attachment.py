from odoo import api, models
from odoo.exceptions import UserError

# What a file shows, and where it belongs.
_CONTENT = frozenset(
    {"raw", "datas", "db_datas", "store_fname", "type", "url", "res_id", "res_model"}
)


class IrAttachment(models.Model):
    """Evidence of a case that was put before somebody stays as it was.

    Core lets the author of a note delete its files; what a decision rests on is
    neither deleted nor changed once the case has been submitted. More may be added.
    """

    _inherit = "ir.attachment"

    def write(self, vals):
        if not _CONTENT.isdisjoint(vals):
            self._check_evidence_stays()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        self._check_evidence_stays()

    def _check_evidence_stays(self):
        files = self.filtered(
            lambda file: file.res_model == "gov.points.case"
            and file.res_id
            and not file.res_field
        )
        if not files:
            return
        # Only how far the case has come is asked.
        cases = self.env["gov.points.case"].sudo().browse(files.mapped("res_id"))
        for case in cases.exists():
            # Taken back it has been before somebody all the same.
            if case.approval_round or case.approval_state != "draft":
                raise UserError(
                    self.env._(
                        "%s has been submitted: its evidence stays as it is. Add "
                        "another file instead.",
                        case.display_name,
                    )
                )

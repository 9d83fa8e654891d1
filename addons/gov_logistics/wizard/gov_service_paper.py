from odoo import fields, models


class GovServicePaper(models.TransientModel):
    """The dialog that papers an emergency; the request does the checks."""

    _name = "gov.service.paper"
    _description = "Paper of an Emergency"

    request_id = fields.Many2one(
        "maintenance.request", required=True, readonly=True, ondelete="cascade"
    )
    duty_shift_id = fields.Many2one(related="request_id.duty_shift_id")
    text = fields.Text(
        string="Who called, who agreed, what was done",
        required=True,
    )
    scan = fields.Binary(string="Signed slip", help="PDF, JPEG or PNG, up to 10 MB.")
    scan_name = fields.Char()

    def action_apply(self):
        """Paper the emergency.

        :return: an action that closes the dialog.
        :raise UserError: as ``maintenance.request.action_paper``.
        """
        self.ensure_one()
        # A caller's context could ask for the size instead of the content.
        scan = self.with_context(bin_size=False, bin_size_scan=False).scan
        self.request_id.action_paper(self.text, scan or None)
        return {"type": "ir.actions.act_window_close"}

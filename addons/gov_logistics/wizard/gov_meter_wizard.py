from odoo import fields, models
from odoo.exceptions import UserError


class GovMeterWizard(models.TransientModel):
    """Asks why a reading is cancelled or usage is reversed; the records decide."""

    _name = "gov.meter.wizard"
    _description = "Why Is It Cancelled?"

    reading_id = fields.Many2one("gov.meter.reading", ondelete="cascade")
    usage_ids = fields.Many2many("gov.service.usage", string="Usage")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Cancel the reading or reverse the usage, with the person's rights.

        :return: the action that closes the dialog.
        :raise UserError: see the methods of the records.
        """
        self.ensure_one()
        if not self.reading_id and not self.usage_ids:
            raise UserError(self.env._("There is nothing to cancel."))
        if self.reading_id:
            self.reading_id.action_cancel(self.reason)
        if self.usage_ids:
            self.usage_ids.action_reverse(self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models

from ..models.maintenance_request_rating import SATISFACTION


class GovServiceRating(models.TransientModel):
    """The dialog with the three taps; the request does the checks."""

    _name = "gov.service.rating"
    _description = "Rating of a Service Request"

    request_id = fields.Many2one(
        "maintenance.request", required=True, readonly=True, ondelete="cascade"
    )
    satisfaction = fields.Selection(SATISFACTION, string="Rating", required=True)
    text = fields.Text(string="What you want to say")

    def action_apply(self):
        """Keep the rating.

        :return: an action that closes the dialog.
        :raise UserError: as ``maintenance.request.action_rate``.
        """
        self.ensure_one()
        self.request_id.action_rate(self.satisfaction, self.text or "")
        return {"type": "ir.actions.act_window_close"}

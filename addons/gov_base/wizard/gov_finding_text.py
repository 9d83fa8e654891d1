from odoo import fields, models


class GovFindingText(models.TransientModel):
    """Asks for the text with which findings are explained, confirmed or dismissed."""

    _name = "gov.finding.text"
    _description = "Explain or Close a Finding"

    finding_ids = fields.Many2many(
        "gov.finding",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    action = fields.Selection(
        [("explain", "Explain"), ("confirm", "Confirm"), ("dismiss", "Dismiss")],
        required=True,
        readonly=True,
        default="explain",
    )
    text = fields.Text()

    def action_apply(self):
        """Hand the text to the findings, which check who may do what."""
        self.ensure_one()
        getattr(self.finding_ids, f"action_{self.action}")(self.text)
        return {"type": "ir.actions.act_window_close"}

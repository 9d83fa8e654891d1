from odoo import fields, models
from odoo.exceptions import UserError


class GovFindingText(models.TransientModel):
    """Asks for the text with which findings are explained, confirmed or dismissed.

    A stock text is one tap; it applies at once, also to several findings.
    """

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
        return self._apply(self.text)

    def action_apply_stock(self):
        """Apply the stock text named in the context."""
        code = self.env.context.get("gov_stock")
        texts = self._get_stock_texts()
        if not isinstance(code, str) or code not in texts:
            raise UserError(self.env._("There is no such stock text."))
        words = [self.text.strip()] if self.text and self.text.strip() else []
        return self._apply(" ".join([texts[code], *words]))

    def _apply(self, text):
        self.ensure_one()
        getattr(self.finding_ids, f"action_{self.action}")(text)
        return {"type": "ir.actions.act_window_close"}

    def _get_stock_texts(self):
        return {
            "typo": self.env._("A typing error; it has been corrected."),
            "paper": self.env._("In order; the paper is with the matter."),
            "ordered": self.env._("Done on order of the leader in charge."),
            "looked": self.env._("Looked into; the explanation is sound."),
            "no_fault": self.env._("Checked; nothing was amiss."),
            "true": self.env._("Checked; it is as found, and is being put right."),
        }

from odoo import fields, models


class GovFindingSwitchText(models.TransientModel):
    """Asks why a kind of finding is switched off, or on again."""

    _name = "gov.finding.switch.text"
    _description = "Switch a Kind of Finding"

    rule_ids = fields.Many2many(
        "gov.finding.rule",
        string="Kinds",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    text = fields.Text(string="Why")

    def action_apply(self):
        """Hand the reason to the kinds, which check who may switch."""
        self.ensure_one()
        self.rule_ids.action_switch(self.text)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models


class GovSupplySignLine(models.TransientModel):
    """A line that is handed out old for new, in the dialog of many requests."""

    _name = "gov.supply.sign.line"
    _description = "Old for New in a Dialog"

    wizard_id = fields.Many2one(
        "gov.supply.sign.wizard", required=True, ondelete="cascade", index=True
    )
    # Related fields are read with the user's own rights: anybody may name a line.
    request_line_id = fields.Many2one(
        "gov.supply.request.line", required=True, ondelete="cascade"
    )
    name = fields.Char(related="request_line_id.name", related_sudo=False)
    old_returned = fields.Boolean(string="Old one came back")
    old_reason = fields.Char(string="Else why not")

    def _get_old_item(self):
        return True if self.old_returned else self.old_reason or False

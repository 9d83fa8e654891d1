from odoo import api, fields, models


class GovSupplyIssueLineMixin(models.AbstractModel):
    """Old for new beside each line: what came back when it was handed out."""

    _name = "gov.supply.issue.line.mixin"
    _description = "Issue of a Supply Line"

    old_for_new = fields.Boolean(
        string="Old for new (product)", compute="_compute_old_for_new"
    )
    old_note = fields.Char(string="Old for new", compute="_compute_old_note")

    @api.depends("product_id.old_for_new")
    def _compute_old_for_new(self):
        for line in self:
            line.old_for_new = line.product_id.old_for_new

    @api.depends("move_ids.supply_old_returned", "move_ids.supply_old_reason")
    def _compute_old_note(self):
        # Whoever reads the request reads what came back.
        for line in self.sudo():
            notes = [
                move.supply_old_reason or self.env._("old one came back")
                for move in line.move_ids
                if move.supply_old_returned or move.supply_old_reason
            ]
            line.old_note = "; ".join(dict.fromkeys(notes)) or False

from odoo import fields, models


class GovPointsImportLine(models.TransientModel):
    """What the check of a rulebook's file found; written by the check alone."""

    _name = "gov.points.import.line"
    _description = "Rulebook from Excel: Remark"
    _inherit = ["gov.guard.mixin"]
    _order = "wizard_id, id"
    _engine_only = True

    wizard_id = fields.Many2one(
        "gov.points.import", required=True, index=True, ondelete="cascade"
    )
    sheet = fields.Char()
    row = fields.Integer(help="Number of the row as Excel shows it.")
    heading = fields.Char(string="Column")
    value = fields.Char(string="In the file")
    reason = fields.Text(string="What is wrong")

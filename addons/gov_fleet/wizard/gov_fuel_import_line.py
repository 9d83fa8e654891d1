from odoo import fields, models


class GovFuelImportLine(models.TransientModel):
    """What the check of a statement found in one row; written by the check alone."""

    _name = "gov.fuel.import.line"
    _inherit = "gov.guard.mixin"
    _description = "Import a Fuel Statement: Row with a Remark"
    _order = "wizard_id, row, id"
    _engine_only = True

    wizard_id = fields.Many2one(
        "gov.fuel.import", required=True, index=True, ondelete="cascade"
    )
    row = fields.Integer(help="Number of the row as Excel shows it.")
    heading = fields.Char(string="Column")
    value = fields.Char(string="In the file")
    reason = fields.Text(string="What is wrong")

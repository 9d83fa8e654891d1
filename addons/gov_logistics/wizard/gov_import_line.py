from odoo import fields, models


class GovImportLine(models.TransientModel):
    """What the check of an import file found in one row; written by the check alone."""

    _name = "gov.import.line"
    _inherit = "gov.guard.mixin"
    _description = "Import: Row with a Remark"
    _order = "wizard_id, level, sheet, row, id"
    _engine_only = True

    wizard_id = fields.Many2one(
        "gov.import", required=True, index=True, ondelete="cascade"
    )
    level = fields.Selection(
        [("error", "Wrong"), ("existing", "There already")],
        string="Result",
        required=True,
    )
    sheet = fields.Char(string="File")
    row = fields.Integer(help="Number of the row as Excel shows it.")
    heading = fields.Char(string="Column")
    value = fields.Char(string="In the file")
    reason = fields.Text(string="What is wrong")

from odoo import fields, models


class GovPointsWhatifThreshold(models.TransientModel):
    """A row of the ladder that is tried out."""

    _name = "gov.points.whatif.threshold"
    _description = "Try out a Rulebook: Level"
    _inherit = ["gov.points.bounds.mixin"]
    _order = "whatif_id, sequence, id"

    whatif_id = fields.Many2one(
        "gov.points.whatif", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(string="Level", required=True)
    colour = fields.Selection(
        [("0", "Green"), ("1", "Yellow"), ("2", "Orange"), ("3", "Red")],
        string="Light",
        required=True,
        default="1",
    )

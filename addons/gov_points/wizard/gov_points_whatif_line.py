from odoo import fields, models


class GovPointsWhatifLine(models.TransientModel):
    """What a rulebook that is tried out would have meant for one cycle of a person."""

    _name = "gov.points.whatif.line"
    _description = "Try out a Rulebook: Result"
    _inherit = ["gov.guard.mixin"]
    _order = "whatif_id, direction, department_id, total_after desc, id"
    _engine_only = True

    whatif_id = fields.Many2one(
        "gov.points.whatif", required=True, index=True, ondelete="cascade"
    )
    employee_id = fields.Many2one("hr.employee", string="Person", ondelete="cascade")
    department_id = fields.Many2one("hr.department", ondelete="cascade")
    date_from = fields.Date(string="Cycle from")
    date_to = fields.Date(string="to")
    total_before = fields.Integer(string="Total was")
    highest_before = fields.Integer(string="Highest single score was", aggregator="max")
    level_before = fields.Char(string="Level was")
    total_after = fields.Integer(string="Total then")
    highest_after = fields.Integer(string="Highest single score then", aggregator="max")
    level_after = fields.Char(string="Level then")
    direction = fields.Selection(
        [
            ("harsher", "Higher level"),
            ("milder", "Lower level"),
            ("same", "Same level"),
        ],
        string="Compared",
    )

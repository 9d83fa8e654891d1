from odoo import fields, models


class GovPointsClosing(models.Model):
    """The figures of a cycle as they stood when it was closed, and every correction.

    A later decision or reversal for an incident of the cycle changes the cycle, never
    this row: a correction with the new figures is written beside it. Written by the
    server, sealed at once.
    """

    _name = "gov.points.closing"
    _description = "Closing of a Scoring Cycle"
    _inherit = ["gov.seal.mixin"]
    _order = "id desc"
    _rec_name = "level_name"
    _engine_only = True
    _allow_sudo_commands = False
    _seal_chain = "points"
    _seal_on_create = True
    _sealed_fields = (
        "cycle_id",
        "employee_id",
        "kind",
        "date_from",
        "date_to",
        "total",
        "highest_single",
        "level",
        "closed_on",
        "entry_id",
    )

    cycle_id = fields.Many2one(
        "gov.points.cycle",
        string="Cycle",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    department_id = fields.Many2one(related="cycle_id.department_id")
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [
            ("closing", "Closing"),
            ("reopening", "Opened again"),
            ("correction", "Figures corrected"),
        ],
        required=True,
        readonly=True,
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    total = fields.Integer(readonly=True, aggregator=None)
    highest_single = fields.Integer(
        string="Highest single score", readonly=True, aggregator=None
    )
    level = fields.Char(string="Code of the level", readonly=True)
    level_name = fields.Char(string="Level", readonly=True)
    closed_on = fields.Date(string="On", required=True, readonly=True)
    entry_id = fields.Many2one(
        "gov.points.entry",
        string="Up to entry",
        readonly=True,
        ondelete="restrict",
        help="The last entry that these figures count.",
    )

from odoo import fields, models

from .gov_settlement import SIDES


class GovSettlementConfirmation(models.Model):
    """What a side said about a statement: confirmed, objected, taken back.

    A row is written once by the server and kept; it carries the fingerprint of what
    was on the statement then. A confirmation that was taken back is void, and stays.
    """

    _name = "gov.settlement.confirmation"
    _description = "Confirmation of a Statement"
    _inherit = ["gov.scan.mixin", "gov.guard.mixin"]
    _order = "id desc"
    _engine_only = True
    _allow_sudo_commands = False

    settlement_id = fields.Many2one(
        "gov.settlement",
        string="Statement",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, index=True, precompute=True
    )
    side = fields.Selection(SIDES, required=True, readonly=True)
    kind = fields.Selection(
        [
            ("confirm", "Confirmed"),
            ("object", "Objected"),
            ("answer", "Answered"),
            ("take_back", "Taken back"),
        ],
        required=True,
        readonly=True,
    )
    channel = fields.Selection(
        [("system", "In the system"), ("portal", "Portal"), ("paper", "On paper")],
        required=True,
        readonly=True,
        default="system",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Entered by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    person = fields.Char(
        string="Who", readonly=True, help="Of a confirmation on paper: who signed it."
    )
    date = fields.Datetime(string="When", required=True, readonly=True)
    signed_on = fields.Date(readonly=True, help="The day on the paper.")
    line_text = fields.Char(string="Line", readonly=True)
    reason = fields.Char(string="Text", readonly=True)
    content_hash = fields.Char(string="Fingerprint", readonly=True)
    is_void = fields.Boolean(string="Void", readonly=True)

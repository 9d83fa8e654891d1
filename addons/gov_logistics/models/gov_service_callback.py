from odoo import fields, models

CALLBACK_RESULTS = [
    ("fixed", "Fixed"),
    ("not_fixed", "Not fixed"),
    ("unreached", "Nobody reached"),
]


class GovServiceCallback(models.Model):
    """A call back (回访) after a request was closed: closed is not always fixed.

    Written by ``action_call_back`` of the request; never changed by hand.
    """

    _name = "gov.service.callback"
    _description = "Call Back after a Service"
    _inherit = ["gov.guard.mixin"]
    _order = "called_at desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False

    request_id = fields.Many2one(
        "maintenance.request", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    user_id = fields.Many2one("res.users", string="Called by", required=True)
    called_at = fields.Datetime(required=True)
    result = fields.Selection(CALLBACK_RESULTS, required=True)
    note = fields.Char()

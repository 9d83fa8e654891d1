from odoo import fields, models

PAUSE_REASONS = [
    ("parts", "Waiting for parts"),
    ("requester", "Waiting for the requester"),
    ("vendor", "Waiting for the vendor"),
    ("approval", "Waiting for an approval"),
    ("weather", "Weather"),
    ("other", "Other"),
]


class GovServicePause(models.Model):
    """A stretch of time in which a request waits (挂起) and its clock stands still.

    Written by the request's own buttons; never changed by hand. Read by whoever reads
    the request.
    """

    _name = "gov.service.pause"
    _description = "Pause of a Service Request"
    _inherit = ["gov.guard.mixin"]
    _order = "date_from desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False

    request_id = fields.Many2one(
        "maintenance.request", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    kind = fields.Selection(PAUSE_REASONS, required=True, default="other")
    reason = fields.Char(required=True)
    user_id = fields.Many2one("res.users", string="Paused by", required=True)
    date_from = fields.Datetime(string="From", required=True)
    date_to = fields.Datetime(string="Until")
    state_before = fields.Char(required=True)

    _one_open = models.UniqueIndex(
        "(request_id) WHERE date_to IS NULL", "This request is paused already."
    )

from odoo import fields, models

GOV_STATES = [
    ("new", "To be dispatched"),
    ("assigned", "Dispatched"),
    ("accepted", "Accepted"),
    ("arrived", "On the spot"),
    ("paused", "Paused"),
    ("done", "Finished"),
    ("cancelled", "Cancelled"),
]


class MaintenanceStage(models.Model):
    """Stages follow the state of the request: one stage for each state."""

    _inherit = "maintenance.stage"

    gov_state = fields.Selection(
        GOV_STATES,
        string="State of the request",
        readonly=True,
        copy=False,
        help="Requests in this state stand in this stage. Other stages are not used.",
    )

    _gov_state_uniq = models.UniqueIndex(
        "(gov_state) WHERE gov_state IS NOT NULL",
        "Another stage stands for this state.",
    )

from odoo import fields, models

from .gov_meter import KINDS


class GovServiceItem(models.Model):
    """What the service uses, for the figures per head and per m²."""

    _inherit = "gov.service.item"

    use_kind = fields.Selection(
        KINDS,
        string="Counts as",
        help="In the figures per head and per m²; usage from meters counts as the kind "
        "of its meter.",
    )

from odoo import fields, models


class GovVehicleNeed(models.Model):
    """One vehicle wanted in one window of a request."""

    _name = "gov.vehicle.need"
    _description = "Vehicle Wanted"

    request_id = fields.Many2one(
        "gov.vehicle.request", required=True, index=True, ondelete="cascade"
    )

from odoo import models


class FleetVehicleOdometer(models.Model):
    """Core's loose readings: closed, since the readings of the trips are the chain."""

    _name = "fleet.vehicle.odometer"
    _inherit = ["fleet.vehicle.odometer", "gov.guard.mixin"]
    _engine_only = True

from odoo import fields, models

from odoo.addons.gov_base.models.gov_guard import engine


class FleetVehicle(models.Model):
    """What the chain of trips keeps on the vehicle."""

    _inherit = "fleet.vehicle"

    _protected_fields = frozenset({"odometer_first"})

    odometer_first = fields.Float(
        string="First reading",
        digits=(12, 1),
        readonly=True,
        copy=False,
        help="With which the vehicle came, before its first trip here.",
    )
    gov_trip_ids = fields.One2many("gov.vehicle.trip", "vehicle_id", string="Trips")

    def _set_odometer(self):
        """Keep the first reading for the chain; see the vehicle's own rules."""
        result = super()._set_odometer()
        for vehicle in self.filtered(lambda v: not v.odometer_first):
            # What the vehicle's own method accepted as its first reading.
            engine(vehicle).odometer_first = vehicle.odometer_value
        return result

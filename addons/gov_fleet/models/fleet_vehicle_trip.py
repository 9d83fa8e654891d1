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

    def action_open_gov_trips(self):
        """Open the trips of the vehicle, in the order of its chain.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_fleet.gov_vehicle_trip_action"
        )
        action["domain"] = [("vehicle_id", "=", self.id)]
        action["context"] = {}
        return action

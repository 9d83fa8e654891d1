from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import check_one


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

    def _init_column(self, column_name):
        """Begin the chain of a vehicle of before the install with Odoo's last reading.

        That is the highest of its loose readings, as Odoo showed it until now.
        """
        if column_name in ("odometer_value", "odometer_first"):
            self.env.cr.execute(
                SQL(
                    "UPDATE fleet_vehicle SET %s = known.value FROM ("
                    " SELECT vehicle_id, MAX(value) AS value"
                    " FROM fleet_vehicle_odometer GROUP BY vehicle_id) known"
                    " WHERE known.vehicle_id = fleet_vehicle.id",
                    SQL.identifier(column_name),
                )
            )
            return
        super()._init_column(column_name)

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
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_fleet.gov_vehicle_trip_action"
        )
        action["domain"] = [("vehicle_id", "=", self.id)]
        action["context"] = {}
        return action

from odoo import models
from odoo.tools import SQL


class FleetVehicle(models.Model):
    """What checks and faults ask of a vehicle."""

    _inherit = "fleet.vehicle"

    def _is_electric_drive(self):
        """Tell whether the vehicle is driven by a battery alone."""
        return self.fuel_type == "electric"

    def _driver_meet_rivals(self):
        """UPDATE the rows on which checks, departures and returns meet."""
        self.env.execute_query(
            SQL(
                "UPDATE fleet_vehicle SET write_date = write_date"
                " WHERE id = ANY(%s) RETURNING id",
                sorted(self.ids),
            )
        )

    def _open_fault(self, text, driver, check=None):
        """Open the repair request for what a driver found.

        :param text: what is wrong.
        :param driver: the employee who found it.
        :param check: the failed check, empty for a fault told on the way.
        :return: the repair request (``fleet.vehicle.log.services``).
        """
        self.ensure_one()
        services = self.env["fleet.vehicle.log.services"]
        return services._open_from_fault(self, text, driver, check=check)

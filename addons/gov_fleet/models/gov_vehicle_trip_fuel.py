from odoo import api, models

_LOOKED_AT = {"state", "date_start", "date_end", "vehicle_id"}


class GovVehicleTrip(models.Model):
    """A trip that is entered finds the fills that were noted before it."""

    _inherit = "gov.vehicle.trip"

    @api.model_create_multi
    def create(self, vals_list):
        trips = super().create(vals_list)
        self.env["gov.fuel.entry"]._follow_trips(trips._get_fuel_windows())
        return trips

    def write(self, vals):
        if not _LOOKED_AT & set(vals):
            return super().write(vals)
        before = self._get_fuel_windows()
        result = super().write(vals)
        self.env["gov.fuel.entry"]._follow_trips(before + self._get_fuel_windows())
        return result

    def _get_fuel_windows(self):
        """Return (vehicle id, first moment, last moment or False) of trips under way.

        A planned trip has burnt nothing yet.
        """
        return [
            (trip.vehicle_id.id, trip.date_start, trip.date_end)
            for trip in self
            if trip.state in ("out", "back") and trip.date_start
        ]

from odoo import models


class GovVehicleTrip(models.Model):
    """What the board does when a vehicle comes back early or late."""

    _inherit = "gov.vehicle.trip"

    def _came_back(self):
        result = super()._came_back()
        # sudo: what follows is the board's own; who took the vehicle back was checked.
        bookings = self.sudo().booking_id.filtered(
            lambda booking: booking.trip_id in self.sudo()
        )
        bookings._warn_next()
        bookings._give_back_early()
        return result

from odoo import fields, models

from odoo.addons.gov_base.models.gov_guard import engine


class GovVehicleBooking(models.Model):
    """The people of other requests who ride along."""

    _inherit = "gov.vehicle.booking"

    guest_ids = fields.One2many(
        "gov.vehicle.request",
        "joined_booking_id",
        string="Ride along",
        readonly=True,
    )

    def _release(self, when=None):
        """Whoever rode along takes a vehicle of their own when the trip is given up."""
        result = super()._release(when)
        # sudo: server code has given the window back; the guests follow.
        for booking in self.sudo():
            if not booking.active:
                engine(booking.guest_ids)._lose_ride()
        return result

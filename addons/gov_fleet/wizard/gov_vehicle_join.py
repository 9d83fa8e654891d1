from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class GovVehicleJoin(models.TransientModel):
    """Choose the trip of others that the people of a request ride with.

    The trips are shown as text: who asks reads neither the bookings nor the requests
    of others.
    """

    _name = "gov.vehicle.join"
    _description = "Ride Along"

    request_id = fields.Many2one("gov.vehicle.request", required=True)
    option_ids = fields.One2many("gov.vehicle.join.option", "wizard_id")

    @api.model
    def _open(self, request):
        """Return the window action for ``request``, with a row for each trip.

        :raise UserError: there is nothing to share.
        """
        rides = request._get_nearby()
        if not rides:
            raise UserError(self.env._("No trip nearby has seats left."))
        options = [
            Command.create({"ride": ride.id, "name": request._get_ride_text(ride)})
            for ride in rides
        ]
        wizard = self.create({"request_id": request.id, "option_ids": options})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ride along"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

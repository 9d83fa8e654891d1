from odoo import api, fields, models
from odoo.exceptions import UserError


class GovVehicleJoin(models.TransientModel):
    """Choose the trip of others that the people of a request ride with.

    The trips are shown as text: who asks reads neither the bookings nor the requests
    of others.
    """

    _name = "gov.vehicle.join"
    _description = "Ride Along"

    request_id = fields.Many2one("gov.vehicle.request", required=True)
    ride = fields.Selection(selection="_select_rides", string="Trips with free seats")

    @api.model
    def _select_rides(self):
        request_id = self.env.context.get("default_request_id")
        if type(request_id) is not int:
            return []
        request = self.env["gov.vehicle.request"].browse(request_id).exists()
        if not request or not request.has_access("read"):
            return []
        return [
            (str(ride.id), request._get_ride_text(ride))
            for ride in request._get_nearby()
        ]

    @api.model
    def _open(self, request):
        """Return the window action for ``request``.

        :raise UserError: there is nothing to share.
        """
        if not request._get_nearby():
            raise UserError(self.env._("No trip nearby has seats left."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ride along"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_request_id": request.id},
        }

    def action_join(self):
        """Ride with the chosen trip.

        :return: an action that closes the window.
        :raise UserError: nothing is chosen, or as ``action_join`` of the request.
        """
        self.ensure_one()
        ride = self.ride or ""
        if not (ride.isascii() and ride.isdecimal()):
            raise UserError(self.env._("Choose a trip."))
        self.request_id.action_join(int(ride))
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models


class GovVehicleTabletLine(models.TransientModel):
    """A trip as the tablet shows it to its driver."""

    _name = "gov.vehicle.tablet.line"
    _description = "Trip on the Tablet"
    _inherit = ["gov.guard.mixin"]
    _engine_only = True

    tablet_id = fields.Many2one(
        "gov.vehicle.tablet", required=True, readonly=True, ondelete="cascade"
    )
    trip_id = fields.Many2one(
        "gov.vehicle.trip", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(compute="_compute_texts")
    vehicle = fields.Char(compute="_compute_texts")
    window = fields.Char(string="Planned", compute="_compute_texts")
    route = fields.Char(string="Where to", compute="_compute_texts")
    user_text = fields.Char(string="Who travels", compute="_compute_texts")
    state = fields.Selection(
        selection=lambda self: (
            self.env["gov.vehicle.trip"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        compute="_compute_texts",
    )
    check_state = fields.Selection(
        selection=lambda self: (
            self.env["gov.vehicle.trip"]
            ._fields["check_state"]
            ._description_selection(self.env)
        ),
        compute="_compute_texts",
    )

    def _compute_texts(self):
        for line in self:
            # sudo: the lines are the driver's own, see the tablet.
            trip = line.sudo().trip_id
            vehicle = trip.vehicle_id
            line.name = trip.number
            line.vehicle = vehicle.license_plate or vehicle.name
            line.window = trip._window_text()
            line.route = trip.route
            line.user_text = trip.user_text
            line.state = trip.state
            line.check_state = trip.check_state

    def action_start(self):
        """Open the check or the start of the trip.

        :return: a window action.
        """
        return self._open("start")

    def action_stop(self):
        """Open the stop of the trip.

        :return: a window action.
        """
        return self._open("stop")

    def action_fault(self):
        """Open the note of a fault.

        :return: a window action.
        """
        return self._open("fault")

    def _open(self, kind):
        self.ensure_one()
        # sudo: the tablet checks screen, driver and trip.
        tablet = self.sudo().tablet_id.with_env(self.env)
        trip = self.sudo().trip_id
        tablet._require_driver(trip)
        return self.env["gov.vehicle.step"]._open(trip, kind, tablet)

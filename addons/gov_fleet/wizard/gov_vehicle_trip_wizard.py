from odoo import api, fields, models
from odoo.exceptions import UserError


class GovVehicleTripWizard(models.TransientModel):
    """Asks for the figures of one step of a trip; the trip decides."""

    _name = "gov.vehicle.trip.wizard"
    _description = "Step of a Trip"

    trip_id = fields.Many2one("gov.vehicle.trip", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="trip_id.currency_id")
    step = fields.Selection(
        [
            ("depart", "Out"),
            ("return", "Back"),
            ("undo", "Take the departure back"),
            ("correct", "Correct"),
            ("confirm", "Confirm the trip"),
        ],
        required=True,
        default="depart",
    )
    vehicle_id = fields.Many2one(related="trip_id.vehicle_id")
    is_my_trip = fields.Boolean(related="trip_id.is_my_trip")
    last_reading = fields.Float(digits=(12, 1), compute="_compute_last_reading")
    when = fields.Datetime(help="Empty: now.")
    odometer = fields.Float(string="Reading", digits=(12, 1))
    route = fields.Char()
    toll_amount = fields.Monetary(string="Tolls")
    parking_amount = fields.Monetary(string="Parking")
    other_amount = fields.Monetary(string="Other costs")
    waiting_hours = fields.Float(string="Waiting (hours)", digits=(8, 2))
    passenger_count = fields.Integer(string="Passengers")
    signature = fields.Binary(string="Driver's signature")
    odometer_out = fields.Float(string="Reading out", digits=(12, 1))
    odometer_in = fields.Float(string="Reading in", digits=(12, 1))
    date_start = fields.Datetime(string="Out at")
    date_end = fields.Datetime(string="Back at")
    trip_state = fields.Selection(related="trip_id.state", string="State")
    kind = fields.Selection(
        [
            ("slip", "Signed slip"),
            ("message", "Message"),
            ("app", "I used the vehicle"),
            ("none", "Not confirmed"),
        ],
        string="How",
        default="slip",
    )
    reason = fields.Char()

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        trip = self.env["gov.vehicle.trip"].browse(values.get("trip_id")).exists()
        for name in (
            "route",
            "passenger_count",
            "odometer_out",
            "odometer_in",
            "date_start",
            "date_end",
        ):
            if trip and name in fields:
                values.setdefault(name, trip[name])
        # Who used the vehicle confirms it here: no slip need have been signed.
        # A dispatcher notes for others, even when the request was in their name.
        is_asked = "kind" in fields and "default_kind" not in self.env.context
        is_desk = self.env.user.has_group("gov_fleet.group_dispatcher")
        if trip and is_asked and not is_desk and trip._is_user_of():
            values["kind"] = "app"
        return values

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        # What the dialog shows of the trip is read for whoever opened it.
        wizards.trip_id.check_access("read")
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self.trip_id.check_access("read")
        return result

    @api.depends("trip_id")
    def _compute_last_reading(self):
        for wizard in self:
            trip = wizard.trip_id
            # sudo: the last reading of the vehicle that is asked for.
            wizard.last_reading = (
                trip.odometer_out
                if trip.state == "out"
                else trip.vehicle_id.sudo().odometer_value
            )

    def action_apply(self):
        """Take the step, with the person's rights.

        :return: the action that closes the dialog.
        :raise UserError: see the methods of the trip.
        """
        self.ensure_one()
        getattr(self, f"_apply_{self.step}")()
        return {"type": "ir.actions.act_window_close"}

    def _apply_depart(self):
        if not self.odometer and self.last_reading:
            raise UserError(self.env._("Enter the reading of the odometer."))
        self.trip_id.action_depart(self.odometer, self.when)

    def _apply_return(self):
        self.trip_id.action_return(
            self.odometer,
            self.when,
            route=self.route or "",
            toll_amount=self.toll_amount,
            parking_amount=self.parking_amount,
            other_amount=self.other_amount,
            waiting_hours=self.waiting_hours,
            passenger_count=self.passenger_count,
            signature=self.signature or None,
        )

    def _apply_undo(self):
        self.trip_id.action_undo_departure(self.reason)

    def _apply_correct(self):
        back = self.trip_state == "back"
        self.trip_id.action_correct(
            self.reason,
            odometer_out=self.odometer_out,
            odometer_in=self.odometer_in if back else None,
            date_start=self.date_start,
            date_end=self.date_end if back else None,
        )

    def _apply_confirm(self):
        self.trip_id.action_confirm_use(self.kind, self.reason or "")

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import check_plain_values

KINDS = [
    ("check", "Check of the vehicle"),
    ("start", "Start"),
    ("stop", "Stop"),
    ("sign", "Sign"),
    ("fault", "Fault"),
]


class GovVehicleStep(models.TransientModel):
    """One step of a trip in the driver's hand: check, start, stop, sign, fault.

    Opened by the server for one trip; the same dialog serves on the phone, on the
    dispatcher's desk and on the car room's tablet (``tablet_id``). Who speaks for the
    driver is looked at again when the step is done.
    """

    _name = "gov.vehicle.step"
    _description = "Step of a Trip"
    _inherit = ["gov.guard.mixin"]
    _protected_fields = frozenset({"kind", "trip_id", "tablet_id", "needs_sign"})

    kind = fields.Selection(KINDS, required=True, readonly=True)
    trip_id = fields.Many2one(
        "gov.vehicle.trip", required=True, readonly=True, ondelete="cascade"
    )
    tablet_id = fields.Many2one("gov.vehicle.tablet", readonly=True, ondelete="cascade")
    title = fields.Char(compute="_compute_title")
    last_reading = fields.Float(
        string="Last reading", digits=(12, 1), compute="_compute_title"
    )
    needs_sign = fields.Boolean(readonly=True)
    odometer = fields.Float(digits=(12, 1))
    route = fields.Char(string="Places on the way")
    toll_amount = fields.Float(string="Tolls", digits=(12, 2))
    parking_amount = fields.Float(string="Parking", digits=(12, 2))
    other_amount = fields.Float(string="Other costs", digits=(12, 2))
    waiting_hours = fields.Float(string="Hours of waiting", digits=(8, 2))
    signature = fields.Binary(attachment=False)
    line_ids = fields.One2many("gov.vehicle.step.line", "step_id", string="Items")
    has_fault = fields.Boolean(compute="_compute_has_fault")
    photo = fields.Binary(attachment=False)
    note = fields.Char(string="Remark")
    fault = fields.Text(string="What is wrong")
    is_unsafe = fields.Boolean(string="The vehicle must not be driven")

    # === Compute ===

    def _compute_title(self):
        for step in self:
            # sudo: the trip was opened for this user; only what stands on the key.
            trip = step.sudo().trip_id
            vehicle = trip.vehicle_id
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            step.title = " · ".join(
                text
                for text in (
                    vehicle.license_plate or vehicle.name,
                    kinds.get(step.kind),
                )
                if text
            )
            step.last_reading = (
                trip.odometer_out if trip.state == "out" else vehicle.odometer_value
            )

    @api.depends("line_ids.answer")
    def _compute_has_fault(self):
        for step in self:
            step.has_fault = "bad" in step.line_ids.mapped("answer")

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        return super().write(vals)

    # === Opening ===

    @api.model
    def _open(self, trip, kind, tablet=None):
        """Open the dialog of a step; the caller has checked who speaks.

        :return: a window action.
        """
        # sudo: the caller has checked who speaks for the driver.
        trip = trip.sudo()
        if kind == "start" and trip._needs_check():
            kind = "check"
        # sudo: as above.
        step = engine(self.sudo()).create(
            {
                "kind": kind,
                "trip_id": trip.id,
                "tablet_id": tablet and tablet.id,
                "needs_sign": not tablet,
                "route": trip.route if kind == "stop" else False,
            }
        )
        if kind == "check":
            items = self.env["gov.vehicle.check.item"]._for_vehicle(trip.vehicle_id)
            # sudo: as above.
            engine(self.env["gov.vehicle.step.line"].sudo()).create(
                [{"step_id": step.id, "item_id": item.id} for item in items]
            )
        return step._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.title,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    # === Doing ===

    def action_check(self):
        """Answer the items that nothing was said about with “in order”.

        :return: the action that follows the check.
        """
        self._check_own()
        if self.kind != "check":
            raise UserError(self.env._("This dialog is no check of the vehicle."))
        silent = self.line_ids.filtered(lambda line: not line.answer)
        silent.write({"answer": "ok"})
        return self.action_done()

    def action_done(self):
        """Do the step.

        :return: what opens next: the start after a check, else the screen behind.
        :raise UserError: the person no longer speaks for the driver, or as the step
            itself says.
        """
        self._check_own()
        driver, entry = self._speaks()
        step = self.kind
        done = getattr(self, f"_do_{step}")(driver, entry)
        return done or self._go_back()

    def _check_own(self):
        self.ensure_one()
        if self.create_uid != self.env.user:
            raise UserError(self.env._("This dialog was opened by somebody else."))

    def _speaks(self):
        """Return (driver, entry) as ``trip._driver_speaks``."""
        # sudo: who speaks is checked here; a tablet's login reads no trips.
        tablet = self.sudo().tablet_id
        if tablet:
            return tablet._require_driver(self.sudo().trip_id), "tablet"
        return self.trip_id._driver_speaks()

    def _get_trip(self):
        """Return the trip for the server's steps; :meth:`_speaks` has checked who."""
        # sudo: as it says.
        return self.sudo().trip_id

    def _do_check(self, driver, entry):
        silent = self.line_ids.filtered(lambda line: not line.answer)
        if silent:
            raise UserError(
                self.env._("Say whether it is in order: %s.", silent[0].name)
            )
        results = {
            line.item_id.id: {
                "ok": line.answer == "ok",
                "note": line.note or "",
                "photo": line.photo,
            }
            for line in self.line_ids
        }
        trip = self._get_trip()
        check = trip._note_check(driver, entry, results, self.photo, self.note)
        # sudo: what the driver has just noted.
        if check.result == "failed":
            return self._go_back(
                self.env._("The vehicle stays here: %s", check.sudo().fault_text)
            )
        # sudo: on which tablet the driver stands.
        return self._open(trip, "start", self.sudo().tablet_id)

    def _check_odometer(self):
        """Refuse a reading that was left empty, which the screen shows as 0."""
        if not self.odometer and self.last_reading:
            raise UserError(self.env._("Enter the reading of the odometer."))

    def _do_start(self, driver, entry):
        self._check_odometer()
        trip = self._get_trip()
        if entry == "tablet":
            if trip._needs_check():
                raise UserError(self.env._("Look at the vehicle first."))
            trip._depart(self.odometer)
        else:
            self.trip_id.action_depart(self.odometer)

    def _do_stop(self, driver, entry):
        self._check_odometer()
        values = {
            "route": self.route or None,
            "toll_amount": self.toll_amount,
            "parking_amount": self.parking_amount,
            "other_amount": self.other_amount,
            "waiting_hours": self.waiting_hours,
        }
        if entry == "tablet":
            trip = self._get_trip()
            trip._return(
                self.odometer,
                None,
                {name: value for name, value in values.items() if value is not None},
            )
            trip._note_signature("pin")
        else:
            self.trip_id.action_return(
                self.odometer, signature=self.signature or None, **values
            )

    def _do_sign(self, driver, entry):
        if entry == "tablet":
            self._get_trip()._note_signature("pin")
        else:
            self.trip_id.action_sign(self.signature)

    def _do_fault(self, driver, entry):
        self._get_trip()._note_fault(driver, self.fault, self.photo, self.is_unsafe)

    def _go_back(self, message=None):
        """Return to the screen behind, which shows what has changed."""
        # sudo: the tablet that :meth:`_speaks` has checked.
        tablet = self.sudo().tablet_id.with_env(self.env)
        after = (
            tablet._show() if tablet else {"type": "ir.actions.client", "tag": "reload"}
        )
        if not message:
            return after if tablet else {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger",
                "sticky": True,
                "message": message,
                "next": after if tablet else {"type": "ir.actions.act_window_close"},
            },
        }

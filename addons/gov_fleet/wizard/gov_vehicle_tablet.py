from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import check_plain_values


class GovVehicleTablet(models.TransientModel):
    """The car room's tablet: one shared screen for drivers without an account.

    The driver chooses the own name and enters the PIN; for some minutes
    (``vehicle.tablet.minutes``) the screen is theirs. The tablet's login reads no
    trips: what is shown and done is for the driver whose PIN the server has seen.
    """

    _name = "gov.vehicle.tablet"
    _description = "Car Room's Tablet"
    _inherit = ["gov.guard.mixin"]
    _protected_fields = frozenset({"open_until", "company_id"})

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    driver_ids = fields.Many2many(
        "hr.employee.public", string="Choice of drivers", compute="_compute_driver_ids"
    )
    driver_id = fields.Many2one("hr.employee", string="Who are you?")
    driver_name = fields.Char(compute="_compute_driver_name")
    pin = fields.Char(string="PIN", compute="_compute_pin", inverse="_inverse_pin")
    open_until = fields.Datetime(readonly=True)
    is_open = fields.Boolean(compute="_compute_is_open")
    line_ids = fields.One2many(
        "gov.vehicle.tablet.line", "tablet_id", string="My trips", readonly=True
    )

    # === Compute ===

    @api.depends("company_id")
    def _compute_driver_ids(self):
        for tablet in self:
            company = tablet.company_id or self.env.company
            drivers = self.env["gov.vehicle.pin"]._drivers(company)
            tablet.driver_ids = self.env["hr.employee.public"].browse(drivers.ids)

    def _compute_display_name(self):
        for tablet in self:
            tablet.display_name = self.env._("Car room")

    @api.depends("driver_id")
    def _compute_driver_name(self):
        for tablet in self:
            # sudo: the name was chosen from the drivers' list.
            tablet.driver_name = tablet.sudo().driver_id.name

    def _compute_pin(self):
        for tablet in self:
            tablet.pin = False

    def _inverse_pin(self):
        for tablet in self:
            if not tablet.pin:
                continue
            tablet._check_own()
            # sudo: only whether the person is a driver of this institution.
            driver = tablet.sudo().driver_id
            if driver not in self.env["gov.vehicle.pin"]._drivers(tablet.company_id):
                raise UserError(self.env._("Choose your name first."))
            self.env["gov.vehicle.pin"]._verify(driver, tablet.pin)
            engine(tablet)._extend()  # the PIN has just been verified

    @api.depends("open_until")
    def _compute_is_open(self):
        now = fields.Datetime.now()
        for tablet in self:
            tablet.is_open = bool(tablet.open_until and tablet.open_until > now)

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if not is_engine(self.env) and "driver_id" in vals:
            # Another name is another person: their own PIN is asked.
            engine(self).write({"open_until": False})
        return super().write(vals)

    # === Actions ===

    def action_enter(self):
        """Show the trips of the driver whose PIN was entered.

        :return: a window action.
        :raise UserError: no PIN was entered.
        """
        self._check_own()
        if not self.is_open:
            raise UserError(self.env._("Choose your name and enter your PIN."))
        return self._show()

    def action_leave(self):
        """Give the screen back: the next driver chooses the own name.

        :return: a window action.
        """
        self._check_own()
        engine(self).open_until = False  # closing the own screen opens nothing
        return self.env["gov.vehicle.tablet"].action_open()

    @api.model
    def action_open(self):
        """Open the screen on which drivers choose their name.

        :return: a window action.
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Car room"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "main",
        }

    # === Helpers ===

    def _show(self):
        """Return the screen of the driver, with the trips as they are now."""
        self._read_trips()
        return {**self.action_open(), "res_id": self.id}

    def _check_own(self):
        self.ensure_one()
        if self.create_uid and self.create_uid != self.env.user:
            raise UserError(self.env._("This screen was opened by somebody else."))

    def _extend(self):
        # sudo: the clauses are no secret.
        minutes = (
            self.env["gov.policy"]
            .sudo()
            .get_value("vehicle.tablet.minutes", company=self.company_id)
        )
        self.open_until = fields.Datetime.now() + timedelta(minutes=minutes)

    def _require_driver(self, trip):
        """Return the driver who may act on ``trip`` here, and keep the screen open.

        :raise UserError: the screen is closed, of somebody else, or of another driver.
        """
        self._check_own()
        if not self.is_open:
            raise UserError(
                self.env._("The time is up: choose your name and enter your PIN.")
            )
        # sudo: only whether it is this driver's trip.
        driver = self.sudo().driver_id
        if trip.sudo().driver_id != driver:
            raise UserError(
                self.env._("This trip is driven by somebody else, not by you.")
            )
        engine(self)._extend()  # screen and driver were checked just above
        return driver

    def _read_trips(self):
        """Write the lines that show the driver's trips of today."""
        # sudo: the driver's own trips, whose PIN was verified.
        trips, driver = self.env["gov.vehicle.trip"].sudo(), self.sudo().driver_id
        found = trips.search(
            [
                ("driver_id", "=", driver.id),
                ("company_id", "=", self.company_id.id),
                ("is_today", "=", True),
                ("state", "!=", "cancelled"),
            ],
            order="planned_start, id",
        )
        # sudo: as above.
        lines = engine(self.env["gov.vehicle.tablet.line"].sudo())
        lines.search([("tablet_id", "=", self.id)]).unlink()
        lines.create([{"tablet_id": self.id, "trip_id": trip.id} for trip in found])
        self.invalidate_recordset(["line_ids"], flush=False)

from odoo import api, fields, models
from odoo.exceptions import UserError


class GovVehicleDutyWizard(models.TransientModel):
    """Takes a phone order of the leader on duty; the duty departure decides."""

    _name = "gov.vehicle.duty.wizard"
    _description = "Duty Car Leaves"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    driver_ids = fields.Many2many(
        "hr.employee.public", string="Choice of drivers", compute="_compute_choices"
    )
    leader_name = fields.Char(string="Leader on duty", compute="_compute_choices")
    ordered_at = fields.Datetime(
        string="Ordered at", required=True, default=fields.Datetime.now
    )
    vehicle_id = fields.Many2one("fleet.vehicle", required=True, check_company=True)
    driver_id = fields.Many2one(
        "hr.employee", required=True, default=lambda self: self._default_driver()
    )
    destination = fields.Char(required=True)
    purpose = fields.Char(string="Reason", required=True)
    last_reading = fields.Float(digits=(12, 1), compute="_compute_last_reading")
    odometer = fields.Float(digits=(12, 1), required=True)

    @api.model
    def _default_driver(self):
        shift = self.env["gov.duty.shift"]._on_duty()
        return shift.driver_id.id

    @api.depends("company_id", "ordered_at")
    def _compute_choices(self):
        for wizard in self:
            company = wizard.company_id or self.env.company
            drivers = self.env["gov.vehicle.pin"]._drivers(company)
            wizard.driver_ids = self.env["hr.employee.public"].browse(drivers.ids)
            shift = self.env["gov.duty.shift"]._on_duty(wizard.ordered_at, company)
            wizard.leader_name = shift.leader_id.name or self.env._(
                "nobody is in the roster at this moment"
            )

    @api.depends("vehicle_id")
    def _compute_last_reading(self):
        for wizard in self:
            # sudo: the last reading of the vehicle that was chosen.
            wizard.last_reading = wizard.vehicle_id.sudo().odometer_value

    def action_done(self):
        """Let the duty car leave.

        :return: an action that opens the duty departure.
        :raise UserError: the reading was left empty, or see the departure's method.
        """
        self.ensure_one()
        if not self.odometer and self.last_reading:
            raise UserError(self.env._("Enter the reading of the odometer."))
        orders = self.env["gov.vehicle.duty.order"]
        order_id = orders.action_leave(
            self.vehicle_id.id,
            self.driver_id.id,
            self.destination,
            self.purpose,
            self.odometer,
            self.ordered_at,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": orders._name,
            "res_id": order_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

from odoo import api, fields, models
from odoo.exceptions import UserError


class GovVehicleLate(models.TransientModel):
    """The slip of a trip that was over before it was asked for."""

    _name = "gov.vehicle.late"
    _description = "Trip Entered Late"

    request_id = fields.Many2one("gov.vehicle.request", required=True)
    company_id = fields.Many2one(related="request_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    vehicle_id = fields.Many2one(
        "fleet.vehicle", domain="[('company_id', '=', company_id)]"
    )
    driver_card_id = fields.Many2one(
        "gov.vehicle.driver",
        string="Driver",
        domain="[('company_id', '=', company_id)]",
    )
    date_start = fields.Datetime(string="Out at")
    date_end = fields.Datetime(string="Back at")
    odometer_out = fields.Float(string="Reading out", digits=(12, 1))
    odometer_in = fields.Float(string="Reading in", digits=(12, 1))
    toll_amount = fields.Monetary(string="Tolls")
    parking_amount = fields.Monetary(string="Parking")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        request_id = values.get("request_id")
        requests = self.env["gov.vehicle.request"]
        request = requests.browse(request_id).exists() if request_id else requests
        if request and request.has_access("read"):
            need = request._get_next_need()
            values |= {"date_start": need.date_start, "date_end": need.date_end}
        return values

    def action_enter(self):
        """Enter the trip and open it.

        :return: a window action.
        :raise UserError: vehicle or driver is missing, or as ``action_enter_trip``.
        """
        self.ensure_one()
        if not self.vehicle_id or not self.driver_card_id:
            raise UserError(self.env._("Choose vehicle and driver."))
        trip_id = self.request_id.action_enter_trip(
            self.vehicle_id.id,
            # sudo: only which person the card belongs to.
            self.driver_card_id.sudo().employee_id.id,
            self.odometer_out,
            self.odometer_in,
            {
                "date_start": self.date_start,
                "date_end": self.date_end,
                "toll_amount": self.toll_amount,
                "parking_amount": self.parking_amount,
            },
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.vehicle.trip",
            "res_id": trip_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

from odoo import fields, models
from odoo.exceptions import UserError


class GovVehicleLate(models.TransientModel):
    """Vehicle and driver of a trip that was over before it was entered."""

    _name = "gov.vehicle.late"
    _description = "Trip Entered Late"

    request_id = fields.Many2one("gov.vehicle.request", required=True)
    company_id = fields.Many2one(related="request_id.company_id")
    vehicle_id = fields.Many2one(
        "fleet.vehicle", domain="[('company_id', '=', company_id)]"
    )
    driver_card_id = fields.Many2one(
        "gov.vehicle.driver",
        string="Driver",
        domain="[('company_id', '=', company_id)]",
    )

    def action_enter(self):
        """Make the slip and open it.

        :return: a window action.
        :raise UserError: vehicle or driver is missing, or as ``action_enter_trip``.
        """
        self.ensure_one()
        if not self.vehicle_id or not self.driver_card_id:
            raise UserError(self.env._("Choose vehicle and driver."))
        trip_id = self.request_id.action_enter_trip(
            # sudo: only which person the card belongs to.
            self.vehicle_id.id,
            self.driver_card_id.sudo().employee_id.id,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.vehicle.trip",
            "res_id": trip_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

from odoo import models


class FleetVehicle(models.Model):
    """The way from a vehicle to its account."""

    _inherit = "fleet.vehicle"

    def action_open_account(self):
        """Open the account of these vehicles, month by month.

        :return: a window action.
        """
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_fleet.gov_vehicle_account_action"
        )
        action["domain"] = [("vehicle_id", "in", self.ids)]
        action["context"] = {"search_default_this_year": 1}
        return action

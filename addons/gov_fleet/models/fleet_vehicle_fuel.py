from odoo import fields, models


class FleetVehicle(models.Model):
    """Cards and fills of a vehicle."""

    _inherit = "fleet.vehicle"

    fuel_card_ids = fields.One2many(
        "gov.fuel.card",
        "vehicle_id",
        string="Fuel cards",
        groups="gov_fleet.group_dispatcher,gov_fleet.group_technician,"
        "gov_base.group_supervision",
    )
    fuel_entry_count = fields.Integer(
        string="Fills",
        compute="_compute_fuel_entry_count",
        groups="gov_fleet.group_dispatcher,gov_fleet.group_technician,"
        "gov_base.group_supervision",
    )

    def _compute_fuel_entry_count(self):
        groups = self.env["gov.fuel.entry"]._read_group(
            [("vehicle_id", "in", self.ids)], ["vehicle_id"], ["__count"]
        )
        counts = {vehicle.id: count for vehicle, count in groups}
        for vehicle in self:
            vehicle.fuel_entry_count = counts.get(vehicle.id, 0)

    def action_open_fuel(self):
        """Open the fills of these vehicles."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_fleet.gov_fuel_entry_action"
        )
        context = {"default_vehicle_id": self.id} if len(self) == 1 else {}
        return {
            **action,
            "domain": [("vehicle_id", "in", self.ids)],
            "context": context,
        }

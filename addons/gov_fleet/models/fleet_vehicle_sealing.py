from odoo import api, fields, models


class FleetVehicle(models.Model):
    """What sealing asks of a vehicle, and tells others about it."""

    _inherit = "fleet.vehicle"

    sealing_line_ids = fields.One2many(
        "gov.vehicle.sealing.line", "vehicle_id", string="Sealing", readonly=True
    )
    is_holiday_sealed = fields.Boolean(
        string="Sealed now",
        compute="_compute_is_holiday_sealed",
        search="_search_is_holiday_sealed",
    )

    @api.depends("sealing_line_ids.state")
    def _compute_is_holiday_sealed(self):
        sealed = self.env["gov.vehicle.sealing.line"]._get_sealed(self).vehicle_id
        for vehicle in self:
            vehicle.is_holiday_sealed = vehicle.id in sealed.ids

    @api.model
    def _search_is_holiday_sealed(self, operator, value):
        if operator != "in":
            return NotImplemented
        negative = True not in value
        # sudo: only which vehicles are sealed is asked.
        sealed = self.env["gov.vehicle.sealing.line"].sudo()
        ids = sealed._search([("state", "=", "sealed")]).subselect("vehicle_id")
        return [("id", "not in" if negative else "in", ids)]

    def _dispatch_problems(self, start, end):
        """A vehicle whose strip is on does not leave, even when the holiday is over.

        During the holiday its window on the board says so; a permit frees it.
        """
        problems = super()._dispatch_problems(start, end)
        if start > fields.Datetime.now():
            return problems
        for line in self.env["gov.vehicle.sealing.line"]._get_sealed(self._origin):
            problems[line.vehicle_id.id] = self.env._(
                "Sealed over %(holiday)s (strip %(strip)s); before it is unsealed a "
                "permit of the leader on duty opens it",
                holiday=line.sealing_id.display_name,
                strip=line.strip_number or "-",
            )
        return problems

from odoo import models

from odoo.addons.gov_base.tools.input_check import plain_number

from .fleet_vehicle_log_services_steps import ACCEPTORS


class FleetVehicleLogServices(models.Model):
    """What stands on the paper of a repair order (维修送修单)."""

    _inherit = "fleet.vehicle.log.services"

    def _get_paper_figures(self):
        """Return the words of the paper: dict of texts, lines and signatures."""
        self.ensure_one()
        kinds = dict(self._fields["order_kind"]._description_selection(self.env))
        vehicle = self.vehicle_id
        reading = self.reading_in or vehicle.odometer_value
        return {
            "plate": vehicle.license_plate or vehicle.display_name,
            "kind": kinds[self.order_kind],
            "model": vehicle.model_id.display_name,
            "reading": self.env._("%s km", plain_number(reading)),
            "shop": self.vendor_id.display_name or "",
            "window": self._get_window_text(),
            "lines": [line._get_paper_line() for line in self.part_line_ids],
            "signatures": [
                {"label": self.env._("Driver %s", self.employee_id.name)},
                {"label": self.env._("Technician %s", self.handler_id.name)},
                {"label": self.env._("Shop")},
            ],
            "acceptance": self._get_paper_acceptance(),
        }

    def _get_window_text(self):
        if not self.window_start:
            return ""
        local = self.company_id._gov_local
        return " – ".join(
            f"{local(moment):%m-%d %H:%M}"
            for moment in (self.window_start, self.window_end)
        )

    def _get_paper_acceptance(self):
        """Return two signatures: of those who accepted, or blanks for the pen."""
        rows = self.acceptance_ids.filtered(
            lambda row: row.round == self.acceptance_round and row.outcome == "accepted"
        )
        signatures = [
            {
                "label": self.env._("Accepted by %s", row.user_id.name),
                "date": row.accepted_at,
            }
            for row in rows
        ]
        blank = {"label": self.env._("Accepted by")}
        return signatures + [blank] * (ACCEPTORS - len(signatures))

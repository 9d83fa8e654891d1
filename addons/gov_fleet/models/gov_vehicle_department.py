from odoo import fields, models


class GovVehicleDepartment(models.Model):
    """Since when a vehicle belongs to a department.

    Written by the vehicle alone, when its department changes.
    """

    _name = "gov.vehicle.department"
    _description = "Department of a Vehicle"
    _inherit = ["gov.guard.mixin"]
    _order = "vehicle_id, date_from desc, id desc"
    _engine_only = True

    vehicle_id = fields.Many2one(
        "fleet.vehicle", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="vehicle_id.company_id", store=True, index=True
    )
    department_id = fields.Many2one("hr.department", ondelete="restrict")
    date_from = fields.Date(string="From", required=True)

    _vehicle_day_uniq = models.Constraint(
        "UNIQUE (vehicle_id, date_from)", "A vehicle moves once a day."
    )

    def _note(self, vehicle, department, day):
        """Note where a vehicle belongs from ``day`` on; called in the engine."""
        row = self.search([("vehicle_id", "=", vehicle.id), ("date_from", "=", day)])
        if row:
            row.department_id = department
            return row
        return self.create(
            {
                "vehicle_id": vehicle.id,
                "department_id": department.id,
                "date_from": day,
            }
        )

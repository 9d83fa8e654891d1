from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
)

MONTHS = [(str(month), str(month)) for month in range(1, 13)]


class GovVehicleNorm(models.Model):
    """The fuel norm of a vehicle in some months, such as winter."""

    _name = "gov.vehicle.norm"
    _description = "Fuel Norm by Season"
    _order = "vehicle_id, id"

    vehicle_id = fields.Many2one(
        "fleet.vehicle", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="vehicle_id.company_id", store=True, index=True
    )
    month_from = fields.Selection(MONTHS, string="From month", required=True)
    month_to = fields.Selection(MONTHS, string="To month", required=True)
    consumption = fields.Float(
        string="Per 100 km", digits=(8, 2), required=True, help="Litres or kWh."
    )

    _consumption_check = models.Constraint(
        "CHECK (consumption > 0)", "A norm is greater than zero."
    )

    @api.constrains("month_from", "month_to", "vehicle_id")
    def _check_months(self):
        for norm in self:
            others = norm.vehicle_id.norm_ids - norm
            for month in norm._get_months():
                if any(other._has_month(month) for other in others):
                    raise UserError(
                        self.env._(
                            "%(vehicle)s: month %(month)s has two norms.",
                            vehicle=norm.vehicle_id.display_name,
                            month=month,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        return super().write(vals)

    def _get_months(self):
        """Return the months of the season; it may run over the year's end."""
        first, last = int(self.month_from), int(self.month_to)
        if first <= last:
            return list(range(first, last + 1))
        return [*range(first, 13), *range(1, last + 1)]

    def _has_month(self, month):
        return month in self._get_months()

from odoo import fields, models


class GovVehicleDriver(models.Model):
    """A driver's card (驾驶员档案)."""

    _name = "gov.vehicle.driver"
    _description = "Driver"
    _check_company_auto = True

    employee_id = fields.Many2one(
        "hr.employee", required=True, check_company=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

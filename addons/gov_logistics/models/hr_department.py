from odoo import fields, models


class HrDepartment(models.Model):
    """Departments consume what the store issues to them."""

    _inherit = "hr.department"

    supply_location_ids = fields.One2many(
        "stock.location",
        "supply_department_id",
        string="Consumption locations",
        help="Where goods issued to this department go, one location per institution.",
    )

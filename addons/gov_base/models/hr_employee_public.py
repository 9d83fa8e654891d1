from odoo import fields, models


class HrEmployeePublic(models.Model):
    """What every internal user may see of a colleague: rank, title, department."""

    _inherit = "hr.employee.public"
    _order = "rank_sequence, name, id"

    rank_sequence = fields.Integer(string="Order of rank", readonly=True)
    official_title = fields.Char(string="Title as it stands", readonly=True)
    working_department_id = fields.Many2one(
        "hr.department", string="Working department", readonly=True
    )

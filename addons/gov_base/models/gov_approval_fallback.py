from odoo import fields, models


class GovApprovalFallback(models.Model):
    """Who decides, in this order, when a tier has nobody left to go up to.

    The list belongs to one institution and is kept by the approval administrator, who
    gets a notice each time it has to be used.
    """

    _name = "gov.approval.fallback"
    _description = "Fallback Approver"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        check_company=True,
        ondelete="restrict",
    )

    _employee_uniq = models.Constraint(
        "UNIQUE (company_id, employee_id)", "This person is on the list already."
    )

from odoo import fields, models


class ResCompany(models.Model):
    """Whose words the appraisal of career staff uses."""

    _inherit = "res.company"

    points_label_set = fields.Selection(
        [("civil_servant", "Civil servants"), ("institution", "Institution staff")],
        string="Appraisal words of career staff",
        required=True,
        default="institution",
        help="Civil servants are rated by other words than the staff of institutions.",
    )

from odoo import fields, models


class GovServiceItem(models.Model):
    """An item of the closed service catalogue (服务事项目录)."""

    _name = "gov.service.item"
    _description = "Service Item"
    _order = "group_id, code, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    code = fields.Char(required=True)
    name = fields.Char(required=True)
    group_id = fields.Many2one(
        "gov.service.group", required=True, index=True, ondelete="restrict"
    )
    uom_id = fields.Many2one("uom.uom", string="Unit", ondelete="restrict")
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE (company_id, code)", "This code is in the catalogue already."
    )

from odoo import fields, models


class GovServiceGroup(models.Model):
    """A group of the service catalogue: property, cleaning, security …"""

    _name = "gov.service.group"
    _description = "Service Group"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

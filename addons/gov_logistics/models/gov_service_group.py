from odoo import fields, models


class GovServiceGroup(models.Model):
    """A group of services of the catalogue: property, cleaning, security, canteen …

    Shipped groups are shared by all institutions of the database. Contracts,
    assessment sheets and the quarterly survey go by group. Everybody reads them, the
    manager of the service centre keeps them.
    """

    _name = "gov.service.group"
    _description = "Service Group"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    item_ids = fields.One2many("gov.service.item", "group_id", string="Service items")

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another group of services has the same code."
    )

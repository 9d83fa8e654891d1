from odoo import fields, models


class GovSupplyPurpose(models.Model):
    """Purposes to pick from, so that nobody types one for a stapler.

    The pick list only fills in the text of the request; any text is accepted, none
    as well.
    """

    _name = "gov.supply.purpose"
    _description = "Purpose of a Supply Request"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "This purpose is listed already.")

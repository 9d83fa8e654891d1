from odoo import fields, models


class GovVehicleCheckLine(models.Model):
    """What was found at one item of a check; written with the check, never after."""

    _name = "gov.vehicle.check.line"
    _description = "Line of the Vehicle Check"
    _inherit = ["gov.guard.mixin"]
    _order = "check_id desc, sequence, id"
    _engine_only = True

    check_id = fields.Many2one(
        "gov.vehicle.check", required=True, index=True, ondelete="cascade"
    )
    item_id = fields.Many2one(
        "gov.vehicle.check.item", required=True, index=True, ondelete="restrict"
    )
    name = fields.Char(string="As it was asked", required=True)
    sequence = fields.Integer()
    is_ok = fields.Boolean(string="In order")
    is_blocking = fields.Boolean(string="Blocks departure")
    note = fields.Char(string="What is wrong")
    photo = fields.Binary(attachment=True)
    company_id = fields.Many2one(related="check_id.company_id", store=True, index=True)

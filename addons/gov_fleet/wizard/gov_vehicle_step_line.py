from odoo import api, fields, models

from odoo.addons.gov_base.tools.input_check import check_plain_values


class GovVehicleStepLine(models.TransientModel):
    """One item of the check, as the driver answers it."""

    _name = "gov.vehicle.step.line"
    _description = "Answer to an Item"
    _inherit = ["gov.guard.mixin"]
    _order = "sequence, id"
    _protected_fields = frozenset({"step_id", "item_id"})

    step_id = fields.Many2one(
        "gov.vehicle.step", required=True, readonly=True, ondelete="cascade"
    )
    item_id = fields.Many2one(
        "gov.vehicle.check.item", required=True, readonly=True, ondelete="cascade"
    )
    sequence = fields.Integer(related="item_id.sequence", store=True)
    name = fields.Char(related="item_id.name")
    hint = fields.Char(related="item_id.hint")
    needs_photo = fields.Boolean(related="item_id.needs_photo")
    answer = fields.Selection([("ok", "In order"), ("bad", "Not in order")])
    note = fields.Char(string="What is wrong")
    photo = fields.Binary(attachment=False)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        return super().write(vals)

from odoo import fields, models


class GovVehicleRequest(models.Model):
    """A request for a vehicle (用车申请)."""

    _name = "gov.vehicle.request"
    _description = "Vehicle Request"
    _inherit = ["gov.approval.mixin"]
    _order = "date_start desc, id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.request"

    date_start = fields.Datetime(string="From", required=True)
    date_end = fields.Datetime(string="Until", required=True)

from odoo import fields, models


class GovVehicleRegisterGap(models.TransientModel):
    """A mandatory field of the register that a vehicle lacks."""

    _name = "gov.vehicle.register.gap"
    _description = "Missing in a Vehicle Register"
    _order = "vehicle_id, id"

    export_id = fields.Many2one(
        "gov.vehicle.register.export", required=True, ondelete="cascade", index=True
    )
    vehicle_id = fields.Many2one("fleet.vehicle", required=True, ondelete="cascade")
    line_id = fields.Many2one(
        "gov.vehicle.register.line",
        string="Missing field",
        required=True,
        ondelete="cascade",
    )
    code = fields.Char(related="line_id.code")

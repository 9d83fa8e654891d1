from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
)


class GovVehicleRollLine(models.Model):
    """One vehicle on the roll of a night: back or not, where it stands."""

    _name = "gov.vehicle.roll.line"
    _description = "Vehicle on a Nightly Roll"
    _inherit = ["gov.guard.mixin"]
    _order = "roll_id desc, is_back, id"
    _check_company_auto = True
    _protected_fields = frozenset(
        {"company_id", "date", "roll_id", "trip_id", "vehicle_id"}
    )

    roll_id = fields.Many2one(
        "gov.vehicle.roll",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="roll_id.company_id", store=True, index=True)
    date = fields.Date(related="roll_id.date", store=True)
    roll_state = fields.Selection(related="roll_id.state", string="State of the roll")
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    parking = fields.Char(related="vehicle_id.location", string="Parking place")
    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The trip that the vehicle was out on when the roll was made.",
    )
    is_sealed = fields.Boolean(
        related="vehicle_id.is_holiday_sealed", string="Sealed now"
    )
    is_back = fields.Boolean(string="Back", default=True)
    is_strip_whole = fields.Boolean(
        string="Strip whole",
        default=True,
        help="Of a sealed vehicle: looked at tonight.",
    )
    reason = fields.Char(string="Where it is", help="Of a vehicle that is not back.")

    _vehicle_uniq = models.UniqueIndex(
        "(roll_id, vehicle_id)", "This vehicle is on the roll already."
    )

    @api.depends("vehicle_id", "date")
    def _compute_display_name(self):
        for line in self:
            line.display_name = (
                f"{line.vehicle_id.display_name or ''} {line.date or ''}"
            )

    @api.model_create_multi
    def create(self, vals_list):
        if not is_engine(self.env):
            raise UserError(
                self.env._("The vehicles of a roll are put there by the system.")
            )
        return super().create(vals_list)

    def write(self, vals):
        check_dictionaries(self.browse(), [vals])
        check_plain_values(self.browse(), vals)
        if not is_engine(self.env):
            self.roll_id._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        if not is_engine(self.env):
            raise UserError(self.env._("A roll holds every vehicle."))

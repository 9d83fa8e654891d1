from odoo import api, fields, models

from odoo.addons.gov_base.tools.input_check import plain_number


class GovPublication(models.Model):
    """Postings of the per-vehicle account know their period, and what came after."""

    _inherit = "gov.publication"

    _protected_fields = frozenset({"vehicle_from", "vehicle_to", "vehicle_read_at"})

    vehicle_from = fields.Date(
        string="Vehicles from", readonly=True, copy=False, index="btree_not_null"
    )
    vehicle_to = fields.Date(string="Vehicles to", readonly=True, copy=False)
    vehicle_read_at = fields.Datetime(
        string="Vehicles as of",
        readonly=True,
        copy=False,
        help="When the figures were read; they stay as they were then.",
    )
    vehicle_change = fields.Char(
        string="Changed since the posting",
        compute="_compute_vehicle_change",
        groups="gov_fleet.group_fleet_manager,gov_base.group_publisher,"
        "gov_base.group_supervision",
    )

    @api.depends("vehicle_from", "vehicle_to", "vehicle_read_at")
    def _compute_vehicle_change(self):
        for posting in self:
            posting.vehicle_change = posting._describe_vehicle_change(self.env)

    def _describe_vehicle_change(self, env):
        """Return in words what was entered of the period since; False for nothing."""
        self.ensure_one()
        if not self.vehicle_from or self.stage not in ("draft", "released"):
            return False
        # sudo: how many trips and km, protected ones too; the account shows them.
        [(count, km)] = (
            self.env["gov.vehicle.trip"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "back"),
                    ("return_date", ">=", self.vehicle_from),
                    ("return_date", "<=", self.vehicle_to),
                    ("after_close_at", ">=", self.vehicle_read_at),
                ],
                [],
                ["__count", "distance:sum"],
            )
        )
        if not count:
            return False
        return env._(
            "Trips entered or corrected since the posting: %(count)s, %(km)s km.",
            count=count,
            km=plain_number(km),
        )

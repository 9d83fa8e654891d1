import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import (
    check_plain_values,
    check_records_exist,
)

from ..tools import account_book

_MANAGER = "gov_fleet.group_fleet_manager"


class GovVehicleRegisterExport(models.TransientModel):
    """Writes the institution's vehicles as a register wants them, with what is missing.

    The report of gaps names each mandatory field that a vehicle lacks; the workbook has
    the vehicles on its first sheet and the gaps on its second.
    """

    _name = "gov.vehicle.register.export"
    _description = "Export to a Vehicle Register"

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    map_id = fields.Many2one(
        "gov.vehicle.register.map",
        string="Platform reported to",
        required=True,
        default=lambda self: self._get_default_map(),
        ondelete="cascade",
    )
    with_disposed = fields.Boolean(string="With vehicles disposed of")
    vehicle_count = fields.Integer(string="Vehicles", compute="_compute_gaps")
    gap_count = fields.Integer(string="Gaps", compute="_compute_gaps")
    gap_ids = fields.One2many(
        "gov.vehicle.register.gap", "export_id", string="Missing", readonly=True
    )
    book = fields.Binary(string="Workbook", readonly=True, attachment=False)

    @api.model
    def _get_default_map(self):
        maps = self.env["gov.vehicle.register.map"]
        return maps.search(
            [("company_id", "in", [self.env.company.id, False])],
            order="company_id, id",
            limit=1,
        )

    @api.depends("map_id", "with_disposed", "company_id")
    def _compute_gaps(self):
        for export in self:
            vehicles = export._get_vehicles()
            export.vehicle_count = len(vehicles)
            gaps = export.map_id and export.map_id._read_vehicles(vehicles)[1]
            export.gap_count = len(gaps or [])

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, ("map_id",))
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), [vals], ("map_id",))
        return super().write(vals)

    # ------------------------------------------------------------- public actions

    def action_check(self):
        """List what is missing, by vehicle and field.

        :return: the dialogue again.
        :raise UserError: not by the manager.
        """
        self._check()
        gaps = self.map_id._read_vehicles(self._get_vehicles())[1]
        self.gap_ids.unlink()
        self.env["gov.vehicle.register.gap"].create(
            [
                {"export_id": self.id, "vehicle_id": vehicle.id, "line_id": line.id}
                for vehicle, line in gaps
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Missing in the register"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_book(self):
        """Make the workbook.

        :return: an action that downloads it.
        :raise UserError: not by the manager, or there are no vehicles.
        """
        self._check()
        vehicles = self._get_vehicles()
        if not vehicles:
            raise UserError(self.env._("There are no vehicles to export."))
        lines = self.map_id.line_ids
        rows, gaps = self.map_id._read_vehicles(vehicles)
        missing = [
            [vehicle.license_plate or vehicle.display_name, line.code, line.name]
            for vehicle, line in gaps
        ]
        heading = [
            self.env._("Vehicle"),
            self.env._("Field code"),
            self.env._("Missing field"),
        ]
        content = account_book.write(
            [
                (self.map_id.name, [line.code or line.name for line in lines], rows),
                (self.env._("Gaps"), heading, missing),
            ]
        )
        self.book = base64.b64encode(content)
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/book/register.xlsx?download=1",
            "target": "self",
        }

    def _check(self):
        self.ensure_one()
        if not self.env.user.has_group(_MANAGER):
            raise UserError(
                self.env._(
                    "Vehicles are exported to a register by the manager of official "
                    "vehicles."
                )
            )
        if self.company_id not in self.env.user.company_ids:
            raise UserError(self.env._("This institution is not yours."))
        self.map_id.check_access("read")

    def _get_vehicles(self):
        domain = [("company_id", "=", self.company_id.id)]
        if self.with_disposed:
            domain += ["|", ("active", "=", True), ("gov_state", "=", "disposed")]
        else:
            domain += [("active", "=", True), ("gov_state", "=", "in_service")]
        vehicles = self.env["fleet.vehicle"].with_context(active_test=False)
        return vehicles.search(domain, order="license_plate, id")

from odoo import api, fields, models

from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
)


class GovVehicleRegisterMap(models.Model):
    """How a register of vehicles, such as the province's, wants its fields filled.

    Kept by the manager of official vehicles; the shipped one is a pattern without an
    institution, to be copied and fitted to the register's own list of fields.
    """

    _name = "gov.vehicle.register.map"
    _description = "Field Map of a Vehicle Register"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        default=lambda self: self.env.company,
    )
    note = fields.Text(help="The register's paper, its version and its address.")
    line_ids = fields.One2many(
        "gov.vehicle.register.line", "map_id", string="Fields", copy=True
    )
    required_count = fields.Integer(
        string="Mandatory fields", compute="_compute_counts"
    )
    field_count = fields.Integer(string="All fields", compute="_compute_counts")

    @api.depends("line_ids.is_required")
    def _compute_counts(self):
        for record in self:
            record.field_count = len(record.line_ids)
            record.required_count = len(record.line_ids.filtered("is_required"))

    def copy_data(self, default=None):
        """A copy belongs to the institution in which it is made."""
        vals_list = super().copy_data(default)
        for record, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", record.name)
            if "company_id" not in (default or {}):
                vals["company_id"] = self.env.company.id
        return vals_list

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        return super().write(vals)

    def _read_vehicles(self, vehicles):
        """Return the rows of the register and what is missing in them.

        :param vehicles: ``fleet.vehicle``.
        :return: list of lists of values in the order of the fields; list of
            (vehicle, line) of mandatory fields without a value.
        """
        self.ensure_one()
        rows, gaps = [], []
        for vehicle in vehicles:
            row = []
            for line in self.line_ids:
                value = line._get_value(vehicle)
                row.append(value)
                if line.is_required and value in (False, None, "", 0):
                    gaps.append((vehicle, line))
            rows.append(row)
        return rows, gaps

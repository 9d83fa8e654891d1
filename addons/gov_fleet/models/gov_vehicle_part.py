from odoo import api, fields, models

from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
)


class GovVehiclePart(models.Model):
    """A part or job of repair by name, with its usual warranty and interval."""

    _name = "gov.vehicle.part"
    _description = "Vehicle Part or Job"
    _order = "kind, code, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(index="trigram")
    kind = fields.Selection(
        [("part", "Part"), ("labour", "Labour"), ("fee", "Premium or fee")],
        required=True,
        default="part",
    )
    warranty_months = fields.Integer(string="Warranty, months")
    warranty_km = fields.Integer(string="Warranty, km")
    interval_months = fields.Integer(string="Interval, months")
    interval_km = fields.Integer(string="Interval, km")
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        help="Empty: for every institution of this database.",
    )
    active = fields.Boolean(default=True)

    _figures_check = models.Constraint(
        "CHECK (warranty_months BETWEEN 0 AND 240 AND interval_months BETWEEN 0 AND 240"
        " AND warranty_km BETWEEN 0 AND 1000000"
        " AND interval_km BETWEEN 0 AND 1000000)",
        "Warranty and interval are 0 to 240 months and 0 to 1,000,000 km.",
    )
    _code_uniq = models.UniqueIndex(
        "(coalesce(company_id, 0), code) WHERE code IS NOT NULL",
        "There is a part with this code already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        return super().write(vals)

    @api.depends("name", "code")
    def _compute_display_name(self):
        for part in self:
            part.display_name = " ".join(filter(None, (part.code, part.name)))

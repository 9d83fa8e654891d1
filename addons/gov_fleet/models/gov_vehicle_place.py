from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
)


class GovVehiclePlace(models.Model):
    """A known place: where vehicles are parked at night, or where trips lead.

    Tracks are compared with it: within ``radius`` metres a vehicle is there. A
    destination answers to its name and to the other names by which requests call it.
    """

    _name = "gov.vehicle.place"
    _description = "Known Place"
    _order = "kind, name, id"

    name = fields.Char(required=True)
    kind = fields.Selection(
        [("parking", "Parking place"), ("destination", "Destination")],
        required=True,
        default="destination",
    )
    other_names = fields.Char(
        help="Separated by commas: what requests also call this place."
    )
    latitude = fields.Float(digits=(10, 6), required=True)
    longitude = fields.Float(digits=(10, 6), required=True)
    radius = fields.Integer(
        string="Radius (m)", required=True, default=500, aggregator=None
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _name_uniq = models.UniqueIndex(
        "(company_id, kind, name)", "This place is known already."
    )
    _on_earth = models.Constraint(
        "CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180"
        " AND radius BETWEEN 10 AND 100000)",
        "Latitude is from -90 to 90, longitude from -180 to 180, and the radius from "
        "10 to 100,000 metres.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        return super().write(vals)

    @api.model
    def _check_input(self, vals_list):
        check_dictionaries(self.browse(), vals_list)
        limits = {"latitude": (-90, 90), "longitude": (-180, 180), "radius": (10, 1e5)}
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
            for name, (least, most) in limits.items():
                if name in vals and not least <= float(vals[name] or 0) <= most:
                    raise UserError(
                        self.env._(
                            "%(field)s is from %(least)s to %(most)s.",
                            field=self._fields[name]._description_string(self.env),
                            least=least,
                            most=int(most),
                        )
                    )

    def _get_names(self):
        """Return the names of this place, as they are compared."""
        self.ensure_one()
        text = f"{self.name},{self.other_names or ''}".replace("，", ",")
        return {part.strip().casefold() for part in text.split(",") if part.strip()}

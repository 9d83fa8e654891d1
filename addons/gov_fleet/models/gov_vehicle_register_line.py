from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
)


def _label(name):
    """Return how to read a selection: its key, which the line's list translates."""
    return lambda vehicle: vehicle[name] or False


# What a field of the register can be filled from: key → (label, how it is read).
# Only these: a path typed by hand could read what its author may not.
SOURCES = {
    "license_plate": ("Plate", lambda v: v.license_plate),
    "vin_sn": ("Chassis number", lambda v: v.vin_sn),
    "brand": ("Brand", lambda v: v.model_id.brand_id.name),
    "model": ("Model", lambda v: v.model_id.name),
    "usage_class": ("Class", _label("usage_class")),
    "body_type": ("Body", _label("body_type")),
    "keeping": ("Keeping", _label("keeping")),
    "gov_state": ("Service", _label("gov_state")),
    "fuel_type": ("Fuel type", _label("fuel_type")),
    "fuel_product": ("Fuel prescribed", _label("fuel_product")),
    "seats": ("Seats", lambda v: v.seats),
    "displacement": ("Displacement (L)", lambda v: v.displacement),
    "color": ("Colour", lambda v: v.color),
    "model_year": ("Model year", lambda v: v.model_year),
    "net_car_value": ("Price", lambda v: v.net_car_value),
    "registered_on": ("First registration", lambda v: v.registered_on),
    "acquisition_date": ("Taken over on", lambda v: v.acquisition_date),
    "inspection_date_to": ("Inspected until", lambda v: v.inspection_date_to),
    "insurance_date_to": ("Insured until", lambda v: v.insurance_date_to),
    "licence_date_to": ("Vehicle licence until", lambda v: v.licence_date_to),
    "department": ("Department", lambda v: v.department_id.name),
    "institution": ("Institution", lambda v: v.company_id.name),
    "custody": ("Kept for", lambda v: v.custody_partner_id.name),
    "location": ("Parking place", lambda v: v.location),
    "positioning_device": ("Positioning device", lambda v: v.positioning_device),
    "tank_capacity": ("Tank", lambda v: v.tank_capacity),
    "norm_consumption": ("Norm per 100 km", lambda v: v.norm_consumption),
    "odometer_value": ("Last reading", lambda v: v.odometer_value),
    "is_rented": ("Rented", lambda v: "yes" if v.is_rented else "no"),
    "replaces": ("Replaces", lambda v: v.replaces_id.license_plate),
    "disposed_on": ("Disposed of on", lambda v: v.disposed_on),
    "constant": ("Always the same", None),
}


class GovVehicleRegisterLine(models.Model):
    """One field of a register."""

    _name = "gov.vehicle.register.line"
    _description = "Field of a Vehicle Register"
    _order = "map_id, sequence, id"

    map_id = fields.Many2one(
        "gov.vehicle.register.map", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="map_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(string="Field code", help="As the register calls it.")
    name = fields.Char(string="Field", required=True, translate=True)
    source = fields.Selection(
        [(key, label) for key, (label, _read) in SOURCES.items()],
        string="Filled from",
        required=True,
        default="license_plate",
    )
    constant = fields.Char(string="Value", help="When it is always the same.")
    is_required = fields.Boolean(string="Mandatory", default=True)
    codes = fields.Text(
        help="One per line, ours = theirs, e.g. platform = 05; what is not listed "
        "counts as missing. Empty: the value as it is.",
    )

    @api.constrains("codes")
    def _check_codes(self):
        for line in self:
            for text in (line.codes or "").splitlines():
                if text.strip() and "=" not in text:
                    raise UserError(
                        self.env._(
                            "%(field)s: “%(text)s” is no pair such as platform = 05.",
                            field=line.name,
                            text=text,
                        )
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

    def _get_codes(self):
        """Return dict ours → theirs."""
        pairs = (text.partition("=") for text in (self.codes or "").splitlines())
        return {ours.strip(): theirs.strip() for ours, sign, theirs in pairs if sign}

    def _get_value(self, vehicle):
        """Return what the register gets of a vehicle, False when there is nothing."""
        self.ensure_one()
        if self.source == "constant":
            return self.constant or False
        value = SOURCES[self.source][1](vehicle)
        if codes := self._get_codes():
            value = codes.get(str(value))
        elif isinstance(value, str) and self.source in vehicle._fields:
            field = vehicle._fields[self.source]
            if field.type == "selection":
                labels = dict(field._description_selection(self.env))
                value = labels.get(value, value)
        return False if value is None else value

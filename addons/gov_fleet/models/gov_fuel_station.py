from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools import cells
from odoo.addons.gov_base.tools.input_check import check_plain_values


class GovFuelStation(models.Model):
    """A filling station or a charging station, designated or not.

    Vehicles fill where the institution has procured it (定点加油): a designated station
    carries the days of its agreement. A fill elsewhere is looked at, unless the driver
    paid it away from home and brought the invoice. The vehicle technician keeps the
    list; statements name stations by their name or code.
    """

    _name = "gov.fuel.station"
    _description = "Filling Station"
    _inherit = ["mail.thread"]
    _order = "is_designated desc, name, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(help="The number by which statements name the station.")
    kind = fields.Selection(
        [("fuel", "Fuel"), ("charge", "Charging")], required=True, default="fuel"
    )
    supplier_id = fields.Many2one(
        "res.partner", check_company=True, ondelete="restrict"
    )
    address = fields.Char()
    is_designated = fields.Boolean(string="Designated", default=True, tracking=True)
    date_from = fields.Date(string="Designated from", tracking=True)
    date_to = fields.Date(string="Designated until", tracking=True)
    note = fields.Char(help="The agreement, e.g. its number.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _name_uniq = models.UniqueIndex(
        "(company_id, name)", "There is a station of this name already."
    )
    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE code IS NOT NULL",
        "There is a station with this number already.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "The last day lies before the first.",
    )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._clean(vals) for vals in vals_list]
        stations = super().create(vals_list)
        stations._take_named_fills()
        return stations

    def write(self, vals):
        result = super().write(self._clean(vals))
        if {"is_designated", "date_from", "date_to", "name", "code"} & set(vals):
            self._take_named_fills()
        return result

    @api.model
    def _clean(self, vals):
        """Return ``vals`` with a name and a code that hold something.

        :raise UserError: for values that the fields cannot hold, or an empty name.
        """
        check_plain_values(self.browse(), vals)
        vals = dict(vals)
        if "code" in vals:
            vals["code"] = (vals["code"] or "").strip() or False
        if "name" in vals:
            vals["name"] = (vals["name"] or "").strip()
            if not vals["name"]:
                raise UserError(self.env._("A station needs a name."))
        return vals

    def _take_named_fills(self):
        """Link fills whose statement named the station before it was entered here.

        Their findings, and those of the fills noted here before, are looked at again.
        """
        # sudo: the technician may write stations; only fills that name them are linked.
        entries = self.env["gov.fuel.entry"].sudo()
        for station in self:
            names = [name for name in (station.name, station.code) if name]
            named = entries.search(
                [
                    ("company_id", "=", station.company_id.id),
                    ("station_id", "=", False),
                    ("station_key", "in", [cells.key(name) for name in names]),
                ]
            )
            named._set_station(station)
        entries._recheck_open([("station_id", "in", self.ids)])

    # ------------------------------------------------------------------- helpers

    def _is_designated_on(self, day):
        """Tell whether the institution's vehicles fill here on ``day``."""
        self.ensure_one()
        return (
            self.is_designated
            and (not self.date_from or self.date_from <= day)
            and (not self.date_to or self.date_to >= day)
        )

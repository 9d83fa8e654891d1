from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round

from odoo.addons.gov_base.tools.input_check import (
    check_plain_values,
    check_records_exist,
    plain_number,
)

# Above this a figure is a slip of the pen, whatever the vehicle.
_MOST = 9999.99
_LINKS = ("vehicle_id", "card_id", "driver_id", "station_id", "company_id")


class GovFuelEntry(models.Model):
    """What somebody notes from a slip: checked, and completed from the vehicle."""

    _inherit = "gov.fuel.entry"

    @api.onchange("vehicle_id", "is_away")
    def _onchange_vehicle_id(self):
        """Show what the vehicle takes, and its card; both can be changed."""
        # sudo: as in _prepare_slips().
        vehicle = self.vehicle_id._origin.sudo()
        if vehicle.fuel_product:
            self.product = vehicle.fuel_product
        cards = self.env["gov.fuel.card"]._for_vehicles(vehicle)
        self.card_id = False if self.is_away else cards.get(vehicle.id)

    @api.model
    def _prepare_slips(self, vals_list):
        """Return the values of slips, checked and completed.

        :raise UserError: naming the field, the figure and the limit.
        """
        model = self.browse()
        for vals in vals_list:
            check_plain_values(model, vals)
        check_records_exist(model, vals_list, _LINKS)
        protected = self._get_protected_fields()
        records = self._guard_drop_defaults(protected)
        defaults = records.default_get([*(self._fields.keys() - protected)])
        vals_list = [{**defaults, **vals} for vals in vals_list]
        # sudo: what the vehicle takes, and its card, whoever notes the fill.
        vehicles = (
            self.env["fleet.vehicle"]
            .sudo()
            .browse(
                {vals["vehicle_id"] for vals in vals_list if vals.get("vehicle_id")}
            )
        )
        by_id = {vehicle.id: vehicle for vehicle in vehicles}
        cards = self.env["gov.fuel.card"]._for_vehicles(vehicles)
        look = self.env["gov.vehicle.trip"]._prepare_look(vehicles)
        for vals in vals_list:
            vehicle = by_id.get(vals.get("vehicle_id"))
            if not vehicle:
                raise UserError(self.env._("Name the vehicle that was filled."))
            self._check_figures({"litres": 0, **vals})
            moment = fields.Datetime.to_datetime(vals.get("date") or False)
            self._check_digits(vehicle, vals.get("odometer"), moment, look)
            self._complete_slip(vals, vehicle, cards.get(vehicle.id))
        return vals_list

    @api.model
    def _complete_slip(self, vals, vehicle, card):
        """Add card, price or amount, product and reconciliation to a slip's values."""
        if not vals.get("product"):
            vals["product"] = vehicle.fuel_product or False
        if not vals["product"]:
            raise UserError(
                self.env._(
                    "Say what was filled into %s.",
                    vehicle.license_plate or vehicle.name,
                )
            )
        away = vals.get("is_away")
        if "card_id" not in vals and not away and card:
            vals["card_id"] = card.id
        litres = float(vals["litres"])
        price, amount = float(vals.get("price") or 0), float(vals.get("amount") or 0)
        if price and not amount:
            vals["amount"] = float_round(litres * price, 2)
        elif amount and not price:
            vals["price"] = float_round(amount / litres, 4)
        vals["slip_litres"] = litres
        vals["slip_amount"] = vals.get("amount") or 0
        vals["match_state"] = "slip" if vals.get("card_id") and not away else "none"

    @api.model
    def _check_figures(self, vals):
        """Refuse figures that no fill can have.

        :raise UserError: naming the field, the figure and the limit.
        """
        for name in {"litres", "price", "amount", "odometer"} & set(vals):
            value = float(vals[name] or 0)
            text = False
            if value < 0:
                text = self.env._("it is below zero")
            elif name == "litres" and not value:
                text = self.env._("a fill is more than nothing")
            elif name in ("litres", "price") and value > _MOST:
                text = self.env._("at most %s is possible", plain_number(_MOST))
            if text:
                raise UserError(
                    self.env._(
                        "%(field)s: %(value)s is not possible, %(reason)s.",
                        field=self._fields[name]._description_string(self.env),
                        value=plain_number(value),
                        reason=text,
                    )
                )
        moment = fields.Datetime.to_datetime(vals.get("date") or False)
        if moment and moment > fields.Datetime.now() + timedelta(minutes=10):
            raise UserError(self.env._("A fill does not lie in the future."))

    @api.model
    def _check_digits(self, vehicle, odometer, moment, look=None):
        """Refuse a reading with more digits than the instrument of its time has.

        :param moment: of the fill, in UTC; now without one.
        :param dict look: see ``gov.vehicle.trip._prepare_look``.
        """
        moment = moment or fields.Datetime.now()
        digits = self.env["gov.vehicle.trip"]._digits_on(vehicle, moment, look)
        if odometer and float(odometer) >= 10**digits:
            raise UserError(
                self.env._(
                    "Odometer: %(value)s has more digits than the instrument of "
                    "%(plate)s (%(digits)s).",
                    value=plain_number(float(odometer)),
                    plate=vehicle.license_plate or vehicle.name,
                    digits=digits,
                )
            )

    def _check_reading(self):
        # sudo: the instrument of the vehicle, whoever notes the fill.
        self._check_digits(self.vehicle_id.sudo(), self.odometer, self.date)

    def _keep_slip_figures(self):
        """After a slip was mended its own figures are those of the fill."""
        for entry in self.filtered(lambda entry: entry.source == "slip"):
            has_card = entry.card_id and not entry.is_away
            entry.write(
                {
                    "slip_litres": entry.litres,
                    "slip_amount": entry.amount,
                    "match_state": "slip" if has_card else "none",
                }
            )

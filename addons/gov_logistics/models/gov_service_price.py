from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import format_day

from .input_check import check_plain_values, check_records_exist


class GovServicePrice(models.Model):
    """What an item of the service catalogue costs from one day to another.

    Prices include tax and are never rounded. Two prices of one item never overlap; a
    new price is a new row, the old one gets a last day. A price that has been in
    force is not changed or deleted any more.
    """

    _name = "gov.service.price"
    _description = "Price of a Service"
    _order = "item_id, date_from desc, id desc"

    item_id = fields.Many2one(
        "gov.service.item", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="item_id.company_id", store=True, index=True, precompute=True
    )
    price = fields.Float(
        digits=(16, 6), required=True, aggregator=None, help="Per unit, tax included."
    )
    reference_price = fields.Float(
        string="Market reference price",
        digits=(16, 6),
        aggregator=None,
        help="What the market asks for the same; 0 when unknown.",
    )
    reference_source = fields.Char(help="Where the reference price comes from.")
    date_from = fields.Date(
        string="In force from",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    date_to = fields.Date(
        string="In force until",
        help="The last day; empty while the price stays in force.",
    )

    _price_check = models.Constraint(
        "CHECK (price >= 0 AND reference_price >= 0)",
        "A price is not negative.",
    )
    _date_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The last day of a price lies before its first one.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(item_id, item_id, '[]') WITH &&,"
        " daterange(date_from, date_to, '[]') WITH &&)",
        "Two prices of one service are in force on the same day.",
    )

    @api.depends("item_id", "date_from", "date_to")
    def _compute_display_name(self):
        for price in self:
            first = format_day(self.env, price.date_from)
            price.display_name = f"{price.item_id.name or ''} {first or ''}".strip()

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        self._check_overlap([self._read_term(vals) for vals in vals_list])
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        for price in self:
            price._check_frozen(vals)
        if {"item_id", "date_from", "date_to"} & set(vals):
            self._check_overlap([price._read_term(vals) for price in self])
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        for price in self:
            if price._is_frozen():
                raise UserError(
                    self.env._(
                        "%(price)s has been in force and stays on record. Give it a "
                        "last day instead.",
                        price=price.display_name,
                    )
                )

    @api.model
    def _check_input(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
            for name in ("price", "reference_price"):
                if (vals.get(name) or 0) < 0:
                    raise UserError(
                        self.env._(
                            "A price is not negative: %(price)s.", price=vals[name]
                        )
                    )
        check_records_exist(self.browse(), vals_list, ("item_id",))

    def _is_frozen(self):
        """Tell whether the price is in force, or was, and was not entered just now."""
        self.ensure_one()
        just_entered = self.create_date > fields.Datetime.now() - timedelta(days=1)
        return self.date_from <= self.company_id.gov_today() and not just_entered

    def _check_frozen(self, vals):
        """Refuse to change what has been in force; a last day may be given."""
        if not self._is_frozen():
            return
        changed = {
            name
            for name in {"item_id", "price", "date_from"} & set(vals)
            if self._fields[name].convert_to_cache(vals[name], self)
            != self._fields[name].convert_to_cache(self[name], self)
        }
        if "date_to" in vals:
            last_day = fields.Date.to_date(vals["date_to"] or None)
            yesterday = self.company_id.gov_today() - timedelta(days=1)
            ended = self.date_to and self.date_to < yesterday
            if last_day != self.date_to and (
                ended or (last_day and last_day < yesterday)
            ):
                changed.add("date_to")
        if changed:
            raise UserError(
                self.env._(
                    "%(price)s has been in force since %(day)s and keeps its figure. "
                    "Give it a last day, yesterday at the earliest, and enter a new "
                    "price.",
                    price=self.display_name,
                    day=format_day(self.env, self.date_from),
                )
            )

    def _read_term(self, vals):
        """Return (item id, first day, last day) as they will be."""
        first, last = (
            fields.Date.to_date(vals.get(name, self[name]) or None)
            for name in ("date_from", "date_to")
        )
        return (
            vals.get("item_id", self.item_id.id),
            first or self.env.company.gov_today(),
            last or date.max,
        )

    def _check_overlap(self, terms):
        """Name the price that is in the way, before the exclusion constraint does."""
        items = [term[0] for term in terms]
        taken = [
            price._read_term({})
            for price in self.search(
                [("item_id", "in", items), ("id", "not in", self.ids)]
            )
        ]
        for term in terms:
            for other in taken:
                if term[0] == other[0] and term[1] <= other[2] and other[1] <= term[2]:
                    raise UserError(
                        self.env._(
                            "Another price of this service is in force from %(first)s "
                            "until %(last)s: give it a last day first.",
                            first=format_day(self.env, other[1]),
                            last=self.env._("further notice")
                            if other[2] == date.max
                            else format_day(self.env, other[2]),
                        )
                    )
            taken.append(term)
        # A last day that is pending goes to the database before the constraint looks.
        self.flush_model()

import itertools
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.days import format_day, to_day

from .input_check import check_plain_values, check_records_exist

_FOLLOWING = ("contract_id", "company_id")


class GovContractPrice(models.Model):
    """A price of a contract line with its dates: the line's price history.

    Prices of a draft are its keeper's to write; once the contract is in force a new
    price comes by a supplement only. Two prices of a line never share a day.
    """

    _name = "gov.contract.price"
    _description = "Price of a Contract Line"
    _order = "line_id, date_from, id"

    line_id = fields.Many2one(
        "contract.line", required=True, index=True, ondelete="cascade"
    )
    contract_id = fields.Many2one(
        related="line_id.contract_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="line_id.contract_id.company_id",
        store=True,
        index=True,
        precompute=True,
    )
    price = fields.Float(
        digits=(16, 6), required=True, help="Tax included; never rounded."
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(
        string="Until", help="The last day; empty while no later price is known."
    )

    _price_check = models.Constraint(
        "CHECK (price >= 0 AND price < 1000000000)",
        "A price is not negative, and below 1,000,000,000.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A price cannot end before it begins.",
    )
    # Ranges over ids need no extension, which "=" in a gist constraint would.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(line_id, line_id, '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&)",
        "Another price of this line is in force on some of these days.",
    )

    @api.depends("price", "date_from")
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._(
                "%(price)s from %(day)s",
                price=f"{row.price:.6f}".rstrip("0").rstrip("."),
                day=format_day(self.env, row.date_from),
            )

    @api.model
    def _clean(self, vals):
        """Return ``vals`` without what follows from the line."""
        check_plain_values(self.browse(), vals)
        return {k: v for k, v in vals.items() if k not in _FOLLOWING}

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._clean(vals) for vals in vals_list]
        check_records_exist(self.browse(), vals_list, ("line_id",))
        rows = super().create(self._close_earlier(vals_list))
        rows._refuse_in_force()
        rows._resplit_usage()
        return rows

    def write(self, vals):
        vals = self._clean(vals)
        self._refuse_in_force()
        result = super().write(vals)
        self._refuse_in_force()
        self._resplit_usage()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        self._refuse_in_force()

    @api.model
    def _close_earlier(self, vals_list):
        """Return values of new prices; an open price before one ends the day before.

        Prices of a draft already entered, and those entered together.
        """
        vals_list = [dict(vals) for vals in vals_list]
        by_line = {}
        for vals in vals_list:
            if vals.get("line_id") and vals.get("date_from"):
                vals["date_from"] = to_day(self.env, vals["date_from"])
                by_line.setdefault(vals["line_id"], []).append(vals)
        for news in by_line.values():
            news.sort(key=lambda vals: vals["date_from"])
            for vals, later in itertools.pairwise(news):
                if not vals.get("date_to") and vals["date_from"] < later["date_from"]:
                    vals["date_to"] = later["date_from"] - timedelta(days=1)
        earlier = self.search(
            [("line_id", "in", list(by_line)), ("date_to", "=", False)]
        )
        for row in earlier:
            day = by_line[row.line_id.id][0]["date_from"]
            if row.date_from < day:
                row.date_to = day - timedelta(days=1)
        # The database compares days as soon as the new prices are inserted.
        earlier.flush_recordset(["date_to"])
        return vals_list

    def _resplit_usage(self):
        """Share the money of readings anew whose price came after them.

        Money shared by percentage is worked out when a meter is read; a price that
        is entered or changed later counts for what no side has confirmed yet.
        """
        # sudo: the right to change the price was checked; usage follows from it.
        usages = self.env["gov.service.usage"].sudo()
        usages = usages.search(
            [
                ("contract_line_id", "in", self.line_id.ids),
                ("reading_id", "!=", False),
            ],
            order="id",
        )
        usages.reading_id._resplit(self.line_id)

    def _refuse_in_force(self):
        if is_engine(self.env):
            return
        self.line_id._refuse_frozen()

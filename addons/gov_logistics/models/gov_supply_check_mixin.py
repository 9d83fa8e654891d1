from odoo import models
from odoo.exceptions import UserError

from .input_check import check_plain_values


class GovSupplyCheckMixin(models.AbstractModel):
    """What the holder of an open seat may change on a supply request.

    Any seat lowers quantities, the price check sets products, prices and vendors,
    finance names the source of money. Each method asks the approval engine whether it
    is the user's turn.
    """

    _name = "gov.supply.check.mixin"
    _description = "Checks of a Supply Request"

    def _take_open_seat(self, check_code=None):
        """Meet rivals on the request's row and check the user's open seat.

        :param check_code: the check that the seat must belong to.
        :return: the request in the engine's superuser environment.
        """
        self._check_single()
        document, step, _seat = self._take_seat("approve")
        if check_code and step.check_code != check_code:
            raise UserError(
                self.env._(
                    "This belongs to another step. Waiting for: %(who)s.",
                    who=self.waiting_for or "-",
                )
            )
        return document

    def action_set_approved(self, quantities):
        """Lower approved quantities, as the holder of an open seat.

        :param quantities: dict line id → quantity, at most what is approved so far.
        :return: True
        :raise UserError: when it is not the user's turn, a line is not of this
            request, or a quantity would rise or fall below zero.
        """
        document = self._take_open_seat()
        texts = []
        for line, quantity in document._clean_quantities(quantities).items():
            if line.uom_id.compare(quantity, line.qty_approved) > 0:
                raise UserError(
                    self.env._(
                        "%(line)s: the quantity can only be lowered, from %(old)s; "
                        "more needs a new request.",
                        line=line.display_name,
                        old=line._quantity_text(line.qty_approved),
                    )
                )
            if line.uom_id.compare(quantity, line.qty_approved) < 0:
                texts.append(
                    f"{line.display_name}: {line.qty_approved:g} → {quantity:g}"
                )
                line.qty_approved = quantity
        if not any(document.line_ids.mapped("qty_approved")):
            raise UserError(
                self.env._("Nothing would be left: reject the request instead.")
            )
        if texts:
            document.message_post(
                body=self.env._("Quantity lowered: %s", "; ".join(texts)),
                author_id=self.env.user.partner_id.id,
            )
        return True

    def action_price_lines(self, values):
        """Set products, prices and vendors, as the holder of the price check.

        :param values: dict line id → dict with ``product_id``, ``price_unit`` (tax
            included, of one unit of the line) and ``vendor_id``, each optional.
        :return: True
        :raise UserError: when it is not the user's turn, a line is not of this
            request, or a product, price or vendor makes no sense.
        """
        document = self._take_open_seat("price")
        lines = document._clean_lines(values)
        wanted = {"product_id", "price_unit", "vendor_id"}
        for line_values in lines.values():
            if not isinstance(line_values, dict) or set(line_values) - wanted:
                raise UserError(
                    self.env._("Only product, price and vendor are set here.")
                )
        self.env["gov.supply.request.line"]._check_input(list(lines.values()))
        for line, line_values in lines.items():
            if "price_unit" in line_values:
                line_values["price_unit"] = float(line_values["price_unit"] or 0)
            line._check_price_values(line_values)
            product_id = line_values.get("product_id")
            if product_id and product_id != line.product_id.id:
                # Brings its catalogue price, unless the store names another below.
                line.write({"product_id": product_id, "product_by_store": True})
            line.write({k: v for k, v in line_values.items() if k != "product_id"})
        return True

    def action_set_fund_source(self, fund_source):
        """Name the source of money, as the holder of finance's check.

        :param fund_source: text, for example the budget item.
        :return: True
        :raise UserError: without a text, or when it is not the user's turn.
        """
        text = (fund_source or "").strip() if isinstance(fund_source, str) else ""
        if not text:
            raise UserError(self.env._("Say where the money comes from."))
        self._take_open_seat("funds").write({"fund_source": text})
        return True

    # ------------------------------------------------------------------- helpers

    def _check_single(self):
        """Refuse calls for none or several requests with a message."""
        if len(self) != 1 or not self.exists():
            raise UserError(self.env._("Choose one request."))

    def _clean_lines(self, values):
        """Return ``{line: value}`` for a dict of line ids, which RPC sends as text."""
        self.ensure_one()
        by_id = {line.id: line for line in self.line_ids}
        if not isinstance(values, dict):
            raise UserError(self.env._("Give a value for each line."))
        result = {}
        for key, value in values.items():
            line = by_id.get(int(key)) if str(key).isdecimal() else None
            if line is None:
                raise UserError(
                    self.env._(
                        "Line %(id)s is not a line of %(request)s.",
                        id=key,
                        request=self.display_name,
                    )
                )
            result[line] = value
        return result

    def _clean_quantities(self, quantities):
        """Return ``{line: quantity}`` with quantities that are numbers from 0 up."""
        result = {}
        for line, value in self._clean_lines(quantities).items():
            check_plain_values(line.browse(), {"quantity": value})
            quantity = line.uom_id.round(float(value or 0))
            if quantity < 0:
                raise UserError(
                    self.env._(
                        "%(line)s: the quantity %(quantity)s is below zero.",
                        line=line.display_name,
                        quantity=value,
                    )
                )
            result[line] = quantity
        return result

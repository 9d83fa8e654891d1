from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine

from .input_check import (
    check_plain_values,
    check_records_exist,
    plain_number,
)

# No sheet, tin or hour of an office comes near it: only the lock of last resort behind
# the clause ``supply.quantity.max``, which can be changed.
QUANTITY_CEILING = 1_000_000


class GovSupplyRequestLine(models.Model):
    """One thing asked for: a product of the catalogue, or a free text.

    The applicant says what, how much and, for a free text, what it may cost
    (``estimate``, which decides nothing). The price is the server's: the catalogue
    price at submission, or what the store sets in the price check. The figures asked →
    approved → ordered → received → issued stand side by side; the last three follow
    from purchase orders and stock moves.

    Lines are changed while their request is a draft, by whoever may change the request;
    afterwards only by the request's own methods.
    """

    _name = "gov.supply.request.line"
    _description = "Supply Request Line"
    _inherit = [
        "gov.guard.mixin",
        "gov.supply.issue.line.mixin",
        "gov.supply.norm.line.mixin",
        "gov.supply.order.line.mixin",
    ]
    _order = "request_id desc, sequence, id"
    _check_company_auto = True

    _protected_fields = frozenset(
        {
            "price_unit",
            "subtotal",
            "qty_approved",
            "qty_ordered",
            "qty_received",
            "qty_issued",
            "qty_returned",
            "qty_closed",
            "qty_open",
            "qty_to_order",
            "product_by_store",
            "vendor_id",
            "close_reason",
            "move_ids",
            "purchase_line_ids",
        }
    )

    request_id = fields.Many2one(
        "gov.supply.request",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="request_id.currency_id")
    state = fields.Selection(related="request_id.state", string="Request state")
    sequence = fields.Integer(default=10)
    line_type = fields.Selection(
        [("goods", "Goods"), ("service", "Service"), ("labour", "Labour")],
        string="Kind",
        required=True,
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        domain=[("supply_ok", "=", True), ("type", "!=", "combo")],
    )
    product_by_store = fields.Boolean(
        string="Product named by the store",
        readonly=True,
        copy=False,
        help="The price check answered a free text by this product.",
    )
    name = fields.Char(
        string="Description",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        help="What is asked for when the catalogue does not have it.",
    )
    spec = fields.Char(
        string="Specification",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    allowed_uom_ids = fields.Many2many("uom.uom", compute="_compute_allowed_uom_ids")
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        required=True,
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'in', allowed_uom_ids)] if product_id else []",
        ondelete="restrict",
    )
    quantity = fields.Float(
        string="Asked", digits="Product Unit", required=True, default=1.0
    )
    estimate = fields.Monetary(
        string="Estimated price",
        help="What one unit may cost, in the applicant's view; it decides nothing.",
    )
    qty_approved = fields.Float(
        string="Approved",
        digits="Product Unit",
        compute="_compute_qty_approved",
        store=True,
        precompute=True,
        copy=False,
        help="An approver may lower it, never raise it.",
    )
    price_unit = fields.Float(
        string="Price",
        compute="_compute_price_unit",
        store=True,
        precompute=True,
        copy=False,
        digits="Product Price",
        help="Tax included: the catalogue price, or that of the price check.",
    )
    subtotal = fields.Monetary(compute="_compute_subtotal", store=True)
    is_priced = fields.Boolean(compute="_compute_is_priced")
    vendor_id = fields.Many2one(
        "res.partner",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    qty_closed = fields.Float(
        string="Closed",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Approved, but no longer to be handed out.",
    )
    close_reason = fields.Char(string="Reason for closing", readonly=True, copy=False)
    purchase_line_ids = fields.One2many(
        "purchase.order.line",
        "supply_line_id",
        readonly=True,
        copy=False,
        groups="stock.group_stock_user,purchase.group_purchase_user",
    )
    move_ids = fields.One2many(
        "stock.move",
        "supply_line_id",
        readonly=True,
        copy=False,
        groups="stock.group_stock_user,purchase.group_purchase_user",
    )
    qty_ordered = fields.Float(
        string="Ordered",
        digits="Product Unit",
        compute="_compute_purchased",
        compute_sudo=True,
        store=True,
    )
    qty_received = fields.Float(
        string="Received",
        digits="Product Unit",
        compute="_compute_purchased",
        compute_sudo=True,
        store=True,
    )
    qty_to_order = fields.Float(
        string="To order",
        digits="Product Unit",
        compute="_compute_purchased",
        compute_sudo=True,
        store=True,
        help="Approved to be bought and on no purchase order yet.",
    )
    qty_issued = fields.Float(
        string="Issued",
        digits="Product Unit",
        compute="_compute_issued",
        compute_sudo=True,
        store=True,
    )
    qty_returned = fields.Float(
        string="Returned",
        digits="Product Unit",
        compute="_compute_issued",
        compute_sudo=True,
        store=True,
        help="Issued and brought back unused.",
    )
    qty_open = fields.Float(
        string="Open",
        digits="Product Unit",
        compute="_compute_qty_open",
        store=True,
        help="Approved and not yet handed out, delivered or closed.",
    )
    qty_on_hand = fields.Float(
        string="On hand", digits="Product Unit", compute="_compute_qty_on_hand"
    )
    qty_last_year = fields.Float(
        string="Drawn in 12 months",
        digits="Product Unit",
        compute="_compute_qty_last_year",
        help="What the department has drawn of this in the last 12 months.",
    )

    _quantity_check = models.Constraint(
        f"CHECK (quantity > 0 AND quantity <= {QUANTITY_CEILING})",
        "The quantity asked for must be above zero and within reason.",
    )
    _qty_approved_check = models.Constraint(
        "CHECK (qty_approved IS NULL"
        " OR (qty_approved >= 0 AND qty_approved <= quantity))",
        "The approved quantity lies between zero and the quantity asked for.",
    )
    _qty_closed_check = models.Constraint(
        "CHECK (qty_closed IS NULL OR qty_closed >= 0)",
        "The closed quantity cannot be negative.",
    )
    _price_check = models.Constraint(
        "CHECK ((price_unit IS NULL OR price_unit >= 0)"
        " AND (estimate IS NULL OR estimate >= 0))",
        "A price cannot be negative.",
    )
    _content_check = models.Constraint(
        "CHECK (product_id IS NOT NULL OR trim(coalesce(name, '')) <> '')",
        "Each line names a product of the catalogue or says what is needed.",
    )
    _to_order_idx = models.Index("(company_id) WHERE qty_to_order > 0")

    # ------------------------------------------------------------------ computes

    @api.depends("product_id")
    def _compute_from_product(self):
        unit = self.env.ref("uom.product_uom_unit", raise_if_not_found=False)
        for line in self:
            product = line.product_id
            if not product:
                line.line_type = line.line_type or "goods"
                line.name = line.name
                line.spec = line.spec
                line.uom_id = line.uom_id or unit
                continue
            if product.type == "service":
                if line.line_type not in ("service", "labour"):
                    line.line_type = "service"
            else:
                line.line_type = "goods"
            if line.request_id.approval_state in (False, "draft"):
                line.name = product.name
                line.spec = product.supply_spec
            else:
                # The price check answers a free text: what was asked for stays.
                line.name = line.name or product.name
                line.spec = line.spec or product.supply_spec
            if not line.uom_id or not line.uom_id._has_common_reference(product.uom_id):
                line.uom_id = product.uom_id

    @api.depends("product_id")
    def _compute_allowed_uom_ids(self):
        for line in self:
            line.allowed_uom_ids = line.product_id.uom_id | line.product_id.uom_ids

    @api.depends("quantity")
    def _compute_qty_approved(self):
        for line in self:
            line.qty_approved = line.quantity

    @api.depends("product_id", "uom_id")
    def _compute_price_unit(self):
        for line in self:
            if line.product_id:
                line.price_unit = line._get_catalogue_price()
            elif not line.price_unit:
                line.price_unit = 0

    @api.depends("quantity", "price_unit")
    def _compute_subtotal(self):
        for line in self:
            line.subtotal = line.quantity * line.price_unit

    @api.depends("product_id", "price_unit")
    def _compute_is_priced(self):
        for line in self:
            price = line.currency_id.compare_amounts(line.price_unit, 0)
            line.is_priced = bool(line.product_id and price > 0)

    @api.depends(
        "qty_approved",
        "qty_closed",
        "request_id.kind",
        "request_id.approval_state",
        "purchase_line_ids.state",
        "purchase_line_ids.product_qty",
        "purchase_line_ids.product_uom_id",
        "purchase_line_ids.qty_received",
        "qty_issued",
    )
    def _compute_purchased(self):
        for line in self:
            ordered = received = pending = 0.0
            request = line.request_id
            # Nothing is ordered for an issue: what is short becomes a purchase.
            bought = request.kind == "purchase" and line.purchase_line_ids
            for purchase_line in bought or ():
                arrived = line._from_unit(
                    purchase_line.qty_received, purchase_line.product_uom_id
                )
                received += arrived
                if purchase_line.state == "cancel":
                    # What had arrived before has been bought all the same.
                    ordered += arrived
                    continue
                quantity = line._from_unit(
                    purchase_line.product_qty, purchase_line.product_uom_id
                )
                if purchase_line.state == "purchase":
                    ordered += quantity
                else:
                    pending += quantity
            line.qty_ordered = ordered
            line.qty_received = received
            to_buy = request.kind == "purchase" and request.approval_state == "approved"
            # What the store had and handed out need not be bought any more.
            supplied = max(ordered + pending, line.qty_issued)
            missing = line.qty_approved - line.qty_closed - supplied
            line.qty_to_order = max(missing, 0) if to_buy else 0

    @api.depends(
        "move_ids.state",
        "move_ids.quantity",
        "move_ids.product_uom",
        "move_ids.origin_returned_move_id",
    )
    def _compute_issued(self):
        for line in self:
            issued = returned = 0.0
            for move in line.move_ids:
                if move.state != "done":
                    continue
                quantity = line._from_unit(move.quantity, move.product_uom)
                if move.origin_returned_move_id:
                    returned += quantity
                else:
                    issued += quantity
            line.qty_issued = issued
            line.qty_returned = returned

    @api.depends(
        "qty_approved", "qty_closed", "qty_issued", "qty_received", "line_type"
    )
    def _compute_qty_open(self):
        for line in self:
            done = line.qty_issued if line.line_type == "goods" else line.qty_received
            line.qty_open = max(line.qty_approved - line.qty_closed - done, 0)

    @api.depends("product_id", "uom_id")
    def _compute_qty_on_hand(self):
        on_hand = self._read_on_hand()
        for line in self:
            product = line.product_id
            quantity = on_hand.get((line.company_id.id, product.id), 0.0)
            line.qty_on_hand = (
                product.uom_id._compute_quantity(
                    quantity, line.uom_id, rounding_method="DOWN"
                )
                if product and line.uom_id
                else 0.0
            )

    def _read_on_hand(self):
        """Return the free quantity per (company id, product id), in product units."""
        result = {}
        for company, lines in self.grouped("company_id").items():
            on_hand = lines.product_id._read_supply_on_hand(company)
            for product_id, quantity in on_hand.items():
                result[company.id, product_id] = quantity
        return result

    @api.depends("product_id", "uom_id")
    def _compute_qty_last_year(self):
        totals = self.request_id._read_last_year()
        for line in self:
            request, product = line.request_id, line.product_id
            department = request._origin.department_id
            key = (request.company_id.id, department.id, product.id)
            # A free text has no history; without a product the key is the total.
            quantity = totals[key][0] if product else 0.0
            line.qty_last_year = (
                product.uom_id._compute_quantity(quantity, line.uom_id)
                if quantity
                else 0.0
            )

    @api.depends("name", "product_id", "quantity", "uom_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.name or line.product_id.display_name

    # --------------------------------------------------------------- constraints

    @api.constrains("product_id", "uom_id")
    def _check_uom(self):
        for line in self:
            product = line.product_id
            if product and not line.uom_id._has_common_reference(product.uom_id):
                raise ValidationError(
                    self.env._(
                        "%(product)s is counted in %(unit)s and cannot be asked for in "
                        "%(other)s.",
                        product=product.display_name,
                        unit=product.uom_id.name,
                        other=line.uom_id.name,
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        requests = self.env["gov.supply.request"].browse(
            {vals["request_id"] for vals in vals_list if vals.get("request_id")}
        )
        requests._check_lines_open()
        self._check_input(vals_list)
        for vals in vals_list:
            self._check_content(vals.get("product_id"), vals.get("name"))
        return super().create(vals_list)

    def write(self, vals):
        if not is_engine(self.env):
            if "request_id" in vals and self.filtered(
                lambda line: line.request_id.id != vals["request_id"]
            ):
                raise UserError(
                    self.env._("A line cannot be moved to another request.")
                )
            self.request_id._check_lines_open()
            if "product_id" in vals:
                # The applicant's own choice, which the price check leaves alone; that
                # the line may be changed was checked just above.
                engine(self.filtered("product_by_store")).product_by_store = False
        self._check_input([vals])
        if not vals.keys().isdisjoint({"product_id", "name"}):
            for line in self:
                product = vals.get("product_id", line.product_id.id)
                self._check_content(product, vals.get("name", line.name))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self.request_id._check_lines_open()

    @api.model
    def _guard_refuse(self, names):
        if "price_unit" in names:
            raise UserError(
                self.env._(
                    "The price of a line is not entered by the applicant: it comes "
                    "from the catalogue, or from the price check by the store. What "
                    "you think it costs goes into “Estimated price”."
                )
            )
        return super()._guard_refuse(names)

    @api.model
    def _check_input(self, vals_list):
        """Refuse quantities, units and products that make no sense, by their name."""
        model = self.browse()
        for vals in vals_list:
            check_plain_values(model, vals)
            if float(vals.get("estimate") or 0) < 0:
                raise UserError(self.env._("A price cannot be negative."))
        names = ("product_id", "uom_id", "request_id", "vendor_id")
        check_records_exist(model, vals_list, names)
        quantities = [vals["quantity"] for vals in vals_list if "quantity" in vals]
        if quantities:
            self._check_quantities(quantities)

    @api.model
    def _check_content(self, product_id, name):
        """Refuse a line that says nothing."""
        if not product_id and not (name or "").strip():
            raise UserError(
                self.env._(
                    "Each line names a product of the catalogue or says what is needed."
                )
            )

    @api.model
    def _check_quantities(self, quantities):
        """Refuse a quantity that is zero, negative or beyond the clause."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        clause = self.env["gov.policy"]._get_policy("supply.quantity.max")
        ceiling = clause._typed_value()
        for quantity in quantities:
            if 0 < round(float(quantity), digits) <= ceiling:
                continue
            raise UserError(
                self.env._(
                    "The quantity %(quantity)s is not possible: it must be above 0 and "
                    "at most %(ceiling)s (%(citation)s).",
                    quantity=plain_number(float(quantity)),
                    ceiling=ceiling,
                    citation=clause.citation,
                )
            )

    # ------------------------------------------------------------------- helpers

    def _quantity_text(self, quantity):
        """Return ``quantity`` of this line as messages show it: ``3 pcs``."""
        number = plain_number(quantity)
        if not self.uom_id:
            return number
        return self.env._("%(number)s %(unit)s", number=number, unit=self.uom_id.name)

    def _from_unit(self, quantity, unit):
        """Return ``quantity`` of ``unit`` in the unit of this line."""
        if unit == self.uom_id or not unit:
            return quantity
        return unit._compute_quantity(quantity, self.uom_id, rounding_method="HALF-UP")

    def _to_product_unit(self, quantity):
        """Return ``quantity`` of this line in the unit in which stock counts."""
        product = self.product_id
        if product.uom_id == self.uom_id:
            return quantity
        return self.uom_id._compute_quantity(
            quantity, product.uom_id, rounding_method="HALF-UP"
        )

    def _get_catalogue_price(self):
        """Return the catalogue price, tax included, for the unit of this line."""
        self.ensure_one()
        # The cost is the institution's catalogue price, which staff may see.
        product = self.product_id.sudo().with_company(
            self.company_id or self.request_id.company_id or self.env.company
        )
        unit = self.uom_id or product.uom_id
        if not unit._has_common_reference(product.uom_id):
            return 0.0  # refused by _check_uom
        return product.uom_id._compute_price(product.standard_price, unit)

    def _is_issuable(self):
        """Tell whether the line is about goods that are handed out."""
        return self.line_type == "goods" and bool(self.product_id)

    def _check_return_quantity(self, quantity):
        """Refuse to take back more than was issued and is still out."""
        issued = self.qty_issued - self.qty_returned
        if self.uom_id.compare(quantity, issued) > 0:
            raise UserError(
                self.env._(
                    "%(line)s: %(quantity)s cannot come back, %(issued)s was "
                    "issued and is still out.",
                    line=self.display_name,
                    quantity=self._quantity_text(quantity),
                    issued=self._quantity_text(issued),
                )
            )

    def _check_price_values(self, values):
        """Refuse a product or price that cannot answer this line."""
        product = self.product_id
        if values.get("product_id"):
            product = product.browse(values["product_id"])
            asked = self.product_id
            if asked and asked != product and not self.product_by_store:
                raise UserError(
                    self.env._(
                        "%(asked)s was asked for and agreed to: the price check does "
                        "not put %(product)s in its place. Return the request instead.",
                        asked=asked.display_name,
                        product=product.display_name,
                    )
                )
            wanted = "goods" if product.type != "service" else "service"
            kind = "service" if self.line_type == "labour" else self.line_type
            if not product.active or product.type == "combo" or wanted != kind:
                raise UserError(
                    self.env._(
                        "%(product)s does not fit “%(line)s”: goods are answered by "
                        "goods, services and labour by a service.",
                        product=product.display_name,
                        line=self.display_name,
                    )
                )
        if values.get("price_unit", 0) < 0:
            raise UserError(self.env._("A price cannot be negative."))
        if "price_unit" in values and not product:
            raise UserError(
                self.env._("%s: name a product before its price.", self.display_name)
            )

    # ------------------------------------------------------------ public actions

    def action_price_line(self, product_id=None, price_unit=None, vendor_id=None):
        """Set product, price or vendor of this line, as the holder of the price check.

        :param product_id: product that answers a free text.
        :param price_unit: price of one unit of the line, tax included.
        :param vendor_id: partner to buy from, if known.
        :return: True
        :raise UserError: see ``gov.supply.request.action_price_lines``.
        """
        self.ensure_one()
        values = {
            "product_id": product_id,
            "price_unit": price_unit,
            "vendor_id": vendor_id,
        }
        return self.request_id.action_price_lines(
            {
                self.id: {
                    key: value for key, value in values.items() if value is not None
                }
            }
        )

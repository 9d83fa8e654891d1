from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from odoo.addons.gov_base.models.gov_guard import engine, is_engine

from .gov_supply_request_line import QUANTITY_CEILING
from .input_check import check_plain_values, check_records_exist, plain_number


class GovSupplyStocktakeLine(models.Model):
    """One product on the sheet of a stocktake.

    Counter and store clerk enter ``counted_quantity`` and ``reason`` while the sheet is
    being counted; the book and what follows from it is the server's. Of a blind count
    the server keeps the book to itself until the sheet is handed in: nobody reads the
    frozen figures, and what is derived from them stays 0.
    """

    _name = "gov.supply.stocktake.line"
    _description = "Stocktake Line"
    _inherit = ["gov.guard.mixin"]
    _order = "stocktake_id desc, product_id, id"
    _check_company_auto = True

    _protected_fields = frozenset(
        {
            "book_quantity",
            "book_at_count",
            "counted_at",
            "counted_by_id",
            "difference",
            "value",
            "price_unit",
        }
    )

    stocktake_id = fields.Many2one(
        "gov.supply.stocktake",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="stocktake_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="stocktake_id.currency_id")
    state = fields.Selection(related="stocktake_id.state")
    is_blind = fields.Boolean(related="stocktake_id.is_blind")
    is_book_hidden = fields.Boolean(related="stocktake_id.is_book_hidden")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        domain=[("is_storable", "=", True)],
        ondelete="restrict",
    )
    location_id = fields.Many2one(
        "stock.location",
        string="Storage place",
        required=True,
        compute="_compute_location_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="restrict",
    )
    lot_id = fields.Many2one("stock.lot", string="Lot", ondelete="restrict")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    book_quantity = fields.Float(
        string="Frozen book",
        digits="Product Unit",
        readonly=True,
        groups=NO_ACCESS,
        help="What the book said when the count started.",
    )
    book_at_count = fields.Float(
        string="Book at the count",
        digits="Product Unit",
        readonly=True,
        groups=NO_ACCESS,
        help="What the book said at the moment of this count.",
    )
    book_shown = fields.Float(
        string="Book",
        digits="Product Unit",
        compute="_compute_book_shown",
        compute_sudo=True,
        help="What the book said when the count started; of a blind count once it is "
        "handed in.",
    )
    moved_quantity = fields.Float(
        string="Moved meanwhile",
        digits="Product Unit",
        compute="_compute_book_shown",
        compute_sudo=True,
        help="What went in or out between the start and this count.",
    )
    counted_quantity = fields.Float(string="Counted quantity", digits="Product Unit")
    is_counted = fields.Boolean(
        string="Counted", help="Tick it where nothing was found."
    )
    counted_at = fields.Datetime(readonly=True)
    counted_by_id = fields.Many2one("res.users", readonly=True)
    difference = fields.Float(
        digits="Product Unit", compute="_compute_difference", store=True
    )
    price_unit = fields.Float(string="Price", digits="Product Price", readonly=True)
    value = fields.Monetary(
        string="Value of the difference", compute="_compute_difference", store=True
    )
    reason = fields.Char(
        string="Reason of the difference",
        help="Required where the count differs from the book.",
    )

    _place_uniq = models.UniqueIndex(
        "(stocktake_id, product_id, location_id, lot_id) NULLS NOT DISTINCT",
        "This product stands on the sheet already.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("product_id", "lot_id")
    def _compute_display_name(self):
        for line in self:
            lot = f" {line.lot_id.name}" if line.lot_id else ""
            line.display_name = f"{line.product_id.display_name or ''}{lot}"

    @api.depends("stocktake_id")
    def _compute_location_id(self):
        for line in self:
            line.location_id = line.location_id or line.stocktake_id.location_id

    @api.depends("book_at_count", "book_quantity", "is_counted", "is_book_hidden")
    def _compute_book_shown(self):
        for line in self:
            book, moved = line.book_quantity, 0.0
            if line.is_counted:
                moved = line.book_at_count - book
            hidden = line.is_book_hidden
            line.book_shown = 0.0 if hidden else book
            line.moved_quantity = 0.0 if hidden else moved

    @api.depends(
        "counted_quantity",
        "book_at_count",
        "is_counted",
        "price_unit",
        "is_book_hidden",
    )
    def _compute_difference(self):
        for line in self:
            difference = 0.0
            if line.is_counted and not line.is_book_hidden:
                difference = line.counted_quantity - line.book_at_count
            line.difference = difference
            line.value = difference * line.price_unit

    def _differs(self):
        self.ensure_one()
        return self.uom_id.compare(self.difference, 0) != 0

    # --------------------------------------------------------------- constraints

    @api.constrains("location_id", "stocktake_id")
    def _check_place(self):
        for line in self:
            # Whether the place lies in the store is asked, nothing of it is shown.
            store = line.stocktake_id.location_id.sudo()
            place = line.location_id.sudo()
            if not (place.parent_path or "").startswith(store.parent_path or "-"):
                raise UserError(
                    self.env._(
                        "%(place)s does not lie in %(store)s.",
                        place=place.display_name,
                        store=store.display_name,
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if is_engine(self.env):
            return super().create(vals_list)
        names = ("stocktake_id", "product_id", "location_id", "lot_id")
        check_records_exist(self.browse(), vals_list, names)
        for vals in vals_list:
            self._check_values(vals)
        lines = super().create(vals_list)
        lines.stocktake_id._check_counting()
        for line in lines:
            if not line.product_id.is_storable:
                raise UserError(
                    self.env._("%s is not kept in stock.", line.product_id.display_name)
                )
        for stocktake, found in lines.grouped("stocktake_id").items():
            stocktake._check_not_elsewhere(
                {(line.product_id, line.location_id, line.lot_id) for line in found}
            )
        lines._find_book(new=True)
        lines._take_count([line for line in lines if line.counted_quantity])
        return lines

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        if frozen := set(vals) - {"counted_quantity", "is_counted", "reason"}:
            self._guard_refuse(frozen)
        self._check_values(vals)
        self.stocktake_id.check_access("read")
        self.stocktake_id._check_counting()
        if "counted_quantity" in vals and "is_counted" not in vals:
            vals = {**vals, "is_counted": True}
        result = super().write(vals)
        if "counted_quantity" in vals or "is_counted" in vals:
            self._take_count(self.filtered("is_counted"))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        # A sheet that was not started has no lines; nobody tears one out.
        if not is_engine(self.env):
            self._guard_refuse_rows()

    @api.model
    def _check_values(self, vals):
        check_plain_values(self.browse(), vals)
        quantity = float(vals.get("counted_quantity") or 0)
        if not 0 <= quantity <= QUANTITY_CEILING:
            raise UserError(
                self.env._(
                    "A count of %(quantity)s is not possible: it lies between 0 and "
                    "%(ceiling)s.",
                    quantity=plain_number(quantity),
                    ceiling=QUANTITY_CEILING,
                )
            )

    # ------------------------------------------------------------------- counting

    def _find_book(self, new=False):
        """Write down what the book says now; of new lines also as their start."""
        for stocktake, lines in self.grouped("stocktake_id").items():
            book = stocktake.sudo()._read_book(lines.product_id)
            for line in lines:
                key = (line.product_id, line.location_id, line.lot_id)
                quantity = book.get(tuple(record.sudo() for record in key), 0.0)
                values = {"book_at_count": quantity}
                if new:
                    product = line.product_id.sudo().with_company(line.company_id)
                    values |= {
                        "book_quantity": quantity,
                        "price_unit": product.standard_price,
                    }
                # State and access were checked by create or write.
                engine(line.sudo()).write(values)

    def _take_count(self, lines):
        """Hold each count against the book of this moment."""
        lines = self.browse([line.id for line in lines])
        lines._find_book()
        # As above; who counted and when is the server's to say.
        engine(lines.sudo()).write(
            {
                "is_counted": True,
                "counted_at": fields.Datetime.now(),
                "counted_by_id": self.env.uid,
            }
        )

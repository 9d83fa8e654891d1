"""The file of the opening stock."""

from odoo.exceptions import UserError

from .kind import Kind, Refused


class Opening(Kind):
    """What lies in the store on the first day, entered as an inventory adjustment."""

    code = "opening"
    creates = (("stock.quant", "stock.group_stock_user"),)

    def link(self):
        stocked = self._read_stock()
        seen = {}
        for row in self.rows:
            product = row.values["product"] = self._find_product(row)
            if row.values["quantity"] == 0:
                self.report(
                    row, "quantity", self.env._("the number must be above zero")
                )
            if not product or self.check_double(row, seen, product, "name"):
                continue
            if product not in self.run.goods.storable:
                self.report(
                    row,
                    "name",
                    self.env._("the product is not kept in stock, or by lots only"),
                )
            elif stocked.get(product) == row.values["quantity"]:
                # The same file once more.
                self.report_existing(row, product)
            elif product in stocked:
                self.report(
                    row,
                    "quantity",
                    self.env._(
                        "the store has %(quantity)s of it already; correct that by a "
                        "stocktake",
                        quantity=f"{stocked[product]:g}",
                    ),
                )

    @property
    def location(self):
        """The place of the store that issues supplies.

        :raise UserError: when the institution has no store.
        """
        warehouse = self.env["stock.warehouse"]._get_supply_warehouse(self.company)
        if not warehouse:
            raise UserError(self.env._("The institution has no store yet."))
        return warehouse.lot_stock_id.with_env(self.env)

    def _read_stock(self):
        """Return product id → quantity of what the store has of any owner."""
        groups = self.env["stock.quant"]._read_group(
            [("location_id", "child_of", self.location.id), ("quantity", "!=", 0)],
            ["product_id"],
            ["quantity:sum"],
        )
        return {product.id: quantity for product, quantity in groups}

    def _find_product(self, row):
        """Return the id of the product of a row, or None with a report."""
        if not row.raw.get("code") and not row.raw.get("name"):
            self.report(
                row, "name", self.env._("the cell is empty, it must be filled in")
            )
            return None
        return self.run.goods.find_row(self, row)

    def load(self):
        rows, location = self.new_rows, self.location
        if not rows:
            return
        ids = self.load_rows(
            "stock.quant",
            rows,
            {
                "product_id/.id": lambda row: row.values["product"],
                "location_id/.id": lambda row: location.id,
                "inventory_quantity": lambda row: row.values["quantity"],
            },
            inventory_mode=True,
        )
        quants = self.env["stock.quant"].browse(ids)
        # The reason stands on each stock move.
        quants = quants.with_context(
            inventory_mode=True, inventory_name=self.run.reason
        )
        # Odoo answers with a dialog when the store has moved in the meantime.
        if quants.action_apply_inventory():
            self.report(
                None, None, self.env._("the store has changed; please check again")
            )
            raise Refused()
        for row, record_id in zip(rows, ids, strict=True):
            row.record_id = record_id

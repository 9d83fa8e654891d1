"""The file of products."""

from odoo.addons.gov_base.tools import cells
from odoo.addons.gov_base.tools.book import Row

from .kind import Kind, Names, resolve


class Products(Kind):
    """What can be asked for, with category, unit, price and whether it is stocked."""

    code = "product"
    creates = (("product.product", "gov_logistics.group_store"),)

    def link(self):
        self.new_categories, self.new_units = {}, {}
        seen_codes, seen_names = {}, {}
        for row in self.rows:
            code, name = row.values["code"], row.values["name"]
            if code and self.check_double(row, seen_codes, cells.key(code), "code"):
                continue
            same = (cells.key(name or ""), cells.key(row.values["spec"] or ""))
            if name and self.check_double(row, seen_names, same, "name"):
                continue
            if name and self._check_existing(row):
                continue
            self._link_row(row)

    def _check_existing(self, row):
        """Tell whether a row is done with: there already, or in conflict with it."""
        goods = self.run.goods
        code, name = row.values["code"], row.values["name"]
        by_code = goods.by_code.find(code) if code else []
        by_name = goods.find_name(name, row.values["spec"])
        if by_code:
            if not by_name or by_code[0] in by_name:
                if goods.has_name(by_code[0], name):
                    self.report_existing(row, by_code[0])
                    return True
            self.report(
                row,
                "code",
                self.env._(
                    "the code belongs to “%(name)s” already",
                    name=goods.names[by_code[0]],
                ),
            )
            return True
        for product in by_name:
            if not code or not goods.codes[product]:
                self.report_existing(row, product)
                return True
        if by_name:
            self.report(
                row,
                "name",
                self.env._(
                    "the product is there already under the code %(code)s",
                    code=goods.codes[by_name[0]],
                ),
            )
        return bool(by_name)

    def _link_row(self, row):
        row.values["category_to"] = self._find_or_make(
            row,
            "category",
            self.run.categories,
            self.new_categories,
            self.env._("there is no such category"),
        )
        row.values["unit_to"] = self._find_or_make(
            row,
            "unit",
            self.run.units,
            self.new_units,
            self.env._("there is no such unit"),
        )

    def _find_or_make(self, row, column_key, names, made, unknown):
        """Return what a name stands for; with the option it may be made."""
        name = row.values[column_key]
        if name and self.run.create_missing and not names.find(name):
            new = Row(row.number, row.raw)
            new.values["name"] = name
            made[cells.key(name)] = new
            names.add(name, new)
        return self.find(names, row, column_key, unknown)

    def load(self):
        for model, made in (
            ("product.category", self.new_categories),
            ("uom.uom", self.new_units),
        ):
            made = list(made.values())
            ids = self.load_rows(model, made, {"name": lambda row: row.values["name"]})
            for row, record_id in zip(made, ids, strict=True):
                row.record_id = record_id
        rows = self.new_rows
        ids = self.load_rows(
            "product.product",
            rows,
            {
                "name": lambda row: row.values["name"],
                "default_code": lambda row: row.values["code"],
                "supply_spec": lambda row: row.values["spec"],
                "categ_id/.id": lambda row: resolve(row.values["category_to"]),
                "uom_id/.id": lambda row: resolve(row.values["unit_to"]),
                "standard_price": lambda row: row.values["price"] or 0.0,
                "list_price": lambda row: 0.0,
                "type": lambda row: "consu",
                "is_storable": lambda row: row.values["stocked"] is not False,
                "supply_ok": lambda row: row.values["requestable"] is not False,
                "sale_ok": lambda row: False,
                "purchase_ok": lambda row: True,
                "company_id/.id": lambda row: self.company.id,
            },
            # An institution buys for itself: no taxes of a shop.
            default_taxes_id=[],
            default_supplier_taxes_id=[],
        )
        for row, record_id in zip(rows, ids, strict=True):
            row.record_id = record_id


class Goods:
    """The products of an institution, by code, by name and by specification."""

    def __init__(self, env, company):
        self.names, self.codes, self.storable = {}, {}, set()
        self.templates, self.units = {}, {}
        self.by_code, self.by_name = Names(), Names()
        self._specs = {}
        products = env["product.product"].search_fetch(
            [("company_id", "in", [False, company.id])],
            [
                "name",
                "default_code",
                "supply_spec",
                "is_storable",
                "tracking",
                "type",
                "uom_id",
                "product_tmpl_id",
            ],
        )
        for product in products:
            self.names[product.id] = product.name
            self.codes[product.id] = product.default_code
            self.units[product.id] = product.uom_id
            if product.type == "consu":
                self.templates[product.id] = product.product_tmpl_id.id
            self._specs[product.id] = cells.key(product.supply_spec or "")
            self.by_name.add(product.name, product.id)
            if product.default_code:
                self.by_code.add(product.default_code, product.id)
            # Goods with lots or serial numbers are entered one by one.
            if product.is_storable and product.tracking == "none":
                self.storable.add(product.id)

    def find_row(self, part, row):
        """Return the id of the product that a row names, or None with a report.

        :param part: the ``Kind`` of the row, with the columns code, name and spec.
        """
        env = part.env
        code, name = row.values["code"], row.values["name"]
        unknown = env._("there is no such product")
        if code:
            product = part.find(self.by_code, row, "code", unknown)
            if product and name and not self.has_name(product, name):
                part.report(
                    row,
                    "name",
                    env._(
                        "the code %(code)s belongs to “%(name)s”",
                        code=code,
                        name=self.names[product],
                    ),
                )
                return None
            return product
        if len(self.by_name.find(name or "")) > 1:
            found = self.find_name(name, row.values["spec"])
            if len(found) == 1:
                return found[0]
            part.report(
                row, "name", env._("several products have this name; fill in the code")
            )
            return None
        return part.find(self.by_name, row, "name", unknown)

    def has_name(self, product, name):
        return cells.key(self.names[product]) == cells.key(name)

    def find_name(self, name, spec):
        """Return the products with this name and exactly this specification."""
        spec = cells.key(spec or "")
        return [
            product
            for product in self.by_name.find(name)
            if self._specs[product] == spec
        ]

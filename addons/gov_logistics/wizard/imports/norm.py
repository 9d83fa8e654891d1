"""The file of norms."""

from .kind import Kind


class Norms(Kind):
    """How much of a product or a category may be drawn in a month."""

    code = "norm"
    creates = (("gov.supply.norm", "gov_logistics.group_logistics_manager"),)

    def link(self):
        current = self._read_current()
        today = self.company.gov_today()
        seen = {}
        for row in self.rows:
            row.values["basis"] = row.values["basis"] or "head"
            row.values["carry_over"] = row.values["carry_over"] or 0
            row.values["date_from"] = row.values["date_from"] or today
            thing = self._find_thing(row)
            row.values["department_to"] = self.find(
                self.run.departments,
                row,
                "department",
                self.env._("there is no such department"),
            )
            self._check_figures(row)
            self._link_unit(row)
            if not thing:
                continue
            place = (*thing, row.values["department_to"])
            if self.check_double(row, seen, place, "name"):
                continue
            self._check_current(row, current.get(place, ()))

    def _find_thing(self, row):
        """Return (field, id) of what the norm is about, or None with a report."""
        row.values["template"] = row.values["category_to"] = row.values["product"] = (
            None
        )
        has_product = row.raw.get("code") or row.raw.get("name")
        if bool(has_product) == bool(row.raw.get("category")):
            self.report(
                row,
                "name",
                self.env._("a norm is about one product or one category; fill in one"),
            )
            return None
        if not has_product:
            row.values["category_to"] = self.find(
                self.run.categories,
                row,
                "category",
                self.env._("there is no such category"),
            )
            return row.values["category_to"] and ("categ", row.values["category_to"])
        product = self.run.goods.find_row(self, row)
        if product and product not in self.run.goods.templates:
            self.report(row, "name", self.env._("a service has no norm"))
            return None
        if not product:
            return None
        row.values["product"] = product
        row.values["template"] = self.run.goods.templates[product]
        return ("template", row.values["template"])

    def _check_figures(self, row):
        if row.values["quantity"] == 0:
            self.report(row, "quantity", self.env._("the number must be above zero"))
        if row.values["basis"] == "device":
            empty = self.env._("a norm per device needs this")
            if not row.raw.get("department"):
                self.report(row, "department", empty)
            if not row.values["devices"]:
                self.report(row, "devices", empty)

    def _link_unit(self, row):
        """Find the unit; a product has its own, and another must be convertible."""
        own = self.run.goods.units.get(row.values["product"])
        row.values["unit_to"] = own.id if own else None
        if row.raw.get("unit"):
            unit = self.find(
                self.run.units, row, "unit", self.env._("there is no such unit")
            )
            row.values["unit_to"] = unit
            if unit and own and unit != own.id:
                if not self.env["uom.uom"].browse(unit)._has_common_reference(own):
                    self.report(
                        row,
                        "unit",
                        self.env._("the product is counted in %(unit)s", unit=own.name),
                    )
        elif row.values["category_to"]:
            self.report(row, "unit", self.env._("a norm for a category needs a unit"))

    def _read_current(self):
        """Return (field, id, department) → norms that are in force or will be."""
        current = {}
        norms = self.env["gov.supply.norm"].search(
            [
                ("company_id", "=", self.company.id),
                ("product_id", "=", False),
            ],
        )
        for norm in norms:
            thing = (
                ("template", norm.product_tmpl_id.id)
                if norm.product_tmpl_id
                else ("categ", norm.categ_id.id)
            )
            place = (*thing, norm.department_id.id or None)
            current.setdefault(place, []).append(norm)
        return current

    def _check_current(self, row, norms):
        """Report a norm that is there already, or one that is in the way."""
        day = row.values["date_from"]
        for norm in norms:
            if norm.date_to and norm.date_to < day:
                continue
            same = (
                norm.quantity == row.values["quantity"]
                and norm.basis == row.values["basis"]
                and norm.carry_over == row.values["carry_over"]
            )
            if same and norm.date_from <= day:
                self.report_existing(row, norm.id)
            else:
                self.report(
                    row,
                    "date_from",
                    self.env._(
                        "another norm for this is in force from %(day)s; give it a "
                        "last day first",
                        day=norm.date_from.isoformat(),
                    ),
                )
            return

    def load(self):
        rows = self.new_rows
        ids = self.load_rows(
            "gov.supply.norm",
            rows,
            {
                "product_tmpl_id/.id": lambda row: row.values["template"],
                "categ_id/.id": lambda row: row.values["category_to"],
                "department_id/.id": lambda row: row.values["department_to"],
                "company_id/.id": lambda row: self.company.id,
                "basis": lambda row: row.values["basis"],
                "quantity": lambda row: row.values["quantity"],
                "uom_id/.id": lambda row: row.values["unit_to"],
                "device_count": lambda row: (
                    row.values["devices"] if row.values["basis"] == "device" else 0
                ),
                "carry_over": lambda row: row.values["carry_over"],
                "date_from": lambda row: row.values["date_from"].isoformat(),
                "citation": lambda row: row.values["citation"],
            },
        )
        for row, record_id in zip(rows, ids, strict=True):
            row.record_id = record_id

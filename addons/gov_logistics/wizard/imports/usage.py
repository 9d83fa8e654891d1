"""The file of usage."""

from odoo.tools import float_compare

from ...models.input_check import plain_number
from .kind import Kind


class Usages(Kind):
    """What was used, one row per voucher; each is billed by the contract in force."""

    code = "usage"
    takes_csv = True
    creates = (("gov.service.usage", "gov_logistics.group_contract"),)

    def link(self):
        there, seen = self._read_there(), {}
        self._lines, self._missing = {}, {}
        today = self.company.gov_today()
        for row in self.rows:
            values = row.values
            values["kind"] = values["kind"] or "use"
            values["item_to"] = self.find(
                self.run.items,
                row,
                "item",
                self.env._("this service is not in the catalogue"),
            )
            values["department_to"] = self.find(
                self.run.departments,
                row,
                "department",
                self.env._("there is no such department"),
            )
            values["partner_to"] = self.find(
                self.run.contract_partners,
                row,
                "partner",
                self.env._("there is no service contract with this unit"),
            )
            if values["department"] and values["partner"]:
                self.report(
                    row, "partner", self.env._("fill in a department or a unit")
                )
            if values["quantity"] == 0:
                self.report(
                    row, "quantity", self.env._("the number must be above zero")
                )
            if values["date"] and values["date"] > today:
                self.report(row, "date", self.env._("the day lies in the future"))
            if not values["voucher"] or self.check_double(
                row, seen, values["voucher"], "voucher"
            ):
                continue
            self._link_line(row, there.get(values["voucher"]))

    def _link_line(self, row, usage):
        """Find the line that bills a row, and the row that is there already."""
        values = row.values
        named = bool(values["department"]) == bool(values["department_to"]) and bool(
            values["partner"]
        ) == bool(values["partner_to"])
        if not values["item_to"] or not values["date"] or not named:
            return
        line = values["line"] = self._find_line(values)
        if not line:
            self.report(
                row,
                "item",
                self.env._("no contract bills this on this day"),
            )
        if not usage:
            self._check_posts(row, line)
            return
        same = (
            usage.contract_line_id == line
            and usage.date == values["date"]
            and usage.quantity == values["quantity"]
        )
        if same:
            row.raw["name"] = row.raw.get("voucher")
            self.report_existing(row, usage.id)
        else:
            self.report(
                row,
                "voucher",
                self.env._("this voucher was recorded with other figures"),
            )

    def _check_posts(self, row, line):
        """Report more missing posts of a line on one day than it has, in this file."""
        values = row.values
        if values["kind"] != "missing" or not line or not values["quantity"]:
            return
        key = (line, values["date"])
        missing = self._missing.get(key, 0) + values["quantity"]
        self._missing[key] = missing
        if float_compare(missing, line.quantity, precision_digits=4) > 0:
            self.report(
                row,
                "quantity",
                self.env._(
                    "only %(posts)s on this day, %(missing)s cannot be missing; enter "
                    "a row for each day",
                    posts=plain_number(line.quantity),
                    missing=plain_number(missing),
                ),
            )

    def _find_line(self, values):
        """Return the line in force; lines found before are asked first."""
        place = (
            values["item_to"],
            values["department_to"],
            values["partner_to"],
            values["kind"],
        )
        day = values["date"]
        for line in self._lines.setdefault(place, []):
            if line.date_start <= day and (not line.date_end or line.date_end >= day):
                return line
        line = self.env["contract.line"]._find(
            self.env["gov.service.item"].browse(values["item_to"]),
            day,
            partner=self.env["res.partner"].browse(values["partner_to"]),
            department=self.env["hr.department"].browse(values["department_to"]),
            company=self.company,
            charge_kind="fixed" if values["kind"] == "missing" else "metered",
        )
        if line:
            self._lines[place].append(line)
        return line

    def _read_there(self):
        """Return dict voucher → usage that a file has brought before."""
        usages = self.env["gov.service.usage"]._find_recorded(
            [
                {**self._source, "source_part": row.values["voucher"]}
                for row in self.rows
                if row.values["voucher"]
            ]
        )
        return {usage.source_part: usage for usage in usages.values()}

    @property
    def _source(self):
        return {
            "source": "import",
            "source_model": self.company._name,
            "source_id": self.company.id,
        }

    def load(self):
        rows = self.new_rows
        # The right to create usage was checked; these rows were checked as typed ones
        # are, and each names the voucher that it stands for.
        usages = self.env["gov.service.usage"]._record(
            [
                {
                    **self._source,
                    "source_part": row.values["voucher"],
                    "contract_line_id": row.values["line"].id,
                    "date": row.values["date"],
                    "quantity": row.values["quantity"],
                    "kind": row.values["kind"],
                    "department_id": row.values["department_to"]
                    or row.values["line"].contract_id.served_department_id.id,
                    "partner_id": row.values["partner_to"],
                    "name": row.values["note"] or row.values["voucher"],
                }
                for row in rows
            ]
        )
        for row, usage in zip(rows, usages, strict=True):
            row.record_id = usage.id

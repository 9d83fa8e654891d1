"""The file of the year's budget."""

from .kind import Kind, Names

_FIRST_YEAR, _LAST_YEAR = 2000, 2100


class Budget(Kind):
    """The plan as granted: one budget line for each row."""

    code = "budget"
    creates = (("gov.budget.line", "gov_logistics.group_budget"),)

    def link(self):
        items, current = self._read_items(), self._read_current()
        seen = {}
        for row in self.rows:
            values = row.values
            if values["year"] is not None and not (
                _FIRST_YEAR <= values["year"] <= _LAST_YEAR
            ):
                self.report(row, "year", self.env._("the year has four digits"))
            values["department_to"] = self.find(
                self.run.departments,
                row,
                "department",
                self.env._("there is no such department"),
            )
            values["item_to"] = self.find(
                items, row, "item", self.env._("there is no such economic item")
            )
            values["project"] = " ".join((values["project"] or "").split())
            values["source"] = " ".join((values["source"] or "").split())
            if not (values["year"] and values["department_to"] and values["item_to"]):
                continue
            place = (
                values["year"],
                values["department_to"],
                values["item_to"],
                values["project"],
                values["source"],
            )
            if not self.check_double(row, seen, place, "item"):
                self._check_current(row, current.get(place))

    def _read_items(self):
        """Return the economic items, by code, by name and by both."""
        names = Names()
        items = self.env["gov.budget.item"].search_fetch(
            [("company_id", "in", [False, self.company.id])], ["code", "name"]
        )
        for records in (items, items.with_context(lang="en_US")):
            for item in records:
                names.add(item.code, item.id)
                names.add(item.name, item.id)
                names.add(f"{item.code}{item.name}", item.id)
        return names

    def _read_current(self):
        """Return what the lines of these years are for → line."""
        years = {row.values["year"] for row in self.rows if row.values["year"]}
        lines = self.env["gov.budget.line"].search_fetch(
            [("company_id", "=", self.company.id), ("year", "in", list(years))],
            [
                "year",
                "department_id",
                "item_id",
                "project",
                "fund_source",
                "amount_initial",
            ],
        )
        return {
            (
                line.year,
                line.department_id.id,
                line.item_id.id,
                line.project or "",
                line.fund_source or "",
            ): line
            for line in lines
        }

    def _check_current(self, row, line):
        """Report a line that is there already, or one with another plan."""
        if not line:
            return
        amount = row.values["amount"]
        if amount is None:
            return
        if line.currency_id.compare_amounts(line.amount_initial, amount) == 0:
            self.report_existing(row, line.id)
        else:
            self.report(
                row,
                "amount",
                self.env._(
                    "the line is there already with a plan of %(plan)s; change it by "
                    "a transfer or a revision",
                    plan=line.currency_id.format(line.amount_initial),
                ),
            )

    def load(self):
        rows = self.new_rows
        ids = self.load_rows(
            "gov.budget.line",
            rows,
            {
                "company_id/.id": lambda row: self.company.id,
                "year": lambda row: row.values["year"],
                "department_id/.id": lambda row: row.values["department_to"],
                "item_id/.id": lambda row: row.values["item_to"],
                "project": lambda row: row.values["project"] or None,
                "fund_source": lambda row: row.values["source"] or None,
                "amount_initial": lambda row: row.values["amount"],
                "note": lambda row: row.values["note"],
            },
        )
        for row, record_id in zip(rows, ids, strict=True):
            row.record_id = record_id

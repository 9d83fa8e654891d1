"""The file of departments."""

from odoo.addons.gov_base.tools import cells

from .kind import Kind, resolve

# What the field has for a department without a rank.
_DEFAULT_RANK = 100


class Departments(Kind):
    """Departments with their order, the one above, head and line leader."""

    code = "department"
    creates = (("hr.department", "hr.group_hr_user"),)

    def register(self):
        """Let the names of new departments be found before they are created."""
        self.existing = {}
        names = self.run.departments
        for row in self.rows:
            if not (name := row.values["name"]):
                continue
            found = names.find(name)
            if not found:
                names.add(name, row)
            elif isinstance(found[0], int):
                self.existing[row] = found[0]

    def link(self):
        seen = {}
        for row in self.rows:
            name = row.values["name"]
            if name and self.check_double(row, seen, cells.key(name), "name"):
                continue
            if row in self.existing:
                self.report_existing(row, self.existing[row])
        for row in self.new_rows:
            self._link_row(row)
        for row in self.new_rows:
            self._check_circle(row)

    def _link_row(self, row):
        row.values["parent_to"] = self.find(
            self.run.departments,
            row,
            "parent",
            self.env._("there is no such department"),
        )
        for key in ("head", "leader"):
            row.values[f"{key}_to"] = self.find(
                self.run.people,
                row,
                key,
                self.env._(
                    "there is nobody of this name; add the file of people, or leave "
                    "the cell empty"
                ),
            )

    def _check_circle(self, row):
        """Report a department that stands above itself."""
        above, steps = row.values["parent_to"], 0
        # Only new departments can close a circle: old ones have none above them.
        while hasattr(above, "values") and steps <= len(self.rows):
            if above is row:
                self.report(
                    row,
                    "parent",
                    self.env._("the department would stand above itself"),
                )
                return
            above = above.values.get("parent_to")
            steps += 1

    def load(self):
        rows = self.new_rows
        ids = self.load_rows(
            "hr.department",
            rows,
            {
                "name": lambda row: row.values["name"],
                "rank_sequence": lambda row: (
                    _DEFAULT_RANK if row.values["rank"] is None else row.values["rank"]
                ),
                "company_id/.id": lambda row: self.company.id,
            },
        )
        for row, record_id in zip(rows, ids, strict=True):
            row.record_id = record_id

    def finish(self):
        self.load_rows(
            "hr.department",
            self.new_rows,
            {
                ".id": lambda row: row.record_id,
                "parent_id/.id": lambda row: resolve(row.values["parent_to"]),
                "manager_id/.id": lambda row: resolve(row.values["head_to"]),
                "line_leader_id/.id": lambda row: resolve(row.values["leader_to"]),
            },
        )

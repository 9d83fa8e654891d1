"""The file of people."""

from odoo.addons.gov_base.tools import cells

from .kind import Kind, resolve

# What the field has for a person without a rank.
_DEFAULT_RANK = 1000


class People(Kind):
    """People with department, title, kind of staff, rank and an existing account."""

    code = "person"
    creates = (("hr.employee", "hr.group_hr_user"),)

    def link(self):
        existing = self.run.employees
        seen, seen_logins = {}, {}
        for row in self.rows:
            department = self.find(
                self.run.departments,
                row,
                "department",
                self.env._("there is no such department"),
            )
            row.values["department_to"] = department
            name = row.values["name"]
            person = (cells.key(name or ""), department)
            if name and department is not None:
                if self.check_double(row, seen, person, "name"):
                    continue
                if person in existing:
                    self.report_existing(row, existing[person])
                    continue
                self.run.people.add(name, row)
            self._link_row(row, seen_logins)

    def _link_row(self, row, seen_logins):
        row.values["working_to"] = self.find(
            self.run.departments,
            row,
            "working",
            self.env._("there is no such department"),
        )
        row.values["user_to"] = None
        if not (login := row.values["login"]):
            return
        if self.check_double(row, seen_logins, login, "login"):
            return
        user = self.run.users.get(login)
        if not user:
            self.report(
                row,
                "login",
                self.env._(
                    "there is no account with this login; accounts are not created "
                    "here, so let the administrator create it or leave the cell empty"
                ),
            )
        elif user in self.run.taken_users:
            self.report(
                row, "login", self.env._("the account belongs to somebody else already")
            )
        else:
            row.values["user_to"] = user

    def load(self):
        rows = self.new_rows
        ids = self.load_rows(
            "hr.employee",
            rows,
            {
                "name": lambda row: row.values["name"],
                "company_id/.id": lambda row: self.company.id,
                "department_id/.id": lambda row: resolve(row.values["department_to"]),
                "working_department_id/.id": lambda row: resolve(
                    row.values["working_to"]
                ),
                "official_title": lambda row: row.values["title"],
                "staff_type": lambda row: row.values["staff_type"],
                "rank_sequence": lambda row: (
                    _DEFAULT_RANK if row.values["rank"] is None else row.values["rank"]
                ),
                "work_phone": lambda row: row.values["phone"],
                "user_id/.id": lambda row: row.values["user_to"],
            },
        )
        for row, record_id in zip(rows, ids, strict=True):
            row.record_id = record_id

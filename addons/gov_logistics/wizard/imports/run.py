"""One check or import of one or two files, with all that is looked up for it."""

from functools import cached_property

from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.cells import key

from .budget import Budget
from .department import Departments
from .kind import Names, Refused
from .meter import Meters, Readings
from .norm import Norms
from .opening import Opening
from .person import People
from .product import Goods, Products
from .usage import Usages

KINDS = {
    kind.code: kind
    for kind in (
        Departments,
        People,
        Products,
        Opening,
        Norms,
        Budget,
        Meters,
        Readings,
        Usages,
    )
}
# One needs the other: departments are created before their people.
_ORDER = tuple(KINDS)


class Run:
    """Checks and imports files with the rights of the person, whole or not at all.

    :ivar issues: what was found, as values of ``gov.import.line``.
    """

    def __init__(self, env, company, create_missing=False, reason=""):
        """
        :param env: the person's environment without the caller's context.
        :param company: the institution that everything is imported into.
        """
        self.env = env
        self.company = company
        self.create_missing = create_missing
        self.reason = reason
        self.issues = []
        self.parts = []

    # === Steps === #

    def check(self, contents):
        """Read and check files; nothing is written.

        :param contents: dict kind → content of the file.
        :return: True when every row is clean.
        :raise UserError: when the person lacks a right.
        """
        self.parts = [
            KINDS[code](self) for code in _ORDER if contents.get(code) is not None
        ]
        for part in self.parts:
            part.check_rights()
        for part in self.parts:
            try:
                part.load_file(contents[part.code])
            except UserError as error:
                self.add_issue("error", part, None, "", "", str(error))
        for part in self.parts:
            if isinstance(part, Departments):
                part.register()
        # Heads may be among the new people, so departments come last.
        for part in reversed(self.parts):
            if part.rows:
                part.link()
        return self.is_clean

    def load(self):
        """Import what was checked, in one savepoint.

        :return: True when all was imported; else nothing was, and ``issues`` says why.
        """
        try:
            with self.env.cr.savepoint():
                self._load()
        except Refused:
            return False
        return True

    def try_load(self):
        """Import what was checked and take it back, to hear what Odoo says.

        :return: True when Odoo would import all.
        """
        try:
            with self.env.cr.savepoint():
                self._load()
                raise _TakenBack()
        except Refused:
            return False
        except _TakenBack:
            return True
        finally:
            # Nothing that was created here may stay in a cache.
            self.env.registry.clear_all_caches()
            self.env.registry.reset_changes()

    def _load(self):
        for part in self.parts:
            part.load()
        for part in self.parts:
            part.finish()
        self.env.flush_all()

    # === Results === #

    @property
    def is_clean(self):
        return not any(issue["level"] == "error" for issue in self.issues)

    @property
    def new_count(self):
        return sum(len(part.new_rows) for part in self.parts)

    @property
    def row_count(self):
        return sum(len(part.rows) for part in self.parts)

    def add_issue(self, level, part, row, heading, value, reason):
        self.issues.append(
            {
                "level": level,
                "sheet": part.sheet,
                "row": row.number if row else 0,
                "heading": heading,
                "value": value,
                "reason": reason,
            }
        )

    # === What names stand for; one query each === #

    @cached_property
    def departments(self):
        names = Names()
        for department in self.env["hr.department"].search_fetch(
            [("company_id", "in", [False, self.company.id])], ["name"]
        ):
            names.add(department.name, department.id)
        return names

    @cached_property
    def _employees(self):
        employees = self.env["hr.employee"].with_context(active_test=False)
        employees = employees.search_fetch(
            [("company_id", "=", self.company.id)],
            ["name", "active", "user_id", "current_version_id"],
        )
        employees.current_version_id.fetch(["department_id"])
        return employees

    @cached_property
    def employees(self):
        """Dict (name as compared, department id) → employee id."""
        return {
            (key(person.name), person.current_version_id.department_id.id): person.id
            for person in self._employees
        }

    @cached_property
    def people(self):
        names = Names()
        for person in self._employees.filtered("active"):
            names.add(person.name, person.id)
        return names

    @cached_property
    def users(self):
        """Dict login → user id, of the institution's own accounts."""
        users = self.env["res.users"].search_fetch(
            [("share", "=", False), ("company_ids", "in", self.company.ids)], ["login"]
        )
        return {user.login: user.id for user in users}

    @cached_property
    def taken_users(self):
        return set(self._employees.user_id.ids)

    @cached_property
    def goods(self):
        return Goods(self.env, self.company)

    @cached_property
    def categories(self):
        names = Names()
        categories = self.env["product.category"].search_fetch(
            [], ["name", "complete_name"]
        )
        for category in categories:
            names.add(category.complete_name, category.id)
        for category in categories:
            names.add(category.name, category.id)
        return names

    @cached_property
    def units(self):
        """Units under their name in the person's language, and under the English."""
        names = Names()
        units = self.env["uom.uom"].search_fetch([], ["name"])
        for records in (units, units.with_context(lang="en_US")):
            for unit in records:
                names.add(unit.name, unit.id)
        return names

    @cached_property
    def items(self):
        """Items of the catalogue under their code, and under their name."""
        names = Names()
        items = self.env["gov.service.item"].search_fetch(
            [("company_id", "=", self.company.id)], ["code", "name"]
        )
        codes = {key(item.code) for item in items}
        for item in items:
            names.add(item.code, item.id)
        for item in items:
            if key(item.name) not in codes:
                names.add(item.name, item.id)
        return names

    @cached_property
    def meters(self):
        """Dict (kind, number as compared) → id of a meter."""
        meters = self.env["gov.meter"].search_fetch(
            [("company_id", "=", self.company.id)], ["kind", "number"]
        )
        return {(meter.kind, key(meter.number)): meter.id for meter in meters}

    @cached_property
    def contract_partners(self):
        """Who a service contract is with."""
        names = Names()
        contracts = self.env["contract.contract"].search(
            [
                ("company_id", "=", self.company.id),
                ("service_role", "!=", False),
            ]
        )
        for partner in contracts.partner_id:
            names.add(partner.name, partner.id)
        return names


class _TakenBack(Exception):
    """Ends a trial."""

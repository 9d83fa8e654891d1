from odoo import fields, models
from odoo.tools import SQL


class GovPointsCaseOwn(models.AbstractModel):
    """Whose own matter a case is: those who neither act in it nor have a seat.

    * persons concerned, the reporter and recused persons: they do not even read it;
    * whoever reports to a person concerned, along the managers of the people or by a
      department that the person heads: they may enter a clue and transfer it out, so
      that a case about a head does not get stuck, and nothing else.

    Who typed a case is no party of it: in the scoring office the same officer enters
    and decides. Rules: recusal, ``gov.points.case`` in the architecture.
    """

    _name = "gov.points.case.own"
    _description = "Own Matter in Conduct Scoring"

    barred_user_ids = fields.Many2many(
        "res.users",
        "gov_points_case_barred_rel",
        "case_id",
        "user_id",
        string="Closed to",
        compute="_compute_barred_user_ids",
        store=True,
        groups="gov_base.group_supervision",
        help="Persons concerned, reporter and recused persons: they do not read it.",
    )

    def _get_barred_employees(self):
        """Return persons concerned, reporter and recused persons."""
        # Only who may not read and act is asked.
        case = self.sudo()
        return (
            case.share_ids.employee_id | case.reporter_id | case.recusal_ids.employee_id
        )

    def _approval_party_employees(self):
        self.ensure_one()
        return self._get_barred_employees() | self._get_lower_employees()

    def _approval_party_users(self):
        return self._approval_party_employees().user_id

    def _approval_barred_users(self, kind):
        """Return the parties, whatever the tier; who typed it may decide."""
        return self._approval_party_users()

    def _get_benefiting_users(self):
        return self._approval_party_users()

    def _is_head_matter(self):
        """A case is no application: nobody countersigns for the head."""
        return False

    def _get_lower_employees(self):
        """Return who reports to a person concerned, in one query.

        Along ``parent_id`` of the people, and everybody in a department (or one below
        it) that a person concerned heads.
        """
        # Only who may not act is asked.
        employees = self.sudo().share_ids.employee_id
        if not employees:
            return employees
        self.env["hr.employee"].flush_model(["parent_id", "working_department_id"])
        self.env["hr.version"].flush_model(["department_id", "employee_id"])
        self.env["hr.department"].flush_model(["manager_id", "parent_id"])
        query = SQL(
            """
            WITH RECURSIVE below(id) AS (
                SELECT id FROM hr_employee WHERE parent_id IN %(ids)s
                 UNION
                SELECT person.id FROM hr_employee person
                  JOIN below ON person.parent_id = below.id
            ), unit(id) AS (
                SELECT id FROM hr_department WHERE manager_id IN %(ids)s
                 UNION
                SELECT department.id FROM hr_department department
                  JOIN unit ON department.parent_id = unit.id
            )
            SELECT person.id
              FROM hr_employee person
              LEFT JOIN hr_version version ON version.id = person.current_version_id
             WHERE person.id IN (SELECT id FROM below)
                OR version.department_id IN (SELECT id FROM unit)
                OR person.working_department_id IN (SELECT id FROM unit)
            """,
            ids=tuple(employees.ids),
        )
        rows = self.env.execute_query(query)
        return employees.browse([row[0] for row in rows]) - employees

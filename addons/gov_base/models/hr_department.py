from odoo import api, fields, models
from odoo.tools import SQL


class HrDepartment(models.Model):
    """Departments in the order of the institution, with leader and liaisons.

    The head is core's ``manager_id``; the line leader is the member of the leadership
    in charge of the department; a liaison types for the people of the department.
    """

    _inherit = "hr.department"
    _order = "rank_sequence, name, id"

    rank_sequence = fields.Integer(
        string="Order of rank",
        default=100,
        help="Lists, chains and signature columns follow this order; the lowest "
        "number stands first.",
    )
    line_leader_id = fields.Many2one(
        "hr.employee",
        string="Line leader",
        tracking=True,
        domain="['|', ('company_id', '=', False), "
        "('company_id', 'in', allowed_company_ids)]",
        help="The leader of the institution who is in charge of this department.",
    )
    liaison_ids = fields.Many2many(
        "res.users",
        "gov_department_liaison_rel",
        "department_id",
        "user_id",
        string="Department liaisons",
        domain=[("share", "=", False)],
        help="They enter matters in the name of the people of this department.",
    )

    def write(self, vals):
        if {"manager_id", "line_leader_id", "parent_id"}.isdisjoint(vals):
            return super().write(vals)
        # Only whose logins hold the posts, before and after, is read.
        departments = self.sudo()
        leaders = departments.manager_id | departments.line_leader_id
        result = super().write(vals)
        leaders |= departments.manager_id | departments.line_leader_id
        companies = departments.company_id or self.env["res.company"].sudo().search(
            [("active", "=", True)]
        )
        self.env["gov.approval.seating"]._reseat_after(leaders.user_id, companies)
        return result

    @api.model
    def _people_query(self):
        """Return the query of how many people work in each department today.

        People are counted where they work, not where personnel keeps them. For reports
        in SQL, which see every institution; their rows are held by record rules.

        :return: ``SQL`` with the columns ``company_id``, ``department_id``, ``heads``.
        """
        return SQL(
            """
            SELECT employee.company_id,
                   coalesce(employee.working_department_id, version.department_id)
                       AS department_id,
                   count(*) AS heads
              FROM hr_employee employee
              LEFT JOIN hr_version version
                ON version.id = employee.current_version_id
             WHERE employee.active
             GROUP BY 1, 2
            """
        )

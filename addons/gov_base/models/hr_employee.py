from odoo import fields, models


class HrEmployee(models.Model):
    """People in order of rank, with the title as it stands and the kind of staff."""

    _inherit = "hr.employee"
    _order = "rank_sequence, name, id"

    rank_sequence = fields.Integer(
        string="Order of rank",
        default=1000,
        help="Lists, chains and signature columns follow this order; the lowest "
        "number stands first.",
    )
    official_title = fields.Char(
        string="Title as it stands",
        help="The title as it is written on papers, for example with the note that "
        "the person is acting.",
    )
    staff_type = fields.Selection(
        [
            ("career", "Career staff"),
            ("worker", "Career worker"),
            ("contract", "Contract staff"),
            ("dispatch", "Dispatched staff"),
            ("seconded", "Seconded staff"),
        ],
        string="Kind of staff",
        groups="hr.group_hr_user",
    )
    working_department_id = fields.Many2one(
        "hr.department",
        string="Working department",
        check_company=True,
        index="btree_not_null",
        help="Where the person works when that is not the personnel department. "
        "Matters, chains and norms follow it.",
    )

    def write(self, vals):
        moves = {"active", "user_id"} & set(vals)
        # Only whose logins come and go is read.
        before = self.sudo().user_id if moves else None
        result = super().write(vals)
        if moves:
            people = self.sudo()
            self.env["gov.approval.seating"]._reseat_after(
                before | people.user_id, people.company_id
            )
        if vals.get("user_id") == self.env.uid:
            # Whoever takes over the login of a role's holder takes over the role.
            holders = self.env["gov.role.holder"]
            holders.search([("employee_id", "in", self.ids)])._report_self_grant()
        return result

    def _gov_department(self):
        """Return the department in which this person works, else the personnel one.

        :return: at most one department; none for nobody.
        """
        if not self:
            return self.env["hr.department"]
        self.ensure_one()
        # sudo: hr.employee.department_id sits on hr.version, which plain users cannot
        # read; the name of a colleague's department is public in hr.employee.public.
        employee = self.sudo()
        department = employee.working_department_id or employee.department_id
        return department.with_env(self.env)

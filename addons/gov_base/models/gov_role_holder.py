from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class GovRoleHolder(models.Model):
    """Who holds a role of the institution, from when to when.

    ``title`` is text as it stood, such as "副科长（主持工作）"; it is copied to each
    decision. Giving a role to oneself is possible, because somebody has to start, and
    opens a finding. A holding is ended by a date; one that has begun is not deleted.
    """

    _name = "gov.role.holder"
    _inherit = ["gov.guard.mixin"]
    _description = "Holder of a Role"
    _order = "role_id, rank_sequence, id"
    _check_company_auto = True
    # The login decides: it follows the person and is nobody's to type.
    _protected_fields = frozenset({"user_id"})

    role_id = fields.Many2one(
        "gov.role", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Login",
        compute="_compute_user_id",
        store=True,
        index=True,
        help="Without a login the person cannot decide in the system.",
    )
    rank_sequence = fields.Integer(related="employee_id.rank_sequence", store=True)
    title = fields.Char(
        compute="_compute_title",
        store=True,
        readonly=False,
        help="As it stands, with the addition for acting heads.",
    )
    is_acting = fields.Boolean(string="Acting")
    date_from = fields.Date(
        required=True, default=lambda self: self.env.company.gov_today()
    )
    date_to = fields.Date(help="Last day of the holding; empty while it lasts.")

    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The last day lies before the first.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist ("
        "int4range(role_id, role_id, '[]') WITH &&, "
        "int4range(company_id, company_id, '[]') WITH &&, "
        "int4range(employee_id, employee_id, '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&)",
        "This person holds the role in that time already.",
    )

    @api.depends("employee_id.user_id")
    def _compute_user_id(self):
        for holder in self:
            holder.user_id = holder.employee_id.user_id

    @api.depends("employee_id")
    def _compute_title(self):
        for holder in self:
            employee = holder.employee_id
            holder.title = employee.official_title or employee.job_title

    @api.depends("employee_id", "title")
    def _compute_display_name(self):
        for holder in self:
            name = holder.employee_id.name or ""
            holder.display_name = f"{name} {holder.title}" if holder.title else name

    @api.model_create_multi
    def create(self, vals_list):
        holders = super().create(vals_list)
        holders._report_self_grant()
        holders._move_seats(holders.user_id)
        return holders

    def write(self, vals):
        who = {"employee_id", "role_id", "company_id", "date_from"}
        if who & set(vals):
            self._check_still_correctable()
        before, roles = self.user_id, self.role_id
        result = super().write(vals)
        if (who | {"date_to"}) & set(vals):
            self._report_self_grant()
            self._move_seats(before | self.user_id, roles)
        return result

    def _move_seats(self, users, roles=None):
        """Have the open seats follow the role."""
        self.env["gov.approval.seating"]._reseat_after(
            users, self.company_id, self.role_id | (roles or self.role_id)
        )

    def _check_still_correctable(self):
        """Refuse to rewrite who held what once the entry is a day old."""
        limit = fields.Datetime.now() - timedelta(days=1)
        for holder in self:
            if holder.create_date < limit:
                raise UserError(
                    self.env._(
                        "%(person)s: this holding was entered more than a day ago and "
                        "stays as it is. Give it a last day and enter a new one.",
                        person=holder.employee_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        for holder in self:
            if holder.date_from <= holder.company_id.gov_today():
                raise UserError(
                    self.env._(
                        "%(person)s holds the role since %(date)s. A holding that has "
                        "begun stays on record: give it a last day instead.",
                        person=holder.employee_id.name,
                        date=holder.date_from,
                    )
                )

    def _report_self_grant(self):
        """Open a finding for each holder that the current user gave to themselves."""
        if self.env.su:
            return
        for holder in self.filtered(lambda h: h.user_id == self.env.user):
            self.env["gov.finding"]._raise(
                "self_granted_role",
                holder,
                self.env._(
                    "%(user)s gave the role %(role)s to themselves.",
                    user=self.env.user.name,
                    role=holder.role_id.name,
                ),
                employee=holder.employee_id,
            )

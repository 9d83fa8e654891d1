from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.names import join_names


class GovRole(models.Model):
    """A function in the institution, such as leader for logistics or finance.

    Approval tiers name roles, never people; who holds a role from when to when stands
    in ``gov.role.holder``. Roles are not HR's jobs: one person may hold several, and a
    vacant role is normal life. Shipped roles are shared by all institutions of the
    database, their holders belong to one institution each. Everybody may read them,
    the approval administrator maintains them.
    """

    _name = "gov.role"
    _description = "Role in the Institution"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, index=True)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        help="Empty: the role exists in every institution of this database.",
    )
    department_id = fields.Many2one(
        "hr.department",
        check_company=True,
        ondelete="restrict",
        help="The section that the role belongs to. When nobody holds the role, a tier "
        "that names it goes to this section's head, then further up.",
    )
    description = fields.Text(translate=True)
    holder_ids = fields.One2many("gov.role.holder", "role_id", string="Holders")
    current_holders = fields.Char(compute="_compute_current_holders")
    is_vacant = fields.Boolean(
        string="Vacant",
        compute="_compute_current_holders",
        search="_search_is_vacant",
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "Another role of this institution has the same code.",
    )

    @api.depends("holder_ids.date_from", "holder_ids.date_to", "holder_ids.employee_id")
    @api.depends_context("company")
    def _compute_current_holders(self):
        holders = self._get_holders(self.env.company)
        by_role = holders.grouped("role_id")
        for role in self:
            # Names of role holders are known to all staff.
            names = by_role.get(role, holders.browse()).sudo().mapped("display_name")
            role.current_holders = join_names(self.env, names)
            role.is_vacant = not names

    @api.model
    def _search_is_vacant(self, operator, value):
        if operator != "in":
            return NotImplemented
        holders = self.env["gov.role.holder"].search(
            self._get_holder_domain(self.env.company)
        )
        held = Domain("id", "in", holders.role_id.ids)
        return ~held if True in value else held

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_holders(self):
        for role in self:
            if role.holder_ids:
                raise UserError(
                    self.env._(
                        "The role %(role)s has had holders and stays on record; "
                        "archive it instead.",
                        role=role.name,
                    )
                )

    @api.model
    def _get_holders_of(self, code, company):
        """Return who holds the role with ``code`` in ``company`` today."""
        return self.env["gov.role.holder"].search(
            self._get_holder_domain(company) & Domain("role_id.code", "=", code)
        )

    @api.model
    def _get_holder_domain(self, company, date=None):
        """Return the domain of who holds a role on ``date``; leavers hold none."""
        date = date or company.gov_today()
        return (
            Domain("company_id", "=", company.id)
            & Domain("employee_id.active", "=", True)
            & Domain("date_from", "<=", date)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", date))
        )

    def _get_holders(self, company, date=None):
        """Return the holders of these roles in ``company`` on ``date`` (today)."""
        return self.env["gov.role.holder"].search(
            self._get_holder_domain(company, date) & Domain("role_id", "in", self.ids)
        )

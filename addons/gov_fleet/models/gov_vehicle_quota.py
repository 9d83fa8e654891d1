from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .fleet_vehicle import USAGE_CLASSES


class GovVehicleQuota(models.Model):
    """How many vehicles of a class an institution may keep (车辆编制).

    As laid down by the authority over vehicles in the paper named in ``clause``. A row
    of a department limits that department; the row without one limits the class as a
    whole, or else the rows of its departments together. A class without a row has no
    vehicles, once the institution has entered any quota.

    Entered by the approval administrator. A row in force keeps what it says, except on
    the day of its entry: a new figure is a new row, the old one gets a last day.
    """

    _name = "gov.vehicle.quota"
    _description = "Vehicle Quota"
    _inherit = ["mail.thread"]
    _order = "company_id, usage_class, department_id, date_from desc, id desc"
    _check_company_auto = True

    _frozen_fields = frozenset(
        {"company_id", "usage_class", "department_id", "number", "date_from"}
    )

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    usage_class = fields.Selection(
        USAGE_CLASSES, string="Class", required=True, tracking=True
    )
    department_id = fields.Many2one(
        "hr.department", check_company=True, ondelete="restrict", tracking=True
    )
    number = fields.Integer(string="Vehicles allowed", required=True, tracking=True)
    clause = fields.Char(
        string="Laid down by",
        help="The paper of the authority over vehicles, with its number.",
    )
    date_from = fields.Date(
        string="In force from",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    date_to = fields.Date(string="In force until", tracking=True)
    held = fields.Integer(
        compute="_compute_held", help="Vehicles in service that count against it."
    )
    left = fields.Integer(compute="_compute_held")

    _number_check = models.Constraint(
        "CHECK (number >= 0 AND number < 100000)", "A quota is not negative."
    )
    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A quota cannot end before it begins.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist ("
        "int8range(hashtext(usage_class), hashtext(usage_class), '[]') WITH &&, "
        "int4range(company_id, company_id, '[]') WITH &&, "
        "int4range(coalesce(department_id, 0), coalesce(department_id, 0), '[]')"
        " WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&)",
        "Another quota of this class and department is in force on some of these days.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("usage_class", "department_id", "company_id", "number")
    def _compute_held(self):
        counts = self._count_held(self.company_id)
        for quota in self:
            quota.held = sum(
                count
                for (company, usage_class, department), count in counts.items()
                if company == quota.company_id
                and usage_class == quota.usage_class
                and (not quota.department_id or department == quota.department_id)
            )
            quota.left = quota.number - quota.held

    @api.model
    def _count_held(self, companies):
        """Return dict (company, class, department) → vehicles that count."""
        # sudo: how many vehicles there are is no secret to who reads the quota.
        groups = (
            self.env["fleet.vehicle"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", companies.ids),
                    ("gov_state", "=", "in_service"),
                    ("active", "=", True),
                    ("is_rented", "=", False),
                ],
                ["company_id", "usage_class", "department_id"],
                ["__count"],
            )
        )
        return {tuple(group[:3]): group[3] for group in groups}

    @api.depends("usage_class", "department_id", "number")
    def _compute_display_name(self):
        classes = dict(self._fields["usage_class"]._description_selection(self.env))
        for quota in self:
            parts = [classes.get(quota.usage_class), quota.department_id.name]
            name = " · ".join(filter(None, parts))
            quota.display_name = f"{name}: {quota.number}"

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, ("department_id",))
        # A row that was just ended makes room for the next one.
        self.flush_model(["date_from", "date_to"])
        return super().create(vals_list)

    def write(self, vals):
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), [vals], ("department_id",))
        if self._frozen_fields & set(vals):
            self._check_not_in_force()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        self._check_not_in_force()

    def _check_not_in_force(self):
        for quota in self:
            today = quota.company_id.gov_today()
            entered = quota.company_id._gov_local(
                quota.create_date or fields.Datetime.now()
            )
            if quota.date_from <= today and entered.date() < today:
                raise UserError(
                    self.env._(
                        "%(quota)s has been in force since %(day)s and stays as it is. "
                        "Give it a last day and enter a new one.",
                        quota=quota.display_name,
                        day=format_day(self.env, quota.date_from),
                    )
                )

    # ----------------------------------------------------------------------- rules

    @api.model
    def _in_force(self, company, day):
        """Return the rows of an institution that are in force on a day."""
        # sudo: the limit holds whether or not the user may read it.
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("date_from", "<=", day),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", day),
            ]
        )

    def _meet_rivals(self):
        """UPDATE the rows that whoever registers a vehicle shares."""
        if not self:
            return False
        self.flush_recordset(["number"])
        meet_rivals(self)
        return True

    @api.model
    def _find_excess(self, company, usage_class, department, extra, whole=True):
        """Return in words what is above the quota of a class, rivals waited for.

        :param company: institution.
        :param usage_class: class of the vehicle.
        :param department: its department, may be empty.
        :param extra: vehicles to come besides those in the count.
        :param whole: whether the class as a whole is looked at too.
        :return: list of sentences; none before the institution enters any quota.
        """
        quotas = self._in_force(company, company.gov_today())
        if not quotas:
            return []
        limits = quotas._get_limits(usage_class, department)
        quotas.filtered(lambda quota: quota.usage_class == usage_class)._meet_rivals()
        classes = dict(self._fields["usage_class"]._description_selection(self.env))
        self.env["fleet.vehicle"].flush_model()
        counts = self._count_held(company)
        problems = []
        for limited, number, clause in limits:
            if not limited and not whole:
                continue
            held = extra + sum(
                count
                for (_company, found, owner), count in counts.items()
                if found == usage_class and (not limited or owner == limited)
            )
            if held > number:
                problems.append(
                    self.env._(
                        "With it there are %(held)s vehicles of the class %(class)s"
                        "%(department)s, the quota is %(limit)s (%(clause)s).",
                        held=held,
                        department=self.env._(" in %s", limited.name)
                        if limited
                        else "",
                        limit=number,
                        clause=clause or self.env._("no quota was entered"),
                        **{"class": classes.get(usage_class, usage_class)},
                    )
                )
        return problems

    def _get_limits(self, usage_class, department):
        """Return the limits of a class on the rows of one day.

        :return: list of (department or empty, limit, clause).
        """
        rows = self.filtered(lambda quota: quota.usage_class == usage_class)
        whole = rows.filtered(lambda quota: not quota.department_id)
        own = rows.filtered(
            lambda quota: quota.department_id and quota.department_id == department
        )
        none = self.env["hr.department"]
        if whole:
            limits = [(none, whole[:1].number, whole[:1].clause)]
        else:
            limits = [(none, sum(rows.mapped("number")), rows[:1].clause)]
        if own:
            limits.append((own.department_id, own[:1].number, own[:1].clause))
        return limits

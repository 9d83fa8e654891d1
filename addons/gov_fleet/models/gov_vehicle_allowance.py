from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.tools.input_check import (
    check_plain_values,
    check_records_exist,
)


class GovVehicleAllowance(models.Model):
    """Who draws a transport allowance (公务交通补贴), from when to when.

    Whoever draws it goes on their own in the area it covers; a request there is warned
    about, and decided by the chain all the same. The manager of official vehicles
    keeps the list; no sum stands in it.
    """

    _name = "gov.vehicle.allowance"
    _description = "Transport Allowance"
    _order = "employee_id, date_from desc"
    _rec_name = "employee_id"
    _check_company_auto = True

    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    date_to = fields.Date(string="Until", help="Empty: until further notice.")
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The last day lies before the first.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        return super().write(vals)

    @api.model
    def _check_input(self, vals_list):
        for vals in vals_list:
            if not isinstance(vals, dict):
                raise UserError(self.env._("These values are not possible here."))
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, ("employee_id", "company_id"))

    @api.model
    def _get_drawing(self, employees, days):
        """Return who of ``employees`` draws the allowance, by one query.

        :param employees: hr.employee records.
        :param days: iterable of dates.
        :return: set of (employee id, day).
        """
        days = {day for day in days if day}
        if not employees or not days:
            return set()
        domain = (
            Domain("employee_id", "in", employees.ids)
            & Domain("date_from", "<=", max(days))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", min(days)))
        )
        # sudo: a reader of the request is warned; nothing else of the list is shown.
        rows = self.sudo().search(domain)
        return {
            (row.employee_id.id, day)
            for row in rows
            for day in days
            if row.date_from <= day and (not row.date_to or day <= row.date_to)
        }

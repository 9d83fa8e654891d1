from odoo import api, fields, models

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)


class GovPointsRecusal(models.Model):
    """Somebody who has nothing to do with a case, and why (回避).

    A handler or member who is close to a person concerned neither reads nor acts.
    Written by officers while the case is open; the others of the case are parties by
    themselves, see ``gov.points.case.own``.
    """

    _name = "gov.points.recusal"
    _description = "Recusal in a Conduct Case"
    _order = "id"
    _rec_name = "employee_id"
    _check_company_auto = True

    case_id = fields.Many2one(
        "gov.points.case",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="case_id.company_id", store=True, index=True, string="Institution"
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Recused",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    reason = fields.Char(
        required=True, help="For example: related to a person concerned."
    )

    _employee_uniq = models.Constraint(
        "UNIQUE (case_id, employee_id)", "This person is recused already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        self._check_input(vals_list)
        recusals = super().create(vals_list)
        if not is_engine(self.env):
            recusals.case_id._check_may_add()
        recusals.case_id._check_not_party_each()
        return recusals

    def write(self, vals):
        self._check_input([vals])
        self._check_open()
        result = super().write(vals)
        self.case_id._check_not_party_each()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_way(self):
        self._check_open()

    @api.model
    def _check_input(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
            if "case_id" in vals and self:
                self.env["gov.points.case"]._guard_refuse({"recusal_ids"})
        check_records_exist(self.browse(), vals_list, ("case_id", "employee_id"))

    def _check_open(self):
        if not is_engine(self.env):
            self.case_id._check_may_edit()
            self.case_id._check_open_now()

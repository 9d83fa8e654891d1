from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine


class HrEmployee(models.Model):
    """The review date, from which the scoring cycles of a person run.

    Leaving closes the running cycle; coming back before its end opens it again.
    Whoever has a scoring record is archived, never deleted.
    """

    _inherit = "hr.employee"

    points_review_date = fields.Date(
        string="Review date",
        groups="gov_points.group_points_hr,hr.group_hr_user",
        # Fetched with the name of a colleague it would be refused to who is not in HR.
        prefetch=False,
        help="The scoring cycles of the person begin on this day of the year. Without "
        "it the day of hiring counts. A change leaves the running cycle as it is.",
    )

    def write(self, vals):
        before = {employee: employee.company_id for employee in self}
        result = super().write(vals)
        # sudo: the cycle follows whatever was just written with due rights.
        cycles, people = self.env["gov.points.cycle"].sudo(), self.sudo()
        if "active" in vals:
            cycles._follow_leaving(people, returned=vals["active"] is True)
        if "company_id" in vals:
            cycles._follow_move(people.filtered(lambda e: e.company_id != before[e]))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_scored(self):
        # sudo: only whether there is a record is asked.
        cycles = self.env["gov.points.cycle"].sudo().with_context(active_test=False)
        cycles = cycles.search([("employee_id", "in", self.ids)])
        for cycle in cycles:
            if cycle.entry_ids or cycle.closing_ids:
                raise UserError(
                    self.env._(
                        "%(person)s has a scoring record and cannot be deleted. "
                        "Archive the person instead.",
                        person=cycle.employee_id.name,
                    )
                )
        # What was opened and never used goes with the person.
        engine(cycles).unlink()

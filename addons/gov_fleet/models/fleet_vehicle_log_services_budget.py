from odoo import models

from odoo.addons.gov_base.models.gov_guard import engine


class FleetVehicleLogServices(models.Model):
    """Repair is paid from the department's budget for official vehicles.

    The line of the economic item 30231 of the applicant's department is named at
    submission and the sum set aside; the accepted bill is booked as used.
    """

    _name = "fleet.vehicle.log.services"
    _inherit = ["fleet.vehicle.log.services", "gov.budget.mixin"]

    def _budget_wanted(self):
        self.ensure_one()
        if not self.budget_line_id:
            return {}
        if self.accepted_at:
            # The bill of the order holds what its supplements have cost.
            return {self.budget_line_id: (0, self.amount_billed)}
        return {self.budget_line_id: (self.amount_for_approval, 0)}

    def _budget_find_line(self):
        """Return the budget line that pays for this order, or none."""
        lines = self.env["gov.budget.line"]
        return lines._find_lines(
            # sudo: only where the applicant works is read.
            self.employee_id.sudo()._gov_department(),
            self.env.ref("gov_logistics.budget_item_30231"),
            self.company_id.gov_today().year,
            self.company_id,
        )._pick()

    def _budget_lines_shown(self):
        if self.order_kind and self.approval_state == "draft":
            # Before submission: the line that it would get.
            return self._budget_find_line()
        return super()._budget_lines_shown()

    # ------------------------------------------------------------- approval hooks

    def _approval_check_submit(self):
        result = super()._approval_check_submit()
        if self.company_id.gov_budget_on:
            # sudo: who submits has been checked; the line follows from the section.
            matter = engine(self.sudo())
            matter.budget_line_id = matter._budget_find_line()
            matter._budget_review()
        return result

    def _approval_after_submit(self):
        result = super()._approval_after_submit()
        self._budget_sync()
        return result

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        self._budget_sync()
        return result

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        self._budget_sync()
        return result

    def _finish(self, when):
        result = super()._finish(when)
        for order in self.supplement_ids | self:
            if order.budget_line_id:
                order._budget_sync()
        return result

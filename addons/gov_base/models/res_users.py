from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = self._gov_write(vals)
        if "active" in vals:
            # Whoever loses the account loses the seat; the post may have another one.
            people = self.sudo()
            self.env["gov.approval.seating"]._reseat_after(people, people.company_ids)
        return result

    def _gov_write(self, vals):
        if self.env.user not in self or vals.keys().isdisjoint({"group_ids", "role"}):
            return super().write(vals)
        groups = self.env["res.groups"]
        before = groups._gov_roles_held()
        result = super().write(vals)
        groups._gov_report_self_grant(before)
        return result

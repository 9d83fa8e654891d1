from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        own_rights = self.env.user in self and not vals.keys().isdisjoint(
            {"group_ids", "role"}
        )
        groups = self.env["res.groups"]
        before = groups._gov_roles_held() if own_rights else None
        result = super().write(vals)
        if own_rights:
            groups._gov_report_self_grant(before)
        if "active" in vals:
            # Whoever loses the account loses the seat; the post may have another one.
            people = self.sudo()
            self.env["gov.approval.seating"]._reseat_after(people, people.company_ids)
        return result

from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        if self.env.user not in self or vals.keys().isdisjoint({"group_ids", "role"}):
            return super().write(vals)
        groups = self.env["res.groups"]
        before = groups._gov_roles_held()
        result = super().write(vals)
        groups._gov_report_self_grant(before)
        return result

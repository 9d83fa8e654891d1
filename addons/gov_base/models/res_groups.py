from odoo import SUPERUSER_ID, api, models


class ResGroups(models.Model):
    """Whoever gives themselves one of the suite's roles opens a finding."""

    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        before = self._gov_roles_held()
        groups = super().create(vals_list)
        self._gov_report_self_grant(before)
        return groups

    def write(self, vals):
        before = self._gov_roles_held()
        result = super().write(vals)
        self._gov_report_self_grant(before)
        return result

    @api.model
    def _gov_roles_held(self):
        """Return the suite's roles that the current user holds.

        Installation and upgrade run as superuser and are not looked at; neither is
        a change that leaves the current user out.
        """
        if self.env.uid == SUPERUSER_ID:
            return None
        category = self.env.ref("gov_base.module_category_gov", False)
        # sudo: reads which groups the current user is in, nothing else.
        return self.env.user.sudo().all_group_ids.filtered(
            lambda group: group.privilege_id.category_id == category
        )

    @api.model
    def _gov_report_self_grant(self, before):
        if before is None:
            return
        gained = self._gov_roles_held() - before
        if not gained:
            return
        self.env["gov.finding"]._raise(
            "self_granted_role",
            self.env.user,
            self.env._(
                "%(user)s gave themselves: %(roles)s.",
                user=self.env.user.name,
                roles=gained.mapped("full_name"),
            ),
            severity="serious",
        )

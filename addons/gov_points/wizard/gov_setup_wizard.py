from odoo import api, models

# Roles without whose holders nobody can be scored.
_ROLES = ("points_officer", "points_office_head", "points_group", "head", "committee")


class GovSetupWizard(models.TransientModel):
    """What conduct scoring still lacks."""

    _inherit = "gov.setup.wizard"

    @api.model
    def _get_checks(self, company):
        return super()._get_checks(company) + self._get_points_checks(company)

    @api.model
    def _get_points_checks(self, company):
        return [
            self._check_points_scheme(company),
            self._check_points_roles(company),
            self._check_points_officers(company),
        ]

    @api.model
    def _check_points_scheme(self, company):
        schemes = self.env["gov.points.scheme"]._get_for(company.gov_today(), company)
        # sudo: names of released rulebooks, which all staff may read.
        names = schemes.sudo().mapped("display_name")
        return {
            "name": self.env._("Conduct scoring: a rulebook in force"),
            "ok": bool(schemes),
            "names": names,
            "text": self.env._("No rulebook is released and in force today."),
            "place": "gov_points.gov_points_scheme_action",
        }

    @api.model
    def _check_points_roles(self, company):
        roles = self.env["gov.role"].search(
            [("code", "in", _ROLES), ("company_id", "in", [company.id, False])]
        )
        vacant = roles - roles._get_holders(company).role_id
        return {
            "name": self.env._("Conduct scoring: roles without a holder"),
            "ok": not vacant,
            "names": vacant.mapped("name"),
            "place": "gov_points.gov_points_role_action",
        }

    @api.model
    def _check_points_officers(self, company):
        """Two officers decide small scores on the spot: both need a login."""
        roles = self.env["gov.role"].search(
            [("code", "=", "points_officer"), ("company_id", "in", [company.id, False])]
        )
        count = len(roles._get_holders(company).user_id)
        return {
            "name": self.env._("Conduct scoring: two officers with a login"),
            "ok": count > 1,
            "text": self.env._(
                "Two scoring officers decide one and two points on the spot; %s with "
                "a login.",
                count,
            ),
            "place": "gov_points.gov_points_role_action",
        }

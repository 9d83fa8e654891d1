from odoo import fields, models


class MaintenanceTeam(models.Model):
    """Teams of repairers: what they do and where."""

    _inherit = "maintenance.team"

    service_group_ids = fields.Many2many(
        "gov.service.group",
        "gov_service_group_team_rel",
        "team_id",
        "group_id",
        string="Trades",
        help="Groups of services that this team does.",
    )
    buildings = fields.Char(
        help="Buildings that this team serves, with commas between; empty: all.",
    )
    phone = fields.Char()
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        ondelete="set null",
        index="btree_not_null",
        help="Whose people they are; empty: our own. What they finish is metered on "
        "the vendor's contract too.",
    )

    def _serves_building(self, building):
        """Tell whether the team serves ``building``; without buildings it serves all.

        :param building: name of a building, or empty.
        """
        self.ensure_one()
        names = (self.buildings or "").replace("，", ",").replace("、", ",").split(",")
        names = {name.strip() for name in names if name.strip()}
        return not names or (building or "").strip() in names

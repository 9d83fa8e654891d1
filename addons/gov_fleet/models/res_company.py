import pytz

from odoo import fields, models


class ResCompany(models.Model):
    """What an institution sets for its official vehicles."""

    _inherit = "res.company"

    # ----------------------------------------------------------------- vehicles

    fleet_keeper_id = fields.Many2one(
        "res.users",
        string="Told of dates of vehicles",
        domain=[("share", "=", False)],
        help="Is told before inspection, insurance, a licence or a rental lapses, "
        "unless the vehicle has a manager of its own.",
    )
    fleet_phone = fields.Char(
        string="Phone of the dispatch office",
        help="Stands on trip slips and in messages to drivers and users.",
    )

    # ----------------------------------------------------------------- requests

    fleet_intake_id = fields.Many2one(
        "res.users",
        string="Takes requests of served units",
        domain=[("share", "=", False)],
        help="The dispatcher in whose name requests from the portal come in; empty: "
        "the first one.",
    )

    def _gov_local(self, moment):
        """Return a moment stored in UTC on the institution's clock, naive."""
        zone = self._gov_zone()
        return pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)

from odoo import fields, models


class ResPartner(models.Model):
    """Units that the centre serves (服务单位), with their liaisons as contacts."""

    _inherit = "res.partner"

    is_served_unit = fields.Boolean(
        string="Served unit",
        help="Orders services here; its contacts with a portal account report, follow "
        "and confirm for it.",
    )

    def _get_served_unit(self):
        """Return the served unit that this contact speaks for; may be empty."""
        self.ensure_one()
        # sudo: the chain of parents of the contact, nothing else.
        partner = self.sudo()
        while partner and not partner.is_served_unit:
            partner = partner.parent_id
        return partner

from odoo import fields, models


class MaintenanceEquipment(models.Model):
    """Devices stand in a room, whose rules of secrecy hold for their requests too."""

    _inherit = "maintenance.equipment"

    room_id = fields.Many2one(
        "gov.room", check_company=True, index="btree_not_null", ondelete="set null"
    )

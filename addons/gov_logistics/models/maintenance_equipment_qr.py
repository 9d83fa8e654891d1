import secrets

from odoo import fields, models

from odoo.addons.gov_base.models.gov_guard import engine


class MaintenanceEquipment(models.Model):
    """Devices have a QR code to report by, unless they stand in a secret room."""

    _name = "maintenance.equipment"
    _inherit = ["maintenance.equipment", "gov.guard.mixin"]

    _protected_fields = frozenset({"qr_token"})

    qr_token = fields.Char(
        string="QR code",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="gov_logistics.group_service_desk",
    )

    def _ensure_qr_token(self):
        """Draw the missing codes, at the printing of the first label."""
        # sudo: the code is the server's own draw; who prints it reads the device.
        for device in engine(self.sudo()):
            if not device.qr_token and not device.room_id.is_secret:
                device.qr_token = secrets.token_urlsafe(18)

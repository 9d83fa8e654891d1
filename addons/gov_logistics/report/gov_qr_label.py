from odoo import api, models
from odoo.exceptions import UserError

_PER_PAGE = 10


class GovQrLabelMixin(models.AbstractModel):
    """What a sheet of QR labels shows: ten on a page, none for a secret room."""

    _name = "gov.qr.label.mixin"
    _description = "QR Labels"

    @api.model
    def _get_label_values(self, docs, rooms):
        """Return the values of the sheet.

        :param docs: rooms or devices, readable to the user.
        :param rooms: the room of each of them, in the same order; may be empty.
        :raise UserError: none of them may have a label.
        """
        if not self.env.user.has_group("gov_logistics.group_service_desk"):
            raise UserError(self.env._("QR labels are printed by the service desk."))
        labels = []
        for doc, room in zip(docs, rooms, strict=True):
            # sudo: the service desk prints the code, and the telephone is public.
            token = doc.sudo().qr_token
            if not token or room.sudo().is_secret:
                continue
            company = (doc.company_id or self.env.company).sudo()
            url = f"{doc.get_base_url()}/repair/{token}"
            labels.append(
                {
                    "name": doc.display_name,
                    "place": room.display_name if room != doc else self._get_floor(doc),
                    "unit": company.name,
                    "phone": company.service_phone or "",
                    "image": self.env["gov.paper"].qr_image(url),
                }
            )
        if not labels:
            raise UserError(
                self.env._("None of these has a label: secret rooms have no QR code.")
            )
        pages = [
            labels[start : start + _PER_PAGE]
            for start in range(0, len(labels), _PER_PAGE)
        ]
        return {"docs": docs, "pages": pages, "skipped": len(docs) - len(labels)}

    @api.model
    def _get_floor(self, room):
        """Return the floor as it is written on a door: a bare figure says nothing."""
        floor = (room.floor or "").strip()
        if floor.lstrip("-").isdecimal():
            return self.env._("Floor %(floor)s", floor=floor)
        return floor


class ReportRoomLabel(models.AbstractModel):
    """Labels of rooms, halls and walls."""

    _name = "report.gov_logistics.report_room_label"
    _description = "QR Labels of Rooms"
    _inherit = ["gov.qr.label.mixin"]

    @api.model
    def _get_report_values(self, docids, data=None):
        rooms = self.env["gov.room"].browse(docids)
        return self._get_label_values(rooms, rooms)


class ReportEquipmentLabel(models.AbstractModel):
    """Labels of devices; a code is drawn with the first label."""

    _name = "report.gov_logistics.report_equipment_label"
    _description = "QR Labels of Devices"
    _inherit = ["gov.qr.label.mixin"]

    @api.model
    def _get_report_values(self, docids, data=None):
        devices = self.env["maintenance.equipment"].browse(docids)
        devices.check_access("read")
        if self.env.user.has_group("gov_logistics.group_service_desk"):
            devices._ensure_qr_token()
        return self._get_label_values(devices, [device.room_id for device in devices])

from odoo import api, models
from odoo.exceptions import UserError

_MODEL = "maintenance.request"


class IrAttachment(models.Model):
    """No pictures with requests about a secret room, whichever way they come."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._check_no_secret_photo()
        return attachments

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint({"res_model", "res_id", "mimetype"}):
            self._check_no_secret_photo()
        return result

    def _check_no_secret_photo(self):
        """Refuse images and films on a request about a secret room."""
        pictures = self.filtered(
            lambda file: (
                file.res_model == _MODEL
                and file.res_id
                and (file.mimetype or "").startswith(("image/", "video/"))
            )
        )
        if not pictures:
            return
        # sudo: only whether the room is secret.
        requests = self.env[_MODEL].sudo().browse(pictures.mapped("res_id")).exists()
        for request in requests:
            if request._is_secret():
                raise UserError(
                    self.env._(
                        "%(room)s is a secret room: no photo is taken there.",
                        room=request._get_room().display_name,
                    )
                )

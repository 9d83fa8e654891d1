from odoo import fields, models


class GovVehicleNote(models.TransientModel):
    """Note how a request that was entered for a caller was confirmed."""

    _name = "gov.vehicle.note"
    _description = "Note on a Vehicle Request"

    request_id = fields.Many2one("gov.vehicle.request", required=True)
    note = fields.Char(
        string="By whom, how and when", help="E.g. Ren Liaison, by phone, 16:40"
    )

    def action_note(self):
        """Write the note down.

        :return: an action that closes the window.
        :raise UserError: as ``action_note_confirmation``.
        """
        self.ensure_one()
        self.request_id.action_note_confirmation(self.note)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models
from odoo.exceptions import UserError

# kind: method of the request that takes the text
_METHODS = {
    "confirm": "action_note_confirmation",
    "rest": "action_close_rest",
    "filing": "action_note_filing",
}


class GovVehicleNote(models.TransientModel):
    """One line of text about a request: a confirmation, the rest, the filing."""

    _name = "gov.vehicle.note"
    _description = "Note on a Car Request"

    request_id = fields.Many2one("gov.vehicle.request", required=True)
    kind = fields.Selection(
        [
            ("confirm", "How was it confirmed?"),
            ("rest", "Why is the rest not sent?"),
            ("filing", "Number of the filing"),
        ],
        required=True,
        default="confirm",
    )
    note = fields.Char(string="Text")

    def action_note(self):
        """Hand the text to the request.

        :return: an action that closes the window.
        :raise UserError: as the method of the request.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        getattr(self.request_id, _METHODS[self.kind])(self.note)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models


class GovPointsLastDay(models.TransientModel):
    """Asks for the last day of a released rulebook."""

    _name = "gov.points.last.day"
    _description = "Last Day of a Rulebook"

    scheme_id = fields.Many2one(
        "gov.points.scheme", string="Rulebook", required=True, ondelete="cascade"
    )
    date_to = fields.Date(
        string="In force until", help="Empty: until another version follows."
    )

    def action_apply(self):
        """Give the rulebook that day as its last.

        :return: the action that closes the dialog.
        :raise UserError: see ``gov.points.scheme.action_set_last_day``.
        """
        for dialog in self:
            dialog.scheme_id.action_set_last_day(dialog.date_to)
        return {"type": "ir.actions.act_window_close"}

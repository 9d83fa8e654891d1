from odoo import fields, models


class GovFuelTopupBook(models.TransientModel):
    """Asks for day and receipt of a top-up, then books it."""

    _name = "gov.fuel.topup.book"
    _description = "Book a Top-up"

    topup_id = fields.Many2one("gov.fuel.topup", required=True, readonly=True)
    date = fields.Date(
        string="Charged on",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    receipt = fields.Char(help="Number of the slip, if there is one.")

    def action_confirm(self):
        """Book the top-up; it checks person and state itself.

        :return: an action that closes the dialog.
        """
        self.ensure_one()
        self.topup_id.action_book(self.receipt or "", self.date)
        return {"type": "ir.actions.act_window_close"}

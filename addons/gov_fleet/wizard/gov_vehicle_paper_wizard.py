from odoo import fields, models


class GovVehiclePaperWizard(models.TransientModel):
    """Takes in signed paper: a monthly log, or the slip of a duty departure."""

    _name = "gov.vehicle.paper.wizard"
    _description = "Signed Paper"

    sheet_id = fields.Many2one("gov.vehicle.log.sheet", ondelete="cascade")
    order_id = fields.Many2one("gov.vehicle.duty.order", ondelete="cascade")
    person = fields.Char(string="Signed by")
    signed_on = fields.Date(
        string="Signed on", default=lambda self: self.env.company.gov_today()
    )
    book = fields.Char(string="Register")
    page = fields.Char()
    scan = fields.Binary(attachment=False, help="PDF, JPEG or PNG, up to 10 MB.")
    scan_name = fields.Char(string="File")

    def action_done(self):
        """Hand the paper to its matter, which looks at it.

        :return: an action that closes the dialog.
        """
        self.ensure_one()
        if self.sheet_id:
            self.sheet_id.action_sign_paper(
                self.person, self.signed_on, self.scan, self.scan_name
            )
        elif self.order_id:
            self.order_id.action_paper(self.book, self.page, self.scan, self.scan_name)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models
from odoo.exceptions import UserError


class GovServiceComplaintResult(models.TransientModel):
    """The dialog for the result of an examination; the complaint does the checks."""

    _name = "gov.service.complaint.result"
    _description = "Result of a Complaint"

    complaint_id = fields.Many2one(
        "gov.service.complaint", required=True, readonly=True, ondelete="cascade"
    )
    facts = fields.Text(related="complaint_id.facts")
    outcome = fields.Selection(
        [("verify", "The complaint is true"), ("dismiss", "It is unfounded")],
        required=True,
        default="verify",
    )
    result = fields.Text(
        string="What was found, what is done",
        required=True,
    )

    def action_apply(self):
        """Close the complaint with this result.

        :return: an action that closes the dialog.
        :raise UserError: as ``gov.service.complaint.action_verify``.
        """
        self.ensure_one()
        steps = {
            "verify": self.complaint_id.action_verify,
            "dismiss": self.complaint_id.action_dismiss,
        }
        if self.outcome not in steps:
            raise UserError(self.env._("Choose what the examination found."))
        steps[self.outcome](self.result)
        return {"type": "ir.actions.act_window_close"}

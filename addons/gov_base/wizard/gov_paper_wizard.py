from odoo import fields, models
from odoo.exceptions import UserError


class GovPaperWizard(models.TransientModel):
    """Ask for the words of a dispute, or for the signed paper of an urgent matter."""

    _name = "gov.paper.wizard"
    _description = "Paper Dialog"

    mode = fields.Selection(
        [("dispute", "Dispute"), ("urgent", "Hand in the paper")],
        required=True,
        readonly=True,
    )
    model = fields.Char(readonly=True)
    res_id = fields.Integer(readonly=True)
    offline_id = fields.Many2one("gov.approval.offline", readonly=True)
    text = fields.Text()
    scan = fields.Binary()
    scan_name = fields.Char(string="File")

    def action_apply(self):
        """Hand over what was typed to the method that checks who may do what.

        :return: the client action that closes the dialog.
        :raise UserError: when no matter is named, and as the method itself.
        """
        self.ensure_one()
        if self.mode == "dispute":
            self.offline_id.action_dispute(self.text)
        else:
            names = self.env["gov.matter.part"]._get_matter_models()
            if self.model not in names:
                raise UserError(self.env._("Choose a matter first."))
            content = self.with_context(bin_size=False).scan
            matter = self.env[self.model].browse(self.res_id)
            matter.action_paper_urgent(content, self.text or "")
        return {"type": "ir.actions.act_window_close"}

from odoo import Command, api, fields, models


class GovSupplySignWizard(models.TransientModel):
    """One signature for many approved requests of one department."""

    _name = "gov.supply.sign.wizard"
    _description = "One Signature for Many Requests"
    _inherit = ["gov.supply.sign.mixin"]

    request_ids = fields.Many2many("gov.supply.request", required=True)
    summary = fields.Text(string="Handed out", compute="_compute_summary")
    line_ids = fields.One2many(
        "gov.supply.sign.line", "wizard_id", string="Old for new"
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        requests = self.env["gov.supply.request"].browse(
            self.env.context.get("default_request_ids") or []
        )
        if "receiver_id" in fields and len(requests.beneficiary_id) == 1:
            values["receiver_id"] = requests.beneficiary_id.id
        if "line_ids" in fields:
            values["line_ids"] = [
                Command.create({"request_line_id": line.id})
                for line in requests.line_ids
                if line.old_for_new and line.qty_open > 0
            ]
        return values

    @api.depends("request_ids")
    def _compute_summary(self):
        for wizard in self:
            wizard.summary = "\n".join(
                f"{request.display_name}: {request.line_summary}"
                for request in wizard.request_ids
            )

    def _get_sign_request(self):
        return self.request_ids[:1]

    def action_confirm(self):
        """Hand out all these requests.

        :return: an action that closes the dialog.
        :raise UserError: as ``gov.supply.request.action_issue_together``.
        """
        self.ensure_one()
        self._check_own()
        requests = self.request_ids.sorted("id")
        requests._check_together()
        evidence = self._take_evidence(requests[:1])
        old_items = {
            line.request_line_id.id: line._get_old_item() for line in self.line_ids
        }
        requests._issue_together(evidence, old_items)
        return {"type": "ir.actions.act_window_close"}

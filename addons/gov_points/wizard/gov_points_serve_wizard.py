from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.gov_points_service import METHODS

# Papers that are served on a person.
_MODELS = ("gov.points.notice", "gov.points.appeal")


class GovPointsServeWizard(models.TransientModel):
    """Ask for what the record of service needs: signature, scan or two witnesses."""

    _name = "gov.points.serve.wizard"
    _description = "Service of a Paper"

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_paper")
    paper_text = fields.Html(compute="_compute_paper", sanitize=False)
    method = fields.Selection(METHODS, required=True, readonly=True, default="app")
    received_on = fields.Date(default=lambda self: self.env.company.gov_today())
    signature = fields.Binary()
    scan = fields.Binary(string="Scan of the signed receipt")
    scan_name = fields.Char()
    # The public side of employees: who signs or serves need not be of personnel.
    witness_ids = fields.Many2many("hr.employee.public", string="Two witnesses")
    place = fields.Char()
    served_at = fields.Char(string="Time")
    text = fields.Text(
        string="What was said, how the paper was left",
        help="Who handed it over, what the person said, where the paper was left.",
    )
    photo = fields.Binary()

    @api.depends("model", "res_id")
    def _compute_paper(self):
        for wizard in self:
            paper = wizard._get_paper()
            wizard.company_id = paper.company_id
            wizard.paper_text = False
            if paper:
                wizard.paper_text = self.env["ir.qweb"]._render(
                    "gov_points.serve_summary", {"doc": paper, "model": paper._name}
                )

    def _get_paper(self):
        """Return the paper with the current user's rights; none for another model."""
        self.ensure_one()
        if self.model not in _MODELS:
            return self.env[_MODELS[0]].browse()
        return self.env[self.model].browse(self.res_id).exists()

    def action_confirm(self):
        """Record the service.

        :return: the client action that closes the dialog.
        :raise UserError: as the paper's own methods.
        """
        self.ensure_one()
        paper = self._get_paper()
        if not paper:
            raise UserError(self.env._("Choose a paper first."))
        wizard = self.with_context(bin_size=False)
        if self.method == "app":
            paper.action_sign(wizard.signature)
        elif self.method == "paper":
            paper.action_serve_paper(self.received_on, wizard.scan, self.scan_name)
        else:
            paper.action_serve_refused(
                self.received_on,
                self.witness_ids.ids,
                self.place or "",
                self.text or "",
                self.served_at,
                wizard.photo,
            )
        return {"type": "ir.actions.act_window_close"}

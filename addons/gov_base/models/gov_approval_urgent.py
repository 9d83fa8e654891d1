from odoo import api, fields, models

from ..tools.days import format_day
from .gov_guard import engine


class GovApprovalUrgent(models.Model):
    """The paper that an urgent matter still owes (急办后补).

    Written by the engine alone: one row per submission of an urgent matter, with the
    day until which the signed paper is due. ``action_paper_urgent`` of the matter ends
    it; otherwise the job opens a finding.
    """

    _name = "gov.approval.urgent"
    _description = "Paper of an Urgent Matter"
    _inherit = ["gov.matter.part"]
    _order = "deadline, id"
    _rec_name = "matter_name"

    deadline = fields.Date(string="Paper due on", required=True, readonly=True)
    state = fields.Selection(
        [
            ("open", "Paper due"),
            ("papered", "Papered"),
            ("ended", "Not needed any more"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    reason = fields.Char(string="Why it is urgent", readonly=True)
    scan = fields.Binary(attachment=True, readonly=True)
    scan_name = fields.Char(string="File", readonly=True)
    scan_sha256 = fields.Char(string="Fingerprint of the scan", readonly=True)
    note = fields.Text(readonly=True)
    papered_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    papered_at = fields.Datetime(readonly=True)
    is_reported = fields.Boolean(readonly=True)

    _matter_idx = models.Index("(model, res_id)")
    _one_open = models.UniqueIndex(
        "(model, res_id) WHERE state = 'open'",
        "The paper of this matter is due already.",
    )

    @api.model
    def _get_open(self, matter):
        """Return the row of the paper that ``matter`` owes, if any."""
        # Only the row of a matter that the caller has checked is read.
        return engine(self.sudo()).search(
            [
                ("model", "=", matter._name),
                ("res_id", "=", matter.id),
                ("state", "=", "open"),
            ],
            limit=1,
        )

    @api.model
    def _cron_unpapered(self):
        """Open a finding for each urgent matter whose paper is overdue, once."""
        rows = engine(self.sudo())
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            domain = [
                ("state", "=", "open"),
                ("is_reported", "=", False),
                ("deadline", "<", company.gov_today()),
                ("company_id", "=", company.id),
            ]
            while chunk := rows.search(domain, limit=100, order="id"):
                for row in chunk:
                    row._report_unpapered()
                if not self.env["ir.cron"]._commit_progress(len(chunk)):
                    return

    def _report_unpapered(self):
        """Report the matter, unless it is no longer on its way."""
        matter = self.env[self.model].browse(self.res_id).exists()
        if not matter or matter.approval_state in ("draft", "rejected", "cancelled"):
            self.state = "ended"
            return
        self.is_reported = True
        self.env["gov.finding"]._raise(
            "urgent_not_papered",
            matter,
            self.env._(
                "The signed paper was due on %s.",
                format_day(self.env, self.deadline),
            ),
        )

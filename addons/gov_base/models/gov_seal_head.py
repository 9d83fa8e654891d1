from odoo import api, fields, models


class GovSealHead(models.Model):
    """Where a chain ends: one row per company and chain, on which all linkers meet.

    Written by :meth:`GovSeal._link_chain` alone; supervision reads it.
    """

    _name = "gov.seal.head"
    _inherit = ["gov.guard.mixin"]
    _description = "Chain of Seals"
    _order = "company_id, chain"
    _rec_name = "chain"
    _log_access = False
    _allow_sudo_commands = False
    _engine_only = True

    chain = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    sequence = fields.Integer(string="Links", required=True, readonly=True)
    hash = fields.Char(string="Hash of the Last Link", required=True, readonly=True)
    linked_at = fields.Datetime(string="Last Link On", readonly=True)
    label = fields.Char(string="Kind of Record", compute="_compute_label")

    _chain_uniq = models.UniqueIndex("(company_id, chain)")

    @api.depends("chain")
    @api.depends_context("lang")
    def _compute_label(self):
        labels = self.env["gov.seal"]._chain_labels()
        for head in self:
            head.label = labels.get(head.chain, head.chain)

    def action_verify(self):
        """Verify this chain and show the result."""
        self.ensure_one()
        wizard = self.env["gov.seal.verify"].create(
            {"chain": self.chain, "company_id": self.company_id.id}
        )
        return wizard.action_verify()

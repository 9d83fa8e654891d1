from odoo import fields, models


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

    _chain_uniq = models.UniqueIndex("(company_id, chain)")

from odoo import fields, models


class GovApprovalDecision(models.Model):
    """One decision on a matter, written once and sealed.

    Tier, clause, post, opinion and amount stand as they were; the row survives return,
    restart, cancel and the deletion of the rule. Decisions are written by the engine
    alone and readable by whoever may read the matter.
    """

    _name = "gov.approval.decision"
    _description = "Approval Decision"
    _inherit = ["gov.matter.part", "gov.seal.mixin"]
    _order = "id"
    _rec_name = "tier_name"
    _seal_chain = "decision"
    _seal_schema = 1
    _seal_on_create = True
    _sealed_fields = (
        "model",
        "res_id",
        "company_id",
        "round",
        "tier_name",
        "rule_citation",
        "decider_id",
        "on_behalf_of_id",
        "post",
        "outcome",
        "comment",
        "decided_at",
        "recorded_at",
        "channel",
        "amount",
    )

    round = fields.Integer(required=True, readonly=True)
    step_id = fields.Many2one(
        "gov.approval.step", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    tier_name = fields.Char(string="Tier", required=True, readonly=True)
    rule_citation = fields.Char(string="Clause", readonly=True)
    decider_id = fields.Many2one(
        "res.users",
        string="Decided by",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    on_behalf_of_id = fields.Many2one(
        "res.users", string="On behalf of", readonly=True, ondelete="restrict"
    )
    post = fields.Char(readonly=True, help="The title of the decider as it stood.")
    outcome = fields.Selection(
        [
            ("approved", "Agreed"),
            ("checked", "Checked"),
            ("rejected", "Rejected"),
            ("returned", "Returned"),
            ("held", "Put on hold"),
            ("skipped", "Passed"),
            ("withdrawn", "Withdrawn"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
    )
    comment = fields.Text(string="Opinion", readonly=True)
    decided_at = fields.Datetime(required=True, readonly=True)
    recorded_at = fields.Datetime(required=True, readonly=True)
    channel = fields.Selection(
        [
            ("system", "In the system"),
            ("paper", "On paper"),
            ("phone", "By phone"),
            ("meeting", "At a meeting"),
        ],
        required=True,
        readonly=True,
        default="system",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount = fields.Monetary(readonly=True)

    _matter_idx = models.Index("(model, res_id, round, id)")

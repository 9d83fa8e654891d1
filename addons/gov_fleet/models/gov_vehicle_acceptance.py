from odoo import fields, models


class GovVehicleAcceptance(models.Model):
    """One person's acceptance (验收) of a repair, or the reason to refuse it."""

    _name = "gov.vehicle.acceptance"
    _description = "Acceptance of a Repair"
    _inherit = ["gov.guard.mixin"]
    _order = "order_id, id"
    _rec_name = "user_id"
    _engine_only = True
    _allow_sudo_commands = False

    order_id = fields.Many2one(
        "fleet.vehicle.log.services",
        string="Order",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    round = fields.Integer(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Accepted by", required=True, readonly=True
    )
    outcome = fields.Selection(
        [("accepted", "Accepted"), ("refused", "Sent back to the shop")],
        required=True,
        readonly=True,
    )
    note = fields.Char(readonly=True)
    accepted_at = fields.Datetime(string="At", required=True, readonly=True)

    _one_each = models.UniqueIndex(
        "(order_id, round, user_id)", "This person has accepted this repair already."
    )

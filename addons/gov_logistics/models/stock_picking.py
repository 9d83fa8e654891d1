from odoo import api, fields, models


class StockPicking(models.Model):
    """Transfers that hand out, or take back, what a supply request allows.

    The link to the request, the signature and its hash are set by the request alone.
    """

    _name = "stock.picking"
    _inherit = ["stock.picking", "gov.guard.mixin"]

    _protected_fields = frozenset(
        {
            "supply_request_id",
            "supply_signature",
            "supply_signature_hash",
            "supply_receiver_id",
            "supply_reason",
        }
    )

    supply_request_id = fields.Many2one(
        "gov.supply.request",
        string="Supply request",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    supply_receiver_id = fields.Many2one(
        "hr.employee",
        string="Received by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    supply_signature = fields.Binary(
        string="Signature of the receiver", attachment=False, readonly=True, copy=False
    )
    supply_signature_hash = fields.Char(
        string="Signature fingerprint (SHA-256)", readonly=True, copy=False
    )
    supply_reason = fields.Char(
        string="Reason of the return", readonly=True, copy=False
    )

    def write(self, vals):
        # Odoo's own signature and the date of a finished transfer are on its paper.
        if names := {"date_done", "name", "state", "signature"} & set(vals):
            issues = self.filtered("supply_request_id")
            issues.move_ids._check_supply_guard(names)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_supply(self):
        self.move_ids._check_supply_guard({"picking_id"})

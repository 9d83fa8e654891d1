from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals
from odoo.addons.gov_base.tools.scan import clean_scan

from .gov_supply_counter_mixin import COUNTER_METHODS


class StockPicking(models.Model):
    """Transfers that hand out, or take back, what a supply request allows.

    The link to the request, the signature and its hash are set by the request alone.
    """

    _name = "stock.picking"
    _inherit = ["stock.picking", "gov.guard.mixin"]

    _protected_fields = frozenset(
        {
            "supply_request_id",
            "service_request_id",
            "supply_signature",
            "supply_signature_hash",
            "supply_receiver_id",
            "supply_reason",
            "counter_method",
            "supply_liaison_id",
            "supply_book",
            "supply_page",
            "supply_scan",
            "supply_scan_name",
            "supply_scan_hash",
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
    service_request_id = fields.Many2one(
        "maintenance.request",
        string="Service request",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
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
    counter_method = fields.Selection(
        COUNTER_METHODS, string="Signed by", readonly=True, copy=False
    )
    supply_liaison_id = fields.Many2one(
        "res.users",
        string="Signed by the liaison",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    supply_book = fields.Char(string="Register", readonly=True, copy=False)
    supply_page = fields.Char(string="Page", readonly=True, copy=False)
    supply_scan = fields.Binary(
        string="Scan", attachment=False, readonly=True, copy=False
    )
    supply_scan_name = fields.Char(string="File", readonly=True, copy=False)
    supply_scan_hash = fields.Char(
        string="Scan fingerprint (SHA-256)", readonly=True, copy=False
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

    # ------------------------------------------------------------ signed on paper

    def action_attach_scan(self, data, filename):
        """Add the scan of the page on which the receiver signed.

        :param data: PDF, PNG or JPEG of at most 10 MB, base64.
        :param filename: name of the file.
        :return: True
        :raise UserError: when the user is not the store clerk, the issue was not
            signed on paper, has its scan already, or the file is none of these.
        """
        if len(self) != 1 or not self.exists():
            raise UserError(self.env._("Choose one issue."))
        self.check_access("read")
        if not self.env.user.has_group("gov_logistics.group_store"):
            raise UserError(self.env._("The scan is added by the store clerk."))
        if self.counter_method != "paper":
            raise UserError(
                self.env._("%s was not signed on paper.", self.display_name)
            )
        content, fingerprint = clean_scan(self.env, data)
        name = filename.strip() if isinstance(filename, str) else ""
        if not name or len(name) > 200 or "\0" in name or "/" in name:
            raise UserError(self.env._("Give the file a name."))
        # Two clerks who add a scan at once meet on the row of the transfer.
        meet_rivals(self)
        # Group and kind of issue were checked just above.
        issue = engine(self.sudo())
        if issue.supply_scan_hash:
            raise UserError(self.env._("%s has its scan already.", self.display_name))
        issue.write(
            {
                "supply_scan": content,
                "supply_scan_name": name,
                "supply_scan_hash": fingerprint,
            }
        )
        return True

    def action_open_scan_wizard(self):
        """Ask for the scan of this issue.

        :return: a window action.
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add the scan"),
            "res_model": "gov.supply.scan.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_picking_id": self[:1].id},
        }

    def _get_supply_reference(self):
        """Return in words what stands behind the way in which it was signed for."""
        self.ensure_one()
        if self.counter_method == "paper":
            return self.env._(
                "signed on paper, register %(book)s, page %(page)s",
                book=self.supply_book,
                page=self.supply_page,
            )
        if self.counter_method == "pin":
            return self.env._("by PIN: %s", self.supply_liaison_id.name)
        return ""

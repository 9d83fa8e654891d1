from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

from .gov_supply_counter_mixin import COUNTER_METHODS


class GovSupplySignMixin(models.AbstractModel):
    """The part of a dialog in which the receiver signs.

    A PIN is looked at when it is entered and never stored: what the dialog keeps is
    whose PIN it was, which only the server sets, for one use.
    """

    _name = "gov.supply.sign.mixin"
    _description = "Signing Dialog"
    _inherit = ["gov.guard.mixin"]

    _protected_fields = frozenset({"pin_user_id"})

    counter_method = fields.Selection(
        COUNTER_METHODS, string="Signed by", required=True, default="signature"
    )
    receiver_id = fields.Many2one("hr.employee", string="Received by")
    signature = fields.Binary(attachment=False)
    liaison_ids = fields.Many2many("res.users", compute="_compute_liaison_ids")
    liaison_id = fields.Many2one(
        "res.users",
        string="Whose PIN",
        domain="[('id', 'in', liaison_ids)]",
        help="Needed when the department has several liaisons.",
    )
    pin = fields.Char(string="PIN", compute="_compute_pin", inverse="_inverse_pin")
    pin_user_id = fields.Many2one("res.users", readonly=True)
    book = fields.Char(string="Register")
    page = fields.Char()

    def _compute_liaison_ids(self):
        for wizard in self:
            # Who is the liaison of a department is no secret.
            department = wizard._get_sign_request().department_id
            wizard.liaison_ids = department.sudo().liaison_ids.filtered("active")

    def _compute_pin(self):
        for wizard in self:
            wizard.pin = False

    def _inverse_pin(self):
        for wizard in self:
            if not wizard.pin:
                continue
            wizard._check_own()
            request = wizard._get_sign_request()
            if not request:
                raise UserError(self.env._("Say first who draws."))
            request._check_counter()
            liaison = request._find_liaison(wizard.liaison_id.id)
            self.env["gov.supply.pin"]._verify(liaison, wizard.pin, request.company_id)
            # The PIN has just been verified.
            engine(wizard).pin_user_id = liaison

    def _get_sign_request(self):
        """Return the request, or one of them, for which the receiver signs."""
        raise NotImplementedError

    def _check_own(self):
        if self.create_uid and self.create_uid != self.env.user:
            raise UserError(self.env._("This dialog was opened by somebody else."))

    def _take_evidence(self, request):
        """Return the evidence for ``request``; a PIN serves once."""
        if self.counter_method == "pin":
            liaison = self.pin_user_id
            engine(self).pin_user_id = False
            # As verified when it was entered, and still the department's liaison.
            if not liaison or liaison != request._find_liaison(liaison.id):
                raise UserError(self.env._("Let the liaison enter the PIN."))
            return request._prepare_pin_evidence(liaison)
        if self.counter_method == "paper":
            return request._prepare_evidence(
                receiver_id=self.receiver_id.id,
                book=self.book or " ",
                page=self.page or " ",
            )
        return request._prepare_evidence(self.signature, self.receiver_id.id)

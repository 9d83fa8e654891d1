from odoo import api, fields, models
from odoo.fields import Domain

# action: (states it starts from, state it leads to)
_TRANSITIONS = {
    "confirm": ({"open"}, "confirmed"),
    "paper": ({"open"}, "papered"),
    "cancel": ({"open"}, "cancelled"),
}


class GovVehicleDutyOrder(models.Model):
    """The duty car leaves by phone (值班车出车): the order, and its slip next morning.

    Outside working time the leader on duty (``gov.duty.shift``) orders by phone; the
    car leaves at once. The slip is due on the next working day
    (``vehicle.duty.slip.days``) and is followed up: the driver or the dispatcher hands
    it in signed, or the leader confirms with one tap. What is late becomes a finding.

    ======== ========= ========= ==============================================
    action   from      to        who
    ======== ========= ========= ==============================================
    depart   –         open      dispatcher, the driver, the duty leader
    confirm  open      confirmed the leader who gave the order
    paper    open      papered   dispatcher, with register and page, or a scan
    cancel   open      cancelled dispatcher, while the car has not left
    ======== ========= ========= ==============================================
    """

    _name = "gov.vehicle.duty.order"
    _description = "Duty Departure"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "gov.scan.mixin",
        "gov.number.mixin",
    ]
    _order = "ordered_at desc, id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.duty.order"
    _check_company_auto = True
    _engine_only = True

    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    driver_id = fields.Many2one(
        "hr.employee",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    leader_id = fields.Many2one(
        "hr.employee",
        string="Leader on duty",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    shift_id = fields.Many2one("gov.duty.shift", readonly=True, ondelete="set null")
    ordered_at = fields.Datetime(string="Ordered at", required=True, readonly=True)
    destination = fields.Char(required=True, readonly=True)
    purpose = fields.Char(string="Reason", required=True, readonly=True)
    handler_id = fields.Many2one(
        "res.users", string="Entered by", required=True, readonly=True
    )
    slip_due = fields.Date(string="Slip due on", required=True, readonly=True)
    slip_book = fields.Char(string="Register", readonly=True)
    slip_page = fields.Char(string="Page", readonly=True)
    settled_at = fields.Datetime(string="Papered at", readonly=True)
    settled_by_id = fields.Many2one("res.users", string="Papered by", readonly=True)
    reminded_on = fields.Date(readonly=True)
    state = fields.Selection(
        [
            ("open", "Slip missing"),
            ("confirmed", "Confirmed by the leader"),
            ("papered", "Signed slip"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    can_confirm = fields.Boolean(compute="_compute_can")
    can_paper = fields.Boolean(compute="_compute_can")

    # === Compute ===

    @api.depends("state", "slip_due")
    def _compute_is_overdue(self):
        for order in self:
            today = order.company_id.gov_today()
            order.is_overdue = order.state == "open" and order.slip_due < today

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: only the days of the institutions are asked, record rules still hold.
        overdue = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "open")
            & Domain("slip_due", "<", company.gov_today())
            for company in self.env["res.company"]
            .sudo()
            .search([("active", "=", True)])
        )
        return overdue if True in value else ~overdue

    @api.depends("state", "leader_id")
    @api.depends_context("uid")
    def _compute_can(self):
        for order in self:
            order.can_confirm = not order._refusal("confirm")
            order.can_paper = not order._refusal("paper")

    # === Rights ===

    def _refusal(self, action):
        """Return why the current user cannot take a step now, or an empty text."""
        self.ensure_one()
        if self.state not in _TRANSITIONS[action][0]:
            states = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(order)s is in state “%(state)s”.",
                order=self.display_name,
                state=states[self.state],
            )
        user = self.env.user
        # sudo: only to compare accounts.
        order = self.sudo()
        if action == "confirm":
            if order.leader_id.user_id != user:
                return self.env._(
                    "The leader who gave the order confirms it: %s.",
                    order.leader_id.name,
                )
        elif not user.has_group("gov_fleet.group_dispatcher"):
            return self.env._("This is a matter of dispatchers.")
        elif action == "paper" and user == order.driver_id.user_id:
            return self.env._("The slip of the own trip is taken in by somebody else.")
        return ""

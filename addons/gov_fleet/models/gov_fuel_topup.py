from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_is_zero

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import to_day
from odoo.addons.gov_base.tools.input_check import (
    check_one,
    check_plain_values,
    check_records_exist,
)


class GovFuelTopup(models.Model):
    """A top-up of a fuel card through its approval chain (充值申请).

    A main card is charged with the institution's money, a sub-card from its main card.
    Up to the cap of the clause ``fuel.topup.most`` the section head and finance agree;
    above it a reason is needed and the leader for logistics decides as well.

    ========= ========= ==============================================================
    from      to        by
    ========= ========= ==============================================================
    draft     submitted ``action_submit`` by handler or applicant
    submitted draft     ``action_return``, ``action_withdraw``
    submitted approved  the last tier agrees
    approved  done      ``action_book`` by a vehicle technician who is neither
                        applicant nor beneficiary: the money stands on the card
    submitted rejected  ``action_reject``
    any       cancelled ``action_cancel`` before it was booked
    ========= ========= ==============================================================
    """

    _name = "gov.fuel.topup"
    _description = "Fuel Card Top-up"
    _inherit = ["gov.approval.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _number_code = "gov.fuel.topup"
    _protected_fields = frozenset(
        {
            "booked_at",
            "booked_by_id",
            "booked_on",
            "is_over_cap",
            "receipt",
            "source_id",
            "state",
            "vehicle_id",
        }
    )

    card_id = fields.Many2one(
        "gov.fuel.card",
        string="Card",
        required=True,
        index=True,
        check_company=True,
        domain=[("state", "=", "active")],
        ondelete="restrict",
    )
    vehicle_id = fields.Many2one(related="card_id.vehicle_id", store=True)
    # Whoever decides or prints sees which card it is, without rights on cards.
    card_number = fields.Char(related="card_id.number")
    plate = fields.Char(related="card_id.vehicle_id.license_plate", string="Plate")
    source_number = fields.Char(
        related="source_id.number", string="Number of the main card"
    )
    source_id = fields.Many2one(
        "gov.fuel.card",
        string="From the main card",
        compute="_compute_source_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Where the money comes from; empty: the institution pays it in.",
    )
    amount = fields.Monetary(string="To be charged", required=True)
    card_balance = fields.Monetary(
        string="On the card now", compute="_compute_card_balance"
    )
    cap = fields.Monetary(string="Cap of the clause", compute="_compute_cap")
    is_over_cap = fields.Boolean(
        string="Above the cap", compute="_compute_is_over_cap", store=True
    )
    reason = fields.Text(help="What it is for; required above the cap.")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("done", "Booked"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    booked_at = fields.Datetime(readonly=True, copy=False)
    booked_on = fields.Date(string="Charged on", readonly=True, copy=False)
    booked_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    receipt = fields.Char(readonly=True, copy=False, help="Number of the slip.")
    can_book = fields.Boolean(compute="_compute_can_book")

    _amount_check = models.Constraint(
        "CHECK (amount > 0)", "A top-up is more than nothing."
    )

    # ------------------------------------------------------------------ computes

    @api.depends("card_id")
    def _compute_source_id(self):
        for topup in self:
            if topup.approval_state == "draft":
                topup.source_id = topup.card_id.parent_id

    @api.depends("card_id")
    def _compute_card_balance(self):
        for topup in self:
            topup.card_balance = topup.card_id.balance

    @api.depends("company_id")
    def _compute_cap(self):
        for topup in self:
            topup.cap = topup._get_clause()._typed_value()

    def _get_clause(self):
        """Return the clause with the cap of one top-up."""
        return self.env["gov.policy"]._get_policy(
            "fuel.topup.most", self.submitted_at, self.company_id
        )

    @api.depends("amount", "card_id.is_main", "company_id")
    def _compute_is_over_cap(self):
        for topup in self:
            if topup.approval_state == "draft":
                topup.is_over_cap = not topup.card_id.is_main and (
                    topup.currency_id.compare_amounts(topup.amount, topup.cap) > 0
                    if topup.currency_id
                    else topup.amount > topup.cap
                )

    @api.depends("amount")
    def _compute_amount_for_approval(self):
        for topup in self:
            topup.amount_for_approval = topup.amount

    @api.depends("approval_state", "booked_at")
    def _compute_state(self):
        known = dict(self._fields["state"].selection)
        for topup in self:
            state = topup.approval_state
            if state == "approved" and topup.booked_at:
                state = "done"
            # Whatever else the chain knows, such as a hold, is under way.
            topup.state = state if state in known else "submitted"

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_book(self):
        for topup in self:
            topup.can_book = not topup._get_book_blocker()

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        return super().write(vals)

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        for vals in vals_list:
            check_plain_values(model, vals)
            if "amount" in vals and not float(vals["amount"] or 0) > 0:
                raise UserError(self.env._("A top-up is more than nothing."))
        check_records_exist(model, vals_list, ("card_id", "employee_id", "company_id"))

    def _get_frozen_fields(self):
        return super()._get_frozen_fields() | {"card_id", "amount", "reason"}

    # ------------------------------------------------------------- public actions

    def action_book(self, receipt="", day=None):
        """Note that the money stands on the card.

        :param receipt: number of the station's slip; may be empty for an allotment.
        :param day: day of the top-up, date or ISO string; default today.
        :return: True
        :raise UserError: for others than a technician, for the applicant or
            beneficiary, before approval or twice, for a day in the future, or when
            the main card does not hold as much.
        """
        if not isinstance(receipt, str) or len(receipt) > 100 or "\0" in receipt:
            raise UserError(self.env._("“%s” is no number of a slip.", receipt))
        day = to_day(self.env, day)
        for topup in self.sorted("id"):
            topup.check_access("read")
            (topup.card_id | topup.source_id)._meet_rivals()
            topup._approval_meet_rivals()
            topup.invalidate_recordset(["booked_at", "state"])
            if blocker := topup._get_book_blocker():
                raise UserError(blocker)
            topup._check_money(day)
            # sudo: person, part, state and money have just been checked.
            engine(topup.sudo()).write(
                {
                    "booked_at": fields.Datetime.now(),
                    "booked_by_id": self.env.uid,
                    "booked_on": day or topup.company_id.gov_today(),
                    "receipt": receipt.strip() or False,
                }
            )
        # What stands on the cards follows from it.
        self.card_id.invalidate_model(["balance"], flush=False)
        return True

    def action_open_book(self):
        """Ask for day and receipt, then book the top-up."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Book %s", self.display_name),
            "res_model": "gov.fuel.topup.book",
            "view_mode": "form",
            "target": "new",
            "context": {"default_topup_id": self.id},
        }

    def _get_book_blocker(self):
        """Return why the current user cannot book this top-up, or False."""
        self.ensure_one()
        if self.state != "approved":
            labels = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(topup)s is in state “%(state)s”: only what has been approved and "
                "not booked yet can be booked.",
                topup=self.display_name,
                state=labels[self.state],
            )
        if not self.env.user.has_group("gov_fleet.group_technician"):
            return self.env._("Top-ups are booked by the vehicle technician.")
        # sudo: only whether the matter is the user's own is asked.
        own = (self.employee_id | self.beneficiary_id).sudo().user_id
        if self.env.user in own:
            return self.env._(
                "%(topup)s is your own matter: somebody else books it.",
                topup=self.display_name,
            )
        return False

    def _check_money(self, day):
        """Refuse a closed card, a day to come, and more than the main card holds."""
        # sudo: state and balance of the cards of an approved matter.
        card, source = self.card_id.sudo(), self.source_id.sudo()
        for used in card | source:
            if used.state != "active":
                raise UserError(
                    self.env._("%s is not in use: it takes no top-up.", used.number)
                )
        if day and day > self.company_id.gov_today():
            raise UserError(self.env._("The day of the top-up lies in the future."))
        if not source:
            return
        source.invalidate_recordset(["balance"])
        left = source.balance
        if self.currency_id.compare_amounts(self.amount, left) > 0:
            raise UserError(
                self.env._(
                    "The main card %(card)s holds %(left)s, less than the %(amount)s "
                    "of %(topup)s. Charge the main card first.",
                    card=source.number,
                    left=self.currency_id.format(left),
                    amount=self.currency_id.format(self.amount),
                    topup=self.display_name,
                )
            )

    # -------------------------------------------------------------- approval hooks

    def _approval_may_type_for_all(self, user):
        return user.has_group("gov_fleet.group_technician")

    def _approval_summary(self):
        # sudo: whoever decides sees card and vehicle of the matter.
        return self.env._(
            "%(card)s: %(amount)s",
            card=self.card_id.sudo().display_name,
            amount=self.currency_id.format(self.amount),
        )

    def _approval_check_submit(self):
        result = super()._approval_check_submit()
        card = self.card_id.sudo()  # sudo: only the state of the card is asked.
        if card.state != "active":
            raise UserError(
                self.env._("%s is not in use: it takes no top-up.", card.number)
            )
        if float_is_zero(self.amount, precision_digits=2):
            raise UserError(self.env._("A top-up is more than nothing."))
        if self.is_over_cap and not (self.reason or "").strip():
            clause = self._get_clause()
            raise UserError(
                self.env._(
                    "%(amount)s is above the cap of %(cap)s for one top-up "
                    "(%(clause)s: %(citation)s). Say in the reason why it is needed; "
                    "the leader for logistics decides as well.",
                    amount=self.currency_id.format(self.amount),
                    cap=self.currency_id.format(self.cap),
                    clause=clause.name,
                    citation=clause.citation,
                )
            )
        return result

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        if not blocker and self.booked_at:
            blocker = self.env._(
                "%s stands on the card and can no longer be cancelled.",
                self.display_name,
            )
        return blocker

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day

# What a statement may be done to, and in which of its states: methods, ``write`` and
# buttons read this table. The chain's own steps stand in ``_get_transitions``.
STEPS = {
    "refresh": ("draft",),
    "fine": ("draft",),
    "ask": ("draft",),
    "object": ("draft",),
    "answer": ("draft",),
    "confirm": ("draft",),
    "take_back": ("draft", "confirmed"),
    "stamp": ("stamping",),
    "bill": ("sealed",),
    "pay": ("sealed", "billed"),
    "reverse": ("sealed", "billed"),
}
# A statement whose lines are frozen counts for the ceiling of its contract.
FROZEN = ("confirmed", "stamping", "sealed", "billed")
VOID = ("reversed", "cancelled")
SIDES = [("own", "Our side"), ("other", "The other side")]


class GovSettlement(models.Model):
    """A settlement statement (结算单) of a service contract for one period.

    Drafted by the month run, confirmed by both sides line by line, decided by its own
    chain (finance checks, the head decides), stamped by both sides where money changes
    hands, sealed, then billed once.

    ========= ========= ==============================================================
    from      to        by
    ========= ========= ==============================================================
    draft     draft     ``action_refresh``, ``action_add_fine``, ``action_object``
    draft     confirmed the second ``action_confirm``: the lines freeze, the contract's
                        ceiling is checked, the score is locked
    confirmed draft     ``action_take_back`` by a side, before it is submitted
    confirmed stamping  the last tier agrees, the mode is by transfer
    confirmed sealed    the last tier agrees, the mode is internal or free
    stamping  sealed    ``action_stamp`` with the scan of the stamped paper
    sealed    billed    ``action_bill``, or the number of a bill made elsewhere
    sealed    reversed  a reversal statement is sealed
    billed    reversed  the same
    any       cancelled the chain rejects it, or its handler cancels it unsealed
    ========= ========= ==============================================================

    Contracts and settlement drafts, records what happens on paper, stamps and bills;
    the confirmers that the contract names confirm; the heads of the departments
    concerned and supervision read.
    """

    _name = "gov.settlement"
    _description = "Settlement Statement"
    _inherit = ["gov.scan.mixin", "gov.seal.mixin", "gov.approval.mixin"]
    _order = "date_to desc, contract_id, id desc"
    _rec_name = "number"
    _number_code = "gov.settlement"
    _seal_chain = "settlement"
    _sealed_fields = (
        "company_id",
        "number",
        "contract_id",
        "kind",
        "service_role",
        "settlement_mode",
        "partner_id",
        "served_department_id",
        "date_from",
        "date_to",
        "score",
        "deduction_percent",
        "amount_gross",
        "amount_deducted",
        "amount_payable",
        "amount_retained",
        "amount_due",
        "amount_before",
        "frozen_at",
        "frozen_hash",
        "reversal_of_id",
        "reason",
        "scan_sha256",
    )
    _protected_fields = frozenset(
        {
            "assessment_ids",
            "amount_before",
            "amount_deducted",
            "amount_due",
            "amount_gross",
            "amount_paid",
            "amount_payable",
            "amount_retained",
            "asked_at",
            "bill_number",
            "billed_at",
            "confirmation_ids",
            "contract_id",
            "date_from",
            "date_to",
            "deduction_percent",
            "frozen_at",
            "frozen_hash",
            "is_elsewhere",
            "kind",
            "line_ids",
            "move_id",
            "objection_count",
            "other_confirmed_at",
            "own_confirmed_at",
            "partner_id",
            "payment_ids",
            "payment_state",
            "reason",
            "reversal_ids",
            "reversal_of_id",
            "reversed_at",
            "run_id",
            "scan",
            "scan_name",
            "score",
            "sealed_at",
            "served_department_id",
            "service_role",
            "settlement_mode",
            "state",
        }
    )

    # === What is settled ===
    contract_id = fields.Many2one(
        "contract.contract",
        string="Service contract",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        [
            ("period", "Period"),
            ("late", "Late usage"),
            ("retention", "Release of retention"),
            ("reversal", "Reversal"),
        ],
        required=True,
        readonly=True,
        default="period",
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="Until", required=True, readonly=True)
    period = fields.Char(compute="_compute_period")
    service_role = fields.Selection(
        [("internal", "The centre serves"), ("vendor", "A vendor serves")],
        string="Kind of contract",
        required=True,
        readonly=True,
    )
    settlement_mode = fields.Selection(
        [
            ("transfer", "By transfer"),
            ("internal", "Internal account"),
            ("free", "Free of charge"),
        ],
        string="Settled by",
        required=True,
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Other side",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    served_department_id = fields.Many2one(
        "hr.department",
        string="Department served",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    other_name = fields.Char(string="With", compute="_compute_other_name")
    run_id = fields.Many2one(
        "gov.settlement.run",
        string="Month run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    reversal_of_id = fields.Many2one(
        "gov.settlement",
        string="Reverses",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    reversal_ids = fields.One2many(
        "gov.settlement", "reversal_of_id", string="Reversals", readonly=True
    )
    reason = fields.Char(readonly=True, copy=False)

    # === Lines and sums ===
    line_ids = fields.One2many(
        "gov.settlement.line",
        "settlement_id",
        string="Lines",
        readonly=True,
        copy=False,
    )
    assessment_ids = fields.Many2many(
        "gov.service.assessment",
        "gov_settlement_assessment_rel",
        "settlement_id",
        "assessment_id",
        string="Assessments",
        readonly=True,
        copy=False,
    )
    score = fields.Float(digits=(16, 2), readonly=True, copy=False, aggregator="avg")
    deduction_percent = fields.Float(
        string="Deduction %",
        digits=(16, 4),
        readonly=True,
        copy=False,
        aggregator=None,
    )
    amount_gross = fields.Monetary(
        string="Before deductions",
        readonly=True,
        copy=False,
        help="Fixed fees and metered use, tax included.",
    )
    amount_deducted = fields.Monetary(
        string="Taken off",
        readonly=True,
        copy=False,
        help="Missing service, deduction by the score, and fines.",
    )
    amount_payable = fields.Monetary(
        string="Payable",
        readonly=True,
        copy=False,
        help="After deductions, before retention; it counts for the ceiling.",
    )
    amount_retained = fields.Monetary(
        string="Retention",
        readonly=True,
        copy=False,
        help="Kept back from the payable; below 0: released.",
    )
    amount_due = fields.Monetary(
        string="To be paid",
        readonly=True,
        copy=False,
        help="Payable less retention: the total of the bill.",
    )
    amount_capitals = fields.Char(
        string="In capitals", compute="_compute_amount_capitals"
    )
    amount_before = fields.Monetary(
        string="Settled before",
        readonly=True,
        copy=False,
        help="What the contract had settled when the lines were frozen.",
    )
    amount_previous = fields.Monetary(
        string="Settled before this", compute="_compute_ceiling_left"
    )
    ceiling = fields.Monetary(compute="_compute_ceiling_left")
    ceiling_left = fields.Monetary(
        compute="_compute_ceiling_left", help="After this statement."
    )

    # === Confirmation ===
    own_confirmer_id = fields.Many2one(
        related="contract_id.own_confirmer_id", string="Confirms for us"
    )
    other_confirmer_id = fields.Many2one(
        related="contract_id.other_confirmer_id", string="Confirms for the other side"
    )
    confirmation_ids = fields.One2many(
        "gov.settlement.confirmation",
        "settlement_id",
        string="Confirmations and objections",
        readonly=True,
        copy=False,
    )
    asked_at = fields.Datetime(string="Sent to both sides", readonly=True, copy=False)
    own_confirmed_at = fields.Datetime(
        string="Confirmed by us", readonly=True, copy=False
    )
    other_confirmed_at = fields.Datetime(
        string="Confirmed by the other side", readonly=True, copy=False
    )
    objection_count = fields.Integer(
        string="Open objections",
        compute="_compute_objection_count",
        store=True,
        aggregator=None,
    )
    frozen_at = fields.Datetime(string="Lines frozen", readonly=True, copy=False)
    frozen_hash = fields.Char(
        string="Fingerprint of what was confirmed", readonly=True, copy=False
    )
    content_hash = fields.Char(
        string="Fingerprint", compute="_compute_content_hash", compute_sudo=True
    )

    # === Stamp, seal, bill, payment ===
    state = fields.Selection(
        [
            ("draft", "Draft (both sides confirm)"),
            ("confirmed", "Confirmed by both sides"),
            ("stamping", "Waiting for the stamps"),
            ("sealed", "Sealed"),
            ("billed", "Billed"),
            ("reversed", "Reversed"),
            ("cancelled", "Void"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    sealed_at = fields.Datetime(readonly=True, copy=False)
    reversed_at = fields.Datetime(readonly=True, copy=False)
    move_id = fields.Many2one(
        "account.move",
        string="Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    billed_at = fields.Datetime(readonly=True, copy=False)
    bill_number = fields.Char(
        string="Number of the bill made elsewhere", readonly=True, copy=False
    )
    is_elsewhere = fields.Boolean(
        string="To be billed elsewhere",
        readonly=True,
        copy=False,
        help="There is no journal here: the bill is made in the books of another "
        "system, from the export.",
    )
    payment_ids = fields.One2many(
        "gov.settlement.payment",
        "settlement_id",
        string="Payments",
        readonly=True,
        copy=False,
    )
    amount_paid = fields.Monetary(
        string="Paid", compute="_compute_amount_paid", store=True
    )
    payment_state = fields.Selection(
        [("none", "Not paid"), ("part", "Paid in part"), ("paid", "Paid")],
        string="Payment",
        compute="_compute_amount_paid",
        store=True,
    )

    can_refresh = fields.Boolean(compute="_compute_can_step")
    can_ask = fields.Boolean(compute="_compute_can_step")
    can_confirm_own = fields.Boolean(compute="_compute_can_step")
    can_confirm_other = fields.Boolean(compute="_compute_can_step")
    can_object = fields.Boolean(compute="_compute_can_step")
    can_paper = fields.Boolean(compute="_compute_can_step")
    can_take_back = fields.Boolean(compute="_compute_can_step")
    can_stamp = fields.Boolean(compute="_compute_can_step")
    can_bill = fields.Boolean(compute="_compute_can_step")
    can_pay = fields.Boolean(compute="_compute_can_step")
    can_reverse = fields.Boolean(compute="_compute_can_step")

    # Ranges over ids need no extension, which "=" in a gist constraint would.
    _period_once = models.Constraint(
        "EXCLUDE USING gist (int4range(contract_id, contract_id, '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&)"
        " WHERE (kind = 'period' AND state NOT IN ('reversed', 'cancelled'))",
        "There is a statement of this contract for some of these days already.",
    )
    _reversal_once = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL AND state != 'cancelled'",
        "This statement is being reversed already.",
    )
    _days_check = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day lies before the first."
    )
    _contract_days = models.Index("(contract_id, date_to DESC, id DESC)")
    _open_company = models.Index(
        "(company_id, date_to) WHERE state NOT IN ('billed', 'reversed', 'cancelled')"
    )

    # ------------------------------------------------------------------ computes

    @api.depends(
        "approval_state",
        "frozen_at",
        "sealed_at",
        "billed_at",
        "reversed_at",
        "settlement_mode",
    )
    def _compute_state(self):
        for statement in self:
            statement.state = statement._get_state()

    def _get_state(self):
        if self.reversed_at:
            return "reversed"
        if self.approval_state in ("rejected", "cancelled"):
            return "cancelled"
        if self.sealed_at:
            return "billed" if self.billed_at else "sealed"
        if self.approval_state == "approved":
            return "stamping"
        return "confirmed" if self.frozen_at else "draft"

    @api.depends("number", "contract_id", "date_from", "date_to")
    def _compute_display_name(self):
        for statement in self:
            # sudo: who reads the statement reads the name of its contract.
            contract = statement.contract_id.sudo()
            name = contract.code or contract.name or ""
            statement.display_name = (
                statement.number or f"{name} · {statement.period}".strip(" ·")
            )

    @api.depends("date_from", "date_to")
    def _compute_period(self):
        for statement in self:
            statement.period = self._get_period_text(
                statement.date_from, statement.date_to
            )

    @api.model
    def _get_period_text(self, first, last):
        """Return the days of a period as people read them; whole months shorter."""
        if not first:
            return ""
        if not last:
            return self.env._("From %(first)s on", first=format_day(self.env, first))
        return self.env._(
            "%(first)s to %(last)s",
            first=format_day(self.env, first),
            last=format_day(self.env, last),
        )

    @api.depends("partner_id", "served_department_id")
    def _compute_other_name(self):
        for statement in self:
            # sudo: who reads the statement reads with whom it is.
            department = statement.served_department_id.sudo()
            statement.other_name = department.name or statement.partner_id.sudo().name

    def _sum_up(self):
        """Add up the lines; each was rounded once, the sums are exact."""
        for statement in self:
            sums = dict.fromkeys(("gross", "deducted", "retained"), 0.0)
            for line in statement.line_ids:
                sums[line._get_group()] += line.amount
            rounded = statement.company_id.currency_id.round
            payable = rounded(sums["gross"] + sums["deducted"])
            statement.write(
                {
                    "amount_gross": rounded(sums["gross"]),
                    "amount_deducted": rounded(-sums["deducted"]),
                    "amount_payable": payable,
                    "amount_retained": rounded(-sums["retained"]),
                    "amount_due": rounded(payable + sums["retained"]),
                }
            )

    @api.depends("amount_payable", "amount_due")
    def _compute_amount_for_approval(self):
        """A reversal and a release are decided like what they undo or pay."""
        for statement in self:
            statement.amount_for_approval = abs(
                statement.amount_payable or statement.amount_due
            )

    @api.depends("amount_due")
    def _compute_amount_capitals(self):
        for statement in self:
            statement.amount_capitals = self.env["gov.paper"].capitals(
                statement.amount_due
            )

    @api.depends("contract_id", "amount_payable", "amount_before", "frozen_at")
    def _compute_ceiling_left(self):
        for statement in self:
            # sudo: who reads the statement reads what is left of its contract.
            contract = statement.contract_id.sudo()
            before = statement.amount_before
            if not statement.frozen_at:
                before = contract.amount_settled
            counted = statement.amount_payable if statement._counts() else 0
            statement.amount_previous = before
            statement.ceiling = contract.ceiling
            statement.ceiling_left = (
                contract.ceiling - before - counted if contract.ceiling else 0
            )

    def _counts(self):
        """Tell whether this kind of statement counts for the ceiling.

        What is released was counted when it was kept back.
        """
        return self.kind != "retention"

    @api.depends("line_ids.objection", "line_ids.answer")
    def _compute_objection_count(self):
        for statement in self:
            statement.objection_count = len(
                statement.line_ids.filtered(lambda line: line._is_open_objection())
            )

    @api.depends("payment_ids.amount", "amount_due")
    def _compute_amount_paid(self):
        for statement in self:
            currency = statement.company_id.currency_id
            paid = currency.round(sum(statement.payment_ids.mapped("amount")))
            statement.amount_paid = paid
            if currency.is_zero(paid):
                statement.payment_state = "none"
            elif currency.compare_amounts(abs(paid), abs(statement.amount_due)) < 0:
                statement.payment_state = "part"
            else:
                statement.payment_state = "paid"

    # ---------------------------------------------------------------------- steps

    def _get_step_blocker(self, step):
        """Return why ``step`` of the table is not possible in this state, or False."""
        self.ensure_one()
        if self.state in STEPS[step]:
            return False
        labels = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "%(statement)s is in state “%(state)s”; this step is not possible now.",
            statement=self.display_name,
            state=labels[self.state],
        )

    def _start(self, step):
        """Meet all rivals on the statement's row, then check the state.

        :return: the statement in the engine's superuser environment; the caller
            checks the person.
        :raise UserError: naming the state.
        """
        self.ensure_one()
        if not self.sudo().exists():
            raise UserError(self.env._("This statement does not exist any more."))
        self._approval_meet_rivals()
        # sudo: the caller has checked the person, the state is checked here.
        statement = engine(self.sudo())
        if blocker := statement._get_step_blocker(step):
            raise UserError(blocker)
        return statement

    def _check_keeper(self):
        """Raise unless the user keeps contracts of the statements' institutions.

        :raise UserError: not the group, or another institution.
        """
        if not self._is_keeper():
            raise UserError(
                self.env._("This is a step of the group “Contracts and settlement”.")
            )
        self.check_access("read")

    @api.model
    def _is_keeper(self):
        return self.env.su or self.env.user.has_group("gov_logistics.group_contract")

    def _is_own_confirmer(self):
        """Tell whether the user confirms for the institution."""
        self.ensure_one()
        # sudo: only whether the user is the one whom the contract names.
        named = self.contract_id.sudo().own_confirmer_id
        if self.company_id not in self.env.user.sudo().company_ids:
            return False
        if named:
            return self.env.user == named
        # Whoever holds the record with more rights still confirms as themselves.
        return self.env.user.has_group("gov_logistics.group_contract")

    def _is_other_confirmer(self):
        """Tell whether the user confirms for the other side.

        That is the person whom the contract names, or, where it names nobody, the head
        of the department served.
        """
        self.ensure_one()
        # sudo: only whether the user is the one whom the contract names.
        contract = self.contract_id.sudo()
        named = contract.other_confirmer_id
        if not named:
            named = self.served_department_id.sudo().manager_id.user_id
        return self.env.user == named

    @api.depends("state", "approval_state", "own_confirmed_at", "other_confirmed_at")
    @api.depends_context("uid")
    def _compute_can_step(self):
        keeper = self._is_keeper()
        for statement in self:
            can = {step: statement.state in states for step, states in STEPS.items()}
            own, other = statement._is_own_confirmer(), statement._is_other_confirmer()
            nobody = not (statement.own_confirmed_at or statement.other_confirmed_at)
            drawn = statement.kind in ("period", "late")
            may = can["confirm"]
            statement.can_confirm_own = may and own and not statement.own_confirmed_at
            statement.can_confirm_other = (
                may and other and not statement.other_confirmed_at
            )
            statement.can_object = can["object"] and (own or other)
            statement.can_refresh = can["refresh"] and keeper and nobody and drawn
            statement.can_ask = can["ask"] and keeper
            statement.can_paper = may and keeper and not statement.other_confirmed_at
            statement.can_take_back = (
                can["take_back"]
                and statement.approval_state == "draft"
                and not nobody
                and (own or other or keeper)
            )
            statement.can_stamp = can["stamp"] and keeper
            statement.can_bill = (
                can["bill"] and keeper and statement.settlement_mode == "transfer"
            )
            statement.can_pay = (
                can["pay"]
                and statement._is_paymaster()
                and statement.settlement_mode == "transfer"
                and statement.payment_state != "paid"
            )
            statement.can_reverse = (
                can["reverse"] and keeper and statement.kind != "reversal"
            )

    def _is_paymaster(self):
        return self.env.su or self.env.user.has_groups(
            "gov_logistics.group_contract,gov_logistics.group_budget"
        )

    def action_open_step(self):
        """Open the small form of the step that the context names (``gov_step``).

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        step = self.env.context.get("gov_step")
        wizard = self.env["gov.settlement.wizard"]
        labels = dict(wizard._fields["step"]._description_selection(self.env))
        if step not in labels:
            raise UserError(self.env._("Choose a step."))
        left = self._get_left_to_pay()
        return {
            "type": "ir.actions.act_window",
            "name": labels[step],
            "res_model": "gov.settlement.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_settlement_id": self.id,
                "default_step": step,
                "default_line_id": self.env.context.get("gov_line_id", False),
                "default_amount": left if step == "pay" else 0,
            },
        }

    # -------------------------------------------------------------------- content

    def _compute_content_hash(self):
        hashes = self._get_content_hashes()
        for statement in self:
            statement.content_hash = hashes.get(statement._origin.id, False)

    def _get_content_hashes(self):
        """Return ``{id: fingerprint}`` of what the two sides confirm.

        It covers the contract, the days and every line with its exact figures; by one
        query for all statements.
        """
        if not self.ids:
            return {}
        self.env["gov.settlement.line"].flush_model()
        self.flush_model(["contract_id", "kind", "date_from", "date_to"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT s.id, encode(sha256(convert_to(concat_ws('|',
                           s.id, s.contract_id, s.kind, s.date_from, s.date_to,
                           string_agg(concat_ws('/', l.kind, l.contract_line_id,
                               l.name, l.quantity, l.price_unit, l.share_text,
                               l.date_from, l.date_to, l.is_late, l.amount),
                               '|' ORDER BY l.id)), 'UTF8')), 'hex')
                      FROM gov_settlement s
                      LEFT JOIN gov_settlement_line l ON l.settlement_id = s.id
                     WHERE s.id = ANY(%s)
                     GROUP BY s.id
                    """,
                    self.ids,
                )
            )
        )

    # ------------------------------------------------------------- approval hooks

    def _approval_may_type_for_all(self, user):
        return user.has_group("gov_logistics.group_contract")

    def _approval_summary(self):
        return self.env._(
            "%(with)s, %(period)s: %(amount)s to be paid",
            **{"with": self.other_name or ""},
            period=self.period,
            amount=self.currency_id.format(self.amount_due),
        )

    def _approval_party_users(self):
        """Who confirmed the statement does not decide on it."""
        # sudo: only who may not decide is asked.
        confirmed = self.sudo().confirmation_ids.filtered(
            lambda row: row.kind == "confirm" and not row.is_void
        )
        return super()._approval_party_users() | confirmed.user_id

    def _approval_check_submit(self):
        result = super()._approval_check_submit()
        if self.state != "confirmed":
            raise UserError(
                self.env._(
                    "%s is submitted once both sides have confirmed it.",
                    self.display_name,
                )
            )
        return result

    def _approval_after_submit(self):
        # What the handler was asked to do has just been done.
        self.activity_unlink(["gov_base.mail_activity_type_returned"])
        return super()._approval_after_submit()

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        if self.settlement_mode != "transfer":
            self._seal_statement()
        return result

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        if action in ("reject", "cancel"):
            self._void()
        return result

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        if not blocker and self.sealed_at:
            blocker = self.env._(
                "%s is sealed: a mistake is put right by a reversal statement.",
                self.display_name,
            )
        return blocker

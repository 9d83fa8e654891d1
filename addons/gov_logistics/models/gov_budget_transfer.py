from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine

from .input_check import (
    check_line_commands,
    check_plain_values,
    check_records_exist,
)


class GovBudgetTransfer(models.Model):
    """A change of the plan through its own approval chain: finance, then the head.

    * ``transfer`` (调剂): money moves between lines of one year, in sum zero
    * ``revision`` (追加、调减): the treasury grants more, or takes some back
    * ``carry_over`` (结转): what is left at the end of a year moves to the line of the
      next, with the commitments that wait for it; once per line

    What a line gives away is committed while the matter is under way, so that nobody
    spends it meanwhile. Only the last yes changes the plan.

    ========== ========== ==========================================================
    from       to         by
    ========== ========== ==========================================================
    draft      submitted  ``action_submit`` by handler or applicant
    submitted  draft      ``action_return``, ``action_withdraw``
    submitted  applied    the last tier agrees; the plan is changed
    submitted  rejected   ``action_reject``
    draft      cancelled  ``action_cancel``
    ========== ========== ==========================================================

    The budget clerk makes and submits it. Where the institution leaves the carry-over
    to finance (settings), it is applied at submission, on record.
    """

    _name = "gov.budget.transfer"
    _description = "Budget Transfer"
    _inherit = ["gov.approval.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "reason"]
    _number_code = "gov.budget.transfer"

    _protected_fields = frozenset({"state", "applied_at"})

    kind = fields.Selection(
        [
            ("transfer", "Transfer between lines"),
            ("revision", "Revision of the plan"),
            ("carry_over", "Carry-over"),
        ],
        required=True,
        default="transfer",
        index=True,
    )
    year = fields.Integer(
        required=True,
        default=lambda self: self.env.company.gov_today().year,
        aggregator=None,
        help="Year of the lines; of a carry-over the year that is over.",
    )
    reason = fields.Text(required=True, help="Why, and on which document.")
    line_ids = fields.One2many(
        "gov.budget.transfer.line", "transfer_id", string="Lines", copy=True
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Applied"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    applied_at = fields.Datetime(readonly=True, copy=False)
    amount_in = fields.Monetary(
        string="Sum raised", compute="_compute_amounts", store=True
    )
    amount_out = fields.Monetary(
        string="Sum lowered", compute="_compute_amounts", store=True
    )

    # ------------------------------------------------------------------ computes

    @api.depends("approval_state")
    def _compute_state(self):
        known = dict(self._fields["state"].selection)
        for transfer in self:
            state = transfer.approval_state
            # Whatever else the chain knows, such as a hold, is under way.
            transfer.state = state if state in known else "submitted"

    @api.depends("line_ids.amount")
    def _compute_amounts(self):
        for transfer in self:
            amounts = transfer.line_ids.mapped("amount")
            transfer.amount_in = sum(amount for amount in amounts if amount > 0)
            transfer.amount_out = -sum(amount for amount in amounts if amount < 0)

    @api.depends("amount_in", "amount_out", "kind")
    def _compute_amount_for_approval(self):
        """A cut does not make up for a grant: both are looked at."""
        for transfer in self:
            both = transfer.amount_in, transfer.amount_out
            transfer.amount_for_approval = (
                sum(both) if transfer.kind == "revision" else max(both)
            )

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
            if "line_ids" in vals:
                check_line_commands(model, "line_ids", vals["line_ids"] or [])
        check_records_exist(model, vals_list, ("employee_id", "company_id"))

    def _check_lines_open(self):
        """Refuse changes of lines once the transfer has been submitted."""
        if is_engine(self.env):
            return
        for transfer in self:
            if transfer.approval_state != "draft":
                raise UserError(
                    self.env._(
                        "%s has been submitted: its lines can no longer be changed. "
                        "Withdraw it or have it returned first.",
                        transfer.display_name,
                    )
                )
            # A change of a line and a submission at once meet on the same row.
            transfer._approval_meet_rivals()

    # ------------------------------------------------------------- public actions

    @api.model
    def action_draft_carry_over(self, year=None):
        """Draft the carry-over of a year: every line with money left, of the company.

        :param year: the year that is over; default the last one.
        :return: a window action that shows the draft.
        :raise UserError: for others than the budget clerk, before the year is over,
            or when nothing is left to carry over.
        """
        self._check_clerk()
        this_year = self.env.company.gov_today().year
        year = this_year - 1 if year is None or year is False else year
        if type(year) is not int or not 2000 <= year < this_year:
            raise UserError(
                self.env._(
                    "%(year)s is not over: what is left is carried over when the year "
                    "has ended.",
                    year=year,
                )
            )
        lines = self._get_lines_left(year)
        if not lines:
            raise UserError(self._get_nothing_left_text(year))
        transfer = self.create(
            {
                "kind": "carry_over",
                "year": year,
                "reason": self.env._("Carry-over of %(year)s", year=str(year)),
                "line_ids": [
                    Command.create({"line_id": line.id, "amount": line._get_left()})
                    for line in lines
                ],
            }
        )
        return transfer._get_records_action(name=self.env._("Carry-over"))

    @api.model
    def action_open_carry_over(self):
        """Draft the carry-over of the last year, or say that nothing is left.

        :return: a window action that shows the draft, or a notification.
        :raise UserError: for others than the budget clerk.
        """
        self._check_clerk()
        year = self.env.company.gov_today().year - 1
        if self._get_lines_left(year):
            return self.action_draft_carry_over(year)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": self._get_nothing_left_text(year)},
        }

    def _get_lines_left(self, year):
        """Return the lines of ``year`` with money that is not carried over yet."""
        lines = self.env["gov.budget.line"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("year", "=", year),
                ("carried_to_id", "=", False),
                ("id", "not in", self._get_waiting_ids(year)),
            ],
        )
        return lines.filtered(lambda line: line._get_left() > 0)

    def _get_nothing_left_text(self, year):
        return self.env._(
            "Nothing of %(year)s is left to carry over, or it has been carried over "
            "already.",
            year=str(year),
        )

    def _get_waiting_ids(self, year):
        """Return the ids of the lines that stand on a carry-over under way."""
        # Whether another clerk's carry-over is under way is all that is asked.
        return (
            self.env["gov.budget.transfer.line"]
            .sudo()
            .search(
                [
                    ("transfer_id.kind", "=", "carry_over"),
                    ("transfer_id.year", "=", year),
                    ("company_id", "=", self.env.company.id),
                    ("transfer_id.approval_state", "in", ("submitted", "on_hold")),
                ]
            )
            .line_id.ids
        )

    def _check_clerk(self):
        if not self.env.user.has_group("gov_logistics.group_budget"):
            raise UserError(
                self.env._("The plan of the budget is changed by the budget clerk.")
            )

    # -------------------------------------------------------------- approval hooks

    def _approval_summary(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return f"{kinds[self.kind]} {self.year}: {self.reason}"[:200]

    def _approval_check_submit(self):
        """Refuse a transfer that does not add up, naming what is wrong."""
        result = super()._approval_check_submit()
        self._check_clerk()
        if not self.line_ids:
            raise UserError(
                self.env._("%s has no lines: say what changes.", self.display_name)
            )
        for line in self.line_ids:
            line._check_complete()
        if self.kind == "transfer":
            money = self.currency_id
            if not self.amount_in or money.compare_amounts(
                self.amount_in, self.amount_out
            ):
                raise UserError(
                    self.env._(
                        "A transfer gives as much as it takes: %(given)s is given and "
                        "%(taken)s is taken.",
                        given=money.format(self.amount_in),
                        taken=money.format(self.amount_out),
                    )
                )
        return result

    def _approval_exemption(self):
        exemption = super()._approval_exemption()
        if exemption or self.kind != "carry_over":
            return exemption
        if self.company_id.gov_budget_carry != "finance":
            return False
        clause = self.env["gov.policy"]._get_policy(
            "budget.carry", company=self.company_id
        )
        env = self._get_record_env()
        return {
            "tier_name": env._("Carry-over by finance"),
            "rule_citation": clause.citation,
            "comment": env._("The institution leaves the carry-over to finance."),
        }

    def _approval_after_submit(self):
        """Set aside what is given away, so that nobody spends it meanwhile."""
        result = super()._approval_after_submit()
        if self.kind != "carry_over":
            self.line_ids.line_id._meet_rivals()
            for line in self.line_ids.filtered(lambda line: line.amount < 0):
                line.line_id._commit(self, -line.amount)
        return result

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        if self.approval_state not in ("submitted", "on_hold"):
            self._free_lines()
        return result

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        if self.kind == "carry_over":
            self.line_ids._carry_over()
        else:
            lines = self.line_ids
            lines.line_id._meet_rivals()
            lines.line_id.invalidate_recordset()
            # The year was closed while the matter was under way.
            for line in lines:
                line._check_not_carried()
            self._free_lines()
            lines.line_id._book(
                [
                    line.line_id._prepare_row(
                        "plan", line.amount, self, "", "", self.reason[:200]
                    )
                    for line in lines
                ]
            )
        self.write({"applied_at": fields.Datetime.now()})
        return result

    def _free_lines(self):
        """Give free what was set aside for this transfer."""
        for line in self.line_ids.line_id:
            line._release(self)

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        if not blocker and self.applied_at:
            blocker = self.env._(
                "%s has changed the plan: a mistake is put right by another one.",
                self.display_name,
            )
        return blocker

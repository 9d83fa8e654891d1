from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine


class GovSupplyRequest(models.Model):
    """Purchase requests that are handed in to a monthly plan, or merged from it.

    A hand-in walks the tier of its section head only, is never ordered by itself and
    does not count for the splitting check; the merged request walks the whole chain
    with the merged sum. Which rules hold for which is data (``plan_role``).
    """

    _inherit = "gov.supply.request"

    _protected_fields = frozenset({"is_plan_merged", "plan_role"})

    plan_id = fields.Many2one(
        "gov.supply.plan",
        string="Monthly plan",
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The purchase is made together with those of the other departments.",
    )
    is_plan_merged = fields.Boolean(
        string="Merged from a monthly plan", readonly=True, copy=False
    )
    plan_role = fields.Selection(
        [
            ("none", "Not in a monthly plan"),
            ("hand_in", "Handed in to a monthly plan"),
            ("merged", "Merged monthly plan"),
        ],
        string="Monthly plan (part)",
        compute="_compute_plan_role",
        store=True,
        precompute=True,
    )
    plan_state = fields.Selection(related="plan_id.state", string="State of the plan")
    state_shown = fields.Selection(
        "_get_states_shown",
        string="State in words",
        compute="_compute_state_shown",
        help="The state, in the words of the monthly plan while it waits for it.",
    )
    can_plan = fields.Boolean(compute="_compute_can_plan")
    is_plan_late = fields.Boolean(compute="_compute_can_plan")

    # ------------------------------------------------------------------ computes

    @api.depends("plan_id", "is_plan_merged")
    def _compute_plan_role(self):
        for request in self:
            if request.is_plan_merged:
                request.plan_role = "merged"
            else:
                request.plan_role = "hand_in" if request.plan_id else "none"

    @api.model
    def _get_states_shown(self):
        """Return the states, and those that a hand-in has before it is bought."""
        to_merge = self.env._("Waiting to be merged")
        merged = self.env._("Merged, being approved")
        waiting = [("to_merge", to_merge), ("merged", merged)]
        states = self._fields["state"]._description_selection(self.env)
        place = [value for value, label in states].index("approved")
        return states[:place] + waiting + states[place:]

    @api.depends("state", "plan_role", "plan_state")
    def _compute_state_shown(self):
        waiting = {"open": "to_merge", "merged": "merged"}
        for request in self:
            state = request.state
            if request.plan_role == "hand_in" and state == "approved":
                state = waiting.get(request.plan_state, state)
            request.state_shown = state

    @api.depends("kind", "approval_state", "plan_id", "employee_id")
    @api.depends_context("uid")
    def _compute_can_plan(self):
        plans = self.env["gov.supply.plan"]
        for company, requests in self.grouped("company_id").items():
            today = (company or self.env.company).gov_today()
            month = today.replace(day=1)
            draft = plans.new({"month": month, "company_id": company.id})
            # Whether this month's plan is still open is no secret.
            plan = plans.sudo().search(
                [("company_id", "=", company.id), ("month", "=", month)]
            )
            late = draft.hand_in_date < today or plan.state not in (False, "open")
            for request in requests:
                request.is_plan_late = late
                request.can_plan = (
                    request.can_submit
                    and request.kind == "purchase"
                    and not request.plan_id
                )

    @api.depends("plan_role")
    def _compute_state(self):
        result = super()._compute_state()
        # What was merged is handed out by the hand-ins.
        self.filtered("is_plan_merged").to_issue = False
        return result

    @api.depends("plan_role")
    def _compute_can_supply(self):
        result = super()._compute_can_supply()
        for request in self.filtered("is_plan_merged"):
            request.can_issue = request.can_return_goods = False
        return result

    # --------------------------------------------------------------- constraints

    @api.constrains("plan_id", "kind")
    def _check_plan_kind(self):
        for request in self:
            if request.plan_id and request.kind != "purchase":
                raise UserError(
                    self.env._(
                        "Only purchase requests are handed in to a monthly plan; "
                        "goods in stock are drawn by a stock issue."
                    )
                )

    # ------------------------------------------------------------- public actions

    def action_add_to_plan(self):
        """Add these drafts to this month's plan; it is handed in by submitting.

        :return: True
        :raise UserError: when the requests are not purchases in draft or not the
            user's own, or when the hand-in day is over (it is named).
        """
        return self._add_to_plan(
            lambda company: self.env["gov.supply.plan"]._get_plan(
                company, company.gov_today()
            )
        )

    def action_add_to_next_plan(self):
        """Add these drafts to the first plan after this month's that is open.

        :return: True
        :raise UserError: when the requests are not purchases in draft or not the
            user's own.
        """
        plans = self.env["gov.supply.plan"]
        return self._add_to_plan(
            lambda company: plans._get_next_plan(
                company, plans._get_plan(company, company.gov_today())
            )
        )

    def action_leave_plan(self):
        """Take these drafts out of their plan: each walks its own chain again.

        :return: True
        :raise UserError: when they are not the user's own, or no drafts.
        """
        for request in self:
            request._check_plan_draft()
            request.plan_id = False
        return True

    def _add_to_plan(self, find):
        for request in self:
            request._check_plan_draft()
            plan = find(request.company_id)
            if refusal := plan._get_hand_in_refusal():
                raise UserError(refusal)
            request.write({"plan_id": plan.id})
        return True

    def _check_plan_draft(self):
        self.check_access("write")
        if self.kind != "purchase" or self.is_plan_merged:
            raise UserError(
                self.env._(
                    "%s is no purchase request of a department.", self.display_name
                )
            )
        if blocker := self._get_blocker("submit"):
            raise UserError(blocker)

    def action_close_rest(self, reason):
        for line in self.exists().sudo().line_ids:  # only figures of its own plan
            merged = line.merged_line_id
            coming = merged.qty_approved - merged.qty_closed - merged.qty_received
            if line.qty_open > 0 and merged and merged.uom_id.compare(coming, 0) > 0:
                self.check_access("read")
                raise UserError(
                    self.env._(
                        "%(line)s is being bought by %(merged)s, more than would be "
                        "needed then: close the rest there, or after all has arrived.",
                        line=line.display_name,
                        merged=merged.request_id.display_name,
                    )
                )
        result = super().action_close_rest(reason)
        # Group, state and reason have just been checked.
        request = self.sudo()
        if request.is_plan_merged:
            engine(request.line_ids.part_line_ids)._close_part(reason)
        return result

    def _plan_issue(self, lines, wanted, free):
        """Hand out of a plan what has arrived for this request, and no more."""
        if self.is_plan_merged:
            raise UserError(
                self.env._(
                    "%(request)s was merged from %(plan)s: its goods are handed out by "
                    "the distribution list of the plan.",
                    request=self.display_name,
                    plan=self.plan_id.display_name,
                )
            )
        if self.plan_role == "hand_in":
            if wanted is None:
                wanted = {line: line._get_to_distribute() for line in lines}
                lines = lines.filtered(lambda line: wanted[line] > 0)
            for line in lines:
                line._check_arrived(wanted[line])
        return super()._plan_issue(lines, wanted, free)

    # ------------------------------------------------------------- approval hooks

    def _approval_check_submit(self):
        result = super()._approval_check_submit()
        if self.is_plan_merged:
            # The plan is about to be merged by its own method; a merged request that
            # came back stays void.
            if not self.line_ids.sudo().part_line_ids:
                raise UserError(self.env._("Merge the plan again instead."))
        elif self.plan_id:
            plan = self.plan_id
            # Handing in and merging meet on the plan's row.
            plan.sudo()._meet_rivals()
            if refusal := plan._get_hand_in_refusal():
                raise UserError(refusal)
        return result

    def _approval_after_approved(self):
        if self.plan_role == "hand_in":
            self._wait_for_merge()
            return None
        result = super()._approval_after_approved()
        if self.is_plan_merged:
            self.plan_id._on_merged_approved()
        return result

    def _wait_for_merge(self):
        """Stay in the plan, or go to the next one when this one was merged before."""
        plan = self.plan_id
        plan._meet_rivals()
        if plan.state == "open":
            return
        self.plan_id = plan._get_next_plan(self.company_id, plan)
        self.message_post(
            body=self.env._(
                "%(plan)s had been merged before the section head agreed: handed in to "
                "%(next)s.",
                plan=plan.display_name,
                next=self.plan_id.display_name,
            )
        )

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        if self.is_plan_merged and self.plan_id.merged_id == self:
            texts = {
                "reject": self.env._("rejected"),
                "return": self.env._("returned"),
                "withdraw": self.env._("withdrawn"),
                "cancel": self.env._("cancelled"),
            }
            # A return to an earlier tier stays under way.
            if self.approval_state != "submitted":
                self.plan_id._on_merged_closed(self, texts.get(action, action))
                if self.approval_state == "draft":
                    self.write({"approval_state": "cancelled"})
        return result

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        # What was handed in is asked, not what the reader may see of it.
        merged = self.sudo().line_ids.merged_line_id.request_id
        if not blocker and merged:
            blocker = self.env._(
                "%(request)s has been merged into %(merged)s.",
                request=self.display_name,
                merged=merged.mapped("display_name"),
            )
        return blocker

    def _begin(self, action):
        if action == "cancel" and self.plan_role == "hand_in":
            self.check_access("read")
            # Cancelling and merging meet on the plan's row.
            self.sudo().plan_id._meet_rivals()
        return super()._begin(action)

from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.names import join_names

from .input_check import find_record


class GovSupplyRequest(models.Model):
    """What is asked for is paid from the department's budget lines.

    A line of the request gets its budget line at submission, by the economic item of
    its product's category; where there is none finance names it in its check. From
    then on the money is set aside, the amount follows price check and lowering, and
    what is handed out is booked as used. Of a monthly plan the hand-ins of the
    departments pay, not the merged request.
    """

    _name = "gov.supply.request"
    _inherit = ["gov.supply.request", "gov.budget.mixin"]

    # ------------------------------------------------------------------- amounts

    def _budget_wanted(self):
        """Return budget line → (committed, used), from the lines of the request."""
        self.ensure_one()
        wanted = defaultdict(lambda: [0.0, 0.0])
        if self.is_plan_merged:
            return wanted
        money = self.currency_id
        for line in self.line_ids.filtered("budget_line_id"):
            issued, back = line.qty_issued, line.qty_returned
            if line.line_type != "goods":
                issued, back = line.qty_received, 0.0
            agreed = line.qty_approved - line.qty_closed
            used = money.round((issued - back) * line.price_unit)
            open_amount = money.round(agreed * line.price_unit) - money.round(
                issued * line.price_unit
            )
            amounts = wanted[line.budget_line_id]
            amounts[0] += max(money.round(open_amount), 0.0) if line.qty_open else 0.0
            amounts[1] += used
        return wanted

    def _budget_lines_shown(self):
        lines = self.line_ids.budget_line_id
        if self.approval_state == "draft":
            # Before submission: the lines that it would get.
            found = self._budget_find_lines()
            lines = lines.union(*found.values()) if found else lines.browse()
        return lines.browse(sorted({line._follow().id for line in lines}))

    def _budget_preview_over(self):
        """Tell whether this draft asks for more than is left on its lines."""
        asked = defaultdict(float)
        for line, budget in self._budget_find_lines().items():
            asked[budget] += line.subtotal
        money = self.currency_id
        return any(
            budget and money.compare_amounts(amount, budget.amount_available) > 0
            for budget, amount in asked.items()
        )

    def _get_chain_rows(self):
        """The preview of a draft says when more is asked for than is left."""
        rows = super()._get_chain_rows()
        if (
            rows
            and self.approval_state == "draft"
            and self.company_id.gov_budget_on
            # Whether enough is left is told to whoever drafts a request.
            and self.sudo()._budget_preview_over()
        ):
            text = self.env._("More is asked for than is left of the budget.")
            if self.company_id.gov_budget_over == "exception":
                text = self.env._(
                    "More is asked for than is left of the budget: %(tiers)s decides, "
                    "too.",
                    tiers=join_names(self.env, self._budget_get_exception_names()),
                )
            note = " ".join(filter(None, [rows[-1]["note"], text]))
            rows[-1] = {**rows[-1], "note": note}
        return rows

    def _budget_get_exception_names(self):
        """Return the names of the tiers for matters above what is left."""
        # Names of tiers are shown to whoever drafts a matter.
        rules = self.env["gov.approval.rule"].sudo()
        domain = [
            ("model", "=", self._name),
            ("domain", "like", "budget_over"),
            ("company_id", "in", [False, self.company_id.id]),
        ]
        return rules.search(domain).mapped("name")

    @api.depends("line_ids.budget_line_id", "line_ids.subtotal", "line_ids.product_id")
    def _compute_budget_left(self):
        return super()._compute_budget_left()

    # -------------------------------------------------------------------- naming

    def _budget_name_lines(self):
        """Name the budget line of each line by its category's economic item."""
        found = self._budget_find_lines()
        self._budget_set_lines({line: budget.id for line, budget in found.items()})

    def _budget_find_lines(self):
        """Return {line: budget line that its category's item leads to, or none}."""
        items = {
            line: line.product_id.categ_id._get_budget_item(self.company_id)
            for line in self.line_ids
        }
        found = self.env["gov.budget.line"]
        if not self.is_plan_merged:
            found = found._find_lines(
                # Only where the applicant works is read.
                self.employee_id.sudo()._gov_department(),
                self.env["gov.budget.item"].union(*items.values()),
                self.company_id.gov_today().year,
                self.company_id,
            ).filtered(lambda line: not line.carried_to_id)
        picked = {
            item: lines._pick() for item, lines in found.grouped("item_id").items()
        }
        return {line: picked.get(item, found.browse()) for line, item in items.items()}

    def _budget_set_lines(self, named):
        """Write budget lines: dict line of the request → id or False."""
        groups = defaultdict(list)
        for line, budget_id in named.items():
            if line.budget_line_id.id != budget_id:
                groups[budget_id].append(line.id)
        for budget_id, ids in groups.items():
            # The callers have checked who names the money.
            lines = engine(self.env["gov.supply.request.line"].sudo().browse(ids))
            lines.budget_line_id = budget_id
        ids = set(self.line_ids.budget_line_id.ids)
        only = ids.pop() if len(ids) == 1 else False
        if self.budget_line_id.id != only:
            engine(self.sudo()).budget_line_id = only

    def action_set_fund_source(self, fund_source, budget_lines=None):
        """Name the source of money, as the holder of finance's check.

        :param fund_source: text, for example the budget item; may be empty when a
            budget line is named.
        :param budget_lines: id of the budget line that pays for every line without
            one, or dict line id → id of its budget line.
        :return: True
        :raise UserError: without a text, when it is not the user's turn, or when a
            budget line is of another institution or year, or has not enough left.
        """
        if not budget_lines:
            return super().action_set_fund_source(fund_source)
        self._check_single()
        document = self._take_open_seat("funds")
        named = document._budget_clean_lines(budget_lines)
        # Whoever holds finance's check may know the lines they name.
        budgets = engine(self.env["gov.budget.line"].sudo()).browse(named.values())
        if not fund_source:
            names = dict.fromkeys(budgets.mapped("display_name"))
            fund_source = join_names(self.env, names)
        result = super().action_set_fund_source(fund_source)
        document._budget_set_lines(named)
        document._budget_review()
        document._budget_sync()
        return result

    def _budget_clean_lines(self, budget_lines):
        """Return {line: id of its budget line} for what a caller has named.

        :raise UserError: when a line is not of this request, or a budget line cannot
            pay for it.
        """
        if not self.company_id.gov_budget_on:
            raise UserError(self.env._("The institution has no budget lines yet."))
        if isinstance(budget_lines, dict):
            named = self._clean_lines(budget_lines)
        else:
            without = self.line_ids.filtered(lambda line: not line.budget_line_id)
            named = dict.fromkeys(without or self.line_ids, budget_lines)
        refusal = self.env._("There is no such budget line.")
        year = self.company_id.gov_today().year
        for line, budget_id in named.items():
            budget = find_record(
                self.env["gov.budget.line"].browse(), budget_id, refusal
            )
            if budget.company_id != self.company_id:
                raise UserError(refusal)
            if budget.year != year or budget.carried_to_id:
                raise UserError(
                    self.env._(
                        "%(budget)s is not a line of %(year)s: it does not pay for "
                        "%(line)s.",
                        budget=budget.display_name,
                        year=str(year),
                        line=line.display_name,
                    )
                )
        return named

    # ------------------------------------------------------------- approval hooks

    def _approval_check_submit(self):
        result = super()._approval_check_submit()
        if self.company_id.gov_budget_on:
            self._budget_name_lines()
            self._budget_review()
        return result

    def _approval_exemption(self):
        """What is above the budget needs somebody who lets it through."""
        return False if self.budget_over else super()._approval_exemption()

    def _approval_after_submit(self):
        result = super()._approval_after_submit()
        self._budget_sync()
        return result

    def _approval_check_step(self, step):
        result = super()._approval_check_step(step)
        if self.company_id.gov_budget_on:
            if step.check_code == "funds":
                self._budget_check_named()
            self._budget_review(step)
            self._budget_sync()
        return result

    def _budget_check_named(self):
        """Refuse to close finance's check while a line has no budget line."""
        if self.is_plan_merged:
            return
        lines = self.line_ids.filtered(
            lambda line: line.qty_approved and not line.budget_line_id
        )
        if lines and self._budget_has_year():
            raise UserError(
                self.env._(
                    "Name the budget line that pays for %(lines)s before you close "
                    "this check.",
                    lines=lines.mapped("display_name"),
                )
            )

    def _budget_has_year(self):
        """Tell whether this year has budget lines that could be named."""
        # Whether there are any is no secret.
        lines = self.env["gov.budget.line"].sudo()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("year", "=", self.company_id.gov_today().year),
        ]
        return bool(lines.search_count(domain, limit=1))

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        self._budget_sync()
        return result

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        self._budget_sync()
        return result

    # ------------------------------------------------------------- what follows on

    def action_set_approved(self, quantities):
        result = super().action_set_approved(quantities)
        # It was the user's turn: the quantities have just been lowered.
        self._budget_review()
        self._budget_sync()
        return result

    def action_close_rest(self, reason):
        result = super().action_close_rest(reason)
        # Group and state have just been checked; a plan's parts are closed with it.
        self._budget_sync_all()
        return result

    def _submit_shortage(self):
        """The issue gives free what the purchase is about to set aside."""
        self.origin_request_id._budget_sync()
        return super()._submit_shortage()

    def _budget_sync_all(self):
        """Bring these requests, and the hand-ins they were merged from, in line."""
        # Server code has done the step that changed them.
        for request in self.sudo():
            if request.company_id.gov_budget_on:
                for matter in request | request.line_ids.part_line_ids.request_id:
                    matter._budget_sync()

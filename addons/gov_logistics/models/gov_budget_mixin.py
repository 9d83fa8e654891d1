from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

_UNDER_WAY = ("submitted", "on_hold", "approved")


class GovBudgetMixin(models.AbstractModel):
    """A matter with an approval chain whose money comes from budget lines.

    The document says what it wants of which line (``_budget_wanted``) and calls
    ``_budget_sync`` whenever that may have changed; the difference to what stands in
    the entries is committed, released or booked as used. Nothing happens, and no query
    is made, where the institution has no budget.

    Where less is left than is wanted, the institution's setting decides: the matter is
    refused, or it is marked (``budget_over``), walks the tiers that the approval rules
    name for such matters, and is let through on record by their last yes.
    """

    _name = "gov.budget.mixin"
    _description = "Matter Paid from a Budget Line"

    _protected_fields = frozenset({"budget_line_id", "budget_over", "budget_exception"})

    budget_line_id = fields.Many2one(
        "gov.budget.line",
        string="Budget line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="Where the money comes from; named at submission or by finance.",
    )
    budget_over = fields.Boolean(
        string="Above what is left",
        readonly=True,
        copy=False,
        help="Less is left on the budget line: the matter walks the tiers for that.",
    )
    budget_exception = fields.Boolean(
        string="Let through above the budget", readonly=True, copy=False
    )
    budget_level = fields.Selection(
        [
            ("ok", "Enough left"),
            ("warn", "Nearly used up"),
            ("empty", "Nothing left"),
            ("over", "Above the plan"),
        ],
        string="Budget",
        compute="_compute_budget_left",
    )
    budget_left = fields.Char(
        compute="_compute_budget_left",
        help="What is left on each budget line of this matter, as of now.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("approval_state", "budget_over")
    def _compute_budget_left(self):
        for matter in self:
            matter.budget_left = matter.budget_level = False
            if matter.company_id.gov_budget_on:
                matter._set_budget_left()

    def _set_budget_left(self):
        """Say what is left on the lines of this matter."""
        # What is left is shown to whoever may read the matter: heads decide by it.
        lines = self.sudo()._budget_lines_shown()
        if not lines:
            return
        order = ("ok", "warn", "empty", "over")
        levels = lines.mapped("level")
        self.budget_level = max(levels, key=order.index)
        self.budget_left = "; ".join(line._describe_left() for line in lines)

    # --------------------------------------------------------------------- hooks

    def _budget_wanted(self):
        """Return what this matter wants: dict line → (committed, used), in all.

        While it is no longer under way the commitments count for nothing.
        """
        self.ensure_one()
        if not self.budget_line_id:
            return {}
        return {self.budget_line_id: (self.amount_for_approval, 0)}

    def _budget_lines_shown(self):
        """Return the lines whose money is shown on this matter."""
        return self.budget_line_id

    # -------------------------------------------------------------------- engine

    def _budget_sync(self):
        """Bring the entries of this matter in line with what it wants now.

        What does not fit stays away until the chain has agreed; then it is let through
        and marked.

        :return: the lines on which the money is not enough.
        :raise UserError: when nothing is left and the institution lets nothing through.
        """
        self.ensure_one()
        if not self.company_id.gov_budget_on:
            return self.env["gov.budget.line"]
        # Server code of the document books; it has checked the step.
        matter = engine(self.sudo())
        lines, rows_by_line = matter._budget_changes()
        if not rows_by_line:
            return lines.browse()
        figures = lines._meet_rivals()
        left = {line_id: row[3] for line_id, row in figures.items()}
        short = lines.browse()
        rows, agreed = [], matter.approval_state == "approved"
        for line in lines:
            wanted = sum(
                row["amount"] * (-1 if row["kind"] == "release" else 1)
                for row in rows_by_line.get(line, ())
            )
            if wanted > 0 and wanted > left[line.id]:
                short |= line
                if not agreed:
                    if matter.company_id.gov_budget_over != "exception":
                        line._refuse_empty(left[line.id], wanted)
                    continue
                for row in rows_by_line[line]:
                    row.update(matter._budget_prepare_exception())
            rows += rows_by_line.get(line, ())
        lines._book(rows, figures)
        if agreed and short:
            matter._budget_mark_exception(short)
        return short

    def _budget_changes(self, submitting=False):
        """Return (lines, dict line → rows) of what is to be booked now.

        :param submitting: the matter is about to be under way.
        """
        budget = engine(self.env["gov.budget.line"].sudo())
        booked = defaultdict(lambda: [0, 0])
        for (line_id, _part), figures in budget._read_booked(self).items():
            line = budget.browse(line_id)
            current = line._follow()
            if current == line:
                booked[line][0] += figures[0]
            booked[current][1] += figures[1]
        under_way = submitting or self.approval_state in _UNDER_WAY
        wanted = defaultdict(lambda: [0, 0])
        for line, (committed, used) in self._budget_wanted().items():
            current = line._follow()
            wanted[current][0] += line._to_amount(committed) if under_way else 0
            wanted[current][1] += line._to_amount(used, True)
        rows = {}
        for line in set(booked) | set(wanted):
            committed = wanted[line][0] - booked[line][0]
            used = wanted[line][1] - booked[line][1]
            if committed:
                kind = "commit" if committed > 0 else "release"
                row = line._prepare_row(kind, abs(committed), self)
                rows.setdefault(line, []).append(row)
            if used:
                rows.setdefault(line, []).append(
                    line._prepare_row("actual", used, self)
                )
        return budget.browse(sorted(line.id for line in rows)), rows

    def _budget_prepare_exception(self):
        """Return what an entry says that goes above what is left."""
        env = self._get_record_env()
        note = env._("Let through above the budget by the chain of %s", self.number)
        return {"is_exception": True, "note": note}

    def _budget_mark_exception(self, lines):
        """Write into the register that money was let through above the budget."""
        env = self._get_record_env()
        self.write({"budget_exception": True})
        self._mark(
            "budget",
            env._(
                "Let through above the budget: %(lines)s.",
                lines=lines.mapped("display_name"),
            ),
        )

    def _budget_review(self, step=None):
        """Hold what is wanted against what is left, before anything is booked.

        :param step: the open check after which tiers may have to join the chain.
        :raise UserError: when nothing is left and the institution lets nothing through.
        """
        self.ensure_one()
        if not self.company_id.gov_budget_on:
            return
        # Server code of the document asks; it has checked the step.
        matter = engine(self.sudo())
        over = bool(matter._budget_read_short())
        if matter.budget_over != over:
            matter.budget_over = over
        if over and step:
            matter._budget_add_tiers(step)

    def _budget_read_short(self):
        """Return the lines that hold less than this matter wants besides what it has.

        :raise UserError: when the institution lets nothing through.
        """
        _lines, rows_by_line = self._budget_changes(submitting=True)
        short = self.env["gov.budget.line"]
        for line, rows in rows_by_line.items():
            wanted = sum(
                row["amount"] * (-1 if row["kind"] == "release" else 1) for row in rows
            )
            left = line._to_amount(line.amount_available, True)
            if wanted > 0 and wanted > left:
                if self.company_id.gov_budget_over != "exception":
                    line._refuse_empty(left, wanted)
                short |= line
        if short and not self._budget_get_rules():
            raise UserError(
                self.env._(
                    "%(line)s has not enough left, and no approval rule says who lets "
                    "an exception through. Ask the approval administrator.",
                    line=short[:1].display_name,
                )
            )
        return short

    def _budget_get_rules(self):
        """Return the approval rules of today for matters above what is left."""
        was = self.budget_over
        self.budget_over = True
        rules = self.env["gov.approval.rule"]._get_in_force(self)
        self.budget_over = was
        if self.is_urgent:
            # One person decides at once; that they do so above the budget is marked.
            return rules
        return rules.filtered(lambda rule: "budget_over" in (rule.domain or ""))

    def _budget_add_tiers(self, step):
        """Let the tiers for an exception join the chain behind the others."""
        steps = self._get_steps().filtered(lambda s: s.state != "cancelled")
        rules = self._budget_get_rules() - steps.rule_id
        if not rules:
            return
        waiting = steps.filtered(lambda s: s.state == "waiting")
        known = self._get_earlier_decisions(waiting[:1] or step, inclusive=True)
        added = self._create_steps(
            rules.sorted(lambda rule: (rule.sequence, rule.id)),
            step._get_spent_users(known),
            step.sequence + len(waiting) + 1,
        )
        (waiting | added)._renumber()

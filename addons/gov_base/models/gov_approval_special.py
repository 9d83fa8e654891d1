from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.days import format_day
from ..tools.names import join_names
from ..tools.scan import clean_scan
from .gov_guard import engine

LATE_REASONS = [
    ("system_down", "System was down"),
    ("urgent", "Urgent"),
    ("forgotten", "Forgotten to enter"),
    ("before_start", "Before the system started"),
]


class GovApprovalSpecial(models.AbstractModel):
    """What a matter says about a way that is not the usual one.

    * Late entry (补录): ``occurred_on`` beside the day of entry. It is never in the
      future; earlier than the day of submission it needs a reason from the list. A
      matter is never refused for being late.
    * Urgent first (急办后补): ``is_urgent`` with its reason, see
      ``gov.approval.urgent``: the cap, the finding and the paper that is due.

    Both are written in draft only and marked in the register that supervision reads
    by month (``gov.approval.mark``). Part of ``gov.approval.mixin``.
    """

    _name = "gov.approval.special"
    _description = "Special Handling of a Matter"
    _inherit = ["gov.guard.mixin"]
    _protected_fields = frozenset(
        {"is_late", "period_date", "mark_ids", "urgent_paper_ids"}
    )

    occurred_on = fields.Date(
        string="Happened on",
        copy=False,
        help="Empty: on the day of submission. An earlier day makes a late entry and "
        "needs a reason; it is never in the future.",
    )
    late_reason = fields.Selection(
        LATE_REASONS, string="Reason for late entry", copy=False
    )
    late_note = fields.Char(string="Note on late entry", copy=False)
    is_late = fields.Boolean(
        string="Late entry",
        compute="_compute_is_late",
        store=True,
        help="It happened before the day on which it was entered.",
    )
    period_date = fields.Date(
        string="Counts on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The day in whose month the matter counts, fixed at submission: the day "
        "on which it happened, or the first open day when that month is closed.",
    )
    is_urgent = fields.Boolean(
        string="Urgent first",
        copy=False,
        help="One tier decides at once, up to the cap of the clause; the paper follows "
        "by the next working day.",
    )
    urgent_reason = fields.Char(string="Why it is urgent", copy=False)
    urgent_paper_ids = fields.One2many(
        "gov.approval.urgent",
        "res_id",
        string="Paper of the urgent matter",
        domain=lambda self: [("model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    urgent_deadline = fields.Date(
        string="Paper due on", compute="_compute_urgent_deadline"
    )
    mark_ids = fields.One2many(
        "gov.approval.mark",
        "res_id",
        string="Special handling",
        domain=lambda self: [("model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    can_record_offline = fields.Boolean(compute="_compute_can_record_offline")
    mark_summary = fields.Char(string="Marked as", compute="_compute_mark_summary")

    # ------------------------------------------------------------------ computes

    @api.depends("occurred_on", "submitted_at")
    def _compute_is_late(self):
        for matter in self:
            matter.is_late = bool(
                matter.occurred_on and matter.occurred_on < matter._get_entry_day()
            )

    @api.depends("mark_ids")
    def _compute_mark_summary(self):
        labels = dict(
            self.env["gov.approval.mark"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        for matter in self:
            # Whoever reads the matter reads how it was handled.
            kinds = dict.fromkeys(matter.sudo().mark_ids.mapped("kind"))
            names = join_names(self.env, [labels[kind] for kind in kinds])
            matter.mark_summary = names or False

    @api.depends("urgent_paper_ids.state")
    def _compute_urgent_deadline(self):
        for matter in self:
            # Whoever reads the matter reads what it still owes.
            owed = matter.sudo().urgent_paper_ids.filtered(lambda u: u.state == "open")
            matter.urgent_deadline = owed[:1].deadline

    @api.depends("approval_state", "employee_id", "beneficiary_id", "seat_ids")
    @api.depends_context("uid")
    def _compute_can_record_offline(self):
        user = self.env.user
        clerk = user.has_group("gov_base.group_secretariat")
        for matter in self:
            # Only the user's own part in it is asked.
            seated = clerk or user in matter.sudo().seat_ids.user_id
            matter.can_record_offline = (
                seated
                and matter.approval_state in ("submitted", "on_hold")
                and matter.sudo().current_step_id.kind == "decision"
                and user not in matter._approval_recording_parties()
            )

    # ------------------------------------------------------------------- actions

    def action_open_offline(self):
        """Open a new record of a decision on paper or by phone on this matter.

        :return: a window action.
        :raise UserError: for none or several matters.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        # Whose turn it is is shown to whoever reads the matter.
        seats = self.sudo().current_step_id.seat_ids
        leaders = seats.filtered(lambda s: s.state == "open").user_id - self.env.user
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decision on paper or by phone"),
            "res_model": "gov.approval.offline",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_model": self._name,
                "default_res_id": self.id,
                "default_leader_id": leaders.id if len(leaders) == 1 else False,
            },
        }

    # --------------------------------------------------------------- constraints

    @api.constrains("occurred_on")
    def _check_occurred_on(self):
        for matter in self:
            today = matter.company_id.gov_today()
            if matter.occurred_on and matter.occurred_on > today:
                raise UserError(
                    self.env._(
                        "Happened on %(day)s: that day lies in the future; today is "
                        "%(today)s.",
                        day=format_day(self.env, matter.occurred_on),
                        today=format_day(self.env, today),
                    )
                )

    # -------------------------------------------------------------------- engine

    def _get_entry_day(self):
        """Return the institution's day of submission; of a draft, today."""
        self.ensure_one()
        company = self.company_id or self.env.company
        if self.submitted_at:
            return self.env["gov.paper"]._local(self.submitted_at, company).date()
        return company.gov_today()

    def _check_special(self):
        """Refuse to submit a late entry or an urgent matter without a reason.

        :raise UserError: naming the day.
        """
        self.ensure_one()
        self._check_occurred_on()
        today = self.company_id.gov_today()
        if self.occurred_on and self.occurred_on < today and not self.late_reason:
            raise UserError(
                self.env._(
                    "%(matter)s happened on %(day)s and is entered on %(today)s: "
                    "choose the reason for the late entry.",
                    matter=self.display_name,
                    day=format_day(self.env, self.occurred_on),
                    today=format_day(self.env, today),
                )
            )
        if self.is_urgent and not (self.urgent_reason or "").strip():
            raise UserError(
                self.env._(
                    "%s is marked urgent: say why it is urgent.", self.display_name
                )
            )

    def _freeze_special(self):
        """Fix the day on which the matter counts; mark a late or urgent one."""
        self.ensure_one()
        self.period_date = self.company_id._gov_open_day(
            self.occurred_on or self._get_entry_day()
        )
        if self.is_late:
            self._mark("late", self._get_late_text())
        if self.is_urgent and not self._approval_exemption():
            self._begin_urgent()

    def _get_late_text(self):
        env = self._get_record_env()
        reasons = dict(self._fields["late_reason"]._description_selection(env))
        text = env._(
            "Happened on %(day)s, entered on %(entered)s: %(reason)s",
            day=format_day(env, self.occurred_on),
            entered=format_day(env, self._get_entry_day()),
            reason=reasons[self.late_reason],
        )
        if self.late_note:
            text = f"{text} ({self.late_note})"
        if self.period_date != self.occurred_on:
            moved = env._(
                "Counts on %s: its month is closed.",
                format_day(env, self.period_date),
            )
            text = f"{text}. {moved}"
        return text

    def _mark(self, kind, text):
        """Enter this matter in the register of special handling.

        :param kind: a value of ``gov.approval.mark.kind``.
        :param text: what was special, in words; the same kind and text stand once.
        :return: the mark, in the engine's environment.
        """
        self.ensure_one()
        return self.env["gov.approval.mark"]._add(self, kind, text)

    # -------------------------------------------------------------------- urgent

    def _check_urgent_amount(self):
        """Refuse an urgent matter above the cap, or without a fixed amount.

        :raise UserError: naming amount, cap and clause.
        """
        code, today = "approval.urgent.max", self.company_id.gov_today()
        policies = self.env["gov.policy"]
        cap = policies.get_value(code, today, self.company_id.id)
        citation = policies._get_policy(code, today, self.company_id).citation
        if not self.amount_is_frozen:
            raise UserError(
                self.env._(
                    "%(matter)s has lines without a price: it cannot go first, since "
                    "the cap of %(cap)s (%(clause)s) cannot be checked. Choose "
                    "products with a price.",
                    matter=self.display_name,
                    cap=self.currency_id.format(cap),
                    clause=citation,
                )
            )
        amount = self.amount_for_approval
        if self.currency_id.compare_amounts(amount, cap) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is above %(cap)s, up to which an urgent matter may go "
                    "first (%(code)s: %(clause)s).",
                    amount=self.currency_id.format(amount),
                    cap=self.currency_id.format(cap),
                    code=code,
                    clause=citation,
                )
            )

    def _begin_urgent(self):
        """Open the finding, the deadline of the paper and the mark."""
        self._check_urgent_amount()
        today = self.company_id.gov_today()
        days = self.env["gov.policy"].get_value(
            "approval.urgent.days", today, self.company_id.id
        )
        deadline = self.env["gov.workday"].add_working_days(today, days)
        papers = self.env["gov.approval.urgent"]
        papers._get_open(self).write({"state": "ended"})
        engine(papers.sudo()).create(  # sudo: the matter has just been submitted
            {
                "model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
                "deadline": deadline,
                "reason": self.urgent_reason,
            }
        )
        env = self._get_record_env()
        text = env._(
            "Urgent: %(reason)s. Paper due on %(day)s.",
            reason=self.urgent_reason,
            day=format_day(env, deadline),
        )
        self._mark("urgent", text)
        self.env["gov.finding"]._raise("urgent_first", self, text)

    def action_paper_urgent(self, scan, note=""):
        """Hand in the signed paper of an urgent matter.

        :param scan: content of a PDF, JPEG or PNG file as base64.
        :param note: text, may be empty.
        :return: True
        :raise UserError: nothing is due, the file is no scan, or the user is neither
            handler, applicant nor of the secretariat.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        note = self._check_comment(note)
        if not self._is_requester() and not self.env.user.has_group(
            "gov_base.group_secretariat"
        ):
            raise UserError(
                self.env._(
                    "The paper is handed in by the handler, the applicant or the "
                    "secretariat."
                )
            )
        self._approval_meet_rivals()
        owed = self.env["gov.approval.urgent"]._get_open(self)
        if not owed:
            raise UserError(self.env._("%s owes no paper any more.", self.display_name))
        content, fingerprint = clean_scan(self.env, scan)
        owed.write(
            {
                "state": "papered",
                "scan": content,
                "scan_name": self.env._("Paper of %s", self.display_name),
                "scan_sha256": fingerprint,
                "note": note,
                "papered_by_id": self.env.uid,
                "papered_at": fields.Datetime.now(),
            }
        )
        return True

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.input_check import check_plain_values, find_record
from odoo.addons.gov_base.tools.scan import clean_scan

OUTCOMES = [
    ("upheld", "Upheld"),
    ("reduced", "Reduced"),
    ("revoked", "Revoked"),
]
_TEXT_LIMIT = 4000


class GovPointsAppeal(models.Model):
    """An appeal (申诉) against a score, by the person it concerns.

    Filed in the app, or handed in on paper and entered by an officer with its scan:
    the day it was handed in counts. Only against the person's own notice, once served,
    within the days of the rulebook, one per notice.

    ========= ========= ============================================================
    from      to        by
    ========= ========= ============================================================
    draft     submitted ``action_submit`` by the person, or the officer with the scan
    draft     parent    the same, when nobody here may decide it
    submitted decided   ``action_decide`` by who holds the seat, the record of the
                        meeting; the points fall or stay, they never rise
    parent    decided   ``action_record_outside``: the parent body's decision
    submitted draft     ``action_withdraw`` by the person, ``action_return``
    any       withdrawn ``action_cancel`` by the person while it is not decided
    ========= ========= ============================================================

    Nobody who took part in the score has a seat. The person, who typed, who decides,
    the scoring office and supervision read it.
    """

    _name = "gov.points.appeal"
    _description = "Appeal against a Score"
    _inherit = [
        "gov.points.appeal.body",
        "gov.points.service.mixin",
        "gov.scan.mixin",
        "gov.approval.mixin",
    ]
    _order = "date desc, id desc"
    _rec_name = "number"
    _number_code = "gov.points.appeal"
    _decision_code = "gov.points.appeal.decision"

    _protected_fields = frozenset(
        {
            "share_id",
            "body",
            "body_role_id",
            "is_returned",
            "state",
            "proposed_outcome",
            "proposed_points",
            "proposed_grounds",
            "proposed_by_id",
            "outcome",
            "new_points",
            "decision_text",
            "decision_number",
            "decided_on",
            "decision_received_on",
            "outside_body",
            "outside_number",
            "outside_date",
            "outside_scan",
            "outside_scan_name",
            "outside_by_id",
            "withdrawal_scan",
            "suspends",
        }
    )

    notice_id = fields.Many2one(
        "gov.points.notice",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    share_id = fields.Many2one(
        related="notice_id.share_id", store=True, index=True, string="Score"
    )
    employee_id = fields.Many2one(string="Person")
    date = fields.Date(
        string="Handed in on",
        required=True,
        default=lambda self: self.env.company.gov_today(),
        help="The day on which the person handed it in; in the app it is today.",
    )
    grounds = fields.Text(required=True, string="Grounds of the appeal")
    is_paper = fields.Boolean(
        string="Handed in on paper", compute="_compute_is_paper", store=True
    )
    scan = fields.Binary(string="Scan of the signed appeal")
    body = fields.Selection(
        [
            ("head", "The body that the rulebook names"),
            ("committee", "The meeting, without those who took part"),
            ("parent", "The parent body"),
        ],
        readonly=True,
        copy=False,
    )
    body_role_id = fields.Many2one(
        "gov.role", string="Decided by", readonly=True, copy=False, ondelete="restrict"
    )
    body_text = fields.Char(string="Who decides", compute="_compute_body_text")
    suspends = fields.Boolean(
        string="Measures wait",
        readonly=True,
        copy=False,
        help="The rulebook suspends the measures while the appeal is open.",
    )
    is_returned = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Under review"),
            ("parent", "Before the parent body"),
            ("decided", "Decided"),
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )

    # === The score that is appealed against, as the notice says ===
    notice_number = fields.Char(
        related="notice_id.number", string="Number of the notice"
    )
    facts = fields.Text(related="notice_id.facts")
    article_code = fields.Char(related="notice_id.article_code")
    article_text = fields.Text(related="notice_id.article_text")
    points = fields.Integer(related="notice_id.points")
    total_after = fields.Integer(related="notice_id.total_after")
    received_on = fields.Date(related="notice_id.received_on", string="Notice received")
    appeal_deadline = fields.Date(related="notice_id.appeal_deadline")
    person_name = fields.Char(related="notice_id.person_name")

    # === Proposal and decision ===
    proposed_outcome = fields.Selection(OUTCOMES, readonly=True, copy=False)
    proposed_points = fields.Integer(readonly=True, copy=False, aggregator=None)
    proposed_grounds = fields.Text(readonly=True, copy=False)
    proposed_by_id = fields.Many2one(
        "res.users",
        string="Proposed by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    outcome = fields.Selection(OUTCOMES, readonly=True, copy=False, index=True)
    new_points = fields.Integer(
        string="Points after the appeal", readonly=True, copy=False, aggregator=None
    )
    decision_text = fields.Text(
        string="Grounds of the decision", readonly=True, copy=False
    )
    decision_number = fields.Char(readonly=True, copy=False)
    decided_on = fields.Date(readonly=True, copy=False)
    outside_body = fields.Char(string="Parent body", readonly=True, copy=False)
    outside_number = fields.Char(
        string="Number of its document", readonly=True, copy=False
    )
    outside_date = fields.Date(string="Date of its document", readonly=True, copy=False)
    outside_scan = fields.Binary(
        string="Scan of its document", attachment=True, readonly=True, copy=False
    )
    outside_scan_name = fields.Char(readonly=True, copy=False)
    outside_by_id = fields.Many2one(
        "res.users",
        string="Recorded by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    withdrawal_scan = fields.Binary(
        string="Scan of the withdrawal", attachment=True, readonly=True, copy=False
    )
    service_ids = fields.One2many("gov.points.service", "appeal_id", readonly=True)
    decision_received_on = fields.Date(
        string="Decision received on", readonly=True, copy=False
    )
    can_propose = fields.Boolean(compute="_compute_can_here")
    can_record_outside = fields.Boolean(compute="_compute_can_here")
    can_withdraw_paper = fields.Boolean(compute="_compute_can_here")

    # What was never filed is no appeal: an officer's draft takes nobody's right.
    _notice_uniq = models.UniqueIndex(
        "(notice_id) WHERE approval_round > 0",
        "An appeal against this notice has been filed already.",
    )
    _decision_number_uniq = models.UniqueIndex(
        "(company_id, decision_number) WHERE decision_number IS NOT NULL",
        "This number has been given to another decision.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("handler_id", "employee_id")
    def _compute_is_paper(self):
        for appeal in self:
            # Only whether the person typed it is asked.
            appeal.is_paper = appeal.sudo().employee_id.user_id != appeal.handler_id

    @api.depends("approval_state", "body", "outcome", "decided_on")
    def _compute_state(self):
        for appeal in self:
            approval = appeal.approval_state
            if approval == "approved":
                appeal.state = "decided" if appeal.decided_on else "parent"
            elif approval == "draft":
                appeal.state = "draft"
            elif approval in ("cancelled", "rejected"):
                appeal.state = "withdrawn"
            else:
                appeal.state = "submitted"

    @api.depends("body", "body_role_id", "notice_id", "approval_state")
    def _compute_body_text(self):
        for appeal in self:
            known = bool(appeal.notice_id)
            appeal.body_text = appeal._get_body_text() if known else False

    @api.depends("approval_state", "decision_received_on")
    @api.depends_context("uid")
    def _compute_can_serve(self):
        return super()._compute_can_serve()

    @api.depends("approval_state", "state")
    @api.depends_context("uid")
    def _compute_can_here(self):
        for appeal in self:
            open_ = appeal.approval_state in ("submitted", "on_hold")
            free = appeal._may_prepare()
            appeal.can_propose = open_ and free
            appeal.can_record_outside = appeal.state == "parent" and free
            appeal.can_withdraw_paper = (
                (open_ or appeal.state == "parent" or appeal._is_sent_back())
                and self._is_officer()
                and not appeal.is_mine
            )

    def _compute_display_name(self):
        for appeal in self:
            appeal.display_name = appeal.number or self.env._(
                "Appeal against %s", appeal.sudo().notice_id.number or ""
            )

    def _is_sent_back(self):
        """Tell whether it was returned for correction and not handed in again."""
        return self.approval_state == "draft" and self.is_returned

    def _may_prepare(self):
        """Tell whether the current user may propose, or record what was decided.

        A scoring officer, or a clerk of the secretariat, who took no part in the score
        and whose own matter it is not.
        """
        self.ensure_one()
        user = self.env.user
        if not (
            self._is_officer()
            or user.has_group("gov_base.group_secretariat")
            or self._get_open_seats()
        ):
            return False
        return user not in self._get_involved()[0] and not self.is_mine

    # --------------------------------------------------------------- constraints

    @api.constrains("employee_id", "notice_id")
    def _check_applicant(self):
        """The person, or an officer: nobody appeals in another's name."""
        for appeal in self:
            # Only whose notice it is is asked.
            document = appeal.sudo()
            if document.employee_id != document.notice_id.employee_id:
                raise UserError(
                    self.env._("An appeal is filed by the person the notice is for.")
                )
            if not appeal._may_type_for(
                document.handler_id, document.employee_id, document.department_id
            ):
                raise UserError(
                    self.env._(
                        "The notice is for %(person)s, who appeals; what was handed in "
                        "on paper is entered by a scoring officer with its scan.",
                        person=document.employee_id.name,
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not is_engine(self.env):
            vals_list = [self._prepare_appeal(vals) for vals in vals_list]
        return super().create(vals_list)

    @api.model
    def _prepare_appeal(self, vals):
        """Return ``vals`` with what follows from the notice, and from nothing else.

        :raise UserError: no notice, one that the user may not read, or that has an
            appeal already.
        """
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        check_plain_values(self, vals)
        vals = dict(vals)
        notice = self._find_notice(vals, vals.pop("share_id", False))
        self.browse()._check_not_filed(notice)
        return {
            **vals,
            "notice_id": notice.id,
            "employee_id": notice.employee_id.id,
            "beneficiary_id": notice.employee_id.id,
            "company_id": notice.company_id.id,
        }

    def _check_not_filed(self, notice):
        """Refuse a second appeal; somebody else's draft is none."""
        # Read access was checked; only whether there is an appeal already is asked.
        document = notice.sudo()
        known = document._get_filed_appeal() or document._get_own_draft()
        if known := known - self:
            raise UserError(
                self.env._(
                    "An appeal against %(notice)s has been filed already: %(appeal)s.",
                    notice=notice.number,
                    appeal=known.display_name,
                )
            )

    @api.model
    def _find_notice(self, vals, share_id):
        """Return the notice that ``vals`` names, or that of the score ``share_id``."""
        missing = self.env._("Name the notice that the appeal is against.")
        notice_id = vals.get("notice_id") or self.env.context.get("default_notice_id")
        if share_id and not notice_id:
            share = find_record(self.env["gov.points.share"], share_id, missing)
            share.check_access("read")
            notice_id = share.notice_ids[:1].id
        notice = find_record(self.env["gov.points.notice"], notice_id, missing)
        notice.check_access("read")
        return notice

    def write(self, vals):
        check_plain_values(self, vals)
        if not is_engine(self.env):
            # Whose appeal against which notice it is never changes.
            self._guard_refuse(
                {"notice_id", "employee_id", "beneficiary_id"} & set(vals)
            )
            if any(appeal._is_sent_back() for appeal in self):
                # Sent back for correction it keeps the day that was in time.
                self._guard_refuse({"date"} & set(vals))
        return super().write(vals)

    # ----------------------------------------------------------------- the chain

    @api.model
    def _get_transitions(self):
        moves = dict(super()._get_transitions())
        for action, who in (("withdraw", "_is_person"), ("cancel", "_may_drop")):
            moves[action] = moves[action]._replace(who=who)
        return moves

    def _is_person(self):
        # Only whether the current user is the person is asked.
        return self.env.user == self.sudo().employee_id.user_id

    def _may_drop(self):
        """A draft is dropped by who typed it as well; else only by the person."""
        if self.approval_state == "draft" and not self.approval_round:
            return self._is_requester()
        return self._is_person()

    def _may_type_for(self, user, employee, department):
        return employee.user_id == user or user.has_group(
            "gov_points.group_points_officer"
        )

    def _approval_party_users(self):
        return super()._approval_party_users() | self._get_involved()[0]

    def _approval_party_employees(self):
        return super()._approval_party_employees() | self._get_involved()[1]

    def _approval_recused_named(self, employees):
        """Leave the reporter out: the person reads who was recused."""
        return employees - self.share_id.case_id.reporter_id

    def _get_refusal(self, action):
        if action in ("withdraw", "cancel"):
            return self.env._(
                "An appeal is withdrawn by the person who filed it. On paper an "
                "officer enters the withdrawal with its scan."
            )
        own = self.env.user in self._approval_own_users()
        if action not in ("submit", "remind") and not own:
            if self.env.user in self._get_involved()[0]:
                return self.env._(
                    "Who took part in the score has no say in the appeal. %s",
                    self._get_body_text(),
                )
        return super()._get_refusal(action)

    def _approval_summary(self):
        return self.env._(
            "%(person)s: %(points)s points, article %(article)s",
            person=self.person_name,
            points=self.points,
            article=self.article_code or "-",
        )

    def _approval_tier_role(self, tier):
        """The rulebook names who decides; the tier says how."""
        return self.body_role_id or tier.role_id

    def _approval_exemption(self):
        body = self.body or (self.notice_id and self._resolve_body()[0])
        if body != "parent":
            return False
        env = self._get_record_env()
        return {
            "tier_name": env._("Parent body"),
            "rule_citation": self.share_id.scheme_id.citation or False,
            "comment": env._(
                "Nobody here may decide: all who could took part in the score. Handed "
                "on to the parent body."
            ),
        }

    def action_submit(self):
        """File the appeal; who decides is fixed now and named in the answer's form.

        :return: True
        :raise UserError: late (with the count of the days), not served, decided
            before, without grounds or scan, or somebody else's.
        """
        for appeal in self.sorted("id"):
            appeal.check_access("read")
            if blocker := appeal._get_blocker("submit"):
                raise UserError(blocker)
            appeal._file()
        return super().action_submit()

    def _file(self):
        """Fix the day of filing and the body, before the chain is built."""
        # Read access, state and person have just been checked.
        document = engine(self.sudo())
        notice = document.notice_id
        notice._meet_rivals()
        self._check_not_filed(notice)
        values = {}
        if not document.is_paper and not document.is_returned:
            values["date"] = document.company_id.gov_today()
        document.write(values)
        if notice.provisional:
            notice.write(notice._get_deadlines(notice.received_on))
        self._check_served(notice)
        self._check_in_time(document, notice)
        body, role = document._resolve_body()
        document.write(
            {
                "body": body,
                "body_role_id": role.id,
                "suspends": notice.share_id.scheme_id.appeal_suspends,
            }
        )

    def _check_served(self, notice):
        """Refuse what is not served yet, or revoked; there is one appeal per notice."""
        share = notice.share_id
        if notice.state == "issued":
            raise UserError(
                self.env._(
                    "%s has not been served yet: the days to appeal begin with its "
                    "receipt.",
                    notice.display_name,
                )
            )
        # A paper that was handed in within the days may be entered after them.
        if share.state not in ("noticed", "appealed", "final"):
            states = dict(share._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(notice)s is settled already: %(state)s.",
                    notice=notice.display_name,
                    state=states[share.state],
                )
            )

    def _check_in_time(self, document, notice):
        """Refuse what was handed in late, with the days counted one by one."""
        today = document.company_id.gov_today()
        day = document.date
        if day > today or day < notice.received_on:
            raise UserError(
                self.env._(
                    "Handed in on %(day)s: that must lie between the receipt of the "
                    "notice (%(received)s) and today.",
                    day=format_day(self.env, day),
                    received=format_day(self.env, notice.received_on),
                )
            )
        if day > notice.appeal_deadline:
            raise UserError(
                self.env._(
                    "Handed in on %(day)s: too late. The appeal was possible until "
                    "%(last)s (%(term)s after receipt).\n%(count)s",
                    day=format_day(self.env, day),
                    last=format_day(self.env, notice.appeal_deadline),
                    term=notice._get_term_text(
                        notice.appeal_number, notice.appeal_unit
                    ),
                    count=notice.with_env(self.env).sudo()._explain_deadline(),
                )
            )

    def _approval_check_submit(self):
        if not (self.grounds or "").strip():
            raise UserError(self.env._("Say why: the grounds of the appeal are empty."))
        if len(self.grounds) > _TEXT_LIMIT:
            raise UserError(
                self.env._("The grounds are longer than %s characters.", _TEXT_LIMIT)
            )
        if self.is_paper and not self.with_context(bin_size=False).scan:
            raise UserError(
                self.env._(
                    "The appeal of %s was handed in on paper: add its scan.",
                    self.person_name,
                )
            )

    def _approval_after_submit(self):
        self._freeze_scan(required=False)
        engine(self.share_id).write({"state": "appealed"})
        self.notice_id.activity_unlink(["gov_points.mail_activity_type_appeal"])

    def _approval_after_closed(self, action):
        # When it is sent back the day it was handed in stays: that costs no right.
        returned = action == "return"
        if not self.approval_round:
            # Never filed: the score is as it was, whatever else was filed.
            return
        self.write({"is_returned": returned})
        if not returned and self.share_id.state == "appealed":
            engine(self.share_id).write({"state": "noticed"})
        self.write(self._get_no_decision())

    @api.model
    def _get_no_decision(self):
        return {
            "outcome": False,
            "new_points": 0,
            "decision_text": False,
            "proposed_outcome": False,
            "proposed_points": 0,
            "proposed_grounds": False,
            "proposed_by_id": False,
        }

    def _approval_cancel_blocker(self):
        if self.decided_on:
            return self.env._("%s has been decided.", self.display_name)
        return False

    def action_withdraw(self, reason=""):
        """Take the appeal back, as the person; within the days it may be filed anew.

        :return: True
        :raise UserError: not the person, or decided already.
        """
        result = super().action_withdraw(reason)
        # The person's own step has just been taken.
        engine(self.sudo()).write({"body": False})
        return result

    def action_withdraw_paper(self, reason, scan):
        """Enter a withdrawal that the person handed in on paper; it ends the appeal.

        :param reason: as the person wrote it; required.
        :param scan: the signed paper (PDF, JPEG, PNG), base64.
        :return: True
        :raise UserError: not an officer, no scan, or nothing to withdraw.
        """
        reason = self._check_grounds(reason)
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self._approval_meet_rivals()
        if not self.can_withdraw_paper:
            raise UserError(
                self.env._(
                    "A withdrawal on paper is entered by a scoring officer while the "
                    "appeal is open."
                )
            )
        content = clean_scan(self.env, scan)[0]
        # Access, state and person have just been checked.
        document = engine(self.sudo())
        document._record_decision(
            document.current_step_id, self.env.user, "withdrawn", reason
        )
        if document.approval_state != "approved":
            document._end_round()
            document._reset_to_draft()
        document.write({"approval_state": "cancelled", "withdrawal_scan": content})
        document._approval_after_closed("withdraw")
        return True

    # --------------------------------------------------------------- the decision

    def action_open_decide(self):
        """Ask how: to decide, to propose, to record what was decided or withdrawn.

        :return: a window action.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        step = self.env.context.get("default_step")
        names = {
            "propose": self.env._("Proposal"),
            "outside": self.env._("Decision of the parent body"),
            "withdraw": self.env._("Withdrawal on paper"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": names.get(step) or self.env._("Decision on the appeal"),
            "res_model": "gov.points.decide.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_appeal_id": self.id,
                "default_step": step if step in names else "decide",
            },
        }

    def action_propose(self, outcome, grounds, points=None):
        """Propose the outcome to the body that decides.

        :param str outcome: ``upheld``, ``reduced`` or ``revoked``.
        :param grounds: text; required.
        :param int points: with ``reduced``: a smaller allowed score.
        :return: True
        :raise UserError: not possible, or the user took part in the score.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self._approval_meet_rivals()
        if self.approval_state not in ("submitted", "on_hold"):
            raise UserError(self.env._("%s is not under review.", self.display_name))
        self._check_may_prepare()
        points = self._check_outcome(outcome, points)
        # Access, state and person have just been checked.
        engine(self.sudo()).write(
            {
                "proposed_outcome": outcome,
                "proposed_points": points,
                "proposed_grounds": self._check_grounds(grounds),
                "proposed_by_id": self.env.uid,
            }
        )
        return True

    def action_decide(self, outcome, grounds, points=None):
        """Decide the appeal, as the holder of an open seat.

        :param str outcome: ``upheld``, ``reduced`` or ``revoked``.
        :param grounds: text; required.
        :param int points: with ``reduced``: a smaller allowed score.
        :return: True
        :raise UserError: not the user's turn, no such outcome, not fewer points, or a
            member of the same tier has decided otherwise.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        document, step, seat = self._take_seat("approve")
        points = self._check_outcome(outcome, points)
        grounds = self._check_grounds(grounds)
        said = (outcome, points)
        if document.outcome and (document.outcome, document.new_points) != said:
            raise UserError(
                self.env._(
                    "%(appeal)s: somebody else has agreed to “%(outcome)s”. Return the "
                    "appeal, or decide the same.",
                    appeal=self.display_name,
                    outcome=document._get_outcome_text(self.env),
                )
            )
        document.write(
            {"outcome": outcome, "new_points": points, "decision_text": grounds}
        )
        document._approve_step(step, seat, grounds)
        return True

    def action_reject(self, reason):
        """An appeal is never simply refused.

        :raise UserError: always.
        """
        raise UserError(
            self.env._("An appeal is upheld, reduced or revoked; decide it so.")
        )

    def _approve_step(self, step, seat, comment, **values):
        """Agree to the outcome decided, else to the one proposed."""
        if not self.outcome:
            if not self.proposed_outcome:
                raise UserError(
                    self.env._(
                        "%s: neither decided nor proposed how. Open the appeal and "
                        "uphold, reduce or revoke the score.",
                        self.display_name,
                    )
                )
            self.write(
                {
                    "outcome": self.proposed_outcome,
                    "new_points": self.proposed_points,
                    "decision_text": self.proposed_grounds,
                }
            )
        said = self._get_outcome_text(self._get_record_env())
        comment = f"{said}\n{comment}" if comment else said
        return super()._approve_step(step, seat, comment, **values)

    def _reject_step(self, step, seat, reason, **values):
        """A meeting that does not agree asks for another proposal: nothing ends."""
        self._cast(step, seat.browse(), "returned", reason, **values)
        self.write(self._get_no_decision())
        self._tell_handler(self.env._("Another outcome is to be proposed: %s", reason))

    def _check_may_prepare(self):
        if not self._may_prepare():
            raise UserError(
                self.env._(
                    "This is for a scoring officer or a clerk of the secretariat who "
                    "took no part in the score."
                )
            )

    @api.model
    def _check_grounds(self, grounds):
        """Return the text of a decision or withdrawal.

        :raise UserError: no text, empty, or too long.
        """
        grounds = self._check_reason(grounds)
        if len(grounds) > _TEXT_LIMIT:
            raise UserError(
                self.env._("The grounds are longer than %s characters.", _TEXT_LIMIT)
            )
        return grounds

    def _check_outcome(self, outcome, points):
        """Return the points that remain.

        :raise UserError: no outcome, points without a reduction, or no smaller
            allowed score: an appeal never makes it worse.
        """
        if not isinstance(outcome, str) or outcome not in dict(OUTCOMES):
            raise UserError(self.env._("Uphold, reduce or revoke the score."))
        # Only the score itself and the scores of its rulebook are asked.
        share = self.sudo().share_id
        if outcome != "reduced":
            if points not in (None, False, 0):
                raise UserError(self.env._("Only a reduction names points."))
            return share.points if outcome == "upheld" else 0
        if type(points) is not int:
            raise UserError(self.env._("Say to how many points the score is reduced."))
        allowed = self._get_smaller_scores()
        if points not in allowed:
            raise UserError(
                self.env._(
                    "%(points)s is not possible: the score is %(before)s and an appeal "
                    "never makes it worse. Reduced to one of: %(allowed)s.",
                    points=points,
                    before=share.points,
                    allowed=[str(score) for score in allowed] or "-",
                )
            )
        return points

    def _get_smaller_scores(self):
        """Return the allowed scores below the present one, the largest first."""
        self.ensure_one()
        # Only the score itself and the scores of its rulebook are asked.
        share = self.sudo().share_id
        return [s for s in share.scheme_id._allowed_scores() if s < share.points]

    def _get_outcome_text(self, env):
        """Return the outcome in words: reduced from 4 to 2 points."""
        labels = dict(self._fields["outcome"]._description_selection(env))
        if self.outcome == "reduced":
            return env._(
                "Reduced from %(before)s to %(after)s points",
                before=self.points,
                after=self.new_points,
            )
        return labels[self.outcome]

    def _approval_after_approved(self):
        if self.body != "parent":
            self._take_effect()

    def action_record_outside(
        self, outcome, grounds, body, number, date, scan, points=None, scan_name=None
    ):
        """Record the decision that the parent body took.

        :param str outcome: ``upheld``, ``reduced`` or ``revoked``.
        :param grounds: as the document gives them; required.
        :param body: name of the parent body.
        :param number: number of its document.
        :param date: date of its document.
        :param scan: the document (PDF, JPEG, PNG), base64.
        :param int points: with ``reduced``: a smaller allowed score.
        :param scan_name: name of the file, may be empty.
        :return: True
        :raise UserError: it does not wait for the parent body, the user took part in
            the score, or something is missing or impossible.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self._approval_meet_rivals()
        if self.state != "parent":
            raise UserError(
                self.env._("%s does not wait for the parent body.", self.display_name)
            )
        self._check_may_prepare()
        points = self._check_outcome(outcome, points)
        day = to_day(self.env, date)
        if not day or not self.date <= day <= self.company_id.gov_today():
            raise UserError(
                self.env._(
                    "The document of the parent body is dated between the day the "
                    "appeal was handed in (%s) and today.",
                    format_day(self.env, self.date),
                )
            )
        values = {
            "outcome": outcome,
            "new_points": points,
            "decision_text": self._check_grounds(grounds),
            "outside_body": self._check_text(body),
            "outside_number": self._check_text(number),
            "outside_date": day,
            "outside_scan": clean_scan(self.env, scan)[0],
            "outside_scan_name": self._check_text(scan_name or "", required=False),
            "outside_by_id": self.env.uid,
        }
        # Access, state and person have just been checked.
        document = engine(self.sudo())
        document.write(values)
        env = document._get_record_env()
        document._record_decision(
            document.step_ids.browse(),
            self.env.user,
            "approved",
            env._(
                "%(body)s %(number)s of %(date)s: %(outcome)s. %(grounds)s",
                body=document.outside_body,
                number=document.outside_number,
                date=document.outside_date,
                outcome=document._get_outcome_text(env),
                grounds=document.decision_text,
            ),
            channel="paper",
            tier_name=env._("Parent body"),
        )
        document._take_effect()
        return True

    def _take_effect(self):
        """Carry the decision out: number, ledger, score, notice, to-dos."""
        self.ensure_one()
        share, notice = engine(self.share_id), engine(self.notice_id)
        env = self._get_record_env()
        self.write(
            {
                "decision_number": self._draw_number(
                    self._decision_code, self.company_id
                ),
                "decided_on": self.company_id.gov_today(),
            }
        )
        if self.outcome != "upheld":
            reason = env._(
                "Decision on the appeal %(number)s: %(outcome)s",
                number=self.decision_number,
                outcome=self._get_outcome_text(env),
            )
            engine(self.env["gov.points.entry"])._correct(
                share, self.new_points, reason
            )
        share.write({"state": "revoked" if self.outcome == "revoked" else "final"})
        after = {"upheld": "upheld", "reduced": "changed", "revoked": "withdrawn"}
        notice.write({"outcome": after[self.outcome], "points_now": self.new_points})
        notice.activity_unlink(["gov_points.mail_activity_type_correction"])
        self._ask_to_receive()

    def _ask_to_receive(self):
        """Leave the person the to-do to receive the decision, or the officer's."""
        env = self._get_record_env()
        user = self.employee_id.user_id.filtered("active")
        officer = self.notice_id.officer_id.filtered("active")
        xmlid = "gov_points.mail_activity_type_sign"
        if not user:
            xmlid = "gov_points.mail_activity_type_serve"
        if user := user or officer:
            text = env._("Receive the decision %s", self.decision_number)
            self._schedule_todos(xmlid, [(self, user, text)])

    # -------------------------------------------------------- service of the decision

    def _service_is_open(self):
        return bool(self.decided_on) and not self.decision_received_on

    def _service_number(self):
        return self.decision_number

    def _service_print(self):
        return {
            "title": self.env._("Decision on the appeal"),
            "number": self.decision_number,
            "department": self.notice_id.department_name,
            "day": self.decided_on,
        }

    def _service_first_day(self):
        return self.decided_on

    def _service_received(self):
        return self.decision_received_on

    def _service_paper(self):
        return {
            "appeal_id": self.id,
            "department_id": self.notice_id.department_id.id,
        }

    def _service_done(self, values):
        self.write({"decision_received_on": values["received_on"]})
        self.activity_unlink(
            [
                "gov_points.mail_activity_type_sign",
                "gov_points.mail_activity_type_serve",
            ]
        )

    def _begin_service(self):
        if len(self) == 1 and self.has_access("read") and not self.decided_on:
            raise UserError(self.env._("%s is not decided yet.", self.display_name))
        return super()._begin_service()

    def _meet_rivals(self):
        self._approval_meet_rivals()

    @api.model
    def _access_log_visible_to_person(self):
        return True

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.days import format_day
from ..tools.rivals import meet_rivals
from .gov_guard import engine, is_engine

_TYPED = frozenset(
    {
        "model",
        "res_id",
        "number",
        "leader_id",
        "outcome",
        "decided_at",
        "channel",
        "comment",
        "call_note",
        "scan",
        "scan_name",
    }
)


class GovApprovalOffline(models.Model):
    """A decision that a leader took on paper or by phone, recorded afterwards.

    ======= ======== ========= ====================================================
    action  from     to        who
    ======= ======== ========= ====================================================
    record  draft    recorded  who typed it: a clerk of the secretariat, or who has
                               or had a seat in the matter; neither handler,
                               applicant, beneficiary nor the leader
    confirm recorded confirmed the leader, one tap
    dispute recorded disputed  the leader, with a text
    ======= ======== ========= ====================================================

    Recording decides the open tier in the leader's name: the sealed row keeps both
    times and the channel, this record keeps who recorded it. Checks and meetings are
    never recorded here: who checks adds data, and a body has minutes. A call note is
    enough up to the clause ``approval.call_note.max``; above it the signed paper is
    scanned. The leader is told at once and confirms within ``approval.offline.days``
    working days, or a finding is opened.
    """

    _name = "gov.approval.offline"
    _description = "Decision on Paper or by Phone"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.scan.mixin"]
    _order = "id desc"
    _rec_name = "matter_name"
    _mail_post_access = "read"
    _protected_fields = frozenset(
        {
            "company_id",
            "handler_id",
            "step_id",
            "department_id",
            "recorder_id",
            "recorded_at",
            "state",
            "deadline",
            "confirmed_at",
            "dispute",
            "is_reported",
        }
    )

    number = fields.Char(
        string="Number of the matter",
        help="As it stands on the paper; the secretariat names the matter by it.",
        copy=False,
    )
    model = fields.Char(string="Kind of matter")
    res_id = fields.Many2oneReference(string="Matter", model_field="model")
    matter_name = fields.Char(string="Name of the matter", compute="_compute_matter")
    summary = fields.Char(string="What", compute="_compute_matter")
    currency_id = fields.Many2one("res.currency", compute="_compute_matter")
    amount = fields.Monetary(compute="_compute_matter")
    turn_ids = fields.Many2many(
        "res.users", string="Whose turn it is", compute="_compute_matter"
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, index=True, readonly=True
    )
    department_id = fields.Many2one("hr.department", readonly=True)
    handler_id = fields.Many2one("res.users", readonly=True)
    step_id = fields.Many2one(
        "gov.approval.step",
        string="Tier",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    leader_id = fields.Many2one(
        "res.users",
        string="Decided by",
        required=True,
        index=True,
        domain=[("share", "=", False)],
        ondelete="restrict",
    )
    outcome = fields.Selection(
        [
            ("agreed", "Agreed"),
            ("not_agreed", "Not agreed"),
            ("returned", "Returned"),
        ],
        required=True,
        default="agreed",
    )
    decided_at = fields.Datetime(
        required=True,
        default=fields.Datetime.now,
        help="When the leader decided.",
    )
    channel = fields.Selection(
        [("paper", "On paper"), ("phone", "By phone")], required=True, default="paper"
    )
    comment = fields.Text(string="Words of the leader")
    call_note = fields.Text(
        help="Who called whom, when, and what was said. Needed for a decision by phone."
    )
    recorder_id = fields.Many2one(
        "res.users", string="Recorded by", readonly=True, ondelete="restrict"
    )
    recorded_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("recorded", "To be confirmed"),
            ("confirmed", "Confirmed by the leader"),
            ("disputed", "Disputed"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
    )
    deadline = fields.Date(string="Confirm by", readonly=True, copy=False)
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    dispute = fields.Text(string="What the leader says", readonly=True, copy=False)
    is_reported = fields.Boolean(readonly=True, copy=False)
    can_record = fields.Boolean(compute="_compute_can")
    can_answer = fields.Boolean(compute="_compute_can")

    _matter_idx = models.Index("(model, res_id)")
    _waiting_idx = models.Index("(deadline) WHERE state = 'recorded'")

    # ------------------------------------------------------------------ computes

    @api.depends("model", "res_id", "state")
    @api.depends_context("uid")
    def _compute_matter(self):
        for row in self:
            matter = row._get_offline_matter()
            if matter and not row._shows_matter(matter):
                matter = False
            row.matter_name = matter.display_name if matter else row.number
            row.summary = matter._approval_summary() if matter else False
            row.currency_id = matter._approval_currency() if matter else False
            row.amount = matter.amount_for_approval if matter else 0
            seats = matter.current_step_id.seat_ids if matter else False
            open_seats = seats and seats.filtered(lambda s: s.state == "open")
            row.turn_ids = open_seats.user_id if open_seats else False

    @api.depends("state", "leader_id")
    @api.depends_context("uid")
    def _compute_can(self):
        for row in self:
            row.can_record = row.state == "draft"
            row.can_answer = row.state == "recorded" and row.leader_id == self.env.user

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not is_engine(self.env):
            vals_list = [self._complete_values(vals) for vals in vals_list]
            # What was typed has been looked at; the matter's company goes with it.
            self._guard_refuse(
                (self._get_protected_fields() - {"company_id", "department_id"})
                & set().union(*vals_list)
            )
            # No more rights than the caller has: only protected fields are opened,
            # and no default of the caller's context counts.
            rows = super(GovApprovalOffline, engine(self)).create(vals_list)
            return rows.with_env(self.env)
        return super().create(vals_list)

    def write(self, vals):
        if not is_engine(self.env) and _TYPED & set(vals):
            self._check_draft()
            self._guard_refuse({"model", "res_id", "number"} & set(vals))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        self._check_draft()

    def _check_draft(self):
        for row in self:
            if row.state != "draft":
                raise UserError(
                    self.env._(
                        "%s has been recorded and stays as it is.", row.display_name
                    )
                )

    @api.model
    def _complete_values(self, vals):
        """Return ``vals`` with the matter and its institution.

        :raise UserError: when there is no such matter, or none that the user may read.
        """
        vals = self._clean_scan_values(vals)
        context = self.env.context
        model = vals.get("model") or context.get("default_model")
        res_id = vals.get("res_id") or context.get("default_res_id")
        number = vals.get("number")
        if res_id:
            matter = self._find_matter(model, res_id)
        else:
            matter = self._find_by_number(number)
        return {
            **vals,
            "model": matter._name,
            "res_id": matter.id,
            "number": matter.sudo().number,  # read access has just been checked
            "company_id": matter.sudo().company_id.id,
            "department_id": matter.sudo().department_id.id,
        }

    @api.model
    def _find_matter(self, model, res_id):
        names = self.env["gov.matter.part"]._get_matter_models()
        known = model in names and type(res_id) is int
        matter = self.env[model].browse(res_id).exists() if known else False
        if not matter:
            raise UserError(self.env._("There is no such matter."))
        matter.check_access("read")
        return matter

    @api.model
    def _find_by_number(self, number):
        """Return the matter under way with this number, for the secretariat."""
        number = number.strip() if isinstance(number, str) else ""
        if number and self.env.user.has_group("gov_base.group_secretariat"):
            for name in self.env["gov.matter.part"]._get_matter_models():
                # The secretariat records what was decided on paper: it names the
                # matter by the number on that paper, of its own institutions.
                matter = (
                    self.env[name]
                    .sudo()
                    .search(
                        [
                            ("number", "=", number),
                            ("company_id", "in", self.env.companies.ids),
                            ("approval_state", "in", ("submitted", "on_hold")),
                        ],
                        limit=1,
                    )
                )
                if matter:
                    return matter
        raise UserError(
            self.env._("No matter under way has the number “%s”.", number or "-")
        )

    # ------------------------------------------------------------------- actions

    def action_record(self):
        """Decide the open tier in the leader's name; the leader is told at once.

        :return: True
        :raise UserError: naming who may record, whose turn it is, which time is not
            possible, or which paper is missing.
        """
        row = self._begin_offline("draft")
        matter = row._get_offline_matter()
        if not matter:
            raise UserError(self.env._("There is no such matter."))
        document = engine(matter)
        document._approval_meet_rivals()
        step, seat = row._find_seat(document)
        row._check_recorder(document)
        row._check_decided_at(document, step)
        row._check_evidence(document)
        today = row.company_id.gov_today()
        days = self.env["gov.policy"].get_value(
            "approval.offline.days", today, row.company_id.id
        )
        row._freeze_scan(required=row.channel == "paper")
        row.write(
            {
                "state": "recorded",
                "step_id": step.id,
                "handler_id": document.handler_id.id,
                "recorder_id": self.env.uid,
                "recorded_at": fields.Datetime.now(),
                "deadline": self.env["gov.workday"].add_working_days(today, days),
            }
        )
        row._decide(document, step, seat)
        document._mark(f"offline_{row.channel}", row._get_mark_text(document))
        row._tell_leader()
        return True

    def action_confirm(self):
        """Confirm as the leader that it was decided so.

        :return: True
        :raise UserError: not the leader, or answered already.
        """
        for one in self.sorted("id"):
            row = one._begin_offline("recorded")
            row._check_leader()
            row.write({"state": "confirmed", "confirmed_at": fields.Datetime.now()})
            row._drop_todo()
        return True

    def action_dispute(self, reason):
        """Say as the leader that it was not decided so.

        A matter that is still under way goes back to that tier in a new round; a
        finding is opened in any case.

        :param reason: text; required.
        :return: True
        :raise UserError: not the leader, answered already, or without a text.
        """
        chain = self.env["gov.approval.chain"]
        for one in self.sorted("id"):
            reason = chain._check_reason(reason)
            row = one._begin_offline("recorded")
            row._check_leader()
            row.write(
                {
                    "state": "disputed",
                    "dispute": reason,
                    "confirmed_at": fields.Datetime.now(),
                }
            )
            row._drop_todo()
            row._take_back(reason)
            self.env["gov.finding"]._raise(
                "offline_disputed",
                row,
                self.env._(
                    "%(leader)s disputes the decision that %(recorder)s recorded: "
                    "%(reason)s",
                    leader=row.leader_id.name,
                    recorder=row.recorder_id.name,
                    reason=reason,
                ),
                severity="serious",
                employee=row._get_recorder_employee(),
            )
        return True

    def action_open_matter(self):
        """Open the form of the matter.

        :return: a window action.
        :raise UserError: for none or several rows.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"create": False},
        }

    # ------------------------------------------------------------------- helpers

    def _shows_matter(self, matter):
        """Tell whether the current user may see here what ``matter`` is about.

        A draft gives nobody more than the matter itself does today: whoever was asked
        an opinion and typed one keeps no window on it. The secretariat named the
        matter by its number.
        """
        self.ensure_one()
        if self.env.su or self.state != "draft":
            return True
        user = self.env.user
        return user.has_group("gov_base.group_secretariat") or (
            matter.with_user(user).has_access("read")
        )

    def _get_offline_matter(self):
        """Return the matter without rules, or an empty value."""
        self.ensure_one()
        names = self.env["gov.matter.part"]._get_matter_models()
        if self.model not in names or not self.res_id:
            return False
        # The matter was named by who may read it, or by its number on the paper.
        return self.env[self.model].sudo().browse(self.res_id).exists()

    def _begin_offline(self, state):
        """Meet all rivals on the row of the record, then check its state.

        :return: the record in the engine's superuser environment.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self.flush_recordset(["state"])
        meet_rivals(self)
        self.invalidate_recordset(["state"], flush=False)
        if self.state != state:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(matter)s is in state “%(state)s”; this step is not possible "
                    "now.",
                    matter=self.display_name,
                    state=labels[self.state],
                )
            )
        if state == "draft" and self.create_uid != self.env.user:
            raise UserError(self.env._("Who typed it records it."))
        # Read access, state and who typed it have just been checked; each action
        # checks its person.
        return engine(self.sudo())

    def _check_leader(self):
        if self.env.user != self.leader_id:
            raise UserError(
                self.env._("Only %s confirms or disputes it.", self.leader_id.name)
            )

    def _find_seat(self, document):
        """Return the open decision tier and the seat of the leader in it."""
        step = document.current_step_id
        if document.approval_state not in ("submitted", "on_hold") or not step:
            raise UserError(
                self.env._(
                    "%s does not wait for a decision any more.", document.display_name
                )
            )
        if step.kind != "decision":
            raise UserError(
                self.env._(
                    "“%(tier)s” is no decision: a check is made here by who adds the "
                    "data, and a meeting has its own record.",
                    tier=step.name,
                )
            )
        # A delegation that is over gives no word any more, the job or not.
        seats = step.seat_ids._filter_current().filtered(
            lambda s: s.state == "open" and s.user_id == self.leader_id
        )
        if not seats or self.leader_id in document._approval_barred_users("decision"):
            raise UserError(
                self.env._(
                    "It is not the turn of %(leader)s. Waiting for: %(who)s.",
                    leader=self.leader_id.name,
                    who=document.waiting_for or "-",
                )
            )
        return step, seats[:1]

    def _check_recorder(self, document):
        """Refuse a recorder who is a party, the leader, or has no part in it."""
        user = self.env.user
        if user == self.leader_id:
            raise UserError(
                self.env._("Decide it here yourself: nobody records their own word.")
            )
        employee = user.with_company(self.company_id).sudo().employee_id
        if (
            user in document._approval_recording_parties()
            or employee in document._approval_party_employees()
        ):
            raise UserError(
                self.env._(
                    "A decision on paper or by phone is recorded by somebody who is "
                    "neither handler, applicant nor user of the matter."
                )
            )
        if not user.has_group("gov_base.group_secretariat") and (
            user not in document.seat_ids.user_id
        ):
            raise UserError(
                self.env._(
                    "A decision on paper or by phone is recorded by the secretariat or "
                    "by somebody who has, or had, a part in deciding the matter."
                )
            )

    def _check_decided_at(self, document, step):
        """Refuse a time in the future, or before the matter could be decided."""
        now = fields.Datetime.now()
        earliest = step.opened_at.replace(second=0, microsecond=0)
        if document.occurred_on and document.is_late:
            zone = pytz.timezone(document.company_id.gov_tz)
            start = fields.Datetime.to_datetime(document.occurred_on)
            start = zone.localize(start).astimezone(pytz.utc).replace(tzinfo=None)
            earliest = min(start, earliest)
        paper = self.env["gov.paper"]
        if self.decided_at > now:
            raise UserError(
                self.env._(
                    "Decided at %s: that lies in the future.",
                    paper.time_text(self.decided_at, self.company_id),
                )
            )
        if self.decided_at < earliest:
            raise UserError(
                self.env._(
                    "Decided at %(time)s: the tier “%(tier)s” waits since %(since)s. "
                    "What was decided before the matter was entered is a late entry: "
                    "return it and say when it happened.",
                    time=paper.time_text(self.decided_at, self.company_id),
                    tier=step.name,
                    since=paper.time_text(earliest, self.company_id),
                )
            )

    def _check_evidence(self, document):
        """Refuse a decision without its paper, or a call note above the cap."""
        if self.outcome != "agreed" and not (self.comment or "").strip():
            raise UserError(self.env._("Say why: the words of the leader are empty."))
        if self.channel == "paper":
            if not self.scan:
                raise UserError(
                    self.env._("A decision on paper needs the scan of the paper.")
                )
            return
        if not (self.call_note or "").strip():
            raise UserError(
                self.env._("A decision by phone needs a call note: who, when, what.")
            )
        if not document._approval_band_is_money:
            raise UserError(
                self.env._(
                    "%s is no matter of money, for which a call note may be enough. "
                    "Scan the signed paper.",
                    document.display_name,
                )
            )
        today = self.company_id.gov_today()
        policies = self.env["gov.policy"]
        code, company = "approval.call_note.max", self.company_id.id
        cap = policies.get_value(code, today, company)
        citation = policies._get_policy(code, today, self.company_id).citation
        if not document.amount_is_frozen:
            raise UserError(
                self.env._(
                    "The amount of %(matter)s is not fixed yet: a call note is not "
                    "enough (%(clause)s). Scan the signed paper.",
                    matter=document.display_name,
                    clause=citation,
                )
            )
        amount, currency = document.amount_for_approval, document.currency_id
        if currency.compare_amounts(amount, cap) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is above %(cap)s, up to which a call note is enough "
                    "(%(code)s: %(clause)s). Scan the signed paper.",
                    amount=currency.format(amount),
                    cap=currency.format(cap),
                    code=code,
                    clause=citation,
                )
            )

    # -------------------------------------------------------------------- engine

    def _decide(self, document, step, seat):
        """Let the leader decide, with both times and the channel on the sealed row."""
        comment = (self.comment or "").strip()
        values = {"channel": self.channel, "decided_at": self.decided_at}
        if self.outcome == "agreed":
            document._approve_step(step, seat, comment, **values)
        elif self.outcome == "not_agreed":
            document._reject_step(step, seat, comment, **values)
        else:
            document._return_step(step, seat, comment, False, **values)

    def _get_mark_text(self, document):
        env = document._get_record_env()
        labels = dict(self._fields["outcome"]._description_selection(env))
        return env._(
            "%(tier)s: %(leader)s, %(outcome)s at %(time)s; recorded by %(recorder)s",
            tier=self.step_id.name,
            leader=self.leader_id.name,
            outcome=labels[self.outcome],
            time=self.env["gov.paper"].time_text(self.decided_at, self.company_id),
            recorder=self.recorder_id.name,
        )

    def _tell_leader(self):
        """Give the leader a to-do and a notification at once."""
        text = self.env._(
            "%(recorder)s recorded your decision on %(matter)s. Confirm it by "
            "%(deadline)s, or say that it was not so.",
            recorder=self.recorder_id.name,
            matter=self.matter_name,
            deadline=format_day(self.env, self.deadline),
        )
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            "gov_base.mail_activity_type_confirm",
            date_deadline=self.deadline,
            summary=text,
            user_id=self.leader_id.id,
        )
        self.message_notify(
            partner_ids=self.leader_id.partner_id.ids,
            subject=self.env._("A decision was recorded in your name"),
            body=text,
        )

    def _drop_todo(self):
        self.activity_unlink(["gov_base.mail_activity_type_confirm"])

    def _get_recorder_employee(self):
        return self.recorder_id.with_company(self.company_id).employee_id

    def _take_back(self, reason):
        """Bring a matter that is still under way back to the disputed tier."""
        matter = self._get_offline_matter()
        if not matter:
            return
        document = engine(matter)
        document._approval_meet_rivals()
        document._record_decision(self.step_id, self.leader_id, "returned", reason)
        document._tell_handler(
            self.env._(
                "%(leader)s disputes the decision recorded for “%(tier)s”: %(reason)s",
                leader=self.leader_id.name,
                tier=self.step_id.name,
                reason=reason,
            )
        )
        if document.approval_state not in ("submitted", "on_hold"):
            return
        if document.approval_state == "on_hold":
            document.approval_state = "submitted"  # it goes back, the clock runs
        # A tier that needs several votes may be open yet: the vote counts no more.
        target = document._get_steps("approved", "skipped", "open").filtered(
            lambda s: self.step_id in (s, s.decided_in_id)
        )[:1]
        if target:
            document._restart_from(target)
            document._advance()

    @api.model
    def _cron_unconfirmed(self):
        """Open a finding for each decision that the leader has not confirmed in time.

        In bounded chunks; a row is reported once, however often the job runs.
        """
        rows = engine(self.sudo())
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            domain = [
                ("state", "=", "recorded"),
                ("is_reported", "=", False),
                ("deadline", "<", company.gov_today()),
                ("company_id", "=", company.id),
            ]
            while chunk := rows.search(domain, limit=100, order="id"):
                for row in chunk:
                    row._report_unconfirmed()
                if not self.env["ir.cron"]._commit_progress(len(chunk)):
                    return

    def _report_unconfirmed(self):
        self.is_reported = True
        self.env["gov.finding"]._raise(
            "offline_unconfirmed",
            self,
            self.env._(
                "Recorded by %(recorder)s in the name of %(leader)s; not confirmed by "
                "%(deadline)s.",
                recorder=self.recorder_id.name,
                leader=self.leader_id.name,
                deadline=format_day(self.env, self.deadline),
            ),
            employee=self._get_recorder_employee(),
        )

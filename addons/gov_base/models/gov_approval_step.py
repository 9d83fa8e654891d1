from odoo import api, fields, models
from odoo.tools import SQL

from .gov_guard import engine


class GovApprovalStep(models.Model):
    """One tier of one matter in one round, frozen at submission.

    What the rule said on that day stands here: a rule that changes later rewrites
    nothing. Steps are written by the engine alone. ``votes`` is UPDATEd by every
    decision, so that rivals meet on one row and the loser is tried again.
    """

    _name = "gov.approval.step"
    _description = "Approval Step"
    _inherit = ["gov.matter.part", "gov.approval.tier", "gov.approval.seating"]
    _order = "model, res_id, round, sequence, id"
    _rec_name = "name"

    round = fields.Integer(required=True, readonly=True)
    sequence = fields.Integer(string="Step", required=True, readonly=True)
    rule_id = fields.Many2one(
        "gov.approval.rule", readonly=True, index="btree_not_null", ondelete="set null"
    )
    rule_sequence = fields.Integer(readonly=True)
    # A field that is gone takes no step along.
    approver_field_id = fields.Many2one(ondelete="set null")
    has_band = fields.Boolean(string="By amount", readonly=True)
    name = fields.Char(string="Tier", required=True, readonly=True)
    citation = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("open", "Open"),
            ("approved", "Agreed"),
            ("rejected", "Rejected"),
            ("returned", "Returned"),
            ("skipped", "Passed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    votes = fields.Integer(readonly=True, default=0)
    needed = fields.Integer(string="Votes needed", readonly=True, default=1)
    decided_in_id = fields.Many2one(
        "gov.approval.step",
        string="Decided in",
        readonly=True,
        ondelete="restrict",
        help="The step, of an earlier tier or round, in which this one was decided.",
    )
    note = fields.Char(readonly=True)
    opened_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(readonly=True)
    seat_ids = fields.One2many("gov.approval.seat", "step_id", readonly=True)
    opinion_ids = fields.One2many("gov.approval.opinion", "step_id", readonly=True)
    people = fields.Char(compute="_compute_people")

    _matter_idx = models.Index("(model, res_id, round, sequence)")

    @api.depends("seat_ids.state", "seat_ids.user_id", "seat_ids.on_behalf_of_id")
    def _compute_people(self):
        # The names of those who decide are shown to whoever may read the matter.
        for step in self.sudo():
            seats = step.seat_ids.filtered(lambda s: s.state != "lapsed")
            names = [seat._get_holder_name() for seat in seats._filter_current()]
            step.people = step._get_people_text(names)

    @api.depends("name")
    @api.depends_context("gov_matter_name")
    def _compute_display_name(self):
        by_matter = self.env.context.get("gov_matter_name")
        for step in self:
            step.display_name = step.matter_name if by_matter else step.name

    # -------------------------------------------------------------------- engine
    # All methods below run on an engine environment of the superuser; the matter has
    # checked who asks before it calls them.

    def _open(self, matter):
        """Open the step, or pass it when its people have decided already.

        :return: True when somebody has to decide now, False when it was passed.
        """
        self.ensure_one()
        if self.kind == "meeting":
            return self._open_meeting(matter)
        earlier = matter._get_earlier_decisions(self)
        spent = self._get_spent_users(earlier)
        if self.required_kind == "one":
            users, source = self._resolve_users(matter, spent)
            self._set_seats(users)
        else:
            users, source = self._keep_seats(matter, spent)
        if self.kind == "decision" and not self.distinct_person:
            known = earlier.filtered(lambda d: d.decider_id in users)
            if self._count_known(matter, known):
                return False
        open_seats = self.seat_ids.filtered(lambda s: s.state == "waiting")
        seats = self._count_principals()
        needed = self._get_needed(seats)
        self.write(
            {
                "state": "open",
                "opened_at": fields.Datetime.now(),
                "needed": needed,
                "seat_source": source,
                "reseated_on": self.company_id.gov_today(),
                "is_unreachable": seats < needed,
            }
        )
        self._open_seats(matter, open_seats)
        self._sync_delegates(matter)
        if seats < needed:
            self._tell_unreachable(matter, seats)
        elif source == "fallback":
            self._tell_administrator(matter)
        return True

    def _open_meeting(self, matter):
        """Let the clerks put the matter before the meeting, and the members read it.

        :return: True, since a meeting is never decided by what was decided before.
        """
        clerks, _source = self._resolve_users(matter)
        self._set_seats(clerks)
        self.write({"state": "open", "opened_at": fields.Datetime.now(), "needed": 0})
        seats = self.seat_ids.filtered(lambda s: s.state == "waiting")
        seats.write({"state": "open", "deadline": self._get_deadline()})
        seats._schedule_activities()
        members = self._get_meeting_members(matter).user_id - seats.user_id
        self.env["gov.approval.seat"].create(
            [{**self._prepare_seat(user), "state": "member"} for user in members]
        )
        if not seats:
            self._tell_administrator(matter)
        return True

    def _seat_clerk(self, user):
        """Give a clerk, who came later, the seats of these open meeting steps."""
        # The caller has checked the clerk's group and that it is no party.
        steps = engine(self.sudo())
        missing = steps.filtered(lambda s: user not in s.seat_ids.user_id)
        seats = self.env["gov.approval.seat"].with_env(steps.env)
        seats = seats.create(
            [{**step._prepare_seat(user), "state": "open"} for step in missing]
        )
        seats._schedule_activities()

    def _tell_unreachable(self, matter, seats):
        """Say on the step, to handler and administrator, that it cannot be decided.

        At submission it could: somebody has left or has decided another tier since.
        Whoever still has a seat may return it, handler and applicant may withdraw it.
        """
        self.note = matter._get_record_env()._(
            "Cannot be decided: %(needed)s needed, %(seats)s may decide. Withdraw it "
            "once the post is filled, and submit it again.",
            needed=self.needed,
            seats=seats,
        )
        matter._tell_handler(f"{self.name}: {self.note}")
        self._tell_administrator(matter, "unreachable_tier")

    def _set_seats(self, users):
        """Give the waiting seats to ``users``, who hold the post today."""
        gone = self.seat_ids.filtered(lambda s: s.user_id not in users)
        gone.write({"state": "lapsed"})
        self._give_seats(users - (self.seat_ids - gone).user_id)

    def _keep_seats(self, matter, deciders):
        """Keep the waiting seats but those of leavers, which go to successors.

        ``deciders`` lose theirs where the tier asks for other people; nobody comes in
        their place, so that they count in neither number.

        :return: ``(users, source)`` as :meth:`_resolve_users`.
        """
        seats = self.seat_ids.filtered(lambda s: s.state == "waiting")
        spent = seats.filtered(lambda s: self.distinct_person and s.user_id in deciders)
        today, source = self._resolve_users(matter, deciders)
        left = (seats - spent).filtered(lambda s: s.user_id not in today)
        left.write({"is_vacant": True})
        (spent | left).write({"state": "lapsed"})
        stay = seats - spent - left
        new = today - stay.user_id
        new = self._fill_vacancies(matter, new, stay.user_id, deciders)
        self._give_seats(new)
        if left:
            self._note_move(matter, left.user_id, new)
        return stay.user_id | new, source

    def _prepare_seat(self, user):
        return {
            "model": self.model,
            "res_id": self.res_id,
            "company_id": self.company_id.id,
            "step_id": self.id,
            "user_id": user.id,
            "state": "waiting",
        }

    def _count_known(self, matter, known):
        """Count people who decided an earlier tier, with a sealed note for each.

        :param known: their earlier decisions, one or more per person.
        :return: True when the step is decided by that alone.
        """
        if not known:
            return False
        by_user = known.grouped("decider_id")
        if self.required_kind == "one":
            by_user = dict(list(by_user.items())[:1])
        for user, decisions in by_user.items():
            seat = self.seat_ids.filtered(lambda s, u=user: s.user_id == u)
            seat.write({"state": "approved"})
            decision = decisions[:1]
            matter._record_decision(
                self,
                user,
                "skipped",
                matter._get_record_env()._(
                    "Decided in tier %(number)s (%(tier)s).",
                    number=decision.step_id.sequence,
                    tier=decision.tier_name,
                ),
            )
        seats = self.seat_ids.filtered(lambda s: s.state != "lapsed")
        needed = self._get_needed(len(seats))
        approved = len(seats.filtered(lambda s: s.state == "approved"))
        self.write({"votes": approved, "needed": needed})
        if approved < needed:
            return False
        self._close("skipped", decided_in_id=known[0].step_id.id)
        return True

    def _close(self, state, **vals):
        """Close these steps with ``state``; open seats and their to-dos go."""
        self.write({"state": state, "closed_at": fields.Datetime.now(), **vals})
        self.seat_ids._lapse()
        self.env["gov.approval.opinion"]._lapse_of(self)

    def _take_vote(self):
        """Count one more decision on the row that all rivals UPDATE.

        Under REPEATABLE READ the loser of two decisions at once gets a serialization
        failure here and is tried again with the truth.
        """
        self.ensure_one()
        self.flush_recordset(["votes"])
        self.env.cr.execute(
            SQL("UPDATE gov_approval_step SET votes = votes + 1 WHERE id = %s", self.id)
        )
        self.invalidate_recordset(["votes"], flush=False)

    def _is_complete(self):
        """Tell whether as many people have agreed as the tier needs.

        A delegate's vote is the delegator's: it counts once, whoever of the two gave
        it. The record of a meeting is complete in itself.
        """
        approved = self.seat_ids.filtered(lambda s: s.state == "approved")
        return len(approved._get_principals()) >= self.needed

    def _get_deadline(self):
        if not self.days_allowed:
            return False
        today = self.company_id.gov_today()
        return self.env["gov.workday"].add_working_days(today, self.days_allowed)

    def _tell_administrator(self, matter, code="vacant_tier"):
        """Tell the administrator once that this tier lacks somebody eligible."""
        env = matter._get_record_env()
        if code == "unreachable_tier":
            text = env._(
                "Too few people to decide: %(tier)s, %(department)s",
                tier=self.name,
                department=matter.department_id.name,
            )
        else:
            text = env._(
                "Nobody eligible: %(tier)s, %(department)s",
                tier=self.name,
                department=matter.department_id.name,
            )
        self.env["gov.config.notice"]._raise(
            code, text, matter.company_id, self.rule_id
        )

    def _renumber(self):
        """Number these steps anew, in the order of their rules.

        :return: the same steps in their new order.
        """
        steps = self.sorted(lambda s: (s.rule_sequence, s.rule_id.id or 0, s.id))
        first = min(self.mapped("sequence"), default=1)
        for number, step in enumerate(steps, first):
            if step.sequence != number:
                step.sequence = number
        return steps

    def _prepare_copy(self, new_round):
        """Return the values that carry this frozen tier into ``new_round``."""
        self.ensure_one()
        return {
            **self._copy_tier(),
            "model": self.model,
            "res_id": self.res_id,
            "company_id": self.company_id.id,
            "round": new_round,
            "sequence": self.sequence,
            "rule_id": self.rule_id.id,
            "rule_sequence": self.rule_sequence,
            "has_band": self.has_band,
            "name": self.name,
            "citation": self.citation,
            "needed": self.needed,
        }

    def _get_chain_row(self):
        """Return the step as a row of the chain shown on the form."""
        self.ensure_one()
        seats = self._count_principals()
        return {
            "number": self.sequence,
            "name": self.name,
            "people": self.people,
            "citation": self.citation,
            "note": self.note or self._get_needed_text(self.needed, seats),
            "state": self.state,
            "opinions": [
                opinion._get_text()
                for opinion in self.opinion_ids.sorted("id")
                if opinion.state != "lapsed"
            ],
        }

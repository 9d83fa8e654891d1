from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.input_check import plain_number
from ..tools.rivals import meet_rivals
from .gov_guard import engine

Transition = namedtuple("Transition", "sources target who")

# One question goes to so many people at most.
MOST_ASKED = 20


class GovApprovalChain(models.AbstractModel):
    """The engine room of ``gov.approval.mixin``: the table, building and walking.

    Everything here is private. The methods that change something run in the engine's
    superuser environment, which ``_begin`` hands out after it has
    checked state, person and turn. The ``_approval_*`` methods at the end are the
    hooks of a document.
    """

    _name = "gov.approval.chain"
    _description = "Approval Chain Engine"

    # Whether the bounds of bands are sums of money. A document that counts something
    # else, points for example, says False: rules then show plain numbers.
    _approval_band_is_money = True

    # -------------------------------------------------------------------- people

    def _may_type_for(self, user, employee, department):
        """Tell whether ``user`` may type a matter in the name of ``employee``."""
        return (
            employee.user_id == user
            or user in department.liaison_ids
            or self._approval_may_type_for_all(user)
        )

    def _approval_party_users(self):
        """Return the users whose own matter this is."""
        self.ensure_one()
        # Only who may not decide is asked.
        return self.handler_id | self._get_benefiting_users()

    def _approval_recording_parties(self):
        """Return who does not record a decision taken on paper or by phone.

        Handler and applicant never do, even where they are no party of the matter.
        """
        self.ensure_one()
        # Only who may not record is asked.
        applicant = self.employee_id.sudo().user_id
        return self._approval_party_users() | self.handler_id | applicant

    def _is_head_matter(self):
        """Tell whether the head of the institution is the applicant or the user."""
        self.ensure_one()
        if self.approval_state != "draft":
            return self.is_head_matter
        # Only who holds the role today is asked.
        matter = self.sudo()
        people = matter.employee_id | matter.beneficiary_id
        domain = self.env["gov.role"]._get_holder_domain(matter.company_id)
        domain &= Domain("role_id.code", "=", "head")
        domain &= Domain("employee_id", "in", people.ids)
        return bool(matter.env["gov.role.holder"].search_count(domain, limit=1))

    def _get_benefiting_users(self):
        # Only the logins of the applicant and of the user of the thing are read.
        return (self.employee_id | self.beneficiary_id).sudo().user_id

    def _approval_party_employees(self):
        """Return the persons whose own matter this is, with or without a login."""
        self.ensure_one()
        # Only who may not decide is asked.
        handler = self.handler_id.sudo().with_company(self.company_id).employee_id
        return (self.employee_id | self.beneficiary_id).sudo() | handler

    def _approval_barred_users(self, kind):
        """Return the users who have no seat in a tier of ``kind``.

        Decisions are barred to handler, applicant and beneficiary; checks, and the
        execution of the matter, to applicant and beneficiary only.
        """
        if kind == "check":
            return self._get_benefiting_users()
        return self._approval_party_users()

    # --------------------------------------------------------------- transitions

    @api.model
    def _get_transitions(self):
        """Return the one table of this document: action → states, target, who.

        :return: dict of action → ``Transition(sources, target, who)``; ``who`` names
            the method that tells whether the current user may; without a target the
            state stays.
        """
        under_way = {"submitted", "on_hold"}
        return {
            "submit": Transition({"draft"}, "submitted", "_is_requester"),
            "withdraw": Transition(under_way, "draft", "_is_requester"),
            "approve": Transition(under_way, "approved", "_has_open_seat"),
            "reject": Transition(under_way, "rejected", "_has_open_seat"),
            "return": Transition(under_way, "draft", "_has_open_seat"),
            "hold": Transition({"submitted"}, "on_hold", "_has_open_seat"),
            # By any decision of a seat: see ``_end_hold``.
            "resume": Transition({"on_hold"}, "submitted", "_has_open_seat"),
            "remind": Transition({"submitted"}, "submitted", "_is_requester"),
            "ask": Transition(under_way, False, "_has_open_seat"),
            "cancel": Transition({"draft", "approved"}, "cancelled", "_is_requester"),
        }

    def _check_state_moves(self, vals):
        """Refuse, even to the engine, a move that stands in no table."""
        target = vals.get("approval_state")
        if not target:
            return
        moves = {
            (source, move.target)
            for move in self._get_transitions().values()
            for source in move.sources
            if move.target
        }
        for matter in self:
            move = (matter.approval_state, target)
            if move[0] != target and move not in moves:
                raise UserError(
                    self.env._(
                        "No step leads from %(before)s to %(after)s.",
                        before=move[0],
                        after=move[1],
                    )
                )

    def _get_blocker(self, action, seats=None):
        """Return why the current user cannot do ``action`` now, or False.

        :param seats: the user's open seats here, where they are known already.
        """
        self.ensure_one()
        move = self._get_transitions()[action]
        if self.approval_state not in move.sources:
            labels = dict(
                self._fields["approval_state"]._description_selection(self.env)
            )
            return self.env._(
                "%(matter)s is in state “%(state)s”; this step is not possible now.",
                matter=self.display_name,
                state=labels[self.approval_state],
            )
        known = seats is not None and move.who == "_has_open_seat"
        if not (seats if known else getattr(self, move.who)()):
            return self._get_refusal(action)
        if action == "cancel" and self.approval_state == "approved":
            return self._approval_cancel_blocker()
        return False

    def _get_refusal(self, action):
        """Return why the current user is not the one who may do ``action``."""
        if action in ("submit", "withdraw", "cancel", "remind"):
            return self.env._(
                "Only the handler %(handler)s or the applicant %(applicant)s may do "
                "this.",
                handler=self.handler_id.name,
                applicant=self.employee_id.name,
            )
        if self.env.user in self._approval_party_users():
            return self.env._("Nobody decides on their own matter.")
        # Only the tier whose turn it is is named.
        step = self.sudo().current_step_id
        if step.kind == "meeting":
            return self._get_meeting_refusal(step)
        if partner := self._get_quicker_partner():
            return self.env._(
                "%(person)s has just decided this with the same vote: one of delegate "
                "and delegator decides. Waiting for: %(who)s.",
                person=partner.name,
                who=self.waiting_for or "-",
            )
        return self.env._(
            "It is not your turn. Waiting for: %(who)s.", who=self.waiting_for or "-"
        )

    def _get_meeting_refusal(self, step):
        return self.env._(
            "%(tier)s: %(body)s decides at a meeting; nobody votes here. The clerk "
            "enters the record of the meeting and a member confirms it.",
            tier=step.name,
            body=step.role_id.display_name,
        )

    def _get_quicker_partner(self):
        """Return who used the vote that the current user shared with them, if any."""
        # Only seats of the steps in which the user had one are read.
        seats = self.sudo().seat_ids.filtered(
            lambda s: s.step_id.round == self.approval_round
        )
        mine = seats.filtered(
            lambda s: s.user_id == self.env.user and s.state == "lapsed"
        )
        used = seats.filtered(
            lambda s: s.state in ("approved", "rejected", "returned")
            and s.step_id in mine.step_id
            and s._get_principals() <= mine._get_principals()
        )
        return used[-1:].user_id

    def _is_requester(self):
        # Only whether the current user is the applicant is asked.
        return self.env.user in self.handler_id | self.employee_id.sudo().user_id

    def _has_open_seat(self):
        return bool(self._get_open_seats())

    def _get_open_seats(self):
        """Return the current user's open seats in these matters.

        A delegated seat counts up to the last minute of its delegation, whether the
        job has taken it away by then or not.
        """
        # Only the user's own seats are searched.
        seats = self.env["gov.approval.seat"].sudo()
        domain = [
            ("model", "=", self._name),
            ("res_id", "in", self.ids),
            ("user_id", "=", self.env.uid),
            ("state", "=", "open"),
        ]
        return seats.search(domain)._filter_current()

    def _begin(self, action):
        """Meet all rivals on the matter's own row, then check ``action``.

        :return: the matter in the engine's superuser environment.
        :raise UserError: naming the state, the person or the blocker.
        """
        self._meet_as_reader()
        if blocker := self._get_blocker(action):
            raise UserError(blocker)
        # Read access, state, person and turn have just been checked.
        return engine(self.sudo())

    def _meet_as_reader(self):
        """Check that the user may read the matter, then meet all rivals on its row."""
        self.ensure_one()
        if not self.has_access("read") and (partner := self._get_quicker_partner()):
            # Until a moment ago the user had a seat; only who was quicker is told.
            raise UserError(
                self.env._(
                    "%(person)s has just decided this with the same vote: one of "
                    "delegate and delegator decides.",
                    person=partner.name,
                )
            )
        self.check_access("read")
        self._approval_meet_rivals()

    def _approval_meet_rivals(self):
        """UPDATE the matter's own row, which everybody who moves it shares.

        Under REPEATABLE READ a lock alone protects nothing: the loser of two moves
        at once fails here and is tried again with the truth.
        """
        self.ensure_one()
        meet_rivals(self)

    # ------------------------------------------------------------------ building

    def _get_steps(self, *states):
        """Return the steps of the current round, in order, perhaps by state."""
        domain = [
            ("model", "=", self._name),
            ("res_id", "=", self.id),
            ("round", "=", self.approval_round),
        ]
        if states:
            domain.append(("state", "in", states))
        return self.env["gov.approval.step"].search(domain, order="sequence, id")

    def _build_chain(self):
        """Freeze the tiers of today's rules as the steps of this round.

        A matter that a clause lets pass has no tier; that stands on record instead.
        """
        if exemption := self._approval_exemption():
            self._record_decision(
                self.step_ids.browse(), self.env.user, "skipped", **exemption
            )
            return
        rules = self.env["gov.approval.rule"]._get_in_force(self)
        bands = rules.filtered(lambda r: r._has_band())
        tiers = rules - bands
        if bands and self.amount_is_frozen:
            tiers |= self._get_band_tiers(bands)
        elif bands and not tiers.filtered("fixes_amount"):
            self.env["gov.config.notice"]._tell_refused("no_price_check", self)
            raise UserError(
                self.env._(
                    "%(matter)s has lines without a price and its approval rules hold "
                    "no check that fixes the amount. Ask the approval administrator.",
                    matter=self.display_name,
                )
            )
        if not tiers:
            self.env["gov.config.notice"]._tell_refused("no_rule", self)
            raise UserError(
                self.env._(
                    "No approval rule is in force for %(kind)s. Ask the approval "
                    "administrator.",
                    kind=self.env["ir.model"]._get(self._name).name,
                )
            )
        self._create_steps(tiers.sorted(lambda r: (r.sequence, r.id)))

    def _get_band_tiers(self, bands):
        """Return the rules whose band holds the amount.

        :raise UserError: when the bands leave a gap at this amount.
        """
        amount = self._approval_band_amount()
        tiers = bands.filtered(lambda r: r._covers(amount))
        if not tiers:
            self.env["gov.config.notice"]._tell_refused("band_gap", self)
            raise UserError(
                self.env._(
                    "No approval rule covers the amount %(amount)s. Ask the approval "
                    "administrator to close the gap between the bands.",
                    amount=self._approval_format_band(amount),
                )
            )
        return tiers

    def _create_steps(self, rules, known=None, first=1):
        """Create steps and waiting seats for ``rules``.

        :param known: users who have decided, or will, in the tiers before.
        :param first: number of the first of these steps.
        :return: the steps.
        :raise UserError: when a tier cannot be decided by anybody; it names the tier.
        """
        vals_list, seats = [], []
        for number, (rule, users) in enumerate(self._plan(rules, known), first):
            needed = rule._get_needed(len(users))
            rule._check_meeting_quorum(self, known)
            if len(users) < needed:
                self._refuse_unreachable(rule, len(users), needed)
            vals_list.append(
                {**rule._prepare_step(self), "sequence": number, "needed": needed}
            )
            seats.append(users)
        steps = self.env["gov.approval.step"].create(vals_list)
        self.env["gov.approval.seat"].create(
            [
                step._prepare_seat(user)
                for step, users in zip(steps, seats, strict=True)
                for user in users
            ]
        )
        return steps

    def _plan(self, tiers, known=None):
        """Yield each tier with the users who would decide it today.

        A tier with one possible person makes that person known to the tiers after it,
        where another person may be asked for.
        """
        known = known or self.env["res.users"]
        for tier in tiers:
            users, _source = tier._resolve_users(self, known)
            yield tier, users
            if tier.kind == "decision" and len(users) == tier._get_needed(len(users)):
                known |= users

    def _refuse_unreachable(self, tier, eligible, needed):
        self.env["gov.config.notice"]._tell_refused("unreachable_tier", self, tier)
        raise UserError(
            self.env._(
                "The tier “%(tier)s” cannot be decided: it needs %(needed)s and "
                "%(eligible)s may decide it (%(post)s). Handler, applicant and user do "
                "not count. Ask the approval administrator to fill the post.",
                tier=tier.name,
                needed=needed,
                eligible=eligible,
                post=tier._get_post_label(),
            )
        )

    def _freeze_amount(self, step):
        """Fix the amount when its check closes, and add the tiers of its band.

        A lower amount never shortens the chain; a higher one resolves the band anew,
        never with fewer tiers.
        """
        amount, before = self.amount_for_approval, self.amount_frozen
        was_frozen = self.amount_is_frozen
        self.write({"amount_is_frozen": True, "amount_frozen": amount})
        if was_frozen and self.currency_id.compare_amounts(amount, before) <= 0:
            return
        bands = self.env["gov.approval.rule"]._get_in_force(self)
        bands = bands.filtered(lambda r: r._has_band())
        if not bands:
            return
        tiers = self._get_band_tiers(bands)
        waiting = self._get_steps("waiting")
        old = waiting.filtered("has_band")
        new = tiers - old.rule_id
        leaving = old.filtered(lambda s: s.rule_id not in tiers)
        if len(tiers) >= len(old):
            env = self._get_record_env()
            leaving._close("cancelled", note=env._("The amount was raised."))
            waiting -= leaving
        known = self._get_earlier_decisions(waiting[:1] or step, inclusive=True)
        added = self._create_steps(
            new.sorted(lambda r: (r.sequence, r.id)),
            step._get_spent_users(known),
            step.sequence + len(waiting) + 1,
        )
        (waiting | added)._renumber()

    # ------------------------------------------------------------------- walking

    def _advance(self):
        """Open the next tier that somebody has to decide, or give the last yes."""
        for step in self._get_steps("waiting"):
            if step._open(self):
                return
        self.write({"approval_state": "approved", "decided_at": fields.Datetime.now()})
        self._approval_after_approved()

    def _take_seat(self, action):
        """Check that it is the current user's turn.

        :return: ``(document, step, seat)`` in the engine's environment.
        """
        self._meet_as_reader()
        seats = self._get_open_seats()
        if blocker := self._get_blocker(action, seats):
            raise UserError(blocker)
        # Read access, state, person and turn have just been checked.
        document = engine(self.sudo())
        seat = seats[:1].with_env(document.env)
        step = seat.step_id
        if step.kind == "meeting":
            raise UserError(document._get_meeting_refusal(step))
        if self.env.user in document._approval_barred_users(step.kind):
            raise UserError(self.env._("Nobody decides on their own matter."))
        expected = self.env.context.get("gov_step_id")
        if expected and expected != step.id:
            # The form showed another step: a second click decides nothing unseen.
            raise UserError(
                self.env._(
                    "%(matter)s has moved on to “%(tier)s” since you opened it. Look "
                    "at it again first.",
                    matter=document.display_name,
                    tier=step.name,
                )
            )
        return document, step, seat

    def _check_amount(self, step):
        """Refuse a decision on more than was submitted; only the price check raises."""
        if not self.amount_is_frozen or step.fixes_amount:
            return
        amount, limit = self.amount_for_approval, self.amount_frozen
        if self.currency_id.compare_amounts(amount, limit) > 0:
            raise UserError(
                self.env._(
                    "The amount %(amount)s is above the %(limit)s that this round was "
                    "submitted with. Return the matter instead.",
                    amount=self.currency_id.format(amount),
                    limit=self.currency_id.format(limit),
                )
            )

    @api.model
    def _check_comment(self, comment):
        """Return the opinion as it will be recorded, "" for none.

        :raise UserError: when it is no text.
        """
        comment = comment or ""
        if not isinstance(comment, str) or "\0" in comment:
            raise UserError(self.env._("The opinion has to be a text."))
        return comment.strip()

    @api.model
    def _check_reason(self, reason):
        reason = self._check_comment(reason)
        if not reason:
            raise UserError(self.env._("Say why: the reason is empty."))
        return reason

    def _get_earlier_decisions(self, step, inclusive=False):
        """Return the decisions of the tiers before ``step``, checks left out.

        A tier that was passed points to the step in which it was decided, in an
        earlier tier or an earlier round.
        """
        if step.sequence == 1 and not inclusive:
            return self.env["gov.approval.decision"]
        steps = self._get_steps("approved", "skipped").filtered(
            lambda s: s.sequence < step.sequence or (inclusive and s == step)
        )
        steps |= steps.decided_in_id
        # What a body decided was nobody's own decision.
        steps = steps.filtered(lambda s: s.kind != "meeting")
        return self.env["gov.approval.decision"].search(
            [("step_id", "in", steps.ids), ("outcome", "=", "approved")]
        )

    def _get_return_target(self, step, to_sequence):
        """Return the earlier step with the number ``to_sequence``.

        A tier that was passed because its person had decided an earlier one leads to
        that one: opened anew it would be passed again.
        """
        earlier = self._get_steps("approved", "skipped").filtered(
            lambda s: s.sequence < step.sequence
        )
        is_number = isinstance(to_sequence, int) and not isinstance(to_sequence, bool)
        target = earlier.filtered(lambda s: is_number and s.sequence == to_sequence)
        number = target.decided_in_id.sequence or target.sequence
        if number != target.sequence:
            target = earlier.filtered(lambda s: s.sequence == number)
        if not target:
            raise UserError(
                self.env._(
                    "Step %(number)s is not an earlier step of this round. Possible: "
                    "%(steps)s.",
                    number=to_sequence,
                    steps=[f"{s.sequence} {s.name}" for s in earlier] or "-",
                )
            )
        return target

    def _restart_from(self, target):
        """Begin a new round at ``target``; the tiers before it stay decided."""
        old = self._get_steps().filtered(lambda s: s.state != "cancelled")
        env = self._get_record_env()
        self._end_round()
        self.write({"approval_round": self.approval_round + 1})
        vals_list = []
        for step in old:
            vals = step._prepare_copy(self.approval_round)
            if step.sequence < target.sequence:
                decided_in = step.decided_in_id or step
                vals |= {
                    "state": "skipped",
                    "decided_in_id": decided_in.id,
                    "note": env._("Decided in round %s.", decided_in.round),
                }
            vals_list.append(vals)
        steps = self.env["gov.approval.step"].create(vals_list)
        waiting = steps.filtered(lambda s: s.state == "waiting")
        known = target._get_spent_users(self._get_earlier_decisions(waiting[:1]))
        seats = [
            step._prepare_seat(user)
            for step, users in self._plan(waiting, known)
            for user in users
        ]
        self.env["gov.approval.seat"].create(seats)

    def _end_round(self):
        """Close what is still open or waiting in this round."""
        self._get_steps("waiting", "open")._close("cancelled")

    def _reset_to_draft(self):
        self.write(
            {
                "approval_state": "draft",
                "amount_is_frozen": False,
                "amount_frozen": 0,
                "submitted_at": False,
            }
        )

    def _cast(self, step, seat, outcome, comment, **values):
        """Count the decision of the seat's holder, write it down and end the seat.

        :param values: more values of the decision row, such as its channel.
        """
        step._take_vote()
        self._end_hold(step)
        recorded = outcome
        if outcome == "approved" and step.kind == "check":
            recorded = "checked"
        values = {**self._get_behalf_values(step, seat), **values}
        self._record_decision(step, seat.user_id, recorded, comment, **values)
        seat._settle(outcome)
        seat._lapse_partners()

    def _get_behalf_values(self, step, seat):
        """Return what the decision row says of the office that a delegate fills."""
        principal = seat.on_behalf_of_id
        if not principal:
            return {}
        return {
            "on_behalf_of_id": principal.id,
            "post": self._get_post_title(step, principal),
        }

    def _end_hold(self, step):
        """Let the clock run again: somebody has decided."""
        if self.approval_state != "on_hold":
            return
        self.write({"approval_state": "submitted"})
        seats = step.seat_ids.filtered(lambda s: s.state == "open")
        step._open_seats(self, seats)

    def _approve_step(self, step, seat, comment, **values):
        """Let the holder of ``seat`` agree; go on when the tier is complete.

        :param values: more values of the decision row, such as its channel.
        :raise UserError: when a check is not complete or the amount was raised.
        """
        if step.kind == "check":
            self._approval_check_step(step)
        self._check_amount(step)
        self._cast(step, seat, "approved", comment, **values)
        if step._is_complete():
            self._pass_step(step)

    def _pass_step(self, step):
        """Close ``step``, which has agreed, and open what comes next."""
        step._close("approved")
        if step.fixes_amount:
            self._freeze_amount(step)
        self._advance()

    def _reject_step(self, step, seat, reason, **values):
        """Let the holder of ``seat`` end the matter with a veto."""
        self._cast(step, seat, "rejected", reason, **values)
        step._close("rejected")
        self._end_round()
        self.write({"approval_state": "rejected"})
        self._tell_handler(self.env._("Rejected: %s", reason))
        self._approval_after_closed("reject")

    def _return_step(self, step, seat, reason, target, **values):
        """Let the holder of ``seat`` send the matter back.

        :param target: the earlier step to go back to; none for the applicant.
        """
        self._cast(step, seat, "returned", reason, **values)
        step._close("returned")
        if target:
            self._restart_from(target)
            self._advance()
        else:
            self._end_round()
            self._reset_to_draft()
            self._tell_handler(self.env._("Returned: %s", reason))
        self._approval_after_closed("return")

    def _hold_step(self, step, seat, reason):
        """Let the holder of ``seat`` put the matter aside; the seat stays open."""
        step._take_vote()
        values = self._get_behalf_values(step, seat)
        self._record_decision(step, seat.user_id, "held", reason, **values)
        self.write({"approval_state": "on_hold"})
        seats = step.seat_ids.filtered(lambda s: s.state == "open")
        seats.write({"deadline": False, "notice_at": False})
        seats._get_activities().unlink()

    # ------------------------------------------------------------------ absences

    def _check_not_reminded(self):
        """Refuse a second reminder on one working day; a day off belongs to it."""
        days = self.env["gov.workday"].with_company(self.company_id)
        day = self.company_id.gov_today()
        for _day in range(30):
            if days.is_working_day(day):
                break
            day -= timedelta(days=1)
        if self.reminded_on and self.reminded_on >= day:
            raise UserError(
                self.env._(
                    "%(matter)s was reminded of today already. Once per working day is "
                    "enough; what is urgent is marked so.",
                    matter=self.display_name,
                )
            )

    def _remind(self, urgent):
        """Have those whose turn it is told again: at once, or in the next digest."""
        seats = self.current_step_id.seat_ids.filtered(lambda s: s.state == "open")
        env = self._get_record_env()
        self._message_log(
            body=env._("Reminded: %s", self.with_env(env).waiting_for or "-")
        )
        self.write({"reminded_on": self.company_id.gov_today()})
        seats.write({"notice_at": fields.Datetime.now(), "is_reminded": True})
        if urgent:
            self.env["gov.approval.digest"]._send_now(seats)

    @api.model
    def _get_user_ids(self, users):
        """Return the ids of ``users``: ids, one id, or records.

        :raise UserError: when it is nothing of that, or none.
        """
        ids = users.ids if isinstance(users, models.BaseModel) else users
        ids = [ids] if isinstance(ids, int) else ids
        is_list = isinstance(ids, (list, tuple)) and ids
        if not is_list or not all(
            isinstance(id_, int) and not isinstance(id_, bool) and 0 < id_ < 2**31
            for id_ in ids
        ):
            raise UserError(self.env._("Choose whom to ask."))
        return list(dict.fromkeys(ids))

    def _get_askable(self, ids, step, asker):
        """Return the users with ``ids``, each of whom may be asked now.

        :raise UserError: naming who may not, and why.
        """
        if len(ids) > MOST_ASKED:
            raise UserError(self.env._("Ask at most %s people at once.", MOST_ASKED))
        users = self.env["res.users"].browse(ids).exists()
        parties = self._approval_party_users()
        asked = step.opinion_ids.filtered(lambda o: o.state == "open").user_id
        for user in users:
            is_here = user.active and not user.share
            if not is_here or self.company_id not in user.company_ids:
                raise UserError(
                    self.env._("%s works elsewhere and cannot be asked.", user.name)
                )
            if user in parties:
                raise UserError(
                    self.env._(
                        "It is the own matter of %s, who cannot be asked about it.",
                        user.name,
                    )
                )
            if user == asker or user in asked:
                raise UserError(
                    self.env._("%s has been asked already.", user.name)
                    if user in asked
                    else self.env._("Ask somebody else than yourself.")
                )
        if len(users) != len(ids):
            raise UserError(self.env._("Choose whom to ask."))
        return users

    def _mark_head_matter(self):
        """Enter a matter of the head of the institution in the register."""
        if self.is_head_matter:
            env = self._get_record_env()
            people = self.employee_id | self.beneficiary_id
            self._mark(
                "head",
                env._(
                    "Matter of the head of the institution (%(people)s), "
                    "countersigned by a deputy.",
                    people=people.mapped("name"),
                ),
            )

    def _record_decision(self, step, user, outcome, comment, **values):
        """Write the one sealed row of a decision.

        :param step: the step decided, or none for a cancellation.
        :param values: more values of the row, such as ``channel``.
        :return: the decision.
        """
        return self.env["gov.approval.decision"].create(
            {**self._prepare_decision(step, user, outcome, comment), **values}
        )

    def _prepare_decision(self, step, user, outcome, comment):
        now = fields.Datetime.now()
        applicant = self._get_record_env()._("Applicant")
        return {
            "model": self._name,
            "res_id": self.id,
            "company_id": self.company_id.id,
            "round": self.approval_round,
            "step_id": step.id,
            "tier_name": step.name or applicant,
            "rule_citation": step.citation,
            "decider_id": user.id,
            "post": self._get_post_title(step, user),
            "outcome": outcome,
            "comment": comment or False,
            "decided_at": now,
            "recorded_at": now,
            "amount": self.amount_for_approval,
        }

    def _get_post_title(self, step, user):
        """Return the title of ``user`` as it stands, in the role the step names."""
        if step.role_id:
            holders = step.role_id._get_holders(self.company_id)
            if holder := holders.filtered(lambda h: h.user_id == user)[:1]:
                role = step.role_id.with_env(self._get_record_env())
                return holder.title or role.name
        employee = user.with_company(self.company_id).employee_id
        return employee.official_title or employee.job_title or False

    def _get_record_env(self):
        """Return the environment with the language of the institution's records."""
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        return self.with_context(lang=lang).env

    def _drop_followers(self, users):
        """Let ``users`` who may not read this matter any more follow it no more.

        Whoever read it for a question or for somebody else could have followed it, and
        would be sent what is written later.
        """
        self.env.flush_all()
        strangers = users.filtered(
            lambda u: u.partner_id in self.message_partner_ids
            and not self.with_user(u)
            .with_context(allowed_company_ids=u.company_ids.ids)
            .has_access("read")
        )
        if strangers:
            self.message_unsubscribe(strangers.partner_id.ids)

    def _tell_handler(self, text):
        """Leave the handler a to-do, quietly."""
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            "gov_base.mail_activity_type_returned",
            date_deadline=self.company_id.gov_today(),
            summary=text,
            user_id=self.handler_id.id,
        )

    # ------------------------------------------------------------------- preview

    def _get_chain_rows(self):
        """Return the tiers as the form shows them before and after submission.

        :return: list of dicts ``number, name, people, citation, note, state``.
        """
        self.ensure_one()
        if not self.env.su and self.company_id not in self.env.companies:
            return []
        # Names and clauses of the chain are shown to whoever may read the matter.
        matter = self.sudo()
        if matter.approval_state != "draft":
            steps = matter._get_steps() if matter.id else matter.step_ids
            return [step._get_chain_row() for step in steps]
        if exemption := matter._approval_exemption():
            return [
                {
                    "number": 1,
                    "name": exemption["tier_name"],
                    "people": "",
                    "citation": exemption["rule_citation"],
                    "note": exemption["comment"],
                    "state": "skipped",
                }
            ]
        rules = matter.env["gov.approval.rule"]._get_in_force(matter)
        fixed = matter._approval_amount_is_fixed()
        amount = matter._approval_preview_amount()
        tiers = rules.filtered(lambda r: not r._has_band() or r._covers(amount))
        rows = []
        for number, (rule, users) in enumerate(matter._plan(tiers), 1):
            needed = rule._get_needed(len(users))
            reachable = len(users) >= needed
            note = rule._get_needed_text(needed, len(users))
            if rule._has_band() and not fixed:
                note = self.env._("by amount, after the price check")
            rows.append(
                {
                    "number": number,
                    "name": rule.name,
                    "people": rule._get_people_text(users.mapped("name"))
                    if reachable
                    else "",
                    "citation": rule.policy_id.citation,
                    "note": note,
                    "state": "waiting" if reachable else "unreachable",
                }
            )
        return rows

    # --------------------------------------------------------------------- hooks

    def _approval_may_type_for_all(self, user):
        """Tell whether ``user`` may type matters in anybody's name."""
        return False

    def _approval_summary(self):
        """Return in one line what the matter is about, for the inbox."""
        return False

    def _approval_check_submit(self):
        """Raise ``UserError`` when the document is not complete enough to submit."""

    def _approval_amount_is_fixed(self):
        """Tell whether the amount is final at submission."""
        return True

    def _approval_preview_amount(self):
        """Return the amount that the preview of a draft expects."""
        return self.amount_for_approval

    def _approval_band_amount(self):
        """Return the amount that decides the band, when it is not the matter's own."""
        return self.amount_for_approval

    def _approval_currency(self):
        """Return the currency of the matter's amount, none when it is no money."""
        if not self._approval_band_is_money:
            return self.env["res.currency"]
        return self.currency_id

    def _approval_format_band(self, amount):
        """Return the amount that decides the band, as people write it."""
        if not self._approval_band_is_money:
            return plain_number(amount)
        return self.currency_id.format(amount)

    def _approval_exemption(self):
        """Return why no tier has to decide, or False.

        :return: dict with ``tier_name``, ``rule_citation`` and ``comment`` of the
            sealed row that stands instead of the tiers.
        """
        return False

    def _approval_tier_role(self, tier):
        """Return the role that ``tier``, a rule or a step, names for this matter."""
        return tier.role_id

    def _approval_recused_named(self, employees):
        """Return those of the recused ``employees`` whom the record may name."""
        return employees

    def _approval_check_step(self, step):
        """Raise ``UserError`` when the check ``step`` cannot close yet."""

    def _approval_after_submit(self):
        """Act once the matter is submitted and its chain frozen."""

    def _approval_after_approved(self):
        """Act once the last tier has agreed."""

    def _approval_after_closed(self, action):
        """Act after ``reject``, ``return``, ``withdraw`` or ``cancel``."""

    def _approval_cancel_blocker(self):
        """Return why an approved matter can no longer be cancelled, or False."""
        return False

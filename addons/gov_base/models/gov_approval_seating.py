import logging

import psycopg2

from odoo import api, fields, models

from ..tools.rivals import meet_rivals
from .gov_guard import engine

_logger = logging.getLogger(__name__)

# So many steps are looked at within the transaction of an event, and per commit of
# the job; what is left over is the job's.
RESEAT_AT_ONCE = 50
RESEAT_BATCH = 100


class GovApprovalSeating(models.AbstractModel):
    """Who sits in a step while it is open: successors, delegates, vacancies.

    A tier names a post, so that the seats of an open step move by themselves: when
    somebody leaves or is transferred, when a role changes hands, when a delegation
    begins or ends. Every move stands in the history of the matter.

    Events mark the steps that they concern and move the first of them at once; the
    job does the rest, and compares every open step once a day, which covers what a
    date alone brings about.
    """

    _name = "gov.approval.seating"
    _description = "Seats of an Approval Step"

    reseated_on = fields.Date(
        readonly=True,
        help="The day on which the seats were last compared with the posts.",
    )
    seat_source = fields.Selection(
        [
            ("post", "The post"),
            ("deputy", "A deputy"),
            ("up", "One post up"),
            ("fallback", "The fallback list"),
            ("none", "Nobody"),
        ],
        string="Seats from",
        readonly=True,
    )
    is_unreachable = fields.Boolean(string="Cannot be decided", readonly=True)

    _reseat_idx = models.Index("(reseated_on, id) WHERE state = 'open'")
    _source_idx = models.Index(
        "(company_id) WHERE state = 'open' AND seat_source <> 'post'"
    )

    # --------------------------------------------------------------------- seats

    def _count_principals(self):
        """Return how many people decide here; a delegate counts for the delegator."""
        seats = self.seat_ids.filtered(lambda s: s.state != "lapsed")
        return len(seats._get_principals())

    def _give_seats(self, users, **values):
        """Give ``users`` a seat; a person who had one here gets that one back.

        :return: the seats, still waiting.
        """
        values = {
            "state": "waiting",
            "is_vacant": False,
            "on_behalf_of_id": False,
            "delegation_id": False,
            "date_to": False,
            **values,
        }
        lapsed = self.seat_ids.filtered(
            lambda s: s.state == "lapsed" and s.user_id in users
        )
        lapsed.write(values)
        new = users - lapsed.user_id
        return lapsed | self.env["gov.approval.seat"].create(
            [{**self._prepare_seat(user), **values} for user in new]
        )

    def _open_seats(self, matter, seats):
        """Let ``seats`` decide from now on; on hold no clock runs."""
        if not seats:
            return
        held = matter.approval_state == "on_hold"
        seats.write(
            {
                "state": "open",
                "deadline": False if held else self._get_deadline(),
                "notice_at": False if held else fields.Datetime.now(),
            }
        )
        if held:
            return
        seats._schedule_activities()
        if matter.is_urgent:
            self.env["gov.approval.digest"]._send_now(seats)

    def _get_spent_users(self, decisions):
        """Return the users whose vote the earlier ``decisions`` have used up.

        Where a tier asks for another person, neither who decided nor in whose name
        has a seat: one click of a delegate must not count in two offices, and a
        delegator's vote has been cast.
        """
        return decisions.decider_id | decisions.on_behalf_of_id

    # ----------------------------------------------------------------- delegates

    def _sync_delegates(self, matter):
        """Seat the delegates of those who have an open seat; end the others'."""
        self.ensure_one()
        open_seats = self.seat_ids.filtered(lambda s: s.state == "open")
        delegated = open_seats.filtered("on_behalf_of_id")
        wanted = self._get_wanted_delegates(matter, open_seats - delegated)
        stays = delegated.filtered(lambda s: wanted.get(s.user_id) == s.delegation_id)
        (delegated - stays)._lapse()
        new = stays.browse()
        for delegate, delegation in wanted.items():
            if delegate not in stays.user_id:
                new |= self._give_seats(
                    delegate,
                    on_behalf_of_id=delegation.delegator_id.id,
                    delegation_id=delegation.id,
                    date_to=delegation.date_to,
                )
        self._open_seats(matter, new)

    def _get_wanted_delegates(self, matter, own):
        """Return who stands in for the holders of the seats ``own``.

        :return: dict user → delegation.
        """
        company = matter.company_id
        delegations = self.env["gov.approval.delegation"]._get_in_force(
            company, matter._name, own.user_id
        )
        if not delegations:
            return {}
        barred = matter._approval_barred_users(self.kind)
        if self.distinct_person:
            barred |= self._get_spent_users(matter._get_earlier_decisions(self))
        # Own seats, and those who have decided: a person counts once in a step.
        barred |= (
            own.user_id
            | self.seat_ids.filtered(
                lambda s: s.state not in ("open", "lapsed")
                or (s.state == "open" and not s.on_behalf_of_id)
            ).user_id
        )
        wanted = {}
        for delegation in delegations:
            user = delegation.delegate_id
            served = {known.delegator_id for known in wanted.values()}
            if (
                delegation.delegator_id not in served
                and user not in wanted
                and user not in barred
                and user.active
                and not user.share
                and company in user.company_ids
            ):
                wanted[user] = delegation
        return wanted

    # --------------------------------------------------------------------- moves

    def _reseat(self):
        """Compare the seats of these open steps with the posts of today.

        A seat of somebody who has left the post goes to the successor, else one post
        up; where a number of people has to agree only to a successor in the role. As
        many as were needed stay needed: when they can no longer be reached the step
        says so, and handler and administrator are told.

        :return: True
        """
        for step in self.sorted("id"):
            step._reseat_one()
        return True

    def _reseat_one(self):
        self._meet_rivals()
        if self.state != "open" or self.model not in self.env:
            return
        matter = self.env[self.model].browse(self.res_id).exists()
        if not matter:
            return
        if self._moves_seats():
            self._move_seats(matter)
            self._sync_delegates(matter)
        self.reseated_on = self.company_id.gov_today()

    def _moves_seats(self):
        """Tell whether the seats of this step follow the post that its tier names.

        Not those of a meeting: nobody votes there.
        """
        return self.kind in ("decision", "check")

    def _meet_rivals(self):
        """UPDATE the row that every decision of this step UPDATEs as well."""
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(["votes", "state"], flush=False)

    def _move_seats(self, matter):
        spent = self._get_spent_users(matter._get_earlier_decisions(self))
        users, source = self._resolve_users(matter, spent)
        own = self.seat_ids.filtered(
            lambda s: s.state == "open" and not s.on_behalf_of_id
        )
        gone = own.filtered(lambda s: s.user_id not in users)
        taken = self.seat_ids.filtered(lambda s: s.state not in ("lapsed", "waiting"))
        # Who has decided here, even in another's name, gets no second seat.
        taken -= taken.filtered(lambda s: s.state == "open" and s.on_behalf_of_id)
        taken = (taken - gone)._get_principals() | taken.user_id
        new = users - taken
        if self.required_kind != "one":
            gone.write({"is_vacant": True})
            new = self._fill_vacancies(matter, new, taken, spent)
        self._settle_moves(matter, gone, new, source)

    def _fill_vacancies(self, matter, candidates, taken, spent):
        """Return who gets the seats that leavers left, in the order of their rank."""
        vacant = self.seat_ids.filtered("is_vacant")
        users = candidates[: len(vacant)]
        if self.required_kind != "count" and len(users) < len(vacant):
            above = self._get_users_above(matter, spent) - users - taken
            users |= above[: len(vacant) - len(users)]
        vacant[: len(users)].write({"is_vacant": False})
        return users

    def _settle_moves(self, matter, gone, new, source):
        """Carry out what was found: end seats, give seats, and say so."""
        gone._lapse()
        # Who stood in and now holds the post decides in their own name.
        self.seat_ids.filtered(
            lambda s: s.state == "open" and s.on_behalf_of_id and s.user_id in new
        )._lapse()
        self._open_seats(matter, self._give_seats(new))
        if gone or new:
            self._note_move(matter, gone.user_id, new)
        if self.seat_source != source:
            self.seat_source = source
            if source == "fallback":
                self._tell_administrator(matter)
        self._check_reachable(matter)

    def _check_reachable(self, matter):
        """Say when the votes needed can no longer be reached, and when they can."""
        seats = self._count_principals()
        is_unreachable = seats < self.needed
        if is_unreachable == self.is_unreachable:
            return
        self.is_unreachable = is_unreachable
        if is_unreachable:
            self._tell_unreachable(matter, seats)
        else:
            self.note = False

    def _note_move(self, matter, gone, new):
        """Leave a line in the history of the matter, and on the step."""
        env = matter._get_record_env()
        if gone and new:
            text = env._(
                "%(tier)s: the seat of %(before)s goes to %(after)s.",
                tier=self.name,
                before=gone.mapped("name"),
                after=new.mapped("name"),
            )
        elif new:
            text = env._(
                "%(tier)s: %(after)s may decide as well.",
                tier=self.name,
                after=new.mapped("name"),
            )
        else:
            text = env._(
                "%(tier)s: the seat of %(before)s lapses.",
                tier=self.name,
                before=gone.mapped("name"),
            )
        self.note = text
        matter._message_log(body=text)

    # -------------------------------------------------------------------- events

    @api.model
    def _get_steps_of(self, users):
        """Return the open steps in which one of ``users`` has an open seat."""
        if not users:
            return self.browse()
        seats = self.env["gov.approval.seat"].search(
            [("user_id", "in", users.ids), ("state", "=", "open")]
        )
        return seats.step_id

    @api.model
    def _get_displaced_steps(self, companies):
        """Return the open steps that are not decided by the post that they name."""
        if not companies:
            return self.browse()
        return self.search(
            [
                ("company_id", "in", companies.ids),
                ("state", "=", "open"),
                ("seat_source", "!=", "post"),
                ("seat_source", "!=", False),
            ]
        )

    @api.model
    def _queue_reseat(self, steps):
        """Move the seats of ``steps``: the first ones now, the rest in the job."""
        steps = steps.filtered(lambda s: s.state == "open").sorted("id")
        if not steps:
            return
        steps[:RESEAT_AT_ONCE]._reseat()
        if rest := steps[RESEAT_AT_ONCE:]:
            rest.write({"reseated_on": False})
            self.env.ref("gov_base.cron_gov_reseat")._trigger()

    @api.model
    def _reseat_after(self, users, companies, roles=None):
        """Move seats after a change among those who hold posts.

        :param users: who held or holds the post.
        :param companies: institutions whose vacancies somebody may fill now.
        :param roles: roles that changed hands.
        """
        # sudo: who sits where follows from what the caller was allowed to change.
        steps = engine(self.env["gov.approval.step"].sudo())
        found = steps._get_steps_of(users) | steps._get_displaced_steps(companies)
        if roles:
            found |= steps.search(
                [
                    ("company_id", "in", companies.ids),
                    ("state", "=", "open"),
                    ("role_id", "in", roles.ids),
                ]
            )
        steps._queue_reseat(found)

    # ----------------------------------------------------------------------- job

    @api.model
    def _cron_reseat(self):
        """Compare open steps with the posts of today, in committed chunks.

        Each step is due once a day and after an event that left it over, so that the
        job may be killed at any moment and started again.
        """
        cron = self.env["ir.cron"]
        steps = engine(self.env["gov.approval.step"].sudo())
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        due = sum(steps.search_count(steps._get_due_domain(c)) for c in companies)
        cron._commit_progress(remaining=due)
        for company in companies:
            domain = steps._get_due_domain(company)
            while batch := steps.search(domain, limit=RESEAT_BATCH, order="id"):
                try:
                    batch._reseat_safely()
                    batch.env.flush_all()
                except psycopg2.errors.SerializationFailure:
                    # Somebody has just decided one of them: look again.
                    self.env.cr.rollback()
                    continue
                if not cron._commit_progress(len(batch)):
                    return

    @api.model
    def _get_due_domain(self, company):
        return [
            ("state", "=", "open"),
            ("company_id", "=", company.id),
            "|",
            ("reseated_on", "=", False),
            ("reseated_on", "<", company.gov_today()),
        ]

    def _reseat_safely(self):
        """Move the seats of each step; one that fails waits for the next day."""
        for step in self:
            try:
                with self.env.cr.savepoint():
                    step._reseat_one()
            except psycopg2.OperationalError:
                raise
            except Exception:
                _logger.exception("The seats of step %s could not be moved", step.id)
            step.reseated_on = step.company_id.gov_today()

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine

from ..tools.clock import WallClock, WorkClock

_CHUNK = 100


class MaintenanceRequest(models.Model):
    """The promised times of a request (承诺时限), and who is told of delays.

    Deadlines are stored when they are known: at the call, at the arrival, after a
    pause. Lists compare them with the clock and ask nothing else.
    """

    _inherit = "maintenance.request"

    _protected_fields = frozenset(
        {
            "sla_response_deadline",
            "sla_resolve_deadline",
            "sla_next_deadline",
            "sla_warn_at",
            "sla_response_hours",
            "sla_resolve_hours",
            "sla_missed",
            "escalation",
        }
    )

    sla_response_hours = fields.Float(
        string="Promised hours until arrival",
        readonly=True,
        copy=False,
        aggregator=None,
    )
    sla_resolve_hours = fields.Float(
        string="Promised hours until finish", readonly=True, copy=False, aggregator=None
    )
    sla_response_deadline = fields.Datetime(
        string="Promised arrival", readonly=True, copy=False
    )
    sla_resolve_deadline = fields.Datetime(
        string="Promised finish", readonly=True, copy=False
    )
    sla_next_deadline = fields.Datetime(
        string="Next deadline", readonly=True, copy=False
    )
    sla_warn_at = fields.Datetime(readonly=True, copy=False)
    sla_missed = fields.Boolean(
        string="Promised time missed", readonly=True, copy=False
    )
    sla_state = fields.Selection(
        [
            ("none", "No promise"),
            ("ok", "In time"),
            ("due", "Due soon"),
            ("overdue", "Overdue"),
            ("paused", "Paused"),
            ("met", "Kept"),
            ("missed", "Missed"),
        ],
        string="Promised time",
        compute="_compute_sla_state",
        search="_search_sla_state",
    )
    escalation = fields.Selection(
        [("before", "Told before"), ("after", "Told after")],
        string="Chief told",
        readonly=True,
        copy=False,
    )

    @api.depends(
        "gov_state", "sla_next_deadline", "sla_warn_at", "sla_missed", "resolved_at"
    )
    def _compute_sla_state(self):
        now = fields.Datetime.now()
        for request in self:
            request.sla_state = request._get_sla_state(now)

    def _get_sla_state(self, now):
        if self.gov_state in ("done", "cancelled"):
            if self.sla_missed:
                return "missed"
            promised = self.sla_response_deadline or self.sla_resolve_deadline
            return "met" if promised and self.gov_state == "done" else "none"
        if self.gov_state == "paused":
            return "paused"
        if not self.sla_next_deadline:
            return "none"
        if self.sla_next_deadline < now:
            return "overdue"
        return "due" if self.sla_warn_at and self.sla_warn_at <= now else "ok"

    @api.model
    def _search_sla_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        running = Domain("gov_state", "in", ("new", "assigned", "accepted", "arrived"))
        late = Domain("sla_next_deadline", "<", now)
        promised = Domain("sla_response_deadline", "!=", False) | Domain(
            "sla_resolve_deadline", "!=", False
        )
        warned = Domain("sla_warn_at", "<=", now)
        ahead = Domain("sla_next_deadline", ">=", now)
        closed = Domain("gov_state", "in", ("done", "cancelled"))
        missed = Domain("sla_missed", "=", True)
        met = Domain("gov_state", "=", "done") & promised & ~missed
        domains = {
            "overdue": running & late,
            "due": running & ahead & warned,
            "ok": running & ahead & ~warned,
            "paused": Domain("gov_state", "=", "paused"),
            "missed": closed & missed,
            "met": met,
            "none": (running & Domain("sla_next_deadline", "=", False))
            | (closed & ~missed & ~met),
        }
        return Domain.OR(domains[key] for key in value if key in domains)

    @api.model
    def _read_group_groupby(self, alias, groupby_spec, query):
        """Count by colour, for the bars of the board: compared with the clock."""
        if groupby_spec != "sla_state":
            return super()._read_group_groupby(alias, groupby_spec, query)

        def column(name):
            return self._field_to_sql(alias, name, query)

        return SQL(
            """
            CASE WHEN %(state)s IN ('done', 'cancelled') THEN
                CASE WHEN %(missed)s THEN 'missed'
                     WHEN %(state)s = 'done'
                      AND COALESCE(%(response)s, %(resolve)s) IS NOT NULL THEN 'met'
                     ELSE 'none' END
                 WHEN %(state)s = 'paused' THEN 'paused'
                 WHEN %(next)s IS NULL THEN 'none'
                 WHEN %(next)s < %(now)s THEN 'overdue'
                 WHEN %(warn)s <= %(now)s THEN 'due'
                 ELSE 'ok' END
            """,
            state=column("gov_state"),
            missed=column("sla_missed"),
            response=column("sla_response_deadline"),
            resolve=column("sla_resolve_deadline"),
            next=column("sla_next_deadline"),
            warn=column("sla_warn_at"),
            now=fields.Datetime.now(),
        )

    # -------------------------------------------------------------------- clocks

    def _plan_deadlines(self, start=None):
        """Store the deadlines of requests.

        :param start: moment from which they run; that of the call without one.
        """
        for company, requests in self.grouped("company_id").items():
            clocks = requests._get_clocks(company)
            for request in requests:
                request._plan_deadline(clocks[request.is_emergency], company, start)

    @api.model
    def _get_clocks(self, company):
        """Return {is emergency: clock}."""
        return {
            False: WorkClock(self.env, company),
            True: WallClock(self.env, company),
        }

    def _plan_deadline(self, clock, company, start):
        # sudo: promised times are public.
        rules, item = company.sudo(), self.sudo().service_item_id
        start = start or self.requested_at or fields.Datetime.now()
        response = item.response_hours if item else rules.service_response_hours
        resolve = item.resolve_hours if item else rules.service_resolve_hours
        self.write(
            {
                "sla_response_hours": response,
                "sla_resolve_hours": resolve,
                "sla_response_deadline": clock.add(start, response)
                if response
                else False,
                "sla_resolve_deadline": clock.add(start, resolve) if resolve else False,
            }
        )
        self._plan_next(clock)

    def _plan_next(self, clock=None):
        """Store the deadline that counts now, and when its chief is to be told."""
        self.ensure_one()
        clock = clock or self._get_clocks(self.company_id)[self.is_emergency]
        deadline, hours = False, 0.0
        if self.gov_state in ("new", "assigned", "accepted", "arrived"):
            deadline, hours = self.sla_resolve_deadline, self.sla_resolve_hours
            response = self.sla_response_deadline
            if response and not self.arrived_at:
                if not deadline or response < deadline:
                    deadline, hours = response, self.sla_response_hours
        if deadline == self.sla_next_deadline and self.sla_warn_at:
            return
        warn_at = False
        if deadline:
            now = fields.Datetime.now()
            share = self.company_id.sudo().service_warn_percent / 100
            left = clock.between(now, deadline) - hours * share
            warn_at = clock.add(now, max(left, 0.0)) if left > 0 else now
        self.write(
            {
                "sla_next_deadline": deadline,
                "sla_warn_at": warn_at,
                "escalation": False,
            }
        )

    def _shift_deadlines(self, since):
        """Add the time of a pause to what was still ahead when it began.

        :param since: moment at which the clock stopped.
        """
        self.ensure_one()
        clock = self._get_clocks(self.company_id)[self.is_emergency]
        now, vals = fields.Datetime.now(), {}
        for name in ("sla_response_deadline", "sla_resolve_deadline"):
            deadline = self[name]
            if deadline and deadline > since:
                vals[name] = clock.add(now, clock.between(since, deadline))
        if vals:
            self.write(vals)
        self._plan_next(clock)

    # ---------------------------------------------------------------- escalation

    @api.model
    def _get_escalation_domain(self, now):
        running = Domain("gov_state", "in", ("new", "assigned", "accepted", "arrived"))
        before = Domain("sla_warn_at", "<=", now) & Domain("escalation", "=", False)
        after = Domain("sla_next_deadline", "<", now) & (
            Domain("escalation", "=", False) | Domain("escalation", "=", "before")
        )
        return running & (before | after)

    @api.model
    def _cron_escalate(self):
        """Tell the chiefs what runs out and what is late, in committed chunks."""
        cron = self.env["ir.cron"]
        # The job sees every institution; each request goes to its own chief.
        model = engine(self.with_user(SUPERUSER_ID).sudo())
        domain = model._get_escalation_domain(fields.Datetime.now())
        left = model.search_count(domain)
        while left:
            requests = model.search(domain, limit=_CHUNK, order="id")
            if not requests:
                break
            requests._escalate()
            left = max(left - len(requests), 0)
            if not cron._commit_progress(len(requests), remaining=left):
                break

    def _escalate(self):
        """Tell the named chief of each request, once before and once after."""
        now = fields.Datetime.now()
        for late, requests in self.grouped(
            lambda request: request.sla_next_deadline < now
        ).items():
            requests.escalation = "after" if late else "before"
            for request in requests:
                request._tell_chief(late)

    def _get_chief(self):
        """Return who is told of delays; empty when nobody was named."""
        self.ensure_one()
        chief = self.service_item_id.chief_id or self.company_id.service_chief_id
        return chief if chief.active else chief.browse()

    def _miss_chief(self):
        """Tell the administrator, once, that nobody was named to be told."""
        company = self.company_id
        lang = self.env["gov.approval.rule"]._get_lang(company)
        self.env["gov.config.notice"]._raise(
            "service_chief",
            self.with_context(lang=lang).env._(
                "Nobody is named whom the service desk tells of delays."
            ),
            company,
        )

    def _tell_chief(self, late):
        chief = self._get_chief()
        if not chief:
            self._miss_chief()
            return
        summary = (
            self.env._("Promised time is over: %s", self.display_name)
            if late
            else self.env._("Promised time runs out: %s", self.display_name)
        )
        # The chief reads what they are told of, whatever their groups.
        self.message_subscribe(partner_ids=chief.partner_id.ids)
        kind = "gov_logistics.mail_activity_type_service_late"
        self.activity_unlink([kind])
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            kind,
            date_deadline=self.company_id.gov_today(),
            summary=summary,
            user_id=chief.id,
        )

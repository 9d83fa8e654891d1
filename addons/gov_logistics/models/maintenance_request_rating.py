from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals

_MAX_TEXT = 1000
_CHUNK = 200
# Two days after the work, and never for what lies longer back than two weeks.
_NUDGE_AFTER, _NUDGE_UNTIL = timedelta(days=2), timedelta(days=14)
_TODO = "gov_logistics.mail_activity_type_rating"
SATISFACTION = [("good", "Good"), ("fair", "Fair"), ("poor", "Poor")]
_VALUES = {"good": 5.0, "fair": 3.0, "poor": 1.0}


class MaintenanceRequest(models.Model):
    """Satisfaction (满意度评价): the requester's, after the work, once.

    Silence is no answer, never "good". Whoever did the work, or entered that it is
    finished, does not rate it, nor does the desk for somebody else: what a caller says
    by phone is a call back. An employee who has not answered is reminded once. What
    was rated and then opened again may be rated anew when it is finished.
    """

    _inherit = "maintenance.request"

    _protected_fields = frozenset(
        {
            "satisfaction",
            "satisfaction_text",
            "satisfaction_at",
            "satisfaction_via",
            "rating_nudged_at",
        }
    )

    satisfaction = fields.Selection(
        SATISFACTION,
        string="Rating",
        readonly=True,
        copy=False,
        help="Empty: no answer, which counts as none.",
    )
    satisfaction_text = fields.Text(string="What they say", readonly=True, copy=False)
    satisfaction_at = fields.Datetime(string="Rated at", readonly=True, copy=False)
    satisfaction_via = fields.Selection(
        [("app", "In the app"), ("link", "Visitor's link"), ("portal", "Portal")],
        string="Rated by way of",
        readonly=True,
        copy=False,
    )
    rating_nudged_at = fields.Datetime(readonly=True, copy=False)
    can_rate = fields.Boolean(compute="_compute_can_rate")

    _nudge_idx = models.Index(
        "(resolved_at) WHERE gov_state = 'done' AND satisfaction IS NULL"
        " AND rating_nudged_at IS NULL"
    )

    @api.depends("gov_state", "satisfaction", "satisfaction_at", "employee_id")
    @api.depends_context("uid")
    def _compute_can_rate(self):
        for request in self:
            request.can_rate = not request._rating_refusal("app")

    def action_rate(self, satisfaction, text=""):
        """Rate one's own request.

        :param str satisfaction: ``good``, ``fair`` or ``poor``.
        :param str text: may be empty.
        :return: True
        :raise UserError: not finished, rated already, or not the requester.
        """
        self.ensure_one()
        self.check_access("read")
        return self._rate(satisfaction, text, "app")

    def action_open_rate(self):
        """Open the dialog with the three taps.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("How was it?"),
            "res_model": "gov.service.rating",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }

    # -------------------------------------------------------------------- helpers

    def _is_rated(self):
        """Tell whether the work was rated since it was last finished."""
        self.ensure_one()
        return bool(
            self.satisfaction
            and self.satisfaction_at
            and (not self.resolved_at or self.satisfaction_at >= self.resolved_at)
        )

    def _rating_refusal(self, via):
        """Return why it cannot be rated, False if it can.

        :param via: ``app``, ``link`` or ``portal``; the controllers have checked the
            right of the latter two.
        """
        self.ensure_one()
        # sudo: only who did the work and who asked for it is compared.
        request, user = self.sudo(), self.env.user
        if request.gov_state != "done":
            return self.env._("A request is rated when it is finished.")
        if request._is_rated():
            return self.env._("This request has been rated already. Thank you.")
        if user in request.user_id | request.finished_by_id:
            return self.env._("Nobody rates their own work.")
        if via == "app" and request.employee_id.user_id != user:
            return self.env._("A request is rated by the person who asked for it.")
        return False

    def _rate(self, satisfaction, text, via):
        """Keep a rating; the right of the link or the portal was checked before."""
        text = text.strip() if isinstance(text, str) else ""
        if not isinstance(satisfaction, str) or satisfaction not in _VALUES:
            raise UserError(self.env._("Choose good, fair or poor."))
        if len(text) > _MAX_TEXT or "\0" in text:
            raise UserError(
                self.env._("The text is longer than %(most)s signs.", most=_MAX_TEXT)
            )
        # sudo: right, state and text are checked; rivals meet on the row they UPDATE.
        request = engine(self.sudo())
        meet_rivals(self)
        if refusal := self._rating_refusal(via):
            raise UserError(refusal)
        request.write(
            {
                "satisfaction": satisfaction,
                "satisfaction_text": text or False,
                "satisfaction_at": fields.Datetime.now(),
                "satisfaction_via": via,
            }
        )
        request._keep_rating(_VALUES[satisfaction], text, via)
        request.activity_unlink([_TODO])
        return True

    def _keep_rating(self, value, text, via):
        """Write the row that Odoo's rating reports read; an older one is replaced."""
        partner = self.served_partner_id if via == "portal" else self.env["res.partner"]
        if via == "app":
            partner = self.employee_id.user_id.partner_id
        vals = {
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "rated_partner_id": self.user_id.partner_id.id,
            "partner_id": partner.id,
            "rating": value,
            "feedback": text or False,
            "consumed": True,
            "rated_on": fields.Datetime.now(),
        }
        ratings = self.env["rating.rating"]
        known = ratings.search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        )
        if known:
            known[:1].write(vals)
        else:
            ratings.create(vals)

    @api.model
    def _cron_nudge_rating(self):
        """Ask employees once for the rating that they have not given."""
        cron = self.env["ir.cron"]
        # sudo: a job; each is asked about their own request.
        requests = engine(self.sudo())
        now = fields.Datetime.now()
        domain = [
            ("gov_state", "=", "done"),
            ("satisfaction", "=", False),
            ("rating_nudged_at", "=", False),
            ("resolved_at", "<=", now - _NUDGE_AFTER),
            ("resolved_at", ">", now - _NUDGE_UNTIL),
        ]
        left = requests.search_count(domain)
        while left:
            found = requests.search(domain, limit=_CHUNK, order="resolved_at, id")
            if not found:
                break
            found._nudge_rating()
            left = max(left - len(found), 0)
            if not cron._commit_progress(len(found), remaining=left):
                break

    def _nudge_rating(self):
        self.rating_nudged_at = fields.Datetime.now()
        quiet = self.with_context(mail_activity_quick_update=True)
        for request in quiet:
            user = request.employee_id.user_id
            if not user.active or user in request.user_id | request.finished_by_id:
                continue
            request.activity_schedule(
                _TODO,
                date_deadline=request.company_id.gov_today(),
                user_id=user.id,
            )

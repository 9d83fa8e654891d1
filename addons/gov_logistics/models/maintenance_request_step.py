import zlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals
from odoo.addons.gov_base.tools.scan import clean_scan

from .gov_service_callback import CALLBACK_RESULTS
from .gov_service_pause import PAUSE_REASONS
from .input_check import plain_number
from .maintenance_request import OPEN_STATES

_MAX_TEXT = 2000
# action: (states it starts from, state it leads to, who may)
TRANSITIONS = {
    "assign": (("new", "assigned", "accepted", "arrived"), "assigned", "desk"),
    "refuse": (("assigned", "accepted"), "new", "repairer"),
    "accept": (("assigned",), "accepted", "repairer"),
    "arrive": (("accepted",), "arrived", "repairer"),
    "pause": (("accepted", "arrived"), "paused", "repairer"),
    # Back to what it was before the pause.
    "resume": (("paused",), None, "repairer"),
    "done": (("accepted", "arrived"), "done", "repairer"),
    "cancel": (OPEN_STATES, "cancelled", "canceller"),
    "reopen": (("done", "cancelled"), "new", "reopener"),
    "call_back": (("done",), "done", "desk"),
}
_TODO = "gov_logistics.mail_activity_type_service"
_LATE = "gov_logistics.mail_activity_type_service_late"


class MaintenanceRequest(models.Model):
    """The steps of a service request.

    ========= =========================== ========= ==================================
    action    from                        to        by
    ========= =========================== ========= ==================================
    assign    new, assigned, accepted,    assigned  service desk
              arrived
    refuse    assigned, accepted          new       the repairer, service desk
    accept    assigned                    accepted  the repairer (or one of the team)
    arrive    accepted                    arrived   the repairer
    pause     accepted, arrived           paused    the repairer
    resume    paused                      before    the repairer
    done      accepted, arrived           done      the repairer
    cancel    any open one                cancelled service desk; the requester until
                                                    somebody has accepted
    reopen    done, cancelled             new       service desk; the requester within
                                                    the days of the settings
    call back done                        done      service desk
    ========= =========================== ========= ==================================

    Where the repairer acts the service desk may act for them: vendors and older
    colleagues report by phone. Buttons, methods and ``write`` read this one table.
    """

    _inherit = "maintenance.request"

    can_assign = fields.Boolean(compute="_compute_can")
    can_refuse = fields.Boolean(compute="_compute_can")
    can_accept = fields.Boolean(compute="_compute_can")
    can_arrive = fields.Boolean(compute="_compute_can")
    can_pause = fields.Boolean(compute="_compute_can")
    can_resume = fields.Boolean(compute="_compute_can")
    can_done = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")
    can_call_back = fields.Boolean(compute="_compute_can")
    can_correct = fields.Boolean(compute="_compute_can")
    can_work = fields.Boolean(compute="_compute_can")

    @api.depends("gov_state", "user_id", "maintenance_team_id")
    @api.depends_context("uid")
    def _compute_can(self):
        for request in self:
            for action in TRANSITIONS:
                request[f"can_{action}"] = request._may(action)
            # A request that is being written has no state yet.
            closed = request.gov_state and request.gov_state not in OPEN_STATES
            desk = self._is_desk()
            begin = not request.gov_state or request.gov_state == "new"
            request.can_correct = not closed and (
                desk or (begin and (not request.id or request._is_requester()))
            )
            request.can_work = not closed and (desk or request._is_repairer())

    def _may(self, action):
        """Tell whether state and person allow ``action``."""
        self.ensure_one()
        starts, _state, who = TRANSITIONS[action]
        if self.gov_state not in starts:
            return False
        if self._is_desk():
            return True
        if who == "repairer":
            return self._is_repairer()
        if who == "canceller":
            return self._is_requester() and self.gov_state in ("new", "assigned")
        if who == "reopener":
            return self._is_requester() and self._is_recent()
        return False

    def _is_recent(self):
        """Tell whether the requester may still say that it is not fixed."""
        if self.gov_state != "done" or not self.close_date:
            return False
        # sudo: a rule of the service centre, which everybody may know.
        days = self.company_id.sudo().service_reopen_days
        return (self.company_id.gov_today() - self.close_date).days <= days

    # ------------------------------------------------------------- public actions

    def action_assign(self, user_id=None, team_id=None, moment=None):
        """Dispatch requests (派单) to a repairer, a team, or as suggested.

        :param user_id: id of the repairer's account; may be empty.
        :param team_id: id of the team; may be empty.
        :param moment: when the visit was agreed, naive UTC datetime; may be empty.
        :return: True
        :raise UserError: not the service desk, a closed request, no such repairer or
            team, or nobody to suggest.
        """
        for request in self._begin("assign"):
            user, team = request._find_repairer(user_id, team_id)
            vals = {"user_id": user.id, "maintenance_team_id": team.id}
            if moment:
                self._check_input([{"schedule_date": moment}])
                vals["schedule_date"] = moment
            request._set_state(
                "assigned",
                assigned_at=fields.Datetime.now(),
                accepted_at=False,
                arrived_at=False,
                **vals,
            )
            request._tell_repairer()
        return True

    def action_accept(self):
        """Accept requests (接单); a request of the team becomes one's own.

        :return: True
        :raise UserError: not dispatched to the user or their team.
        """
        for request in self._begin("accept"):
            vals = {"accepted_at": fields.Datetime.now()}
            if not request.user_id and request._is_repairer():
                vals["user_id"] = self.env.uid
            request._set_state("accepted", **vals)
        return True

    def action_refuse(self, reason):
        """Give requests back to the service desk.

        :param reason: why; required.
        :return: True
        :raise UserError: not one's own request, or without a reason.
        """
        reason = self._check_reason(reason)
        for request in self._begin("refuse"):
            request._set_state(
                "new", user_id=False, assigned_at=False, accepted_at=False
            )
            request._drop_todos()
            request._note(self.env._("Given back: %s", reason))
        return True

    def action_arrive(self):
        """Be on the spot (到场): the first promised time ends here.

        :return: True
        :raise UserError: not one's own request, or not accepted yet.
        """
        for request in self._begin("arrive"):
            now = fields.Datetime.now()
            promised = request.sla_response_deadline
            late = bool(promised and now > promised)
            request._set_state(
                "arrived", arrived_at=now, sla_missed=request.sla_missed or late
            )
        return True

    def action_pause(self, reason, kind="other"):
        """Let requests wait (挂起); the clock stands still.

        :param reason: why; required.
        :param kind: key of the reasons, e.g. ``parts``.
        :return: True
        :raise UserError: not one's own request, or without a reason.
        """
        reason = self._check_reason(reason)
        if not isinstance(kind, str) or kind not in dict(PAUSE_REASONS):
            raise UserError(self.env._("There is no such reason: %s.", kind))
        for request in self._begin("pause"):
            now = fields.Datetime.now()
            # The end of the pause before goes to the database first: one is open.
            request.env["gov.service.pause"].flush_model()
            request.env["gov.service.pause"].create(
                {
                    "request_id": request.id,
                    "kind": kind,
                    "reason": reason,
                    "user_id": self.env.uid,
                    "date_from": now,
                    "state_before": request.gov_state,
                }
            )
            request._set_state("paused")
            request._note(self.env._("Paused: %s", reason))
        return True

    def action_resume(self):
        """Go on after a pause; what was left of the promised time is left again.

        :return: True
        :raise UserError: not one's own request, or not paused.
        """
        for request in self._begin("resume"):
            pause = request.pause_ids.filtered(lambda row: not row.date_to)[:1]
            pause.date_to = fields.Datetime.now()
            request._set_state(pause.state_before or "accepted")
            if pause:
                request._shift_deadlines(pause.date_from)
        return True

    def action_done(self, text="", photo=None, quantity=None):
        """Finish requests (完工); the use of a priced service is recorded.

        :param text: what was done; may be empty when it stands there already.
        :param photo: picture of the finished work, base64; none in a secret room.
        :param quantity: how many units of the service were given.
        :return: True
        :raise UserError: not one's own request, not accepted yet, a photo of a secret
            room, a missing photo where the service wants one, or no such quantity.
        """
        if not isinstance(text or "", str) or "\0" in (text or ""):
            raise UserError(self.env._("What was done is a text."))
        if photo:
            photo, _fingerprint = clean_scan(self.env, photo)
        for request in self._begin("done"):
            vals = request._prepare_done(text, photo, quantity)
            request._set_state("done", **vals)
            request._drop_todos()
            request._record_usage()
        return True

    def _prepare_done(self, text, photo, quantity):
        """Return what closing writes besides the state."""
        now, vals = fields.Datetime.now(), {}
        if text and text.strip():
            vals["closing_text"] = text.strip()[:_MAX_TEXT]
        if photo:
            vals["closing_photo"] = photo
        if quantity is not None:
            self._check_quantity(quantity)
            if self.usage_id and quantity != self.quantity:
                raise UserError(
                    self.env._(
                        "%(request)s: the use of %(quantity)s has been recorded. The "
                        "contract clerk corrects it.",
                        request=self.display_name,
                        quantity=plain_number(self.quantity),
                    )
                )
            vals["quantity"] = quantity
        item = self.service_item_id
        if item.is_photo_required and not self._is_secret():
            if not (photo or self.closing_photo):
                raise UserError(
                    self.env._(
                        "%(item)s is finished with a photo of the work: take one.",
                        item=item.display_name,
                    )
                )
        late = self.sla_missed
        deadline = self.sla_resolve_deadline
        if not self.arrived_at:
            # What was settled by phone was answered when it was settled.
            deadlines = [deadline, self.sla_response_deadline]
            deadline = min((day for day in deadlines if day), default=False)
        vals["sla_missed"] = bool(late or (deadline and now > deadline))
        vals["resolved_at"] = now
        vals["finished_by_id"] = self.env.uid
        vals["is_callback_due"] = self._is_sampled()
        vals["callback_state"] = False
        return vals

    def _check_quantity(self, quantity):
        plain = isinstance(quantity, int | float) and not isinstance(quantity, bool)
        # NaN is unequal to itself and fails the comparison.
        if not plain or not 0 <= quantity <= 1_000_000:
            raise UserError(
                self.env._(
                    "The quantity of a service lies between 0 and 1,000,000, not "
                    "%(quantity)s.",
                    quantity=quantity,
                )
            )

    def _is_sampled(self):
        """Tell whether the desk calls back: emergencies, and a share of the rest.

        The share is drawn from the number: nobody chooses who is called.
        """
        share = self.company_id.service_callback_percent
        draw = zlib.crc32((self.number or str(self.id)).encode()) % 100
        return bool(self.is_emergency and share) or draw < share

    def action_cancel(self, reason):
        """Cancel requests (作废); the number stays in the books.

        :param reason: why; required.
        :return: True
        :raise UserError: not the user's to cancel, without a reason, or parts were
            used.
        """
        reason = self._check_reason(reason)
        for request in self._begin("cancel"):
            if request.picking_ids:
                raise UserError(
                    self.env._(
                        "%(request)s: parts have been used. Finish it instead.",
                        request=request.display_name,
                    )
                )
            pause = request.pause_ids.filtered(lambda row: not row.date_to)
            pause.date_to = fields.Datetime.now()
            request._set_state("cancelled", cancel_reason=reason)
            request._drop_todos()
            request._note(self.env._("Cancelled: %s", reason))
        return True

    def action_reopen(self, reason):
        """Open requests again: closed is not always fixed.

        The promised times run anew from now.

        :param reason: why; required.
        :return: True
        :raise UserError: not the user's to reopen, too late, or without a reason.
        """
        reason = self._check_reason(reason)
        for request in self._begin("reopen"):
            request._set_state(
                "new",
                user_id=False,
                cancel_reason=False,
                assigned_at=False,
                accepted_at=False,
                arrived_at=False,
                resolved_at=False,
                is_callback_due=False,
            )
            request._plan_deadlines(fields.Datetime.now())
            request._note(self.env._("Opened again: %s", reason))
        return True

    def action_call_back(self, result, note=""):
        """Record a call back (回访); what is not fixed is opened again.

        :param result: ``fixed``, ``not_fixed`` or ``unreached``.
        :param note: what was said; required when it is not fixed.
        :return: True
        :raise UserError: not the service desk, not finished, or no such result.
        """
        if not isinstance(result, str) or result not in dict(CALLBACK_RESULTS):
            raise UserError(self.env._("There is no such result: %s.", result))
        if result == "not_fixed" or note:
            note = self._check_reason(note)
        for request in self._begin("call_back"):
            # Written by this step alone, which has just been checked.
            request.env["gov.service.callback"].create(
                {
                    "request_id": request.id,
                    "user_id": self.env.uid,
                    "called_at": fields.Datetime.now(),
                    "result": result,
                    "note": note,
                }
            )
            request.write(
                {
                    "callback_state": result,
                    "is_callback_due": result == "unreached",
                }
            )
        if result == "not_fixed":
            self.action_reopen(note)
        return True

    # -------------------------------------------------------------------- dialogs

    def action_open_dialog(self, mode=None):
        """Open the dialog of a step.

        :param mode: key of the step; without one that of the context (buttons).
        :return: a window action.
        :raise UserError: no such step, or no request.
        """
        mode = mode or self.env.context.get("service_mode")
        return self.env["gov.service.dialog"]._open(self, mode)

    # -------------------------------------------------------------------- helpers

    def _begin(self, action):
        """Return the requests for the engine after all that ``action`` asks for.

        Rivals meet on the rows, which both UPDATE: the loser is retried by Odoo and
        sees what the winner did.

        :raise UserError: empty, unreadable, or neither state nor person allow it.
        """
        if not self:
            raise UserError(self.env._("Choose a request."))
        self.check_access("read")
        self.flush_recordset()
        if meet_rivals(self) < len(self._ids):
            raise UserError(self.env._("This request no longer exists."))
        for request in self:
            if not request._may(action):
                request._refuse_step(action)
        # Access, state and person were checked just above.
        return engine(self.sudo())

    def _refuse_step(self, action):
        states = dict(self._fields["gov_state"]._description_selection(self.env))
        starts, _state, _who = TRANSITIONS[action]
        if self.gov_state not in starts:
            message = self.env._(
                "%(request)s is in state “%(state)s”: this step is possible from "
                "%(starts)s.",
                request=self.display_name,
                state=states.get(self.gov_state, "-"),
                starts=[states[start] for start in starts],
            )
        elif action == "reopen" and self._is_requester():
            message = self.env._(
                "%(request)s: the requester opens it again within %(days)s days. Make "
                "a new request.",
                request=self.display_name,
                days=self.company_id.sudo().service_reopen_days,
            )
        else:
            message = self.env._(
                "%(request)s: this step is for the repairer it was dispatched to, or "
                "for the service desk.",
                request=self.display_name,
            )
        raise UserError(message)

    @api.model
    def _check_reason(self, reason):
        text = reason.strip() if isinstance(reason, str) else ""
        if not text or len(text) > _MAX_TEXT or "\0" in text:
            raise UserError(
                self.env._("Say why, in at most %(most)s characters.", most=_MAX_TEXT)
            )
        return text

    def _set_state(self, state, **vals):
        """Write the state with its stage; the records are the engine's."""
        self.ensure_one()
        stage = self._get_stage(state)
        self.write({"gov_state": state, "stage_id": stage.id, **vals})
        if state == "done":
            # Core writes the day of the server.
            self.close_date = self.company_id.gov_today()
        self._plan_next()

    def _note(self, text):
        self.message_post(body=text, author_id=self.env.user.partner_id.id)

    def _tell_repairer(self):
        """Give the repairer, or all of the team, the to-do of this request."""
        self._drop_todos()
        users = self.user_id or self.maintenance_team_id.member_ids
        self.message_subscribe(partner_ids=self.user_id.partner_id.ids)
        day = self.company_id.gov_today()
        quiet = self.with_context(mail_activity_quick_update=True)
        for user in users:
            quiet.activity_schedule(
                _TODO, date_deadline=day, summary=self.name, user_id=user.id
            )

    def _drop_todos(self):
        self.activity_unlink([_TODO, _LATE])

    def _record_usage(self):
        """Hand the use of a priced service to the contract lines it is metered by.

        Once to the side served (the department, or the served unit) and, when a
        vendor's people did the work, once to the vendor. The source names the row, so
        that a request closed twice is used once.
        """
        item, day = self.service_item_id, self.close_date
        if not item or not self.quantity or self.usage_id:
            return
        vendor = self.maintenance_team_id.partner_id
        sides = [("vendor", {"partner": vendor})] if vendor else []
        if self.served_partner_id:
            sides.append(("served", {"partner": self.served_partner_id}))
        elif self.department_id:
            sides.append(("served", {"department": self.department_id}))
        rows = []
        for part, side in reversed(sides):
            line = self.env["contract.line"]._find(
                item, day, company=self.company_id, charge_kind="metered", **side
            )
            if line:
                rows.append(self._prepare_usage(line, day, part))
        if rows:
            self.usage_id = self.env["gov.service.usage"]._record(rows)[:1]

    def _prepare_usage(self, line, day, part):
        return {
            "contract_line_id": line.id,
            "date": day,
            "quantity": self.quantity,
            "name": self.display_name,
            "department_id": self.department_id.id,
            "partner_id": self.served_partner_id.id,
            "source": "request",
            "source_model": self._name,
            "source_id": self.id,
            "source_part": part,
        }

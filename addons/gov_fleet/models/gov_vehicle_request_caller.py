from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine

_MOST_SIGNS = 500


class GovVehicleRequest(models.Model):
    """Requests that somebody else enters (代申请), and served units (服务单位).

    The dispatcher types what was asked by phone, by message or in the corridor; the
    person or the unit confirms it afterwards with one tap, or the dispatcher notes how
    it was confirmed. Nothing waits for it: what is not confirmed stands on a list.

    A served unit approves by its own slip, which is recorded; where no tier of ours
    belongs to its request, that slip stands on record instead of a decision.
    """

    _inherit = "gov.vehicle.request"

    _protected_fields = frozenset(
        {"confirmation_state", "confirmed_by_id", "confirmed_at", "confirmation_note"}
    )

    served_partner_id = fields.Many2one(
        "res.partner",
        string="Served unit",
        index="btree_not_null",
        domain=[("is_served_unit", "=", True)],
        ondelete="restrict",
    )
    caller_name = fields.Char(string="Caller")
    caller_phone = fields.Char(string="Phone of the caller")
    unit_approver = fields.Char(
        string="Approved there by", help="Who agreed in the served unit."
    )
    unit_slip_number = fields.Char(
        string="Approval slip of the unit", help="Number of the unit's own slip."
    )
    confirmation_state = fields.Selection(
        [
            ("none", "Not needed"),
            ("waiting", "To be confirmed"),
            ("confirmed", "Confirmed"),
        ],
        string="Confirmation",
        required=True,
        readonly=True,
        copy=False,
        default="none",
        index=True,
    )
    confirmed_by_id = fields.Many2one(
        "res.users",
        string="Confirmed by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    confirmation_note = fields.Char(
        string="How it was confirmed", readonly=True, copy=False
    )
    can_confirm_request = fields.Boolean(compute="_compute_can_confirm")
    can_note_confirmation = fields.Boolean(compute="_compute_can_confirm")

    @api.depends("confirmation_state", "employee_id", "beneficiary_id", "handler_id")
    @api.depends_context("uid")
    def _compute_can_confirm(self):
        dispatcher = self.env.user.has_group("gov_fleet.group_dispatcher")
        for request in self:
            waiting = request.confirmation_state == "waiting"
            request.can_confirm_request = waiting and request._is_asker()
            request.can_note_confirmation = waiting and dispatcher

    def _is_asker(self):
        """Tell whether the current user is the one for whom it was typed."""
        self.ensure_one()
        if self.env.user == self.handler_id or self.served_partner_id:
            return False
        # Only whether the current user is applicant, user or liaison is asked.
        request = self.sudo()
        askers = (request.employee_id | request.beneficiary_id).user_id
        return self.env.user in askers | request.department_id.liaison_ids

    @api.constrains("served_partner_id", "handler_id")
    def _check_served_unit(self):
        """A served unit, and entered by a dispatcher: its own slip has approved it."""
        for request in self.filtered("served_partner_id"):
            if not is_engine(self.env) and not request._approval_may_type_for_all(
                request.handler_id
            ):
                raise UserError(
                    self.env._(
                        "Requests of served units are entered by a dispatcher, or by "
                        "the unit itself."
                    )
                )
            # Only whether it is a served unit of this institution is asked.
            unit = request.sudo().served_partner_id
            company = unit.company_id
            if not unit.is_served_unit or (company and company != request.company_id):
                raise UserError(self.env._("%s is no served unit.", unit.display_name))

    # ------------------------------------------------------------------- actions

    def action_confirm_request(self):
        """Confirm that one has asked for what was typed.

        :return: True
        :raise UserError: it does not wait for that, or somebody else has to.
        """
        for request in self:
            request.check_access("read")
            request._approval_meet_rivals()
            request._check_waits()
            if not request._is_asker():
                raise UserError(
                    self.env._(
                        "%(request)s is confirmed by %(person)s.",
                        request=request.display_name,
                        person=request.served_partner_id.name
                        or request.employee_id.name,
                    )
                )
            request._set_confirmed("")
        return True

    def action_note_confirmation(self, note):
        """Note as the dispatcher how the caller confirmed.

        :param note: by whom, how and when; required.
        :return: True
        :raise UserError: it does not wait for that, no note, or not a dispatcher.
        """
        note = self._check_reason(note)
        if len(note) > _MOST_SIGNS:
            raise UserError(self.env._("At most %s signs.", _MOST_SIGNS))
        for request in self:
            request.check_access("read")
            if not self.env.user.has_group("gov_fleet.group_dispatcher"):
                raise UserError(
                    self.env._("How it was confirmed is noted by a dispatcher.")
                )
            request._approval_meet_rivals()
            request._check_waits()
            request._set_confirmed(note)
        return True

    def _check_waits(self):
        if self.confirmation_state != "waiting":
            raise UserError(
                self.env._("%s does not wait for a confirmation.", self.display_name)
            )

    def _set_confirmed(self, note):
        # Who may confirm has been checked by the caller.
        document = engine(self.sudo())
        document.activity_unlink(["mail.mail_activity_data_todo"])
        document.write(
            {
                "confirmation_state": "confirmed",
                "confirmed_by_id": self.env.uid,
                "confirmed_at": fields.Datetime.now(),
                "confirmation_note": note or False,
            }
        )

    # ---------------------------------------------------------------------- chain

    def _get_benefiting_users(self):
        """Of a served unit's request the applicant of the house is only the intake."""
        if self.served_partner_id:
            return self.env["res.users"]
        return super()._get_benefiting_users()

    def _approval_after_submit(self):
        result = super()._approval_after_submit()
        if self.confirmation_state == "none" and self._is_for_another():
            self.confirmation_state = "waiting"
            self._ask_to_confirm()
        return result

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        self.activity_unlink(["mail.mail_activity_data_todo"])
        return result

    def _ask_to_confirm(self):
        """Leave the person for whom it was typed a to-do, quietly."""
        user = self.employee_id.user_id.filtered("active") - self.handler_id
        if user and not self.served_partner_id:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.company_id.gov_today(),
                summary=self._get_record_env()._("Did you ask for this car?"),
                user_id=user.id,
            )

    def _is_for_another(self):
        """Tell whether the handler typed for somebody who could confirm."""
        if self.served_partner_id:
            return True
        return self.handler_id not in (
            self.employee_id.user_id | self.department_id.liaison_ids
        )

    def _approval_exemption(self):
        """The slip of a served unit stands for tiers where none of ours applies."""
        exemption = super()._approval_exemption()
        # Only whether a rule applies is asked.
        request = self.sudo()
        if exemption or not request.served_partner_id or request.is_protected:
            return exemption
        if request.env["gov.approval.rule"]._get_in_force(request):
            return False
        env = request._get_record_env()
        clause = env["gov.policy"]._get_policy(
            "vehicle.request.unit", None, request.company_id
        )
        return {
            "tier_name": env._("Approved by the served unit"),
            "rule_citation": clause.citation,
            "comment": env._(
                "%(unit)s, asked by %(caller)s; agreed there: %(approver)s; slip "
                "%(number)s.",
                unit=request.served_partner_id.name,
                caller=request.caller_name or "-",
                approver=request.unit_approver or "-",
                number=request.unit_slip_number or "-",
            ),
        }

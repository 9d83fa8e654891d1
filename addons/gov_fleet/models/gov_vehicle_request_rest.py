from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

_MOST_SIGNS = 60


class GovVehicleRequest(models.Model):
    """What is settled after the decision: the filing number, vehicles never sent."""

    _inherit = "gov.vehicle.request"

    can_close_rest = fields.Boolean(compute="_compute_can_settle")
    can_note_filing = fields.Boolean(compute="_compute_can_settle")

    @api.depends("approval_state", "booking_ids.state", "trip_ids.state")
    @api.depends_context("uid")
    def _compute_can_settle(self):
        for request in self:
            request.can_close_rest = not request._get_rest_blocker()
            request.can_note_filing = not request._get_filing_blocker()

    def _get_waiting_rest(self):
        """Return the bookings that wait for a vehicle or its driver."""
        # sudo: whether a vehicle is missing is no secret to who reads the request.
        return self.sudo().booking_ids.filtered(lambda b: b.state == "waiting")

    def _get_rest_blocker(self):
        """Return why the rest cannot be closed now by the user, or False."""
        self.ensure_one()
        if not self.env.user.has_group("gov_fleet.group_dispatcher"):
            return self.env._("The rest is closed by a dispatcher.")
        if not self._get_waiting_rest() or not self._get_driven_trips():
            return self.env._(
                "%s: nothing is left over from trips that were made. What was not "
                "driven at all is cancelled.",
                self.display_name,
            )
        return False

    def action_close_rest(self, reason):
        """Give up the vehicles that were wanted and never sent.

        :param reason: text; required.
        :return: True
        :raise UserError: not a dispatcher, no trip was made, or nothing is left.
        """
        reason = self._check_reason(reason)
        for request in self:
            request.check_access("read")
            request._approval_meet_rivals()
            if blocker := request._get_rest_blocker():
                raise UserError(blocker)
            # Role and state have just been checked.
            document = engine(request.sudo())
            rest = document._get_waiting_rest()
            engine(rest)._release()
            document._message_log(
                body=document._get_record_env()._(
                    "%(count)s vehicles are not sent any more: %(reason)s",
                    count=len(rest),
                    reason=reason,
                )
            )
        return True

    def _get_filing_blocker(self):
        """Return why the filing number cannot be entered now, or False."""
        self.ensure_one()
        if self.area != "outside_province" or self.filing_number:
            return self.env._(
                "%s needs no number of a filing, or has it.", self.display_name
            )
        if self.approval_state not in ("submitted", "on_hold", "approved"):
            return self.env._("%s is not under way.", self.display_name)
        dispatcher = self.env.user.has_group("gov_fleet.group_dispatcher")
        if not dispatcher and not self._is_requester():
            return self.env._(
                "The number is entered by the handler, the applicant or a dispatcher."
            )
        return False

    def action_note_filing(self, number):
        """Enter the number of the filing of an urgent trip outside the province.

        :param number: text, up to 60 signs; required.
        :return: True
        :raise UserError: not needed, entered already, or somebody else enters it.
        """
        number = self._check_reason(number)
        if len(number) > _MOST_SIGNS:
            raise UserError(self.env._("At most %s signs.", _MOST_SIGNS))
        for request in self:
            request.check_access("read")
            request._approval_meet_rivals()
            if blocker := request._get_filing_blocker():
                raise UserError(blocker)
            engine(request.sudo()).filing_number = number  # just checked
        return True

from odoo import api, fields, models
from odoo.exceptions import UserError


class GovVehicleRequest(models.Model):
    """Dispatch of an approved request: execution, never a tier."""

    _inherit = "gov.vehicle.request"

    can_dispatch = fields.Boolean(compute="_compute_can_dispatch")

    @api.depends("state", "booking_ids.state")
    @api.depends_context("uid")
    def _compute_can_dispatch(self):
        user = self.env.user
        waiting = self.browse()
        if user.has_group("gov_fleet.group_dispatcher"):
            # sudo: only whether a window waits is asked, in one query for a list.
            groups = (
                self.env["gov.vehicle.booking"]
                .sudo()
                ._read_group(
                    [("request_id", "in", self.ids), ("state", "=", "waiting")],
                    ["request_id"],
                )
            )
            waiting = self.browse([request.id for (request,) in groups])
        for request in self:
            request.can_dispatch = bool(
                request._origin in waiting
                and request._may_go()
                and user not in request._approval_barred_users("check")
            )

    def _may_go(self):
        """Tell whether a vehicle may go: approved, or urgent with the paper to come."""
        self.ensure_one()
        return self.approval_state == "approved" or (
            self.is_urgent and self.approval_state in ("submitted", "on_hold")
        )

    def _get_waiting_bookings(self):
        """Return the windows of this request that wait for a vehicle, in order."""
        self.ensure_one()
        bookings = self.env["gov.vehicle.booking"]
        return bookings.search(
            [("request_id", "=", self.id), ("state", "=", "waiting")],
            order="date_start, id",
        )

    def action_dispatch(self, assignments):
        """Give the vehicles wanted their vehicles and drivers, in order of time.

        :param assignments: list of (vehicle id, driver's employee id), one for each
            vehicle that waits, or fewer.
        :return: True
        :raise UserError: not a dispatcher, the dispatcher's own matter, not approved,
            more assignments than vehicles wanted, or what is in the way of one of
            them with the next free time; then none is assigned.
        """
        bookings = self.env["gov.vehicle.booking"]
        bookings._check_dispatcher()
        if len(self) != 1 or not self.exists():
            raise UserError(self.env._("Choose one request."))
        # sudo: a protected request is closed to the dispatcher, whom its windows and
        # their checks serve all the same; the institution is checked first.
        request = self.sudo()
        if request.company_id not in self.env.companies:
            raise UserError(self.env._("This institution is not yours."))
        pairs = self._clean_assignments(assignments)
        waiting = request._get_waiting_bookings()
        if not request._may_go():
            raise UserError(
                self.env._("%s is not approved: no vehicle goes.", request.number or "")
            )
        if len(pairs) > len(waiting):
            raise UserError(
                self.env._(
                    "%(request)s: %(waiting)s vehicles wait to be assigned, "
                    "%(given)s are given.",
                    request=request.number,
                    waiting=len(waiting),
                    given=len(pairs),
                )
            )
        mine = bookings.browse(waiting.ids)
        for booking, (vehicle, driver) in zip(mine, pairs, strict=False):
            booking.action_assign(vehicle, driver)
        return True

    def _clean_assignments(self, assignments):
        """Return a list of pairs of ids.

        :raise UserError: anything else.
        """
        try:
            pairs = [tuple(pair) for pair in assignments or ()]
        except TypeError:
            pairs = []
        if not pairs or any(
            len(pair) != 2 or any(type(id_) is not int for id_ in pair)
            for pair in pairs
        ):
            raise UserError(
                self.env._(
                    "Give a list of vehicles with their drivers: "
                    "[[vehicle id, employee id], …]."
                )
            )
        return pairs

    def action_open_board(self):
        """Open the windows of this request on the board.

        :return: a window action.
        """
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_fleet.gov_vehicle_booking_action_waiting"
        )
        action["domain"] = [("request_id", "in", self.ids)]
        action["context"] = {}
        return action

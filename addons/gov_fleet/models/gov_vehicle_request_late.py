from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import check_one, find_record

_SLIP = frozenset(
    {
        "date_start",
        "date_end",
        "toll_amount",
        "parking_amount",
        "other_amount",
        "page",
        "note",
    }
)


class GovVehicleRequest(models.Model):
    """Late entry (补录): a trip that is over gets its slip without a booking."""

    _inherit = "gov.vehicle.request"

    can_enter_trip = fields.Boolean(compute="_compute_can_enter_trip")

    @api.depends("approval_state", "trip_ids.state", "date_end", "submitted_at")
    @api.depends_context("uid")
    def _compute_can_enter_trip(self):
        for request in self:
            request.can_enter_trip = not request._get_late_blocker()

    def _get_late_blocker(self):
        """Return why the current user cannot enter a trip of it now, or False."""
        self.ensure_one()
        if not self.env.user.has_group("gov_fleet.group_dispatcher"):
            return self.env._("The trip of a late entry is entered by a dispatcher.")
        # sudo: how many trips there are is no secret to who reads the request.
        request = self.sudo()
        if self.approval_state != "approved" or not self.is_over:
            return self.env._(
                "%s is no late entry that was agreed: its vehicle is dispatched.",
                self.display_name,
            )
        trips = request.trip_ids.filtered(lambda t: t.state != "cancelled")
        if len(trips) >= len(request.need_ids):
            return self.env._("%s has its trips already.", self.display_name)
        if self.env.user in request._approval_barred_users("check"):
            return self.env._(
                "%s is your own matter: another dispatcher enters its trip.",
                self.display_name,
            )
        return False

    def action_enter_trip(
        self, vehicle_id, driver_id, odometer_out, odometer_in, values=None
    ):
        """Enter the trip, from its slip, that was over before it was asked for.

        The next vehicle wanted is served, at its times unless told otherwise.

        :param vehicle_id: id of the vehicle that was used.
        :param driver_id: id of the employee who drove.
        :param odometer_out: reading at departure, km.
        :param odometer_in: reading at the return, km.
        :param values: dict of what else the slip says: ``date_start``, ``date_end``
            (UTC), ``toll_amount``, ``parking_amount``, ``other_amount``, ``page``,
            ``note``.
        :return: id of the trip.
        :raise UserError: not a dispatcher, the dispatcher's own matter, no late entry
            that was agreed, no such vehicle or driver in this institution, or
            readings that are impossible.
        """
        if len(self) != 1 or not self.exists():
            raise UserError(self.env._("Choose one request."))
        self.check_access("read")
        self._approval_meet_rivals()
        if blocker := self._get_late_blocker():
            raise UserError(blocker)
        values = values or {}
        if not isinstance(values, dict) or not set(values) <= _SLIP:
            raise UserError(self.env._("These values are not possible here."))
        vehicle = self._find_here(
            "fleet.vehicle", vehicle_id, self.env._("There is no such vehicle.")
        )
        driver = self._find_here(
            "hr.employee", driver_id, self.env._("There is no such driver.")
        )
        need = self._get_next_need()
        trip = self.env["gov.vehicle.trip"].create(
            {
                "date_start": need.date_start,
                "date_end": need.date_end,
                **{name: value for name, value in values.items() if value},
                "vehicle_id": vehicle.id,
                "driver_id": driver.id,
                "request_id": self.id,
                "odometer_out": odometer_out,
                "odometer_in": odometer_in,
            }
        )
        return trip.id

    def _get_next_need(self):
        """Return the first vehicle wanted that has no trip yet."""
        # sudo: how many trips there are is no secret to who reads the request.
        request = self.sudo()
        trips = request.trip_ids.filtered(lambda t: t.state != "cancelled")
        needs = request.need_ids.sorted(lambda n: (n.date_start, n.id))
        return needs[len(trips) : len(trips) + 1]

    def _find_here(self, model, id_, refusal):
        """Return the record that a caller named, of this institution.

        :raise UserError: ``refusal``.
        """
        # sudo: only whether it belongs to the institution of the request is asked.
        record = find_record(self.env[model].sudo(), id_, refusal)
        if record.company_id != self.company_id:
            raise UserError(refusal)
        return record

    def action_open_late(self):
        """Ask for vehicle and driver of a trip that is over.

        :return: a window action.
        :raise UserError: as :meth:`action_enter_trip`.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one request."))
        self.check_access("read")
        if blocker := self._get_late_blocker():
            raise UserError(blocker)
        return self._open_dialog("gov.vehicle.late", self.env._("Enter the trip"))

    def action_open_note(self):
        """Ask for a text: how it was confirmed, why the rest is closed, the filing.

        :return: a window action; which text it asks for stands in the context of the
            button.
        """
        self.check_access("read")
        kinds = self.env["gov.vehicle.note"]._fields["kind"]
        labels = dict(kinds._description_selection(self.env))
        kind = self.env.context.get("gov_note")
        kind = kind if kind in labels else "confirm"
        action = self._open_dialog("gov.vehicle.note", labels[kind])
        action["context"]["default_kind"] = kind
        return action

    def action_open_needs(self):
        """Open the dialog that makes the rows of a recurring trip or a convoy.

        :return: a window action.
        """
        self.check_access("write")
        return self._open_dialog(
            "gov.vehicle.need.wizard", self.env._("Several vehicles or days")
        )

    def _open_dialog(self, model, name):
        check_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_request_id": self.id},
        }

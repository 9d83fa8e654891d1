from datetime import datetime, time

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.input_check import find_record


class FleetVehicle(models.Model):
    """The departments that a vehicle belongs to over time, and its norm by season."""

    _inherit = "fleet.vehicle"

    def _gov_company(self):
        return self.company_id or self.env.company

    def _note_department(self, day=None):
        """Add to the history that the vehicles belong to their department from ``day``.

        :param day: date; default today.
        """
        # sudo: the right to write the vehicle was checked by the caller.
        history = engine(self.env["gov.vehicle.department"].sudo())
        for vehicle in self:
            if vehicle.department_id or vehicle.department_history_ids:
                history._note(
                    vehicle,
                    vehicle.department_id,
                    day or vehicle._gov_company().gov_today(),
                )

    def _department_on(self, day):
        """Return the department that the vehicle belonged to on a day.

        Before the first row of its history it is that of the first row.

        :param day: date.
        :return: ``hr.department``, may be empty.
        """
        self.ensure_one()
        # sudo: whoever asks for the vehicle may know where it belonged.
        rows = self.sudo().department_history_ids.sorted("date_from")
        if not rows:
            return self.department_id
        row = rows.filtered(lambda row: row.date_from <= day)[-1:] or rows[:1]
        return row.department_id.with_env(self.env)

    def action_move_department(self, department_id, day=None):
        """Let the vehicle belong to another department from a day on.

        :param department_id: id of the department; False for none.
        :param day: ISO date, not in the future and not before the last move; default
            today.
        :return: True
        :raise UserError: by whom it may not be done, or for such a day.
        """
        departments = self.env["hr.department"]
        department = departments
        if department_id:
            department = find_record(
                departments, department_id, self.env._("There is no such department.")
            )
        day = to_day(self.env, day)
        for vehicle in self:
            vehicle.check_access("write")
            vehicle._check_may_change({"department_id"})
            vehicle._check_in_service({"department_id": department.id})
            today = vehicle._gov_company().gov_today()
            last = max(
                vehicle.department_history_ids.mapped("date_from"), default=today
            )
            if day and (day > today or day < min(last, today)):
                raise UserError(
                    self.env._(
                        "%(vehicle)s moves between %(first)s, its last move, and "
                        "today.",
                        vehicle=vehicle.display_name,
                        first=format_day(self.env, last),
                    )
                )
            before = {vehicle: vehicle._registration_key()}
            # Right, state and day were checked above.
            engine(vehicle).department_id = department
            vehicle._note_department(day)
            vehicle._check_registration(before)
            if day and day < today:
                vehicle._move_figures(day)
        return True

    def _move_figures(self, day):
        """Let trips and fills since ``day`` count for the department of that time."""
        company = self._gov_company()
        start = company._gov_utc(datetime.combine(day, time()))
        # sudo: who moves the vehicle was checked; its trips and fills follow.
        trips = engine(self.env["gov.vehicle.trip"].sudo()).search(
            [
                ("vehicle_id", "=", self.id),
                ("state", "in", ("out", "back")),
                ("date_start", ">=", start),
            ]
        )
        # sudo: as above.
        fills = engine(self.env["gov.fuel.entry"].sudo()).search(
            [("vehicle_id", "=", self.id), ("day", ">=", day)]
        )
        for records in (trips, fills):
            records.write({"department_id": self.department_id.id})

    def _norm_on(self, day):
        """Return the norm per 100 km on a day: that of its season, else the plain one.

        :param day: date.
        :return: litres or kWh per 100 km; 0 without a norm.
        """
        self.ensure_one()
        for norm in self.norm_ids:
            if norm._has_month(day.month):
                return norm.consumption
        return self.norm_consumption

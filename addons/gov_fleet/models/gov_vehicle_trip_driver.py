from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_TEXT = 500


class GovVehicleTrip(models.Model):
    """The trip in the driver's hand: on the phone, or at the car room's tablet."""

    _inherit = "gov.vehicle.trip"

    is_my_trip = fields.Boolean(
        string="I drive", compute="_compute_is_my_trip", search="_search_is_my_trip"
    )
    is_today = fields.Boolean(
        string="Today", compute="_compute_is_today", search="_search_is_today"
    )

    window_text = fields.Char(string="When", compute="_compute_window_text")
    user_text = fields.Char(string="Who travels", compute="_compute_user_text")

    # === Compute ===

    @api.depends("driver_id")
    @api.depends_context("uid")
    def _compute_is_my_trip(self):
        # sudo: only whether the driver is the user.
        mine = self.env.user.sudo().employee_ids
        for trip in self:
            trip.is_my_trip = trip.sudo().driver_id in mine

    @api.model
    def _search_is_my_trip(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: only the user's own employee records.
        mine = Domain("driver_id", "in", self.env.user.sudo().employee_ids.ids)
        return mine if True in value else ~mine

    @api.depends("state", "planned_start", "date_start", "date_end")
    def _compute_is_today(self):
        for trip in self:
            trip.is_today = bool(trip.filtered_domain(trip._today_domain()))

    @api.model
    def _search_is_today(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self._today_domain()
        return today if True in value else ~today

    @api.model
    def _today_domain(self):
        """Return the domain of trips that are out, planned for or back today."""
        company = self.env.company
        midnight = datetime.combine(company.gov_today(), time())
        start = company._gov_utc(midnight)
        end = company._gov_utc(midnight + timedelta(days=1))
        return (
            Domain("state", "=", "out")
            | Domain("state", "=", "planned") & Domain("planned_start", "<", end)
            | Domain("state", "=", "back")
            & Domain("date_end", ">=", start)
            & Domain("date_end", "<", end)
        )

    # === Who speaks ===

    def _driver_speaks(self):
        """Return the driver of the trip and the way in which the user speaks for them.

        :return: (employee, ``phone`` or ``desk``)
        :raise UserError: the user is neither the driver nor a dispatcher.
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: read access has been checked; only the driver's account is compared.
        driver = self.sudo().driver_id
        if driver and driver.user_id == self.env.user:
            return driver, "phone"
        if driver and self.env.user.has_group("gov_fleet.group_dispatcher"):
            return driver, "desk"
        if not driver:
            raise UserError(self.env._("%s has no driver yet.", self.display_name))
        raise UserError(
            self.env._(
                "%(trip)s is driven by %(driver)s: they enter it, or the dispatcher.",
                trip=self.display_name,
                driver=driver.name,
            )
        )

    def _driver_check_state(self, *states):
        """Refuse a step that the state of the trip does not allow."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for trip in self:
            if trip.state not in states:
                raise UserError(
                    self.env._(
                        "%(trip)s is in state “%(state)s”: this is not possible any "
                        "more, or not yet.",
                        trip=trip.display_name,
                        state=labels[trip.state],
                    )
                )

    @api.model
    def _driver_text(self, text, missing):
        """Return a text that somebody typed.

        :param missing: message when there is none.
        :raise UserError: no text, too long, or no text at all.
        """
        text = text.strip() if isinstance(text, str) else ""
        if not text:
            raise UserError(missing or self.env._("The text is missing."))
        if len(text) > _TEXT or "\0" in text:
            raise UserError(
                self.env._("The text is longer than %(most)s signs.", most=_TEXT)
            )
        return text

    def _window_text(self):
        """Return the planned (or real) window in words: 11-22 09:30 – 11:00."""
        self.ensure_one()
        paper = self.env["gov.paper"]
        start = self.date_start or self.planned_start
        end = self.date_end or self.planned_end
        if not start:
            return ""
        start = paper._local(start, self.company_id)
        end = end and paper._local(end, self.company_id)
        same = end and end.date() == start.date()
        text = f"{start:%m-%d %H:%M}"
        if not end:
            return text
        return f"{text} – {end:%H:%M}" if same else f"{text} – {end:%m-%d %H:%M}"

    def _compute_window_text(self):
        for trip in self:
            trip.window_text = trip._window_text()

    def _compute_user_text(self):
        """Write whom the driver picks up: unit, person, phone and how many."""
        for trip in self:
            count = 0 if trip.is_protected else trip.passenger_count
            people = self.env._("%s people", count) if count else ""
            parts = (*trip._slip_user().values(), people)
            trip.user_text = " · ".join(filter(None, parts))

    # === The driver's buttons ===

    def action_driver_start(self):
        """Open the start of the trip, after the check of the vehicle where asked.

        :return: a window action.
        :raise UserError: not the driver of the trip nor the dispatcher; not planned.
        """
        return self._open_step("start", "planned")

    def action_driver_check(self):
        """Open the check of the vehicle.

        :return: a window action.
        :raise UserError: see :meth:`action_driver_start`.
        """
        return self._open_step("check", "planned")

    def action_driver_stop(self):
        """Open the stop of the trip.

        :return: a window action.
        :raise UserError: see :meth:`action_driver_start`; not out.
        """
        return self._open_step("stop", "out")

    def action_driver_sign(self):
        """Open the driver's signature.

        :return: a window action.
        :raise UserError: see :meth:`action_driver_start`; not back.
        """
        return self._open_step("sign", "back")

    def action_driver_fill(self):
        """Open the note of a fill of the trip's vehicle.

        :return: a window action.
        :raise UserError: see :meth:`action_driver_start`; not begun.
        """
        self._check_one()
        driver, _entry = self._driver_speaks()
        self._driver_check_state("out", "back")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fill"),
            "res_model": "gov.fuel.entry",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
            "context": {
                "default_vehicle_id": self.vehicle_id.id,
                "default_driver_id": driver.id,
            },
        }

    def action_driver_fault(self):
        """Open the note of a fault of the vehicle.

        :return: a window action.
        :raise UserError: see :meth:`action_driver_start`; cancelled.
        """
        return self._open_step("fault", "planned", "out", "back")

    def _open_step(self, kind, *states):
        self._check_one()
        self._driver_speaks()
        self._driver_check_state(*states)
        return self.env["gov.vehicle.step"]._open(self, kind)

    # === Faults ===

    def action_report_fault(self, fault, photo=None, is_unsafe=False):
        """Note a fault of the vehicle: it opens a repair request.

        :param str fault: what is wrong; required.
        :param photo: photo of it (base64), JPEG or PNG.
        :param bool is_unsafe: the vehicle must not be driven.
        :return: id of the repair request
        :raise UserError: not the driver of the trip nor the dispatcher, no text, the
            photo is none.
        """
        self._check_one()
        driver, _entry = self._driver_speaks()
        self._driver_check_state("planned", "out", "back")
        return self._note_fault(driver, fault, photo, bool(is_unsafe)).id

    def _note_fault(self, driver, fault, photo=None, is_unsafe=False):
        """Open the repair request; the caller has checked who speaks."""
        fault = self._driver_text(fault, self.env._("Say what is wrong."))
        # sudo: the caller has checked who speaks for the driver.
        return (
            self.sudo()
            .vehicle_id._open_fault(fault, driver, photo=photo, unsafe=is_unsafe)
            .with_env(self.env)
        )

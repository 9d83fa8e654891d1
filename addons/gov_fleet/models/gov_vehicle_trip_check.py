from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine


class GovVehicleTrip(models.Model):
    """Before a trip leaves: the check of its vehicle."""

    _inherit = "gov.vehicle.trip"

    check_ids = fields.One2many(
        "gov.vehicle.check", "trip_id", string="Vehicle checks", readonly=True
    )
    check_state = fields.Selection(
        [
            ("missing", "To be checked"),
            ("failed", "Not in order"),
            ("ready", "In order"),
        ],
        string="Vehicle check",
        compute="_compute_check_state",
        help="Asked before the first trip of the day and after a change of driver.",
    )

    # === Compute ===

    @api.depends("state", "vehicle_id", "driver_id")
    def _compute_check_state(self):
        """What stands between the vehicle and its departure, one query for all."""
        planned = self.filtered(lambda trip: trip.state == "planned")
        last = self.env["gov.vehicle.check"]._last_checks(planned.vehicle_id)
        # sudo: whether a vehicle may leave does not hang on who reads its checks.
        by_vehicle = {check.vehicle_id.id: check for check in last.sudo()}
        for trip in self:
            trip.check_state = trip in planned and trip._read_check(
                by_vehicle.get(trip.vehicle_id.id)
            )

    def _read_check(self, last):
        """Return the state of the check of a planned trip.

        :param last: the last check of its vehicle, None without one.
        """
        if last and last._stands():
            return "failed"
        today = self.company_id.gov_today()
        if not last or last.result == "failed" or last.day != today:
            return "missing"
        if last.result == "waived" and last.trip_id != self:
            return "missing"
        # sudo: only whether it is the same person.
        return "ready" if last.driver_id == self.sudo().driver_id else "missing"

    # === Actions ===

    def action_check(self, results, photo=None, note=None):
        """Note the check of the vehicle before departure.

        :param dict results: item id → dict of ``ok`` (bool), ``note`` (what is wrong)
            and ``photo`` (base64); True stands for an item that is in order. Each item
            of the vehicle is answered.
        :param photo: photo of the vehicle, base64.
        :param str note: remark.
        :return: ``passed`` or ``failed``; a failed blocking item has opened a repair
            request and keeps the vehicle here.
        :raise UserError: not the driver of the trip nor the dispatcher, the trip has
            left, an answer is missing, or a fault is not described.
        """
        self._check_one()
        driver, entry = self._driver_speaks()
        return self._note_check(driver, entry, results, photo, note).result

    def _note_check(self, driver, entry, results, photo=None, note=None):
        """Write the check; the caller has checked who speaks for the driver."""
        self._driver_check_state("planned")
        # sudo: the caller has checked the person; vehicles are read for their items.
        trip = self.sudo()
        trip.vehicle_id._driver_meet_rivals()
        checks = self.env["gov.vehicle.check"]
        # sudo: as above.
        last = checks._last_checks(trip.vehicle_id).sudo()
        if last and last._stands():
            raise UserError(self._failed_text(last))
        today = last and last.day == self.company_id.gov_today()
        cause = "first"
        if today:
            cause = "driver" if last.driver_id != driver else "again"
        check = checks._record(
            trip.vehicle_id,
            driver,
            results,
            trip=trip,
            cause=cause,
            entry=entry,
            photo=photo,
            note=note and self._driver_text(note, ""),
        )
        self.invalidate_recordset(["check_state"], flush=False)
        return check

    def action_waive_check(self, reason):
        """Let the vehicle leave without a check, when there is no time for one.

        :param str reason: required; it stays on the list of checks.
        :return: True
        :raise UserError: no reason, not the dispatcher, the trip has left, or the last
            check failed.
        """
        self._check_one()
        self.check_access("read")
        reason = self._driver_text(
            reason, self.env._("Say why the vehicle leaves without a check.")
        )
        if not self.env.user.has_group("gov_fleet.group_dispatcher"):
            raise UserError(
                self.env._("Only the dispatcher lets a vehicle go without a check.")
            )
        self._driver_check_state("planned")
        # Group, access and state were checked just above.
        trip = self.sudo()
        trip.vehicle_id._driver_meet_rivals()
        last = self.env["gov.vehicle.check"]._last_checks(trip.vehicle_id).sudo()
        if last and last._stands():
            raise UserError(self._failed_text(last))
        self._waive_check(reason)
        return True

    def _waive_check(self, reason):
        """Note that the vehicle leaves without a check; the caller has checked who."""
        trip = self.sudo()  # see above
        engine(self.env["gov.vehicle.check"].sudo()).create(
            {
                "vehicle_id": trip.vehicle_id.id,
                "driver_id": trip.driver_id.id,
                "trip_id": trip.id,
                "date": fields.Datetime.now(),
                "day": trip.company_id.gov_today(),
                "result": "waived",
                "note": reason,
                "entry": "desk",
                "user_id": self.env.uid,
                "company_id": trip.company_id.id,
            }
        )
        self.invalidate_recordset(["check_state"], flush=False)

    # === Departure ===

    def _departure_refusal(self, moment):
        """A failed check keeps the vehicle; the driver looks at it first."""
        # sudo: whether a vehicle may leave does not hang on who reads its checks.
        trip = self.sudo()
        last = self.env["gov.vehicle.check"]._last_checks(trip.vehicle_id).sudo()
        if last and last._stands():
            return self._failed_text(last)
        if refusal := super()._departure_refusal(moment):
            return refusal
        # A dispatcher who enters a departure was told of it; drivers look themselves.
        drives = trip.driver_id.user_id == self.env.user
        if drives and self._read_check(last) == "missing" and self._asks_check():
            return self.env._(
                "%(trip)s: look at the vehicle first. It is checked before the first "
                "trip of the day and after a change of driver.",
                trip=self.display_name,
            )
        return None

    def _needs_check(self):
        """Tell whether the driver has to look at the vehicle before departure."""
        self.ensure_one()
        # sudo: whether a vehicle may leave does not hang on who reads its checks.
        last = self.env["gov.vehicle.check"]._last_checks(self.vehicle_id).sudo()
        return self._read_check(last) != "ready" and self._asks_check()

    def _asks_check(self):
        """Tell whether the institution asks for the check before departure."""
        # sudo: the clauses are no secret.
        return (
            self.env["gov.policy"]
            .sudo()
            .get_value("vehicle.check.required", company=self.company_id)
        )

    def _failed_text(self, check):
        return self.env._(
            "%(vehicle)s stays here: %(fault)s. Repair request: %(repair)s. It goes "
            "again when that is done, or technician or dispatcher lift the block.",
            vehicle=check.vehicle_id.license_plate or check.vehicle_id.name,
            fault=check.fault_text,
            repair=check.repair_id.display_name or "-",
        )

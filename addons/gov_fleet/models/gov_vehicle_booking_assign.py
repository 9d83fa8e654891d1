from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import check_one, find_record
from odoo.addons.gov_base.tools.names import join_names

from .gov_vehicle_booking import HAND_KINDS

_MOST_TEXT = 500


class GovVehicleBooking(models.Model):
    """Giving a trip its vehicle and driver, by a click or by dragging."""

    _inherit = "gov.vehicle.booking"

    # -------------------------------------------------------------- public actions

    def action_assign(self, vehicle, driver, reason=""):
        """Give the trip its vehicle and driver; its slip is made, the driver is told.

        :param vehicle: id (or record) of a vehicle.
        :param driver: id (or record) of an employee with a driver's card.
        :param reason: why, when the trip had other ones already.
        :return: True
        :raise UserError: not a dispatcher, the dispatcher's own matter, a request that
            is not approved, the vehicle out already, no reason for a change, or what
            stands in the way of vehicle or driver.
        """
        booking = self._find_booking()
        vehicle = booking._find_one("fleet.vehicle", vehicle)
        driver = booking._find_one("hr.employee", driver)
        reason = booking._clean_text(reason)
        known = booking.vehicle_id, booking.driver_id
        if all(known) and known != (vehicle, driver) and not reason:
            raise UserError(
                self.env._(
                    "%(trip)s has %(vehicle)s with %(driver)s already. To change that, "
                    "say why.",
                    trip=booking.name,
                    vehicle=self._get_taken_name(known[0]),
                    driver=self._get_taken_name(known[1]),
                )
            )
        booking._place({"vehicle_id": vehicle.id, "driver_id": driver.id}, reason or "")
        return True

    def action_unassign(self, reason):
        """Take vehicle and driver off the trip again; it waits for others.

        :param reason: text; required.
        :return: True
        :raise UserError: without a reason, not a dispatcher, or the vehicle out.
        """
        booking = self._find_booking()
        reason = booking._clean_text(reason)
        if not reason:
            raise UserError(self.env._("Say why the vehicle is taken off."))
        if not booking.vehicle_id and not booking.driver_id:
            raise UserError(
                self.env._("%s has neither vehicle nor driver.", booking.name)
            )
        booking._place({"vehicle_id": False, "driver_id": False}, reason)
        return True

    def action_open_assign(self):
        """Open the dialog with suggestions of vehicle and driver.

        :return: a window action.
        :raise UserError: not a dispatcher, or no trip.
        """
        booking = self._find_booking()
        wizard = self.env["gov.vehicle.assign"].create({"booking_id": booking.id})
        return wizard._reopen()

    def action_open_request(self):
        """Open the request: who asked, how to reach them, how many go.

        :return: a window action.
        :raise UserError: there is none, or it is a protected one.
        """
        check_one(self)
        self.check_access("read")
        request = self.request_id
        if not request or self.is_protected or not request.has_access("read"):
            raise UserError(self.env._("There is no request here that you may read."))
        return {
            "type": "ir.actions.act_window",
            "res_model": request._name,
            "res_id": request.id,
            "views": [(False, "form")],
        }

    def action_release(self):
        """Give back windows that a dispatcher entered: leave and others.

        :return: True
        :raise UserError: not a dispatcher, or a window of a matter.
        """
        self._check_dispatcher()
        self.check_access("write")
        for booking in self:
            if booking.kind not in HAND_KINDS:
                booking._refuse_kind()
        # Role, access and kind were checked just above.
        return self._release(fields.Datetime.now())

    # ---------------------------------------------------------------------- moving

    def _move(self, changes):
        """Change one window by hand, as the board does by dragging.

        :param changes: values that differ from what is.
        """
        self.ensure_one()
        if not changes:
            return
        if self.kind == "request":
            self._guard_refuse({"kind", "company_id"} & set(changes))
            if note := changes.pop("note", None):
                engine(self.sudo()).write({"note": note})  # role and access checked
            if changes:
                self._place(changes, self.env._("Moved on the board."))
            return
        if self.kind not in HAND_KINDS or self.state == "cancelled":
            self._refuse_kind()
        vals = {name: self[name] for name in ("date_start", "date_end", "kind")}
        vals |= {name: self[name].id for name in ("vehicle_id", "driver_id")}
        vals = self._clean_window({**vals, **changes})
        self._guard_refuse({"company_id"} & set(changes))
        if vals["kind"] not in HAND_KINDS:
            self._refuse_kind()
        self._check_named(vals)
        self._write_window(vals, changes)

    def _write_window(self, vals, changes):
        """Meet rivals, look what is in the way, then write ``changes``."""
        vehicles = self.vehicle_id | self.vehicle_id.browse(vals["vehicle_id"] or ())
        drivers = self.driver_id | self.driver_id.browse(vals["driver_id"] or ())
        self._meet(vehicles, drivers)
        # sudo: the callers have checked role, access and state.
        booking = engine(self.sudo())
        booking._check_free([vals], booking)
        with self._retried():
            booking.write(changes)
            booking.flush_recordset()

    def _place(self, changes, reason):
        """Assign, move or unassign the window of one trip, with all checks.

        :param changes: some of ``vehicle_id``, ``driver_id``, ``date_start``,
            ``date_end``.
        :param reason: text for the slip.
        """
        self.ensure_one()
        # sudo: the callers have checked role and access; a protected request is
        # closed to dispatchers.
        booking = engine(self.sudo())
        booking._check_placeable(self.env.user)
        vals = {
            "vehicle_id": booking.vehicle_id.id,
            "driver_id": booking.driver_id.id,
            "date_start": booking.date_start,
            "date_end": booking.date_end,
        }
        vals = booking._clean_window({**vals, **changes})
        booking._check_shift(vals)
        vehicle = booking.vehicle_id.browse(vals["vehicle_id"] or ())
        driver = booking.driver_id.browse(vals["driver_id"] or ())
        booking._check_fit(vehicle, driver, vals["date_start"], vals["date_end"])
        before = booking.vehicle_id, booking.driver_id
        values = {name: vals[name] for name in changes} | {"is_late_before": False}
        if vehicle and driver:
            values |= {
                "assigned_by_id": self.env.uid,
                "assigned_at": fields.Datetime.now(),
                "rest_note": booking._get_rest_note(
                    driver, vals["date_start"], vals["date_end"]
                ),
            }
        else:
            values |= {"assigned_by_id": False, "assigned_at": False}
            values["rest_note"] = False
        booking._write_window(vals, values)
        booking._sync_trip(before, reason)

    # ---------------------------------------------------------------------- checks

    def _find_booking(self):
        """Return the one booking of a public call, as a dispatcher may change it."""
        if len(self) != 1 or not self.exists():
            raise UserError(self.env._("Choose one row."))
        self._check_dispatcher()
        self.check_access("write")
        if self.kind != "request":
            self._refuse_kind()
        return self

    def _find_one(self, model, value):
        """Return the vehicle or driver that a caller named.

        :raise UserError: there is none, or it belongs to another institution.
        """
        self.ensure_one()
        refusal = (
            self.env._("There is no such vehicle.")
            if model == "fleet.vehicle"
            else self.env._("There is no such driver.")
        )
        if hasattr(value, "_name"):
            value = value.id if value._name == model and len(value) == 1 else False
        # sudo: only whether it belongs to the institution of the window is asked.
        record = find_record(self.env[model].sudo(), value, refusal)
        if record.company_id != self.company_id:
            raise UserError(refusal)
        return record.with_env(self.env)

    def _clean_text(self, text):
        if not isinstance(text or "", str) or "\0" in (text or ""):
            raise UserError(self.env._("The reason is no text."))
        return (text or "").strip()[:_MOST_TEXT]

    def _refuse_kind(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(name)s (%(kind)s) follows from its own matter and is changed there.",
                name=self.name,
                kind=labels[self.kind],
            )
        )

    def _check_placeable(self, user):
        """Raise unless vehicle and driver of this trip may be set now.

        :param user: who wants to; barred from their own matter.
        """
        self.ensure_one()
        if self.kind != "request":
            self._refuse_kind()
        labels = dict(self._fields["state"]._description_selection(self.env))
        if self.state not in ("waiting", "assigned"):
            raise UserError(
                self.env._(
                    "%(trip)s is in state “%(state)s”: vehicle and driver can no "
                    "longer be changed.",
                    trip=self.name,
                    state=labels[self.state],
                )
            )
        request = self.request_id
        if request and not request._may_go():
            raise UserError(
                self.env._("%s is not approved: no vehicle goes.", self.name)
            )
        # Execution is barred to applicant and beneficiary, not to who typed.
        if request and user in request._approval_barred_users("check"):
            raise UserError(
                self.env._(
                    "%s is your own matter: another dispatcher assigns it.", self.name
                )
            )

    def _check_shift(self, vals):
        """Raise when a trip is moved further than the clause allows.

        What was approved is a time; shifting it by a little is dispatch, by much is
        another matter.
        """
        wanted = self.need_id or self.request_id
        start = wanted.date_start or self.request_id.date_start
        end = wanted.date_end or self.request_id.date_end
        if (vals["date_start"], vals["date_end"]) == (self.date_start, self.date_end):
            return
        hours = self.env["gov.policy"].get_value(
            "vehicle.board.shift", company=self.company_id
        )
        most = timedelta(hours=hours)
        if not start or not end:
            return
        if abs(vals["date_start"] - start) > most or abs(vals["date_end"] - end) > most:
            clause = self.env["gov.policy"]._get_policy(
                "vehicle.board.shift", company=self.company_id
            )
            raise UserError(
                self.env._(
                    "%(trip)s was approved from %(start)s to %(end)s. The board shifts "
                    "it by %(hours)s hours at most (%(clause)s); for another time, "
                    "withdraw the request and ask again.",
                    trip=self.name,
                    start=self._get_moment_text(start),
                    end=self._get_moment_text(end),
                    hours=f"{hours:g}",
                    clause=clause.citation,
                )
            )
        self._check_tiers(vals)

    def _check_tiers(self, vals):
        """Raise when at the new time somebody else would have had to agree, too."""
        start, end = vals["date_start"], vals["date_end"]
        tiers = self.request_id._get_further_tiers(start, end)
        if tiers:
            raise UserError(
                self.env._(
                    "%(trip)s cannot be moved to %(start)s – %(end)s: at night or on a "
                    "non-working day %(tiers)s has to agree as well (%(clause)s). For "
                    "that time, ask anew.",
                    trip=self.name,
                    start=self._get_moment_text(start),
                    end=self._get_moment_text(end),
                    tiers=join_names(self.env, tiers.mapped("name")),
                    clause=tiers[0].policy_id.citation or tiers[0].name,
                )
            )

    def _check_fit(self, vehicle, driver, start, end):
        """Raise when the vehicle cannot go or the driver may not drive it then."""
        if vehicle:
            if text := self._get_vehicle_problem(vehicle, start, end):
                raise UserError(
                    self.env._(
                        "%(vehicle)s cannot go: %(reason)s.",
                        vehicle=self._get_taken_name(vehicle),
                        reason=text,
                    )
                )
        if driver:
            card = self.env["gov.vehicle.driver"]._of(driver).get(driver.id)
            if not card:
                raise UserError(
                    self.env._(
                        "%s has no driver's card: licence and its date are not known.",
                        self._get_taken_name(driver),
                    )
                )
            if text := card._may_drive(vehicle, start, end):
                raise UserError(text)

    def _get_vehicle_problem(self, vehicle, start, end):
        """Return why ``vehicle`` cannot take this trip, or an empty text."""
        if self.seats and vehicle.seats and vehicle.seats < self.seats:
            return self.env._(
                "it has %(seats)s seats, %(wanted)s are wanted, the driver's included",
                seats=vehicle.seats,
                wanted=self.seats,
            )
        return vehicle._dispatch_problem(start, end)

    # ------------------------------------------------------------------------ slip

    def _sync_trip(self, before, reason):
        """Make, change or void the slip after vehicle, driver or time changed.

        :param before: (vehicle, driver) as they were.
        :param reason: text for the slip.
        """
        self.ensure_one()
        if not (self.vehicle_id and self.driver_id):
            if before[1] and self.trip_id:
                self._tell_driver(before[1], self._get_off_text(reason))
            self._cancel_trip(reason)
            return
        known = self.trip_id
        trip = known._plan(self)
        if self.trip_id != trip:
            self.write({"trip_id": trip.id})
        if known:
            self._note_change(before, reason)
            if before[1] != self.driver_id:
                self._tell_driver(before[1], self._get_off_text(reason))
        self._tell_driver(self.driver_id, self.dispatch_text)

    def _cancel_trip(self, reason):
        """Void the planned slip of a window that goes back."""
        trip = self.trip_id
        if trip and trip.state == "planned":
            self.write({"trip_id": False})
            engine(trip).write({"state": "cancelled"})
            if reason:
                engine(trip).message_post(body=reason)

    def _note_change(self, before, reason):
        """Leave on the slip what changed and why."""
        vehicle, driver = before
        self.trip_id.message_post(
            body=self.env._(
                "Was %(vehicle)s with %(driver)s. %(reason)s",
                vehicle=self._get_taken_name(vehicle) if vehicle else "-",
                driver=driver.name or "-",
                reason=reason,
            )
        )

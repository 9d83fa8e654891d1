from odoo import api, fields, models
from odoo.exceptions import UserError

_SLIP = frozenset(
    {
        "date_end",
        "date_start",
        "driver_id",
        "late_note",
        "late_reason",
        "note",
        "odometer_in",
        "odometer_out",
        "other_amount",
        "page",
        "parking_amount",
        "passenger_count",
        "request_id",
        "route",
        "served_partner_id",
        "toll_amount",
        "user_department_id",
        "vehicle_id",
        "waiting_hours",
    }
)
_CORRECTED = ("odometer_out", "odometer_in", "date_start", "date_end")
# What no slip says of a protected trip.
_SECRET = ("route", "served_partner_id", "user_department_id")
# Values that say nothing of their own.
_IGNORED = frozenset({"company_id", "entry", "state"})


class GovVehicleTripSlip(models.Model):
    """Trips that are typed afterwards, and corrections of what was typed."""

    _inherit = "gov.vehicle.trip"

    @api.model
    def _enter_slips(self, vals_list, entry="slip"):
        """Take whole trips over from paper; the caller has checked who.

        A planned or running trip named by ``trip_id`` is completed, otherwise a trip
        without a booking is made. What does not follow on in the chain is kept, with
        a finding.

        :param vals_list: dicts with ``vehicle_id``, ``date_start``, ``date_end``
            (UTC), ``odometer_out``, ``odometer_in``, and what else the slip says.
        :param str entry: ``slip`` or ``import``.
        :return: the trips, in the order of ``vals_list``.
        :raise UserError: naming the vehicle, the figure and the limit.
        """
        vals_list = [self._check_slip(vals) for vals in vals_list]
        names = (
            "vehicle_id",
            "driver_id",
            "request_id",
            "user_department_id",
            "served_partner_id",
        )
        self._check_exist(vals_list, names)
        vehicles = self.env["fleet.vehicle"].browse(
            {vals["vehicle_id"] for vals in vals_list}
        )
        vehicles.check_access("read")
        self._check_slip_parties(vals_list, vehicles)
        self._meet_rivals(vehicles)
        look = self._prepare_look(vehicles)
        rows = [self._slip_values(vals, entry, look) for vals in vals_list]
        trips = self._write_slips(rows)
        trips._check_late_trips()
        trips._came_back()
        return trips

    @api.model
    def _check_slip(self, vals):
        """Return the values of a slip, of types that its fields can hold.

        :raise UserError: a value that is missing, or not for the caller to say.
        """
        vals = {name: value for name, value in vals.items() if name not in _IGNORED}
        trip_id = vals.pop("trip_id", False)
        if frozen := set(vals) & set(self._fields) - _SLIP:
            self._guard_refuse(frozen)
        self._check_noted_values(vals)
        for name in ("vehicle_id", "date_start", "date_end", "odometer_in"):
            value = vals.get(name)
            # A reading of 0 is one, and equals False.
            if value is None or value is False or value == "":
                raise UserError(
                    self.env._(
                        "A slip needs its %s.",
                        self._fields[name]._description_string(self.env),
                    )
                )
        return {**vals, "trip_id": trip_id}

    @api.model
    def _slip_values(self, vals, entry, look):
        """Return the trip that a checked slip completes, and the values it gets.

        :return: (trip, may be empty; dict of values)
        """
        vals = dict(vals)
        trip_id = vals.pop("trip_id")
        # sudo: a planned trip is completed, whoever of the dispatchers made it.
        trip = self.sudo().browse(trip_id or [])
        vehicle = self.env["fleet.vehicle"].browse(vals["vehicle_id"])
        start = self._check_moment(vals["date_start"])
        end = self._check_moment(vals["date_end"])
        readings = vals.get("odometer_out", 0), vals["odometer_in"]
        if vals.get("request_id") and not trip:
            vals = self._late_values(vals)
        elif vals.get("request_id") and vals["request_id"] != trip.request_id.id:
            raise UserError(
                self.env._(
                    "%s is not the trip of this request: leave the request empty.",
                    trip.display_name,
                )
            )
        if trip.is_protected or vals.get("is_protected"):
            vals.update(dict.fromkeys(_SECRET, False))
        values = {
            **vals,
            **self._work_out(vehicle, start, end, *readings, look),
            "state": "back",
            "entry": entry,
            "entered_by_id": self.env.uid,
            "late_reason": vals.get("late_reason") or "paper",
            # sudo: the institution of the vehicle.
            "company_id": (vehicle.sudo().company_id or self.env.company).id,
        }
        open_states = self._transitions["enter"][0]
        if trip and values.get("request_id") not in (None, False, trip.request_id.id):
            request = self.env["gov.vehicle.request"].browse(values["request_id"])
            request.check_access("read")
            raise UserError(
                self.env._(
                    "%(request)s is no approved late entry. What is on the board is "
                    "completed there.",
                    request=request.display_name,
                )
            )
        if trip and (trip.vehicle_id != vehicle or trip.state not in open_states):
            raise UserError(
                self.env._(
                    "%(trip)s is no open trip of %(vehicle)s.",
                    trip=trip.display_name,
                    vehicle=vehicle.display_name,
                )
            )
        return trip, values

    @api.model
    def _late_values(self, vals):
        """Return the values of a slip of a request that was entered late.

        :raise UserError: the request is not approved, or its trip is on the board.
        """
        request = self.env["gov.vehicle.request"].browse(vals["request_id"])
        request.check_access("read")
        # sudo: read access has just been checked; its windows are the board's.
        document = request.sudo()
        if document.approval_state != "approved" or document.booking_ids:
            raise UserError(
                self.env._(
                    "%(request)s is no approved late entry. What is on the board is "
                    "completed there.",
                    request=request.display_name,
                )
            )
        if self.env.user in document._approval_barred_users("check"):
            raise UserError(
                self.env._(
                    "%s is your own matter: another dispatcher enters its trip.",
                    request.display_name,
                )
            )
        said = {name: value for name, value in vals.items() if value}
        late = {
            "late_reason": document.late_reason,
            "late_note": document.late_note,
        }
        return {**vals, **late, **self._request_values(document), **said}

    def _check_late_trips(self):
        """Refuse more trips of a late request than vehicles were agreed.

        :raise UserError: naming the request.
        """
        # sudo: how many trips there are is no secret to who may enter one.
        for request in self.sudo().filtered(lambda t: not t.booking_id).request_id:
            made = request.trip_ids.filtered(lambda t: t.state != "cancelled")
            if len(made) > (len(request.need_ids) or request.vehicle_count):
                raise UserError(
                    self.env._("%s has its trips already.", request.display_name)
                )

    @api.model
    def _write_slips(self, rows):
        """Make and complete the trips of ``rows``, see :meth:`_slip_values`.

        :return: the trips, in the order of ``rows``.
        """
        new = [values for trip, values in rows if not trip]
        made = iter(self._engine_quiet().create(new))
        trips = self._engine()
        for trip, values in rows:
            if trip:
                # What a slip leaves open stays as it was planned.
                kept = {
                    name: value
                    for name, value in values.items()
                    if value or name in ("odometer_out", "odometer_in")
                }
                trip._keep_departure(kept)
                trip._engine().write(kept)
            trips += trip._engine() or next(made)
        for trip in trips:
            trip.write(trip._vehicle_values(trip.date_start))
        trips._assign_slip_numbers()
        return trips.with_env(self.env)

    def _keep_departure(self, values):
        """Leave on record, sealed, a departure that its slip tells otherwise."""
        if self.state != "out":
            return
        apart = abs((self.date_start - values["date_start"]).total_seconds())
        if self.odometer_out == values["odometer_out"] and apart < 60:
            return
        values["is_corrected"] = True
        self._record_correction(
            {name: self[name] for name in _CORRECTED},
            values,
            self.env["ir.model"]._get("gov.vehicle.slip.line").name,
        )

    def _record_correction(self, before, after, reason):
        """Write the sealed record of corrected figures."""
        self._engine().env["gov.vehicle.odometer.correction"].create(
            {
                "trip_id": self.id,
                "vehicle_id": self.vehicle_id.id,
                "company_id": self.company_id.id,
                "old_out": before["odometer_out"],
                "old_in": before["odometer_in"],
                "old_start": before["date_start"],
                "old_end": before["date_end"],
                "new_out": after["odometer_out"],
                "new_in": after["odometer_in"],
                "new_start": after["date_start"],
                "new_end": after["date_end"],
                "reason": reason,
                "user_id": self.env.uid,
                "corrected_at": fields.Datetime.now(),
            }
        )

    def _assign_slip_numbers(self):
        """Number new trips of paper slips, in the order of their departures."""
        unnumbered = self.filtered(lambda trip: not trip.number)
        groups = {}
        for trip in unnumbered.sorted(lambda trip: (trip.date_start, trip.id)):
            day = self._local_day(trip.company_id, trip.date_start)
            groups.setdefault((trip.company_id, day.year), []).append((trip, day))
        for (company, _year), pairs in groups.items():
            numbers = self._draw_numbers(
                self._number_code, company, len(pairs), pairs[0][1]
            )
            for (trip, _day), number in zip(pairs, numbers, strict=True):
                trip._engine().number = number

    @api.model
    def _check_slip_parties(self, vals_list, vehicles):
        """Refuse vehicles, people and departments of another institution."""
        # sudo: only to which institution they belong.
        by_id = {vehicle.id: vehicle for vehicle in vehicles.sudo()}
        for vals in vals_list:
            vehicle = by_id[vals["vehicle_id"]]
            company = vehicle.company_id or self.env.company
            if company not in self.env.companies:
                raise UserError(
                    self.env._(
                        "%s belongs to another institution.", vehicle.display_name
                    )
                )
            for name, model in (
                ("driver_id", "hr.employee"),
                ("user_department_id", "hr.department"),
            ):
                # sudo: only to which institution they belong.
                party = self.env[model].sudo().browse(vals.get(name) or [])
                if party.company_id and party.company_id != company:
                    raise UserError(
                        self.env._(
                            "%(party)s does not belong to %(company)s.",
                            party=party.name,
                            company=company.name,
                        )
                    )

    # === Corrections ===

    def action_correct(
        self,
        reason="",
        odometer_out=None,
        odometer_in=None,
        date_start=None,
        date_end=None,
    ):
        """Put a typo right; what stood there before is kept, sealed, with the reason.

        :param str reason: why; required.
        :param odometer_out, odometer_in: km that are right; None leaves them.
        :param date_start, date_end: date and time in UTC that are right.
        :return: True
        :raise UserError: not the manager, no reason, nothing changes, or figures
            that no trip can have.
        """
        self._check_one()
        reason = self._check_reason(reason)
        self._require("correct")
        self._meet_rivals(self.vehicle_id)
        self.invalidate_recordset()
        self._require("correct")
        if refusal := self._closed_refusal():
            raise UserError(refusal)
        given = {
            "odometer_out": odometer_out,
            "odometer_in": odometer_in,
            "date_start": date_start and self._check_moment(date_start),
            "date_end": date_end and self._check_moment(date_end),
        }
        before = {name: self[name] for name in given}
        values = {
            name: before[name] if value is None or value is False else value
            for name, value in given.items()
        }
        self._apply_correction(before, values, reason)
        return True

    def _apply_correction(self, before, values, reason):
        """Write corrected figures and their sealed record; rivals have been met."""
        if self.state == "back":
            worked_out = self._work_out(
                self.vehicle_id,
                values["date_start"],
                values["date_end"],
                values["odometer_out"],
                values["odometer_in"],
            )
            if refusal := self._closed_refusal(worked_out["return_date"]):
                raise UserError(refusal)
        else:
            if values["odometer_in"] or values["date_end"]:
                raise UserError(self.env._("%s is not back yet.", self.display_name))
            digits = self._digits_on(self.vehicle_id, values["date_start"])
            worked_out = {
                "date_start": values["date_start"],
                "odometer_out": self._check_reading(
                    self.vehicle_id, values["odometer_out"], digits
                ),
            }
        after = {name: worked_out.get(name, before[name]) for name in before}
        if after == before:
            raise UserError(self.env._("%s: nothing changes.", self.display_name))
        worked_out |= self._moved_department(before["date_start"], after["date_start"])
        counted = self.return_date
        trip = self._engine()
        trip.write({**worked_out, "is_corrected": True})
        self._record_correction(before, after, reason)
        changed = self._rechain(self.vehicle_id)
        self._note_findings(changed)
        if self.state == "back":
            self._note_close(counted)
            self._renew_usage(reason)

    def _moved_department(self, before, after):
        """Return the department at departure, where that moved to another day."""
        days = [self._local_day(self.company_id, moment) for moment in (before, after)]
        if days[0] == days[1]:
            return {}
        # sudo: which department the vehicle had.
        return {"department_id": self.vehicle_id.sudo()._department_on(days[1]).id}

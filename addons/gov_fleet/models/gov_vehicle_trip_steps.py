from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import check_plain_values

_COSTS = frozenset(
    {
        "other_amount",
        "parking_amount",
        "passenger_count",
        "route",
        "signature",
        "toll_amount",
        "waiting_hours",
    }
)


class GovVehicleTripSteps(models.Model):
    """Out, back and what else happens to a trip."""

    _inherit = "gov.vehicle.trip"

    # === Planning, for the board and for requests ===

    @api.model
    def _plan(self, bookings):
        """Make the trip of each booking, or let the planned one follow its booking.

        :param bookings: of kind ``request``, with vehicle and driver; the caller has
            checked person, windows and vehicle.
        :return: the trips, in the order of ``bookings``.
        :raise UserError: the trip of a booking has begun.
        """
        trips = self.browse()
        # sudo: the caller has checked who assigns; a protected request is not read
        # by dispatchers, and nothing of it comes over.
        for booking in bookings.sudo():
            trip = booking.trip_id
            values = {
                "vehicle_id": booking.vehicle_id.id,
                "driver_id": booking.driver_id.id,
                "planned_start": booking.date_start,
                "planned_end": booking.date_end,
            }
            if trip and trip.state != "cancelled":
                if trip.state != "planned":
                    raise UserError(
                        self.env._("%s has begun already.", trip.display_name)
                    )
                trip._engine().write(values)
            else:
                trip = self._engine_quiet().create(
                    {
                        **self._request_values(booking.request_id),
                        **values,
                        "booking_id": booking.id,
                        "company_id": booking.company_id.id,
                    }
                )
                trip._assign_number()
            trips += trip
        return trips.with_env(self.env)

    @api.model
    def _request_values(self, request):
        """Return what a trip takes over from its request, unless it is protected."""
        if not request:
            return {}
        if request.is_protected:
            return {"request_id": request.id, "is_protected": True}
        return {
            "request_id": request.id,
            "user_department_id": request.department_id.id,
            "served_partner_id": request.served_partner_id.id,
            "passenger_count": request.passenger_count,
            "route": request.destination,
        }

    def _cancel(self, reason):
        """Cancel planned trips; the caller has checked who takes the vehicle off.

        :param str reason: stands in the trip's history.
        :return: True
        :raise UserError: one of them has begun.
        """
        for trip in self._engine():
            if trip.state not in self._transitions["cancel"][0]:
                raise UserError(
                    self.env._(
                        "%s has begun: its vehicle comes back first.",
                        trip.display_name,
                    )
                )
            trip.state = "cancelled"
            trip.message_post(body=self.env._("Cancelled: %s", reason or "-"))
        self._tell_requests()
        return True

    # === Public steps ===

    def action_depart(self, odometer=None, when=None):
        """Let the vehicle go out: key out.

        :param odometer: km that the odometer shows.
        :param when: date and time in UTC; default now.
        :return: True
        :raise UserError: not the driver or a dispatcher, not planned, the vehicle or
            the driver cannot go, a reading that the instrument cannot show.
        """
        self._check_one()
        self._require("depart")
        self._depart(odometer, when)
        return True

    def action_return(
        self,
        odometer=None,
        when=None,
        route=None,
        toll_amount=None,
        parking_amount=None,
        other_amount=None,
        waiting_hours=None,
        passenger_count=None,
        signature=None,
    ):
        """Take the vehicle back: key in.

        :param odometer: km that the odometer shows.
        :param when: date and time in UTC; default now.
        :param route: places on the way.
        :param toll_amount, parking_amount, other_amount: paid on the way.
        :param waiting_hours: hours that the vehicle waited for its user.
        :param passenger_count: people carried.
        :param signature: the driver's, as a picture (base64).
        :return: True
        :raise UserError: not the driver or a dispatcher, not out, reading in below
            out, a reading that the instrument cannot show, back before out.
        """
        self._check_one()
        self._require("return")
        given = {
            "route": route,
            "toll_amount": toll_amount,
            "parking_amount": parking_amount,
            "other_amount": other_amount,
            "waiting_hours": waiting_hours,
            "passenger_count": passenger_count,
            "signature": signature,
        }
        values = {name: value for name, value in given.items() if value is not None}
        self._return(odometer, when, values)
        return True

    def action_undo_departure(self, reason=""):
        """Take a departure back that was entered by mistake.

        :param str reason: why; required.
        :return: True
        :raise UserError: not a dispatcher, the trip is not out, no reason.
        """
        self._check_one()
        reason = self._check_reason(reason)
        self._require("undo")
        self._meet_rivals(self.vehicle_id)
        trip = self._engine()
        trip.write(
            {
                "state": "planned",
                "date_start": False,
                "odometer_out": 0,
                "previous_reading": 0,
                "gap_km": 0,
                "has_gap": False,
                "sequence": 0,
                "department_id": False,
                "usage_class": False,
            }
        )
        trip.message_post(body=self.env._("Departure taken back: %s", reason))
        changed = self._rechain(self.vehicle_id)
        self.browse()._note_findings(changed)
        self._tell_settled("vehicle_odometer_gap", self.env._("Departure taken back."))
        self._tell_requests()
        return True

    def action_confirm_use(self, kind="", note=""):
        """Note that the user has confirmed the trip.

        :param str kind: ``slip``, ``message``, ``app`` (the user, here) or ``none``.
        :param str note: e.g. who wrote the message.
        :return: True
        :raise UserError: the trip has not begun, or the caller is neither its user
            nor a dispatcher.
        """
        self._require("confirm")
        kinds = dict(self._fields["confirmation"].selection)
        if not isinstance(kind, str) or kind not in kinds:
            raise UserError(self.env._("Choose how the trip was confirmed."))
        if not isinstance(note, str | None) or len(note or "") > 500:
            raise UserError(self.env._("The note is a text of at most 500 signs."))
        check_plain_values(self.browse(), {"confirmation_note": note})
        for trip in self:
            if kind == "app" and not trip._is_user_of():
                raise UserError(
                    self.env._(
                        "Only who used the vehicle confirms here; note a signed slip "
                        "or a message otherwise."
                    )
                )
        self._confirm_use(kind, note)
        return True

    # === Engine ===

    def _depart(self, odometer, when=None):
        """Let the vehicle go out; the caller has checked who.

        :return: this trip
        :raise UserError: see :meth:`action_depart`.
        """
        self.ensure_one()
        moment = self._check_moment(when)
        self._meet_rivals(self.vehicle_id, self.driver_id)
        self.invalidate_recordset(["state"])
        if self.state != "planned":
            raise UserError(self._refusal("depart"))
        if refusal := self._departure_refusal(moment):
            raise UserError(refusal)
        digits = self._digits_on(self.vehicle_id, moment)
        reading = self._check_reading(self.vehicle_id, odometer, digits)
        trip = self._engine()
        trip.write(
            {
                **trip._vehicle_values(moment),
                "date_start": moment,
                "odometer_out": reading,
                "state": "out",
                "entered_by_id": self.env.uid,
            }
        )
        changed = self._rechain(self.vehicle_id)
        self.browse()._note_findings(changed)
        self._tell_requests()
        return self

    def _return(self, odometer, when=None, values=None):
        """Take the vehicle back; the caller has checked who.

        :param dict values: costs and the like, see :meth:`action_return`.
        :return: this trip
        :raise UserError: see :meth:`action_return`.
        """
        self.ensure_one()
        values = dict(values or {})
        if unknown := set(values) - _COSTS:
            self._guard_refuse(unknown & set(self._fields))
        self._check_noted_values(values)
        if self.is_protected:
            values.pop("route", None)  # no place is kept of it
        moment = self._check_moment(when)
        self._meet_rivals(self.vehicle_id)
        self.invalidate_recordset(["state", "date_start", "odometer_out"])
        if self.state != "out":
            raise UserError(self._refusal("return"))
        worked_out = self._work_out(
            self.vehicle_id, self.date_start, moment, self.odometer_out, odometer
        )
        self._engine().write({**values, **worked_out, "state": "back"})
        self._came_back()
        return self

    def _came_back(self):
        """Do what follows when trips are back: chain, findings, usage, requests."""
        changed = self._rechain(self.vehicle_id)
        self._note_findings(changed)
        self._note_close()
        self._record_usage()
        self._tell_requests()

    def _departure_refusal(self, moment):
        """Return why this trip cannot begin now, or None; other areas add theirs.

        :param moment: datetime in UTC
        """
        self.ensure_one()
        # sudo: which vehicles and drivers are out, protected trips too.
        others = self.sudo().search(
            [
                ("state", "=", "out"),
                ("id", "!=", self.id),
                "|",
                ("vehicle_id", "=", self.vehicle_id.id),
                ("driver_id", "=", self.driver_id.id or -1),
            ],
            limit=1,
        )
        if others:
            return self.env._(
                "%(trip)s is still out (%(vehicle)s, %(driver)s): note its return "
                "first.",
                trip=others.display_name,
                vehicle=others.vehicle_id.display_name,
                driver=others.driver_id.name or "-",
            )
        if not self.driver_id:
            return self.env._("%s has no driver yet.", self.display_name)
        # sudo: as above.
        last = self.sudo().search(
            [
                ("vehicle_id", "=", self.vehicle_id.id),
                ("state", "=", "back"),
                ("date_end", ">", moment),
            ],
            order="date_end desc",
            limit=1,
        )
        if last:
            return self.env._(
                "%(vehicle)s came back at %(end)s only (%(trip)s): it cannot go out "
                "before.",
                vehicle=self.vehicle_id.display_name,
                end=self.env["gov.paper"].time_text(last.date_end),
                trip=last.display_name,
            )
        # sudo: only the words why the vehicle cannot go.
        block = self.vehicle_id.sudo()._dispatch_problem(moment, moment)
        if block:
            return self.env._(
                "%(vehicle)s cannot go: %(why)s",
                vehicle=self.vehicle_id.display_name,
                why=block,
            )
        return None

    def _vehicle_values(self, moment):
        """Return what a trip keeps of its vehicle as it was at departure."""
        self.ensure_one()
        # sudo: which department and class the vehicle had.
        vehicle = self.vehicle_id.sudo()
        day = self._local_day(self.company_id, moment)
        return {
            "department_id": vehicle._department_on(day).id,
            "usage_class": vehicle.usage_class,
        }

    def _confirm_use(self, kind, note=""):
        """Note a confirmation; the caller has checked who."""
        confirmed = kind != "none"
        values = {
            "confirmation": kind,
            "confirmation_note": (note or "").strip() or False,
            "confirmed_by_id": self.env.uid if confirmed else False,
            "confirmed_at": fields.Datetime.now() if confirmed else False,
        }
        # Who confirms a protected trip would tell whose it is.
        secret = self.filtered(lambda t: t.is_protected and t._is_user_of())
        (self - secret)._engine().write(values)
        if secret:
            hidden = {"confirmation_note": False, "confirmed_by_id": False}
            secret = secret._engine().with_user(SUPERUSER_ID)
            secret.write({**values, **hidden})
            secret.env.flush_all()
        return self

    def _tell_requests(self):
        """Let the requests of these trips look how far they are."""
        # sudo: the request follows its trips, whoever moved them.
        if requests := self.sudo().request_id:
            requests._trips_changed()

    def _check_one(self):
        if len(self) != 1:
            raise UserError(self.env._("Choose one trip."))
        if not self.exists():
            raise UserError(self.env._("This trip does not exist any more."))

    @api.model
    def _check_reason(self, reason):
        """Return a reason that is one.

        :raise UserError: none, or too long.
        """
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 500 or "\0" in reason:
            raise UserError(self.env._("Please give a reason of at most 500 signs."))
        return reason

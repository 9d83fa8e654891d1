from datetime import timedelta

from .common_fleet import FleetCase


class RequestCase(FleetCase):
    """Vehicle requests of the institution of ``FleetCase``.

    ``guard_head`` (user ``guard_head_user``) holds the role of protected trips.
    ``work_day`` is a working day that lies ahead.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person("guard_head", "Mi Mi", cls.leadership, 6, "Confidential")
        cls.roles["vehicle_protected"] = cls.env.ref(
            "gov_fleet.gov_role_vehicle_protected"
        )
        cls._hold("vehicle_protected", cls.guard_head)
        cls.Requests = cls.env["gov.vehicle.request"]
        today = cls.company.gov_today()
        cls.work_day = cls.env["gov.workday"].add_working_days(today, 3)
        # The day after is worked too, whatever the calendar of the database says.
        cls._set_day(cls.work_day, "workday")

    @classmethod
    def _set_day(cls, day, kind):
        days = cls.env["gov.workday"]
        own = [("date", "=", day), ("company_id", "=", cls.company.id)]
        days.search(own).unlink()
        return days.create(
            {
                "date": day,
                "kind": kind,
                "name": "Test",
                "company_id": cls.company.id,
            }
        )

    @classmethod
    def _vals(cls, start=9, end=11, **values):
        return {
            "purpose": "Meeting on the budget",
            "destination": "County finance bureau",
            "area": "town",
            "passenger_count": 3,
            "date_start": cls._at(start, day=cls.work_day),
            "date_end": cls._at(end, day=cls.work_day),
            **values,
        }

    @classmethod
    def _ask(cls, user=None, **values):
        """Return a draft of ``user`` (default ``staff_user``) as they see it."""
        requests = cls._as(cls.Requests, user or cls.staff_user)
        return requests.create(cls._vals(**values))

    def _agree_all(self, request):
        """Let everybody whose turn it is agree; return who did, in order."""
        people = []
        for _turn in range(9):
            if request.sudo().approval_state != "submitted":
                break
            seats = request.sudo().current_step_id.seat_ids
            seat = seats.filtered(lambda s: s.state == "open")[:1]
            self._as(request, seat.user_id).action_approve()
            people.append(seat.user_id)
        return people

    def _approved(self, user=None, **values):
        request = self._ask(user, **values)
        request.action_submit()
        self._agree_all(request)
        self.assertEqual(request.approval_state, "approved")
        return request

    @classmethod
    def _bookings(cls, request):
        return request.sudo().booking_ids

    @classmethod
    def _dispatch(cls, request, vehicle=None, driver=None):
        """Assign the first waiting window as ``dispatcher_user``; return its trip."""
        pairs = [((vehicle or cls.car).id, (driver or cls.driver).id)]
        cls._as(request, cls.dispatcher_user).action_dispatch(pairs)
        return request.sudo().trip_ids[-1:]

    @classmethod
    def _next_saturday(cls):
        today = cls.company.gov_today()
        return today + timedelta(days=(5 - today.weekday()) % 7 or 7)

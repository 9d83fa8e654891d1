"""What dispatch may not decide: own rides, other hours; and who is told of it."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestDispatchLimits(RequestCase):
    def _refused(self, call, *args):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            call(*args)
        self.env.invalidate_all()
        return str(caught.exception)

    def _window(self, request, user=None):
        """Return the window of a request as a dispatcher sees it."""
        return self._as(self._bookings(request), user or self.dispatcher_user)

    def _set_clause(self, code, value):
        self.env["gov.policy"].create(
            {
                "code": code,
                "name": code,
                "value_type": "integer",
                "value": str(value),
                "date_from": "2020-01-01",
                "company_id": self.company.id,
                "citation": "Rule of the test",
            }
        )

    # ------------------------------------------------------------------- own rides

    def test_who_rides_along_does_not_dispatch(self):
        host = self._approved(self.works_staff_user, passenger_count=1)
        mine = self._ask(self.dispatcher_user, passenger_count=1)
        mine.action_submit()
        mine.action_join(self._bookings(host).id)
        desk = self._as(host, self.dispatcher_user)
        self.assertFalse(desk.can_dispatch)
        pair = self.car.id, self.driver.id
        window = self._window(host)
        for call, args in (
            (desk.action_dispatch, ([pair],)),
            (window.action_assign, pair),
            (window.write, ({"vehicle_id": self.car.id},)),
        ):
            self.assertIn("own matter", self._refused(call, *args))
        other = self._as(host, self.dispatcher2_user)
        self.assertTrue(other.can_dispatch)
        other.action_dispatch([pair])
        self.assertIn("own matter", self._refused(window.action_unassign, "Mine"))
        mine.action_leave_ride()
        self.assertTrue(window.action_unassign("Another car"))

    # ----------------------------------------------------------------- other hours

    def _shifted(self, request, hours):
        window = self._window(request)
        return window.write, {
            "date_start": window.date_start + timedelta(hours=hours),
            "date_end": window.date_end + timedelta(hours=hours),
        }

    def test_shift_into_the_night(self):
        request = self._approved(start=19, end=21)
        self._dispatch(request)
        call, values = self._shifted(request, 1.5)
        text = self._refused(call, values)
        self.assertIn("Line leader", text)
        self.assertIn("at night and on non-working days", text)
        window = self._window(request)
        self.assertEqual(window.date_start, request.date_start)
        # Up to the first minute of the night.
        call, values = self._shifted(request, 1)
        self.assertTrue(call(values))
        self.assertEqual(window.sudo().trip_id.planned_end, window.date_end)

    def test_shift_that_nobody_else_decides(self):
        """The line leader has agreed already, or decides no such trip at all."""
        for values in (
            {"area": "city"},
            {"start": 21, "end": 23},
            {"is_protected": True},
        ):
            request = self._approved(**{"start": 19, "end": 21, **values})
            call, shift = self._shifted(request, 1.5)
            with self.subTest(values=values):
                self.assertTrue(call(shift))

    def test_shift_into_a_day_off(self):
        self._set_clause("vehicle.night.from", 3)
        self._set_clause("vehicle.night.to", 4)
        self._set_day(self.work_day + timedelta(days=1), "holiday")
        request = self._approved(start=21, end=23)
        call, values = self._shifted(request, 1.5)
        self.assertIn("Line leader", self._refused(call, values))
        call, values = self._shifted(request, 1)
        self.assertTrue(call(values))

    # -------------------------------------------------------------- vehicle, driver

    def test_vehicle_without_a_driver_waits(self):
        request = self._approved(vehicle_count=2)
        first, second = self._bookings(request)
        self._as(first, self.dispatcher_user).action_assign(self.car.id, self.driver.id)
        self._as(second, self.dispatcher_user).write({"vehicle_id": self.car2.id})
        self.assertEqual((first.state, second.state), ("assigned", "waiting"))
        self.assertEqual(request.state, "approved")
        desk = self._as(request, self.dispatcher_user)
        self.assertTrue(desk.can_dispatch)
        self._as(first.trip_id, self.dispatcher_user).action_depart(10000)
        # What never got its driver is the rest that can be closed.
        self.assertTrue(desk.can_close_rest)
        desk.action_close_rest("Two of us are ill")
        self.assertFalse(second.active)
        self.assertEqual(request.state, "dispatched")

    def test_driver_without_a_vehicle_waits(self):
        request = self._approved()
        self._window(request).write({"driver_id": self.driver.id})
        self.assertEqual(self._bookings(request).state, "waiting")
        self.assertEqual(request.state, "approved")
        self._window(request).write({"vehicle_id": self.car.id})
        self.assertEqual(self._bookings(request).state, "assigned")
        self.assertEqual(request.state, "dispatched")

    # ------------------------------------------------------------------ who is told

    def _told(self, trip, user):
        return self.env["mail.message"].search(
            [
                ("model", "=", trip._name),
                ("res_id", "=", trip.id),
                ("partner_ids", "in", user.partner_id.ids),
            ],
            order="id",
        )

    def test_driver_is_told_when_the_request_is_cancelled(self):
        for values in ({}, {"is_protected": True, "destination": "Quiet Valley"}):
            request = self._approved(**values)
            trip = self._dispatch(request)
            before = len(self._told(trip, self.driver_user))
            self._as(request, self.staff_user).action_cancel("The witness is ill")
            self.assertEqual(trip.state, "cancelled")
            told = self._told(trip, self.driver_user)
            self.assertEqual(len(told), before + 1)
            self.assertIn("09:00–11:00", told[-1].body)
            self.assertIn("taken off you", told[-1].body)
            self.assertNotIn("witness", str(told[-1].body))
            if request.is_protected:
                self.assertNotIn(self.staff_user.partner_id, told.author_id)

    def test_driver_is_told_when_the_paper_is_refused(self):
        now = fields.Datetime.now()
        request = self._ask(
            is_protected=True,
            is_urgent=True,
            urgent_reason="At once",
            date_start=now + timedelta(minutes=1),
            date_end=now + timedelta(hours=1),
        )
        request.action_submit()
        trip = self._dispatch(request)
        before = len(self._told(trip, self.driver_user))
        self._as(request, self.guard_head_user).action_reject("No")
        self.assertEqual(len(self._told(trip, self.driver_user)), before + 1)

    def test_driver_is_told_when_they_ride_with_others(self):
        host = self._approved(self.works_staff_user, passenger_count=1)
        guest = self._approved(passenger_count=1)
        trip = self._dispatch(guest)
        guest.action_join(self._bookings(host).id)
        self.assertEqual(trip.state, "cancelled")
        self.assertIn("taken off", self._told(trip, self.driver_user)[-1].body)

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_board import BoardCase
from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestTripRequest(RequestCase):
    """From the approved request to its trips and back."""

    def _go(self, trip, out, back):
        desk = self._as(trip, self.dispatcher_user)
        desk.action_waive_check("Test")
        desk.action_depart(out)
        if back:
            desk.action_return(back)

    def test_request_is_done_when_all_are_back(self):
        request = self._approved(vehicle_count=2)
        first = self._dispatch(request)
        second = self._dispatch(request, self.car2, self.driver2) - first
        trips = request.sudo().trip_ids
        second = trips - first
        self.assertRecordValues(
            first,
            [
                {
                    "state": "planned",
                    "user_department_id": request.department_id.id,
                    "route": "County finance bureau",
                    "passenger_count": 3,
                    "planned_start": request.date_start,
                    "planned_end": request.date_end,
                }
            ],
        )
        self.assertTrue(first.number and second.number)
        self.assertEqual(request.state, "dispatched")
        self._go(first, 10000, 10010)
        self.assertEqual(request.state, "dispatched")
        self._go(second, 10000, None)
        with self.assertRaises(UserError):
            self._as(request, self.staff_user).action_cancel("changed my mind")
        self._as(second, self.dispatcher_user).action_return(10020)
        self.assertEqual(request.state, "done")

    def test_user_sees_and_confirms(self):
        request = self._approved()
        trip = self._dispatch(request)
        mine = self._as(trip, self.staff_user)
        self.assertTrue(mine.number)
        self.assertFalse(mine.can_depart)
        with self.assertRaises(AccessError):
            mine.write({"route": "x"})
        self._go(trip, 10000, 10010)
        self.assertTrue(mine.can_confirm)
        caller = {"employee_id": self.staff.id, "caller_name": "Bai Jing"}
        asked = self._approved(self.dispatcher_user, start=14, end=16, **caller)
        own = self._dispatch(asked)
        self.assertTrue(self._as(own, self.dispatcher_user)._is_user_of())
        for user, used, kind in (
            (self.staff_user, trip, "app"),
            (self.dispatcher_user, trip, "slip"),
            (self.dispatcher_user, own, "slip"),
        ):
            wizards = self._as(self.env["gov.vehicle.trip.wizard"], user)
            wizards = wizards.with_context(default_trip_id=used.id)
            self.assertEqual(wizards.default_get(["trip_id", "kind"])["kind"], kind)
        mine.action_confirm_use("app")
        self.assertRecordValues(
            trip,
            [{"confirmation": "app", "confirmed_by_id": self.staff_user.id}],
        )
        with self.assertRaises(AccessError):
            self._as(trip, self.works_staff_user).action_confirm_use("app")

    def test_protected_trip_names_nobody(self):
        request = self._approved(is_protected=True, destination="Secret place")
        trip = self._dispatch(request)
        self._go(trip, 10007, 11900)
        self.assertTrue(trip.is_protected)
        desk = self._as(trip, self.dispatcher_user)
        values = desk.read()[0]
        for secret in ("Secret place", request.purpose, self.staff.name):
            self.assertNotIn(secret, str(values))
        for name in ("user_department_id", "served_partner_id", "route"):
            self.assertFalse(desk[name])
        findings = self.env["gov.finding"].search(
            [("model", "=", "gov.vehicle.trip"), ("res_id", "=", trip.id)]
        )
        self.assertEqual(len(findings), 2, "gap and jump are found all the same")
        for text in findings.mapped("evidence") + trip.message_ids.mapped("body"):
            self.assertNotIn("Secret place", text)
            self.assertNotIn(self.staff.name, text)
        self.assertFalse(trip.message_partner_ids, "nobody follows it")
        # Its own user sees it, a stranger does not.
        self.assertTrue(self._as(trip, self.staff_user).number)
        with self.assertRaises(AccessError):
            self._as(trip, self.works_staff_user).read(["number"])


@tagged("post_install", "-at_install")
class TestTripBoard(BoardCase):
    """The planned trip follows its window on the board."""

    def test_moved_and_taken_off(self):
        booking = self._assigned(self._at(9), self._at(11))
        trip = booking.trip_id
        self.assertEqual((trip.vehicle_id, trip.driver_id), (self.car, self.driver))
        number = trip.number
        booking.action_assign(self.car2.id, self.driver2.id, "the car is washed")
        self.assertEqual(booking.trip_id.number, number, "the number stays")
        self.assertEqual(trip.vehicle_id, self.car2)
        booking.action_unassign("not needed")
        self.assertEqual(trip.state, "cancelled")
        self.assertEqual(trip.number, number, "void, but visible")

    def test_planned_twice_is_one_trip(self):
        booking = self._assigned(self._at(9), self._at(11))
        trip = booking.trip_id
        self.assertEqual(self.env["gov.vehicle.trip"]._plan(booking), trip)

    def test_not_replanned_once_out(self):
        booking = self._assigned(self._at(9), self._at(11))
        self._set_out(booking.trip_id, self._at(9, days=0))
        with self.assertRaises(UserError):
            self.env["gov.vehicle.trip"]._plan(booking)

    def test_late_return_warns_the_next(self):
        now = self.env.cr.now().replace(microsecond=0)
        first = self._assigned(self._at(6, days=1), self._at(7, days=1))
        after = self._assigned(
            self._at(7, days=1), self._at(9, days=1), driver=self.driver2
        )
        trip = first.trip_id.sudo()
        trip._engine().write(
            {"planned_start": now, "planned_end": now, "state": "planned"}
        )
        called = []
        self.patch(
            type(self.env["gov.vehicle.booking"]),
            "_warn_next",
            lambda bookings, late=None: called.append((bookings.ids, late)),
        )
        trip._engine().write(
            {
                "state": "out",
                "date_start": self._at(6, days=-1),
                "odometer_out": 10000,
                "planned_end": self._at(7, days=-1),
            }
        )
        self._as(trip, self.dispatcher_user).action_return(10010)
        self.assertEqual(called[0][0], first.ids)
        self.assertTrue(after.active)

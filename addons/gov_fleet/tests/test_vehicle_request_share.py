from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestVehicleRequestShare(RequestCase):
    """Nearby trips, and riding along with them."""

    def _host(self, **values):
        return self._approved(self.works_staff_user, **{"passenger_count": 2, **values})

    def test_nearby_is_shown(self):
        host = self._host(area="city")
        ride = self._bookings(host)
        request = self._ask(area="city", passenger_count=2)
        self.assertIn("Works", request.nearby_note)
        self.assertFalse(request.ride_text)
        self.assertTrue(request.can_join)
        self.assertFalse(request.can_leave_ride)
        self.assertEqual(request._get_nearby(), ride)
        other_area = self._ask(area="county", destination="Elsewhere")
        self.assertFalse(other_area.nearby_note)
        same_place = self._ask(
            area="county", destination="county finance BUREAU", passenger_count=2
        )
        self.assertEqual(same_place._get_nearby(), ride)
        hours = self._ask(area="city", start=14, end=16)
        self.assertFalse(hours.nearby_note)
        many = self._ask(area="city", passenger_count=4)
        self.assertFalse(many.nearby_note)
        # The applicant reads neither booking nor request of the others.
        self.assertFalse(self._as(host, self.staff_user).has_access("read"))

    def test_join(self):
        ride = self._bookings(self._host())
        request = self._approved(passenger_count=2)
        own = self._bookings(request)
        request.action_join(ride.id)
        self.assertFalse(own.active)
        self.assertEqual(request.state, "approved")
        self.assertTrue(request.ride_text)
        self.assertTrue(request.can_leave_ride)
        trip = self._dispatch(ride.request_id)
        self.assertEqual(request.state, "dispatched")
        self.assertIn("岚A·10001", request.dispatch_note)
        engine(trip.sudo()).write(
            {
                "state": "out",
                "date_start": ride.date_start,
                "odometer_out": 10000,
            }
        )
        with self.assertRaises(UserError):
            request.action_cancel("Changed my mind")
        with self.assertRaises(UserError):
            request.action_leave_ride()
        engine(trip.sudo()).write(
            {
                "state": "back",
                "date_end": ride.date_end,
                "return_date": self.work_day,
                "odometer_in": 10010,
            }
        )
        self.assertEqual(request.state, "done")

    def test_joined_before_it_was_agreed(self):
        ride = self._bookings(self._host())
        request = self._ask(passenger_count=1)
        request.action_join(ride.id)
        request.action_submit()
        self._agree_all(request)
        self.assertFalse(self._bookings(request))

    def test_seats_run_out(self):
        ride = self._bookings(self._host())
        first = self._ask(passenger_count=2)
        second = self._ask(passenger_count=1)
        first.action_join(ride.id)
        with self.assertRaises(UserError):
            second.action_join(ride.id)
        first.action_leave_ride()
        second.action_join(ride.id)

    def test_ride_is_off(self):
        """Whoever rode along gets a vehicle of their own."""
        host = self._host()
        request = self._approved(passenger_count=1)
        request.action_join(self._bookings(host).id)
        self._as(host, self.works_staff_user).action_cancel("Off")
        self.assertFalse(request.sudo().joined_booking_id)
        booking = self._bookings(request).filtered("active")
        self.assertEqual(len(booking), 1)
        self.assertTrue(request.sudo().activity_ids)

    def test_leave(self):
        request = self._approved(passenger_count=1)
        request.action_join(self._bookings(self._host()).id)
        request.action_leave_ride()
        self.assertEqual(len(self._bookings(request).filtered("active")), 1)
        with self.assertRaises(UserError):
            request.action_leave_ride()

    def test_cancelled_guest(self):
        request = self._approved(passenger_count=1)
        request.action_join(self._bookings(self._host()).id)
        request.action_cancel("Ill")
        self.assertFalse(request.sudo().joined_booking_id)
        self.assertEqual(request.state, "cancelled")

    def test_who_may_join(self):
        ride = self._bookings(self._host())
        request = self._ask(passenger_count=1)
        with self.assertRaises(UserError):
            self._as(request, self.office_head_user).action_join(ride.id)
        self._as(request, self.dispatcher_user).action_join(ride.id)
        self.assertTrue(request.ride_text)

    def test_not_with_several_vehicles(self):
        ride = self._bookings(self._host())
        with self.assertRaises(UserError):
            self._ask(vehicle_count=2, passenger_count=1).action_join(ride.id)

    def test_not_nearby(self):
        far = self._approved(
            self.works_staff_user,
            date_start=self._at(9, day=self.work_day + timedelta(days=9)),
            date_end=self._at(10, day=self.work_day + timedelta(days=9)),
        )
        with self.assertRaises(UserError):
            self._ask(passenger_count=1).action_join(self._bookings(far).id)

    def test_dialog(self):
        ride = self._bookings(self._host())
        request = self._ask(passenger_count=1)
        action = request.action_open_join()
        wizard = self._as(self.env["gov.vehicle.join"], self.staff_user)
        wizard = wizard.browse(action["res_id"])
        option = wizard.option_ids
        self.assertEqual(len(option), 1)
        self.assertIn("Works", option.name)
        with self.assertRaises(UserError):
            option.browse().action_join()
        option.ride = 999999999
        with self.assertRaises(UserError), self.env.cr.savepoint():
            option.action_join()
        option.ride = ride.id
        option.action_join()
        self.assertEqual(request.sudo().joined_booking_id, ride)
        alone = self._ask(start=14, end=15)
        with self.assertRaises(UserError):
            alone.action_open_join()

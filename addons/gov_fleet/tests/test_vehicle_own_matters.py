from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_driver import DriverCase
from .common_request import RequestCase
from .common_trip import TripCase


@tagged("post_install", "-at_install")
class TestOwnMatters(RequestCase):
    """A dispatcher's own late trip, and trips moved to another request."""

    def _late(self, user):
        day = self.company.gov_today() - timedelta(days=2)
        return self._approved(
            user,
            date_start=self._at(9, day=day),
            date_end=self._at(11, day=day),
            occurred_on=day,
            late_reason="forgotten",
        )

    def _slip(self, request, user, out=10000, **values):
        trips = self._as(self.env["gov.vehicle.trip"], user)
        return trips.create(
            {
                "vehicle_id": self.car.id,
                "driver_id": self.driver.id,
                "date_start": request.date_start,
                "date_end": request.date_end,
                "odometer_out": out,
                "odometer_in": out + 20,
                "request_id": request.id,
                **values,
            }
        )

    def test_own_late_trip(self):
        request = self._late(self.dispatcher_user)
        with self.assertRaisesRegex(UserError, "own matter"), self.env.cr.savepoint():
            self._slip(request, self.dispatcher_user)
        self.assertTrue(self._slip(request, self.dispatcher2_user))

    def test_one_trip_for_one_vehicle(self):
        request = self._late(self.staff_user)
        self._slip(request, self.dispatcher_user)
        with self.assertRaisesRegex(UserError, "already"), self.env.cr.savepoint():
            self._slip(request, self.dispatcher_user, out=10020)

    def test_a_trip_keeps_its_request(self):
        trip = self._dispatch(self._approved())
        other = self._late(self.works_staff_user)
        with self.assertRaisesRegex(UserError, "not the trip"), self.env.cr.savepoint():
            self._slip(other, self.dispatcher_user, trip_id=trip.id)
        self.assertEqual(trip.state, "planned")


@tagged("post_install", "-at_install")
class TestOwnTrip(TripCase):
    """The own trip and the own offence are others' matter."""

    def test_nobody_corrects_the_own_trip(self):
        trip = self._slip(10000, 10040, driver_id=self.fleet.id)
        mine = self._as(trip, self.fleet_user)
        self.assertFalse(mine.can_correct)
        with self.assertRaisesRegex(UserError, "own trip"):
            mine.action_correct("Typo", odometer_in=10030)
        self.assertEqual(trip.odometer_in, 10040)

    def test_nobody_names_another_for_the_own_offence(self):
        offence = self._as(self.env["gov.vehicle.offence"], self.dispatcher_user)
        offence = offence.create(
            {
                "vehicle_id": self.car.id,
                "date": self._at(8, days=-1),
                "place": "Ring Road",
                "act": "Red light",
                "points": 6,
                "driver_id": self.fleet.id,
                "driver_note": "Seen",
            }
        )
        mine = self._as(offence, self.fleet_user)
        with self.assertRaises(UserError):
            mine.write({"driver_id": self.driver.id, "driver_note": "It was him"})
        with self.assertRaises(UserError):
            mine.action_lift("The police said so")
        self.assertRecordValues(
            offence, [{"driver_id": self.fleet.id, "state": "open"}]
        )


@tagged("post_install", "-at_install")
class TestOwnPhoneOrder(DriverCase):
    """Who drives the duty car does not confirm the order."""

    def _shift(self, leader):
        self.env["gov.duty.shift"].create(
            {
                "date": self.company.gov_today(),
                "kind": "day",
                "time_from": 0,
                "time_to": 23.99,
                "leader_id": leader.id,
                "company_id": self.company.id,
            }
        )

    def test_licence_of_the_duty_driver(self):
        self._shift(self.leader)
        yesterday = self.company.gov_today() - timedelta(days=1)
        self.driver_card.licence_date_to = yesterday
        orders = self._as(self.env["gov.vehicle.duty.order"], self.dispatcher_user)
        people = self.car.id, self.driver.id
        with self.assertRaisesRegex(UserError, "valid until"):
            orders.action_leave(*people, "County hospital", "Illness", 10000)
        self.assertFalse(orders.search([("driver_id", "=", self.driver.id)]))

    def test_leader_who_drives(self):
        self._shift(self.driver)
        orders = self._as(self.env["gov.vehicle.duty.order"], self.driver_user)
        order = orders.browse(
            orders.action_leave(
                self.car.id, self.driver.id, "County hospital", "Illness", 10000
            )
        )
        self.assertFalse(order.can_confirm)
        with self.assertRaises(UserError):
            order.action_confirm()
        self.assertEqual(order.state, "open")

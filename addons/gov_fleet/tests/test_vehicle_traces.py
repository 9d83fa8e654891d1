from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_request import RequestCase
from .common_trip import TripCase

_READERS = ("dispatcher_user", "technician_user", "supervision_user", "driver_user")


@tagged("post_install", "-at_install")
class TestProtectedTraces(RequestCase):
    """What its people do with a protected trip does not tell who they are."""

    def _protected(self, **values):
        request = self._approved(
            is_protected=True, destination="Quiet Valley", **values
        )
        return request, self._dispatch(request)

    def _assert_unknown(self, trip, booking):
        person = self.staff_user
        # As at the end of a call of theirs.
        self._as(trip, person).env.flush_all()
        self.env.invalidate_all()
        traces = {
            "trip": trip.sudo().write_uid + trip.sudo().confirmed_by_id,
            "booking": booking.sudo().write_uid + booking.sudo().create_uid,
            "messages": trip.sudo().message_ids.create_uid
            + trip.sudo().message_ids.author_id.user_ids,
            "followers": trip.sudo().message_partner_ids.user_ids,
        }
        for place, users in traces.items():
            self.assertNotIn(person, users, place)
        for name in _READERS:
            for record in (trip, booking):
                record = self._as(record, getattr(self, name))
                if record.has_access("read"):
                    self.assertNotIn(person.name, str(record.read()), name)

    def test_confirmed_by_its_user(self):
        request, trip = self._protected()
        desk = self._as(trip, self.dispatcher_user)
        desk.action_depart(10000)
        desk.action_return(10020)
        mine = self._as(trip, self.staff_user)
        mine.action_confirm_use("message", f"I am {self.staff.name}")
        self._assert_unknown(trip, self._bookings(request))
        mine.action_confirm_use("app")
        self.assertEqual(trip.confirmation, "app")
        self.assertTrue(trip.confirmed_at)
        self._assert_unknown(trip, self._bookings(request))
        desk.action_confirm_use("slip")
        self.assertEqual(trip.confirmed_by_id, self.dispatcher_user)

    def test_given_up_by_its_user(self):
        request, trip = self._protected()
        booking = self._bookings(request)
        self._as(request, self.staff_user).action_cancel("The witness is ill")
        self.assertFalse(booking.active)
        self.assertEqual(trip.state, "cancelled")
        self.assertNotIn("witness", str(trip.sudo().message_ids.mapped("body")))
        self._assert_unknown(trip, booking)

    def test_finding_after_its_step(self):
        now = fields.Datetime.now()
        request = self._ask(
            is_protected=True,
            is_urgent=True,
            urgent_reason="At once",
            date_start=now + timedelta(minutes=1),
            date_end=now + timedelta(hours=1),
        )
        request.action_submit()
        finding = self.env["gov.finding"].search(
            [("rule_code", "=", "urgent_first"), ("res_id", "=", request.id)]
        )
        self.assertTrue(finding)
        self.assertNotIn(self.staff_user, finding.create_uid + finding.write_uid)

    def test_no_place_is_typed(self):
        _request, trip = self._protected()
        desk = self._as(trip, self.dispatcher_user)
        desk.action_depart(10000)
        self._as(trip, self.driver_user).action_return(
            10020, route="Quiet Valley", toll_amount=5
        )
        self.assertFalse(trip.route)
        self.assertEqual(trip.toll_amount, 5)
        desk.write({"route": "Quiet Valley", "parking_amount": 3})
        self.assertFalse(trip.route)
        self.assertEqual(trip.parking_amount, 3)

    def test_no_place_on_a_slip(self):
        request, trip = self._protected()
        start = fields.Datetime.now() - timedelta(hours=3)
        self._as(self.env["gov.vehicle.trip"], self.dispatcher_user).create(
            {
                "trip_id": trip.id,
                "vehicle_id": self.car.id,
                "driver_id": self.driver.id,
                "date_start": start,
                "date_end": start + timedelta(hours=1),
                "odometer_out": 10000,
                "odometer_in": 10020,
                "route": "Quiet Valley",
                "user_department_id": self.office.id,
            }
        )
        self.assertEqual(trip.state, "back")
        self.assertEqual(trip.request_id, request)
        self.assertFalse(trip.route)
        self.assertFalse(trip.user_department_id)

    def test_dialogs_are_their_makers(self):
        """What the applicant typed into a dialog names person and request."""
        request = self._ask(is_protected=True)
        rows = {
            "gov.vehicle.note": {"note": "Filed as 7"},
            "gov.vehicle.join": {},
            "gov.vehicle.need.wizard": {
                "date_from": self.work_day,
                "date_to": self.work_day,
                "note": "For the witness",
            },
        }
        for model, values in rows.items():
            mine = self._as(self.env[model], self.staff_user)
            row = mine.create({"request_id": request.id, **values})
            for user in self.works_staff_user + self.dispatcher_user:
                other = self._as(row, user)
                self.assertFalse(other.search([("id", "=", row.id)]), model)
                with self.assertRaises(AccessError):
                    other.read(["request_id", "create_uid"])
                with self.assertRaises(AccessError):
                    other.write({"request_id": request.id})


@tagged("post_install", "-at_install")
class TestForeignTrip(TripCase):
    """A dialog shows nothing of a trip that one may not read."""

    def test_dialog_shows_no_foreign_trip(self):
        trip = self._planned()
        wizards = self._as(self.env["gov.vehicle.trip.wizard"], self.works_staff_user)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            wizards.create({"trip_id": trip.id})
        mine = self._as(wizards, self.driver_user).create({"trip_id": trip.id})
        self.assertEqual(mine.vehicle_id, self.car)
        other = self._planned(self.car2, self.driver2)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            mine.write({"trip_id": other.id})

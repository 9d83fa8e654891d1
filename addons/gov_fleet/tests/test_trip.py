from datetime import date, datetime, timedelta

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common_trip import TripCase

NAN, HUGE = float("nan"), 10.0**300


@tagged("post_install", "-at_install")
class TestTrip(TripCase):
    """Out and back, by whom, and what is refused."""

    def _refused(self, call, *arguments, error=UserError, **named):
        with self.assertRaises(error) as caught, self.env.cr.savepoint():
            call(*arguments, **named)
        return str(caught.exception)

    def test_out_and_back(self):
        trip = self._planned()
        mine = self._as(trip, self.driver_user)
        self.assertTrue(mine.can_depart)
        self.assertTrue(mine.action_depart(10000))
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "out",
                    "odometer_out": 10000,
                    "department_id": self.carpool.id,
                    "usage_class": "platform",
                    "gap_km": 0,
                    "sequence": 1,
                }
            ],
        )
        self.assertEqual(self.car.odometer_value, 10000)
        self.assertTrue(
            mine.action_return(
                10086.5, route="County Hall", toll_amount=15, waiting_hours=1.5
            )
        )
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "back",
                    "odometer_in": 10086.5,
                    "distance": 86.5,
                    "cost_amount": 15,
                    "waiting_hours": 1.5,
                    "route": "County Hall",
                    "return_date": self.company.gov_today(),
                    "confirmation": "none",
                    "entry": "system",
                }
            ],
        )
        self.assertEqual(self.car.odometer_value, 10086.5)
        self.assertEqual(self.car.odometer, 10086.5)
        self.assertFalse(self._findings(trip))

    def test_numbers_are_of_the_year(self):
        trip = self._planned()
        self.assertIn(str(self.company.gov_today().year), trip.number)
        self.assertTrue(trip.number.startswith("机服派"))
        message = self._refused(trip.sudo().unlink)
        self.assertTrue(message)

    def test_gap_is_kept_with_a_finding(self):
        trip = self._planned()
        self._as(trip, self.dispatcher_user).action_depart(10012)
        self.assertEqual((trip.gap_km, trip.has_gap), (12, True))
        finding = self._findings(trip)
        self.assertEqual(finding.employee_id, self.driver)
        for figure in ("10012", "10000", "12"):
            self.assertIn(figure, finding.evidence)

    def test_reading_below_the_last_one_is_a_gap_too(self):
        trip = self._planned()
        self._as(trip, self.dispatcher_user).action_depart(9990)
        self.assertEqual(trip.gap_km, -10)
        self.assertTrue(self._findings(trip))

    def test_jump_is_kept_with_a_finding(self):
        trip = self._planned()
        mine = self._as(trip, self.dispatcher_user)
        mine.action_depart(10000)
        mine.action_return(11001)
        self.assertTrue(trip.is_jump)
        self.assertIn("1001", self._findings(trip, "vehicle_odometer_jump").evidence)

    def test_a_long_way_in_two_days_is_no_jump(self):
        trip = self._slip(10000, 11800, (22, 0, -2), (2, 0, -1))
        self.assertFalse(trip.is_jump)

    def test_in_below_out(self):
        trip = self._planned()
        mine = self._as(trip, self.driver_user)
        mine.action_depart(10000)
        message = self._refused(mine.action_return, 9999)
        self.assertIn("9999", message)
        self.assertIn("10000", message)
        self.assertRecordValues(trip, [{"state": "out", "distance": 0}])

    def test_more_digits_than_the_instrument(self):
        trip = self._planned()
        mine = self._as(trip, self.driver_user)
        for value in (1000000, 10**70, -1, NAN, HUGE, 1e308, "10000", None, True, [1]):
            with self.subTest(value=value):
                self._refused(mine.action_depart, value)
        for when in ("9999-12-31 23:59:59", "0001-01-01", "1999-01-01", "soon", [1]):
            with self.subTest(when=when):
                self._refused(mine.action_depart, 10000, when)
        message = self._refused(mine.action_depart, 1000000)
        self.assertIn("999999", message)
        mine.action_depart(999999)
        self.assertEqual(trip.state, "out")

    def test_over_all_nines(self):
        trip = self._planned()
        mine = self._as(trip, self.driver_user)
        mine.action_depart(999950)
        mine.action_return(30)
        self.assertRecordValues(trip, [{"distance": 80, "is_rollover": True}])
        self.assertEqual(self.car.odometer_value, 30)
        # Between two trips the nines count as well: 5 km, not minus a million.
        other = self._planned()
        engine(self.car).odometer_first = 0
        self._as(other, self.driver_user).action_depart(35)
        self.assertEqual(other.gap_km, 5)

    def test_times(self):
        trip = self._planned()
        mine = self._as(trip, self.dispatcher_user)
        now = self.env.cr.now().replace(microsecond=0)
        for when in (
            now + timedelta(hours=1),
            "tomorrow",
            12,
            "1970-01-01 00:00:00",
            [now],
        ):
            with self.subTest(when=when):
                self._refused(mine.action_depart, 10000, when)
        mine.action_depart(10000, now - timedelta(hours=2))
        self._refused(mine.action_return, 10010, now - timedelta(hours=3))
        self.assertEqual(trip.state, "out")
        mine.action_return(10010, str(now - timedelta(hours=1)))
        self.assertEqual(trip.date_end, now - timedelta(hours=1))

    def test_costs(self):
        trip = self._planned()
        mine = self._as(trip, self.driver_user)
        mine.action_depart(10000)
        for values in (
            {"toll_amount": -1},
            {"toll_amount": NAN},
            {"parking_amount": HUGE},
            {"other_amount": "much"},
            {"waiting_hours": -0.5},
            {"passenger_count": -1},
            {"passenger_count": 10**12},
            {"route": "a\0b"},
            {"signature": "no picture"},
        ):
            with self.subTest(values=values):
                self._refused(mine.action_return, 10010, **values)
        self.assertEqual(trip.state, "out")

    def test_one_vehicle_is_out_once(self):
        first, second = self._planned(), self._planned(driver=self.driver2)
        self._as(first, self.driver_user).action_depart(10000)
        message = self._refused(
            self._as(second, self.driver2_user).action_depart, 10000
        )
        self.assertIn(first.number, message)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            with self.env.cr.savepoint():
                engine(second).write(
                    {
                        "state": "out",
                        "date_start": first.date_start,
                        "odometer_out": 1,
                    }
                )

    def test_one_driver_is_out_once(self):
        first, second = self._planned(), self._planned(self.car2)
        self._as(first, self.driver_user).action_depart(10000)
        message = self._refused(self._as(second, self.driver_user).action_depart, 10000)
        self.assertIn(first.number, message)

    def test_vehicle_that_cannot_go(self):
        trip = self._planned()
        engine(self.car).inspection_date_to = self.company.gov_today() - timedelta(1)
        message = self._refused(self._as(trip, self.driver_user).action_depart, 10000)
        self.assertIn(self.car.license_plate, message)

    def test_not_before_it_came_back(self):
        self._slip(10000, 10020, (8, 0, -1), (9, 0, -1))
        trip = self._planned()
        mine = self._as(trip, self.dispatcher_user)
        self._refused(mine.action_depart, 10020, self._at(8, 30, days=-1))
        mine.action_depart(10020, self._at(9, 0, days=-1))
        self.assertEqual(trip.gap_km, 0)

    def test_undo(self):
        trip = self._planned()
        mine = self._as(trip, self.driver_user)
        mine.action_depart(10500)
        self._refused(mine.action_undo_departure, "a mistake")
        desk = self._as(trip, self.dispatcher_user)
        for reason in ("", "  ", None, 7, "x" * 501, "a\0b"):
            self._refused(desk.action_undo_departure, reason)
        desk.action_undo_departure("another trip was meant")
        self.assertRecordValues(
            trip, [{"state": "planned", "gap_km": 0, "sequence": 0}]
        )
        self.assertEqual(self.car.odometer_value, 10000)
        self.assertIn("taken back", self._findings(trip).evidence)
        mine.action_depart(10000)
        self.assertEqual(trip.gap_km, 0)

    def test_order_of_steps(self):
        trip = self._planned()
        mine = self._as(trip, self.dispatcher_user)
        self._refused(mine.action_return, 10010)
        self._refused(mine.action_undo_departure, "why")
        self._refused(mine.action_confirm_use, "slip")
        mine.action_depart(10000)
        self._refused(mine.action_depart, 10000)
        mine.action_return(10010)
        self._refused(mine.action_return, 10010)
        self._refused(mine.action_undo_departure, "why")
        cancelled = self._planned()
        cancelled._cancel("not needed")
        self.assertEqual(cancelled.state, "cancelled")
        self._refused(self._as(cancelled, self.dispatcher_user).action_depart, 10010)
        self._refused(trip._cancel, "too late")

    def test_not_one_trip(self):
        trips = self._planned() + self._planned()
        self._refused(self._as(trips, self.dispatcher_user).action_depart, 10000)
        self._refused(self._as(trips[:0], self.dispatcher_user).action_depart, 10000)
        gone = self._as(self.trips.browse(2**31 - 2), self.dispatcher_user)
        self._refused(gone.action_depart, 10000)
        self._refused(gone.action_return, 10000)

    def test_strangers(self):
        trip = self._planned()
        for user in (self.staff_user, self.driver2_user):
            self._refused(self._as(trip, user).action_depart, 10000, error=AccessError)
        self._refused(self._as(trip, self.technician_user).action_depart, 10000)
        self.assertEqual(trip.state, "planned")

    def test_over_midnight_and_month(self):
        """Late on 31 October until early on 1 November: whole in November."""
        trip = self._slip(
            10000,
            10300,
            self._at(22, 0, day=date(2026, 10, 31)),
            self._at(3, 0, day=date(2026, 11, 1)),
        )
        self.assertEqual(trip.return_date, date(2026, 11, 1))
        # In UTC it came back on 31 October.
        self.assertEqual(trip.date_end, datetime(2026, 10, 31, 19, 0))

    def test_over_the_start_of_a_holiday(self):
        trip = self._slip(
            10000,
            10300,
            self._at(20, 0, day=date(2026, 9, 30)),
            self._at(8, 0, day=date(2026, 10, 1)),
        )
        self.assertEqual(trip.return_date, date(2026, 10, 1))

    def test_vehicle_that_changes_department(self):
        """Each trip is of the department that the vehicle had at departure."""
        today = self.company.gov_today()
        rows = self.car.department_history_ids
        engine(rows).write({"date_from": today - timedelta(days=40)})
        engine(self.env["gov.vehicle.department"]).create(
            {
                "vehicle_id": self.car.id,
                "department_id": self.office.id,
                "date_from": today - timedelta(days=10),
            }
        )
        before = self._slip(10000, 10010, (23, 0, -11), (1, 0, -10))
        after = self._slip(10010, 10020, (8, 0, -10))
        self.assertEqual(before.department_id, self.carpool)
        self.assertEqual(after.department_id, self.office)

    def test_department_moved_with_a_day_of_the_past(self):
        """What was entered since that day counts for the new department."""
        today = self.company.gov_today()
        engine(self.car.department_history_ids).write(
            {"date_from": today - timedelta(days=40)}
        )
        before = self._slip(10000, 10010, (8, 0, -6))
        after = self._slip(10010, 10020, (8, 0, -5))
        fill = self.env["gov.fuel.entry"].create(
            {
                "vehicle_id": self.car.id,
                "date": self._at(9, days=-5),
                "litres": 30,
                "price": 7.5,
                "product": "92",
                "company_id": self.company.id,
            }
        )
        self.assertEqual((after | before).department_id, self.carpool)
        self._as(self.car, self.fleet_user).action_move_department(
            self.office.id, today - timedelta(days=5)
        )
        self.assertEqual(before.department_id, self.carpool)
        self.assertEqual((after.department_id, fill.department_id), (self.office,) * 2)

    def test_confirmation(self):
        trip = self._slip(10000, 10010)
        self.assertEqual(trip.confirmation, "none")
        desk = self._as(trip, self.dispatcher_user)
        for kind in ("", "sms", None, 3, ["slip"]):
            self._refused(desk.action_confirm_use, kind)
        self._refused(desk.action_confirm_use, "app")
        self._refused(desk.action_confirm_use, "message", "x" * 501)
        self._refused(desk.action_confirm_use, "message", "a\0b")
        desk.action_confirm_use("message", "WeChat of the office")
        self.assertRecordValues(
            trip,
            [
                {
                    "confirmation": "message",
                    "confirmation_note": "WeChat of the office",
                    "confirmed_by_id": self.dispatcher_user.id,
                }
            ],
        )
        desk.action_confirm_use("none")
        self.assertFalse(trip.confirmed_at)

    def test_unconfirmed_list(self):
        trip = self._slip(10000, 10010)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_fleet.gov_vehicle_trip_unconfirmed_action"
        )
        domain = [("state", "=", "back"), ("confirmation", "=", "none")]
        self.assertEqual(action["domain"], str(domain))
        self.assertIn(trip, self.trips.search(domain))
        trip.action_confirm_use("slip")
        self.assertNotIn(trip, self.trips.search(domain))

    def test_wizard(self):
        trip = self._planned()
        wizards = self._as(self.env["gov.vehicle.trip.wizard"], self.driver_user)
        empty = wizards.create({"trip_id": trip.id, "step": "depart"})
        self._refused(empty.action_apply)
        wizards.create(
            {"trip_id": trip.id, "step": "depart", "odometer": 10000}
        ).action_apply()
        wizard = wizards.create(
            {"trip_id": trip.id, "step": "return", "odometer": 10010, "route": "A"}
        )
        self.assertEqual(wizard.last_reading, 10000)
        wizard.action_apply()
        self.assertRecordValues(trip, [{"state": "back", "route": "A"}])
        manager = self._as(self.env["gov.vehicle.trip.wizard"], self.fleet_user)
        wizard = manager.with_context(default_trip_id=trip.id).create(
            {"step": "correct", "odometer_in": 10011, "reason": "misread"}
        )
        wizard.action_apply()
        self.assertEqual(trip.distance, 11)
        self._as(self.env["gov.vehicle.trip.wizard"], self.dispatcher_user).create(
            {"trip_id": trip.id, "step": "confirm", "kind": "message"}
        ).action_apply()
        self.assertEqual(trip.confirmation, "message")

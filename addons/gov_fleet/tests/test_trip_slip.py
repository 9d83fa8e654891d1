from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_trip import TripCase


@tagged("post_install", "-at_install")
class TestTripSlip(TripCase):
    """Paper slips, typed one by one over RPC or thirty in one list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yesterday = cls.company.gov_today() - timedelta(days=1)

    def _pile(self, *lines, user=None, **values):
        """Return a pile; each line is (vehicle, out at, back at, out, in[, values])."""
        piles = self._as(self.env["gov.vehicle.slip"], user or self.dispatcher_user)
        commands = [
            Command.create(
                {
                    "vehicle_id": line[0].id,
                    "driver_id": self.driver.id,
                    "time_out": line[1],
                    "time_in": line[2],
                    "odometer_out": line[3],
                    "odometer_in": line[4],
                    **(line[5] if len(line) > 5 else {}),
                }
            )
            for line in lines
        ]
        return piles.create({"date": self.yesterday, "line_ids": commands, **values})

    # === One by one ===

    def test_late_entry_without_a_booking(self):
        trip = self._slip(
            10000,
            10040,
            user_department_id=self.office.id,
            toll_amount=15,
            page="3/17",
            late_reason="forgotten",
            late_note="the driver was ill",
        )
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "back",
                    "entry": "slip",
                    "distance": 40,
                    "booking_id": False,
                    "late_reason": "forgotten",
                    "user_department_id": self.office.id,
                    "department_id": self.carpool.id,
                    "entered_by_id": self.dispatcher_user.id,
                    "page": "3/17",
                }
            ],
        )
        self.assertTrue(trip.number)
        self.assertEqual(self._slip(10040, 10050, (12, 0, -1)).late_reason, "paper")

    def test_number_is_of_the_year_of_the_trip(self):
        year = self.company.gov_today().year - 1
        day = self.company.gov_today().replace(year=year, month=12, day=30)
        trip = self._slip(9000, 9010, self._at(8, day=day), self._at(9, day=day))
        self.assertIn(str(year), trip.number)

    def test_refused(self):
        good = {
            "vehicle_id": self.car.id,
            "driver_id": self.driver.id,
            "date_start": self._at(8, days=-1),
            "date_end": self._at(9, days=-1),
            "odometer_out": 10000,
            "odometer_in": 10010,
        }
        trips = self._as(self.trips, self.dispatcher_user)
        for values in (
            {"odometer_in": 9999},
            {"odometer_in": 1000000},
            {"odometer_out": -1},
            {"odometer_out": float("nan")},
            {"odometer_out": "ten"},
            {"date_end": self._at(7, days=-1)},
            {"date_end": self._at(7, days=3)},
            {"date_start": "yesterday"},
            {"date_start": self._at(8, days=-500)},
            {"vehicle_id": False},
            {"vehicle_id": 2**31 - 2},
            {"vehicle_id": "car"},
            {"vehicle_id": True},
            {"driver_id": 2**31 - 2},
            {"user_department_id": 10**12},
            {"toll_amount": -1},
            {"passenger_count": 10**9},
            {"waiting_hours": float("inf")},
            {"number": "1"},
            {"distance": 5},
            {"gap_km": 0},
            {"confirmation": "slip"},
            {"is_protected": True},
            {"booking_id": 1},
            {"return_date": self.yesterday},
            {"note": "a\0b"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                with self.env.cr.savepoint():
                    trips.create({**good, **values})
        for missing in ("vehicle_id", "date_start", "date_end", "odometer_in"):
            left = {name: value for name, value in good.items() if name != missing}
            with self.subTest(missing=missing), self.assertRaises(UserError):
                trips.create(left)
        with self.assertRaises(UserError):
            trips.create(["no values"])
        self.assertEqual(self.car.odometer_value, 10000)
        self.assertTrue(trips.create(good))

    def test_defaults_of_the_caller_count_for_nothing(self):
        trips = self._as(self.trips, self.dispatcher_user).with_context(
            default_state="cancelled",
            default_gap_km=5,
            default_number="X",
            default_is_protected=True,
            default_confirmation="slip",
            gov_engine=True,
        )
        trip = trips.create(
            {
                "vehicle_id": self.car.id,
                "driver_id": self.driver.id,
                "date_start": self._at(8, days=-1),
                "date_end": self._at(9, days=-1),
                "odometer_out": 10000,
                "odometer_in": 10010,
            }
        )
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "back",
                    "gap_km": 0,
                    "is_protected": False,
                    "confirmation": "none",
                }
            ],
        )
        self.assertNotEqual(trip.number, "X")

    # === The list ===

    def test_thirty_slips(self):
        lines, reading = [], {self.car: 10000, self.car2: 10000, self.bus: 10000}
        for number in range(30):
            vehicle = (self.car, self.car2, self.bus)[number % 3]
            hour = 6 + number // 3
            out = reading[vehicle]
            reading[vehicle] = out + 10 + number
            lines.append((vehicle, hour, hour + 0.75, out, reading[vehicle]))
        pile = self._pile(*lines)
        self.assertFalse(any(pile.line_ids.mapped("problem")))
        self.assertFalse(any(pile.line_ids.mapped("warning")), "rows follow each other")
        pile.action_take_over()
        trips = pile.line_ids.result_id
        self.assertEqual(len(trips), 30)
        self.assertEqual(pile.state, "done")
        self.assertEqual(set(trips.mapped("gap_km")), {0.0})
        self.assertEqual(set(trips.mapped("confirmation")), {"slip"})
        self.assertEqual(self.car.odometer_value, reading[self.car])
        self.assertEqual(sum(trips.mapped("distance")), sum(10 + n for n in range(30)))

    def test_gap_in_colour_blocks_nothing(self):
        pile = self._pile(
            (self.car, 8, 9, 10020, 10040), (self.car, 10, 11, 10050, 10060)
        )
        first, second = pile.line_ids
        self.assertEqual((first.before, first.gap_km), (10000, 20))
        self.assertEqual((second.before, second.gap_km), (10040, 10))
        self.assertIn("20", first.warning)
        pile.action_take_over()
        self.assertEqual(pile.line_ids.result_id.mapped("gap_km"), [20, 10])
        self.assertEqual(len(self._findings(pile.line_ids.result_id)), 2)

    def test_a_row_that_is_no_trip_waits(self):
        pile = self._pile(
            (self.car, 8, 9, 10000, 10040),
            (self.car2, 8, 9, 10040, 10000),
            (self.bus, 8, 25, 10000, 10010),
            (self.mpv, 8, 9, 10000, 10010, {"driver_id": False}),
        )
        problems = pile.line_ids.mapped("problem")
        self.assertFalse(problems[0])
        self.assertIn("10000", problems[1])
        self.assertTrue(problems[2] and problems[3])
        pile.action_take_over()
        self.assertEqual(len(pile.line_ids.result_id), 1)
        self.assertEqual(pile.state, "draft")
        pile.line_ids[1].odometer_in = 10080
        pile.line_ids[1].odometer_out = 10000
        pile.action_take_over()
        self.assertEqual(len(pile.line_ids.result_id), 2)
        with self.assertRaises(UserError):
            pile.action_take_over()
        with self.assertRaises(UserError):
            pile.line_ids[0].odometer_in = 1
        with self.assertRaises(UserError):
            pile.line_ids[0].unlink()
        with self.assertRaises(UserError):
            pile.unlink()
        with self.assertRaises(UserError):
            pile.line_ids[2].result_id = pile.line_ids[0].result_id
        with self.assertRaises(UserError):
            pile.state = "done"

    def test_over_midnight(self):
        pile = self._pile((self.car, 22.5, 1.25, 10000, 10040), date=self.yesterday)
        pile.date = self.yesterday - timedelta(days=1)
        pile.action_take_over()
        trip = pile.line_ids.result_id
        self.assertEqual(trip.date_start, self._at(22, 30, days=-2))
        self.assertEqual(trip.date_end, self._at(1, 15, days=-1))
        self.assertEqual(trip.return_date, self.yesterday)

    def test_times_without_a_colon(self):
        for typed, clock in (
            (830, 8.5),
            (1015, 10.25),
            (45, 0.75),
            (8.5, 8.5),
            (2359, 23 + 59 / 60),
            (875, 875),
            (2400, 2400),
            (830.5, 830.5),
        ):
            line = self.env["gov.vehicle.slip.line"].new({"time_out": typed})
            line._onchange_times()
            with self.subTest(typed=typed):
                self.assertAlmostEqual(line.time_out, clock)

    def test_row_left_behind_by_enter(self):
        pile = self._pile((self.car, 8, 9, 10000, 10010))
        blank = pile.line_ids.create({"slip_id": pile.id})
        started = pile.line_ids.create({"slip_id": pile.id, "route": "County Hall"})
        pile.action_take_over()
        self.assertFalse(blank.exists())
        self.assertTrue(started.exists(), "what was begun stays")
        self.assertEqual(pile.state, "draft")
        started.unlink()
        pile.line_ids.create({"slip_id": pile.id})
        with self.assertRaisesRegex(UserError, "no slip"):
            pile.action_take_over()

    def test_days_away(self):
        day = self.yesterday - timedelta(days=3)
        pile = self._pile(
            (self.car, 8, 7, 10000, 10900, {"day": day, "day_in": self.yesterday})
        )
        pile.action_take_over()
        trip = pile.line_ids.result_id
        self.assertEqual(trip.date_start, self._at(8, days=-4))
        self.assertEqual(trip.date_end, self._at(7, days=-1))

    def test_completes_the_trip_on_the_board(self):
        planned = self._planned(
            planned_start=self._at(8, days=-1), planned_end=self._at(12, days=-1)
        )
        pile = self._pile(
            (self.car, 8.2, 11, 10000, 10040, {"driver_id": self.driver2.id}),
            (self.car, 18, 19, 10040, 10050),
        )
        self.assertEqual(pile.line_ids[0].trip_id, planned)
        self.assertFalse(pile.line_ids[1].trip_id)
        pile.action_take_over()
        self.assertEqual(pile.line_ids[0].result_id, planned)
        self.assertRecordValues(
            planned,
            [
                {
                    "state": "back",
                    "entry": "slip",
                    "driver_id": self.driver2.id,
                    "distance": 40,
                    "late_reason": "paper",
                    "department_id": self.carpool.id,
                }
            ],
        )
        self.assertNotEqual(pile.line_ids[1].result_id, planned)

    def test_completes_a_trip_that_is_out(self):
        trip = self._planned()
        self._as(trip, self.dispatcher_user).action_depart(10000, self._at(8, days=-1))
        pile = self._pile((self.car, 8, 11, 10000, 10040))
        self.assertEqual(pile.line_ids.trip_id, trip)
        pile.action_take_over()
        self.assertEqual((trip.state, trip.distance), ("back", 40))

    def test_a_departure_that_the_slip_tells_otherwise_stays_on_record(self):
        trip = self._planned()
        self._as(trip, self.dispatcher_user).action_depart(10050, self._at(8, days=-1))
        self.assertEqual(trip.gap_km, 50)
        pile = self._pile((self.car, 8, 11, 10000, 10090))
        pile.action_take_over()
        self.assertEqual((trip.gap_km, trip.distance), (0, 90))
        self.assertTrue(trip.is_corrected)
        self.assertRecordValues(
            trip.correction_ids,
            [
                {
                    "old_out": 10050,
                    "new_out": 10000,
                    "new_in": 10090,
                    "user_id": self.dispatcher_user.id,
                    "is_sealed": True,
                }
            ],
        )

    def test_of_two_trips_the_nearer_one(self):
        early = self._planned(
            planned_start=self._at(8, days=-1), planned_end=self._at(10, days=-1)
        )
        late = self._planned(
            planned_start=self._at(10, days=-1), planned_end=self._at(12, days=-1)
        )
        pile = self._pile((self.car, 10.1, 12.1, 10000, 10040))
        self.assertEqual(pile.line_ids.trip_id, late)
        pile.action_take_over()
        self.assertEqual((early.state, late.state), ("planned", "back"))
        pile = self._pile((self.car, 8, 9.5, 9980, 10000))
        self.assertEqual(pile.line_ids.trip_id, early)

    def test_a_late_request_takes_nobodys_trip(self):
        requests = self._as(self.env["gov.vehicle.request"], self.staff_user)
        known, late = (
            requests.create(
                {
                    "date_start": self._at(14, days=-1),
                    "date_end": self._at(16, days=-1),
                }
            )
            for _number in range(2)
        )
        planned = self._planned(
            planned_start=self._at(14, days=-1),
            planned_end=self._at(16, days=-1),
            request_id=known.id,
        )
        line = (self.car, 9, 11.5, 10000, 10040)
        pile = self._pile((*line, {"request_id": late.id}))
        self.assertFalse(pile.line_ids.trip_id)
        self.assertEqual(self._pile(line).line_ids.trip_id, planned)
        with self.assertRaises(UserError):
            self._as(self.trips, self.dispatcher_user)._enter_slips(
                [
                    {
                        "vehicle_id": self.car.id,
                        "date_start": self._at(14, days=-1),
                        "date_end": self._at(15, days=-1),
                        "odometer_out": 10000,
                        "odometer_in": 10020,
                        "trip_id": planned.id,
                        "request_id": late.id,
                    }
                ]
            )
        self.assertEqual(planned.request_id, known)

    def test_another_trip_cannot_be_named(self):
        done = self._slip(10000, 10010)
        trips = self._as(self.trips, self.dispatcher_user)
        other = self._planned(self.car2)
        for trip in (done, other):
            with self.assertRaises(UserError):
                trips._enter_slips(
                    [
                        {
                            "vehicle_id": self.car.id,
                            "date_start": self._at(12, days=-1),
                            "date_end": self._at(13, days=-1),
                            "odometer_out": 10010,
                            "odometer_in": 10020,
                            "trip_id": trip.id,
                        }
                    ]
                )

    def test_form_shows_gaps_while_typing(self):
        piles = self._as(self.env["gov.vehicle.slip"], self.dispatcher_user)
        with Form(piles) as form:
            form.date = self.yesterday
            with form.line_ids.new() as line:
                line.vehicle_id = self.car
                self.assertTrue(line.problem)
                line.driver_id = self.driver
                line.time_out = 8
                line.time_in = 9
                line.odometer_out = 10005
                line.odometer_in = 10030
                self.assertEqual(line.distance, 25)
                self.assertEqual(line.before, 10000)
                self.assertIn("5", line.warning)
                self.assertFalse(line.problem)
            with form.line_ids.new() as line:
                line.vehicle_id = self.car
                line.driver_id = self.driver
                line.time_out = 10
                line.time_in = 11
                line.odometer_out = 10030
                line.odometer_in = 10040
                self.assertFalse(line.warning)
                self.assertEqual(line.before, 10030)
        pile = form.record
        self._as(pile, self.dispatcher_user).action_take_over()
        self.assertEqual(len(pile.line_ids.result_id), 2)

    def test_bad_rows(self):
        piles = self._as(self.env["gov.vehicle.slip"], self.dispatcher_user)
        for values in (
            {"line_ids": "rows"},
            {"line_ids": [[0, 0, {"vehicle_id": "x"}]]},
            {"line_ids": [[0, 0, {"odometer_in": float("nan")}]]},
            {"line_ids": [[0, 0, {"result_id": 1}]]},
            {"date": "someday"},
            {"late_reason": "why not"},
            {"state": "done"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                with self.env.cr.savepoint():
                    piles.create(values)

    def test_a_row_that_is_no_trip_tells_nothing(self):
        pile = self._pile(
            (self.car, 8, 9, 10040, 10000), (self.car, 10, 11, 10000, 10050)
        )
        self.assertEqual(pile.line_ids[1].gap_km, 0)
        self.assertFalse(pile.line_ids[1].remark)
        self.assertIn("10040", pile.line_ids[0].remark)

    def test_who(self):
        for user in (self.driver_user, self.staff_user, self.technician_user):
            with self.assertRaises(AccessError):
                self._pile((self.car, 8, 9, 10000, 10040), user=user)
        pile = self._pile((self.car, 8, 9, 10000, 10040))
        with self.assertRaises(UserError):
            self._as(pile, self.staff_user).action_take_over()
        self.assertEqual(pile.state, "draft")

    def test_noted_by_hand(self):
        trip = self._slip(10000, 10040)
        desk = self._as(trip, self.dispatcher_user)
        desk.write({"toll_amount": 25, "page": "4/1", "route": "Town"})
        self.assertEqual(trip.cost_amount, 25)
        for values in ({"toll_amount": -1}, {"waiting_hours": 3}, {"state": "out"}):
            with self.subTest(values=values), self.assertRaises(UserError):
                desk.write(values)

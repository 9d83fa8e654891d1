"""What is suggested, and how many queries the board costs."""

from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine

from .common_board import BoardCase

# What the timeline reads, and the calendar.
_FIELDS = [
    "display_name",
    "driver_id",
    "kind",
    "date_start",
    "date_end",
    "vehicle_id",
    "state",
]


@tagged("post_install", "-at_install")
class TestSuggest(BoardCase):
    def setUp(self):
        super().setUp()
        # A quiet month: windows of one test day only.
        self.start, self.end = self._at(9), self._at(11)

    def _ids(self, rows):
        return [row["id"] for row in rows]

    def _other(self, start, end, vehicle=None, driver=None, kind="other"):
        return self.bookings.create(
            {
                "kind": kind,
                "vehicle_id": vehicle.id if vehicle else False,
                "driver_id": driver.id if driver else False,
                "date_start": start,
                "date_end": end,
            }
        )

    def test_vehicles(self):
        booking = self._waiting(self._approved(self.start, self.end, passenger_count=3))
        found = self._ids(booking._suggest()["vehicles"])
        self.assertEqual(
            found,
            [self.car.id, self.car2.id, self.mpv.id, self.bus.id],
            "by plate, the bus for three people last",
        )
        self._other(self._at(14), self._at(18), vehicle=self.car)
        found = self._ids(booking._suggest()["vehicles"])
        self.assertEqual(found[0], self.car2.id, "the least used first")
        engine(self.env["gov.vehicle.trip"]).create(
            {
                "vehicle_id": self.car2.id,
                "driver_id": self.driver.id,
                "company_id": self.company.id,
                "state": "back",
                "entry": "slip",
                "date_start": self._at(6),
                "date_end": self._at(6) + timedelta(hours=9),
                "return_date": self._at(6).date(),
                "odometer_out": 10000,
                "odometer_in": 10090,
            }
        )
        rows = {row["id"]: row["hours"] for row in booking._suggest()["vehicles"]}
        self.assertEqual((rows[self.car.id], rows[self.car2.id]), (4, 9))
        self.assertEqual(
            self._ids(booking._suggest()["vehicles"])[1],
            self.car.id,
            "a slip without a window was driven too",
        )
        self._other(self._at(10), self._at(12), vehicle=self.car2)
        self.assertNotIn(self.car2.id, self._ids(booking._suggest()["vehicles"]))

    def test_big_enough_and_of_the_body(self):
        booking = self._waiting(self._approved(self.start, self.end, passenger_count=6))
        found = self._ids(booking._suggest()["vehicles"])
        self.assertEqual(set(found), {self.mpv.id, self.bus.id})
        engine(booking.sudo()).body_type = "bus"
        self.assertEqual(self._ids(booking._suggest()["vehicles"]), [self.bus.id])

    def test_unserviced_last(self):
        booking = self._waiting(self._approved(self.start, self.end))
        car = self.car
        self.patch(type(car), "_is_serviced", lambda self, *args: self.id != car.id)
        rows = booking._suggest()["vehicles"]
        self.assertEqual(rows[-1]["id"], car.id)
        self.assertTrue(rows[-1]["note"])

    def test_drivers(self):
        booking = self._waiting(self._approved(self.start, self.end))
        everybody = {self.driver.id, self.driver2.id, self.firm_driver.id}
        self.assertEqual(set(self._ids(booking._suggest()["drivers"])), everybody)
        found = booking._suggest(self.bus)["drivers"]
        self.assertEqual(self._ids(found), [self.driver.id], "licence for the bus")
        self._other(self.start, self.end, driver=self.driver2, kind="leave")
        found = self._ids(booking._suggest()["drivers"])
        self.assertNotIn(self.driver2.id, found)
        self._other(self._at(14), self._at(17), driver=self.driver)
        found = self._ids(booking._suggest()["drivers"])
        self.assertEqual(found, [self.firm_driver.id, self.driver.id])

    def test_licence_date(self):
        booking = self._waiting(self._approved(self.start, self._at(11, days=3)))
        today = self.company.gov_today()
        self.driver_card.licence_date_to = today + timedelta(days=2)
        self.assertNotIn(self.driver.id, self._ids(booking._suggest()["drivers"]))
        self.driver_card.licence_date_to = today + timedelta(days=3)
        self.assertIn(self.driver.id, self._ids(booking._suggest()["drivers"]))

    def test_hours_on_duty(self):
        """Nine hours planned already: last in the list, marked, not refused."""
        self._other(self._at(11), self._at(20), driver=self.driver)
        booking = self._waiting(self._approved(self.start, self.end))
        rows = booking._suggest()["drivers"]
        self.assertEqual(rows[-1]["id"], self.driver.id)
        self.assertIn("11 h on duty", rows[-1]["note"])
        self.assertEqual(rows[-1]["day"], 11)
        booking.action_assign(self.car.id, self.driver.id)
        self.assertIn("11 h on duty", booking.rest_note)

    def test_hours_count_by_the_local_day(self):
        """Work after midnight belongs to the next day."""
        self._other(self._at(0, days=2), self._at(9, days=2), driver=self.driver)
        booking = self._waiting(self._approved(self.start, self.end))
        row = next(
            row for row in booking._suggest()["drivers"] if row["id"] == self.driver.id
        )
        self.assertEqual(row["day"], 2)
        self.assertFalse(row["note"])

    def test_rest(self):
        """Back at three, and away in the evening before: six hours of rest."""
        self._other(self._at(10, days=0), self._at(3), driver=self.driver)
        booking = self._waiting(self._approved(self.start, self.end))
        row = booking._suggest()["drivers"][-1]
        self.assertEqual(row["id"], self.driver.id)
        self.assertIn("6 h of rest", row["note"])

    def test_leave_is_rest(self):
        self._other(self._at(10, days=0), self._at(3), driver=self.driver, kind="leave")
        booking = self._waiting(self._approved(self.start, self.end))
        self.assertFalse(any(row["note"] for row in booking._suggest()["drivers"]))

    def test_nothing_free(self):
        for vehicle in self.car + self.car2 + self.mpv + self.bus:
            self._other(self.start, self.end, vehicle=vehicle)
        booking = self._waiting(self._approved(self.start, self.end))
        self.assertEqual(booking._suggest()["vehicles"], [])
        action = booking.action_open_assign()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(wizard.vehicle_id)

    # --------------------------------------------------------------------- queries

    def _fill_board(self, count):
        """A week of ``count`` vehicles: two trips a day each, by SQL."""
        self.env.flush_all()
        names = [
            name
            for name, field in self.car._fields.items()
            if field.store and field.column_type and name not in ("id", "license_plate")
        ]
        columns = SQL(", ").join(map(SQL.identifier, names))
        self.env.cr.execute(
            SQL(
                "INSERT INTO fleet_vehicle (license_plate, %s) SELECT 'Q' || %s || n,"
                " %s FROM fleet_vehicle, generate_series(1, %s) n WHERE id = %s"
                " RETURNING id",
                columns,
                f"{count}-",
                columns,
                count,
                self.car.id,
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env.cr.execute(
            """
            INSERT INTO gov_vehicle_booking (company_id, vehicle_id, kind, state,
                   active, name, date_start, date_end)
            SELECT %s, vehicle, 'other', 'taken', TRUE, 'Other',
                   %s + n * interval '12 hour', %s + n * interval '12 hour'
              FROM unnest(%s::int[]) vehicle, generate_series(0, 13) n
            """,
            [self.company.id, self._at(8), self._at(12), ids],
        )
        self.env.invalidate_all()
        return ids

    def _read_board(self):
        bookings = self.bookings.with_env(self.bookings.env)
        domain = [
            ("date_end", ">=", self._at(0)),
            ("date_start", "<", self._at(0, days=9)),
        ]
        rows = bookings.search_read(domain, _FIELDS, order="vehicle_id")
        groups = bookings.action_board_rows("vehicle_id")
        return rows, groups

    def test_board_of_a_week(self):
        """200 vehicles and 2,800 windows: 40 queries at most, as for 20."""
        self._fill_board(20)
        self._read_board()
        counts = []
        for more in (0, 180):
            self._fill_board(more)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows, groups = self._read_board()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertGreaterEqual(len(groups), 200)
        self.assertGreaterEqual(len(rows), 2800)
        self.assertLessEqual(counts[1], 40)
        # Names are fetched a thousand rows at a time.
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_buttons_of_a_list(self):
        """Whether eight requests can be dispatched costs what one costs."""
        requests = self.env["gov.vehicle.request"].union(
            *(
                self._approved(self._at(hour), self._at(hour + 1))
                for hour in range(8, 16)
            )
        )
        requests = self._as(requests, self.dispatcher_user)
        counts = []
        for some in (requests[:1], requests):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(set(some.mapped("can_dispatch")), {True})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_suggestions_of_many(self):
        """As many queries for 100 vehicles as for four."""
        booking = self._waiting(self._approved(self.start, self.end))
        counts = []
        for more in (0, 96):
            self._fill_board(more)
            booking._suggest()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            booking._suggest()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

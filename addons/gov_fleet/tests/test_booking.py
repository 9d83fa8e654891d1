"""Windows of vehicles and drivers: taken, touched, moved, given back."""

from datetime import timedelta

from psycopg2.errors import CheckViolation, ExclusionViolation

from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common_board import BoardCase


@tagged("post_install", "-at_install")
class TestBooking(BoardCase):
    def _window(self, start, end, **values):
        return {
            "vehicle_id": self.car.id,
            "kind": "repair",
            "date_start": self._at(*start),
            "date_end": self._at(*end),
            "company_id": self.company.id,
            **values,
        }

    def test_touching_windows(self):
        """What ends at ten and what begins at ten are no neighbours in dispute."""
        first, second = self.bookings._take(
            [self._window((8,), (10,)), self._window((10,), (12,))]
        )
        self.assertEqual(first.date_end, second.date_start)
        text = self._message(
            self.bookings._take, [self._window((9, 59), (10, 1), kind="sealing")]
        )
        self.assertIn("岚A·10001", text)
        self.assertIn("08:00", text)
        self.assertIn("12:00", text)

    def test_database_holds_it(self):
        """Even the engine cannot write two windows over each other."""
        self.bookings._take([self._window((8,), (10,))])
        rows = engine(self.env["gov.vehicle.booking"])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ExclusionViolation),
        ):
            rows.create(self._window((9,), (11,)))
            self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ExclusionViolation),
        ):
            rows.create(
                [
                    self._window((9,), (11,), vehicle_id=False, driver_id=person.id)
                    for person in (self.driver, self.driver)
                ]
            )
            self.env.flush_all()

    def test_database_wants_an_end(self):
        rows = engine(self.env["gov.vehicle.booking"])
        for vals in (
            self._window((9,), (9,)),
            self._window((9,), (8,)),
            self._window((9,), (11,), vehicle_id=False),
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
                rows.create(vals)
                self.env.flush_all()

    def test_loser_of_a_race_is_retried(self):
        """A rival that the pre-check could not see makes the call start anew."""
        self.bookings._take([self._window((8,), (10,))])
        self.patch(
            type(self.env["gov.vehicle.booking"]),
            "_check_free",
            lambda self, vals_list, ignored=None: None,
        )
        with self.assertRaises(ConcurrencyError):
            self.bookings._take([self._window((9,), (11,))])

    def test_next_free_is_long_enough(self):
        """A gap that is too short is no offer."""
        self.bookings._take(
            [
                self._window((8,), (10,)),
                self._window((11,), (13,)),
                self._window((15,), (16,)),
            ]
        )
        text = self._message(self.bookings._take, [self._window((9,), (11,))])
        self.assertIn("13:00", text.split("free")[-1])
        text = self._message(self.bookings._take, [self._window((9,), (10,))])
        self.assertIn("10:00", text.split("free")[-1])

    def test_one_call_names_a_vehicle_twice(self):
        text = self._message(
            self.bookings._take,
            [self._window((8,), (10,)), self._window((9,), (11,))],
        )
        self.assertIn("twice", text)

    def test_all_or_none(self):
        self.bookings._take([self._window((8,), (10,))])
        before = self.env["gov.vehicle.booking"].search_count([])
        self._message(
            self.bookings._take,
            [
                self._window((8,), (10,), vehicle_id=self.car2.id),
                self._window((9,), (11,)),
            ],
        )
        self.assertEqual(before, self.env["gov.vehicle.booking"].search_count([]))

    def test_name_in_the_language_of_the_institution(self):
        """A job or a colleague with another language takes the window."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        label = self.env["gov.vehicle.booking"]._fields["kind"]
        chinese = self.bookings.with_context(lang="zh_CN").env
        booking = self.bookings._take([self._window((8,), (10,), kind="repair")])
        expected = dict(label._description_selection(chinese))["repair"]
        self.assertEqual(booking.name, expected)
        self.assertEqual(booking.window_text[-11:], "08:00–10:00")

    def test_release(self):
        booking = self.bookings._take([self._window((8,), (10,))])
        booking._release()
        self.assertFalse(booking.active)
        self.assertEqual(booking.state, "cancelled")
        self.bookings._take([self._window((8,), (10,), kind="sealing")])

    def test_release_from_a_moment(self):
        booking = self.bookings._take([self._window((8,), (12,))])
        booking._release(self._at(10))
        self.assertTrue(booking.active)
        self.assertEqual(booking.date_end, self._at(10))
        self.bookings._take([self._window((10,), (12,))])
        booking._release(self._at(11))
        self.assertEqual(booking.date_end, self._at(10))

    def test_retake(self):
        booking = self.bookings._take([self._window((8,), (10,))])
        self.bookings._take([self._window((12,), (13,))])
        booking._retake(date_end=self._at(12))
        self.assertEqual(booking.date_end, self._at(12))
        self._message(lambda: booking._retake(date_end=self._at(12, 30)))
        self.assertEqual(booking.date_end, self._at(12))

    def test_bad_moments(self):
        for start, end in (
            (self._at(10), self._at(9)),
            (self._at(10), self._at(10)),
            (None, self._at(9)),
            ("tomorrow", self._at(9)),
            (self._at(10), 7),
            (float("nan"), self._at(9)),
        ):
            vals = self._window((8,), (9,)) | {"date_start": start, "date_end": end}
            with self.assertRaises(UserError):
                self.bookings._take([vals])

    def test_over_midnight_and_month(self):
        """Days are nothing to a window: only moments count."""
        day = self.company.gov_today().replace(day=1) + timedelta(days=62)
        last = day.replace(day=1) - timedelta(days=1)
        window = self._window((8,), (9,)) | {
            "date_start": self._at(22, day=last),
            "date_end": self._at(2, day=last + timedelta(days=1)),
        }
        self.bookings._take([window])
        inside = window | {
            "date_start": self._at(0, day=last + timedelta(days=1)),
            "date_end": self._at(1, day=last + timedelta(days=1)),
        }
        self._message(self.bookings._take, [inside])

    def test_free(self):
        start, end = self._at(8), self._at(10)
        pool = self.car + self.car2 + self.mpv + self.bus
        vehicles = self._as(self.env["fleet.vehicle"], self.dispatcher_user)
        self.assertEqual(vehicles._free(start, end), pool)
        self.bookings._take([self._window((9,), (11,))])
        self.assertEqual(vehicles._free(start, end), pool - self.car)
        self.assertEqual(vehicles._free(start, self._at(9)), pool)
        self.assertEqual(vehicles._free(start, end, 7), self.mpv + self.bus)
        self.assertEqual(vehicles._free(start, end, body_type="bus"), self.bus)
        self.assertEqual(vehicles._free(start, end, 20), vehicles)

    def test_free_looks_at_the_papers(self):
        """What lapses before the planned end does not go, what lapses on it does."""
        vehicles = self._as(self.env["fleet.vehicle"], self.dispatcher_user)
        start, end = self._at(8, days=1), self._at(10, days=3)
        last = self.company.gov_today() + timedelta(days=3)
        for name in ("inspection_date_to", "insurance_date_to", "licence_date_to"):
            self.car[name] = last
            self.assertIn(self.car, vehicles._free(start, end))
            self.car[name] = last - timedelta(days=1)
            self.assertNotIn(self.car, vehicles._free(start, end))
            self.car[name] = False
            self.assertIn(self.car, vehicles._free(start, end))

    def test_free_costs_one_query(self):
        vehicles = self._as(self.env["fleet.vehicle"], self.dispatcher_user)
        start, end = self._at(8), self._at(10)
        vehicles._free(start, end)
        with self.assertQueryCount(1):
            vehicles._free(start, end, 5)

    def test_free_bad_input(self):
        vehicles = self.env["fleet.vehicle"]
        start, end = self._at(8), self._at(10)
        for args in (
            (end, start),
            (start, start),
            (start, "soon"),
            (start, end, -1),
            (start, end, "5"),
            (start, end, True),
            (start, end, 0, "rocket"),
        ):
            with self.assertRaises(UserError):
                vehicles._free(*args)

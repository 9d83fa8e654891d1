from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_driver import DriverCase


@tagged("post_install", "-at_install")
class TestTripClose(DriverCase):
    """A slip for a month that is closed is kept and marked; papers stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = cls.company.gov_today()
        cls.month = today.replace(day=1) - relativedelta(months=2)
        cls.logs = cls._as(cls.env["gov.vehicle.log.sheet"], cls.dispatcher_user)
        cls.accounts = cls.env["gov.vehicle.account"]

    def _late(self, day=5, vehicle=None, **values):
        day = self.month + timedelta(days=day - 1)
        trip = self._drive(
            self._at(9, day=day),
            self._at(10, day=day),
            vehicle=vehicle or self.own_car,
            **values,
        )
        self.env.flush_all()
        return trip

    def _signed_log(self):
        log = self.logs.create({"vehicle_id": self.own_car.id, "month": self.month})
        self._as(log, self.office_head_user).action_sign()
        self.env.flush_all()
        return log

    def _post(self):
        """Return the posting of the month, released."""
        self._as(self.env["gov.vehicle.disclosure"], self.fleet_user).create(
            {"day": self.month}
        ).action_draft()
        postings = self.env["gov.publication"]
        posting = postings.search([("vehicle_from", "=", self.month)], order="id desc")
        engine(posting[:1].sudo())._freeze()
        return posting[:1]

    def _row(self, vehicle=None):
        self.env.flush_all()
        return self.accounts.search(
            [
                ("vehicle_id", "=", (vehicle or self.own_car).id),
                ("month", "=", self.month),
            ]
        )

    def test_open_month(self):
        """Late as they are, slips of a month that nobody has closed are as others."""
        trip = self._late()
        self.assertFalse(trip.after_close_at or trip.close_note)
        self.assertEqual((self._row().trips, self._row().late_trips), (1, 0))

    def test_after_the_log_was_signed(self):
        first = self._late(5)
        log = self._signed_log()
        self.assertFalse(log.later_text)
        late = self._late(7, km=70)
        self.assertTrue(late.after_close_at)
        self.assertIn("log signed", late.close_note)
        self.assertFalse(first.after_close_at)
        self.assertFalse(self._late(8, vehicle=self.car).after_close_at)
        self.env.invalidate_all()
        self.assertIn("trips: 1", log.later_text)
        self.assertEqual((log.trip_count, log.distance), (1, 50))
        self.assertEqual(log.line_ids.trip_id, first)
        row = self._row()
        self.assertEqual((row.trips, row.km), (2, 120), "in the month of its return")
        self.assertEqual((row.late_trips, row.late_km), (1, 70))
        # Two months ago as well: a further sheet is made, once.
        for _run in range(2):
            self.env["gov.vehicle.log.sheet"]._cron_prepare()
        further = self.logs.search(
            [("month", "=", self.month), ("state", "=", "draft")]
        )
        self.assertEqual(further.trip_ids, late)
        self._as(further, self.office_head_user).action_sign()
        self.env["gov.vehicle.log.sheet"]._cron_prepare()
        self.assertEqual(self.logs.search_count([("month", "=", self.month)]), 2)
        self.assertFalse(further.later_text)

    def test_corrected_after_the_log_was_signed(self):
        trip = self._late()
        log = self._signed_log()
        self._as(trip, self.fleet_user).action_correct(
            "The slip says otherwise", odometer_in=10060
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertIn("log signed", trip.close_note)
        self.assertIn("trips corrected: 1", log.later_text)
        self.assertEqual(log.distance, 50)
        self.assertEqual((self._row().km, self._row().late_km), (60, 60))

    def test_after_the_posting(self):
        self._late(4, vehicle=self.car)
        posting = self._post()
        mine = self._as(posting, self.fleet_user)
        self.assertEqual(
            (posting.vehicle_from, posting.vehicle_to),
            (self.month, self.month + relativedelta(months=1, days=-1)),
        )
        body = posting.body
        self.assertFalse(mine.vehicle_change)
        late = self._late(6, vehicle=self.car, km=30)
        self.assertIn(posting.number, late.close_note)
        self.env.invalidate_all()
        self.assertIn("1, 30 km", mine.vehicle_change)
        self.assertEqual(posting.body, body)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=1)):
            again = self._post()
        self.assertIn("takes the place of the posting", again.body)
        self.assertIn("1, 30 km", again.body)
        self.assertFalse(self._as(again, self.fleet_user).vehicle_change)
        # The first one still says what it lacks.
        self.assertTrue(mine.vehicle_change)
        with self.assertRaises(UserError):
            self._as(again, self.fleet_user).write({"vehicle_from": False})

    def test_between_draft_and_release(self):
        """The figures of a draft stand already: who releases it is told."""
        self._late(4, vehicle=self.car)
        self._as(self.env["gov.vehicle.disclosure"], self.fleet_user).create(
            {"day": self.month}
        ).action_draft()
        draft = self.env["gov.publication"].search([("vehicle_from", "=", self.month)])
        publisher = self._create_user("gov_publisher", "gov_base.group_publisher")
        self.assertFalse(self._as(draft, publisher).vehicle_change)
        late = self._late(6, vehicle=self.car, km=30)
        self.assertIn("figures posted", late.close_note)
        self.env.invalidate_all()
        self.assertIn("1, 30 km", self._as(draft, publisher).vehicle_change)

    def test_after_the_drivers_sheet(self):
        self._late(4, vehicle=self.car)
        sheet = self._as(self.env["gov.driver.sheet"], self.dispatcher_user).create(
            {"month": self.month}
        )
        sheet.action_compute()
        self._as(sheet, self.fleet_user).action_hand_over()
        self.env.flush_all()
        self.assertIn("drivers' sheet", self._late(6, vehicle=self.car).close_note)

    def test_after_the_books(self):
        engine(self.company.sudo()).gov_closed_until = self.month + timedelta(days=9)
        self.assertIn("books closed", self._late(10, vehicle=self.car).close_note)
        self.assertFalse(self._late(11, vehicle=self.car).close_note)

    def test_pile_of_slips_says_so(self):
        self._signed_log()
        pile = self._as(self.env["gov.vehicle.slip"], self.dispatcher_user).create(
            {
                "date": self.month + timedelta(days=4),
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "vehicle_id": vehicle.id,
                            "driver_id": self.driver.id,
                            "time_out": 8,
                            "time_in": 9,
                            "odometer_out": 10000,
                            "odometer_in": 10020,
                        },
                    )
                    for vehicle in (self.own_car, self.car)
                ],
            }
        )
        self.assertIn("log signed", pile.line_ids[0].warning)
        self.assertFalse(pile.line_ids[1].warning)
        pile.action_take_over()
        self.assertTrue(pile.line_ids[0].result_id.after_close_at, "nothing is blocked")

    def test_marks_are_not_typed(self):
        trip = self._late()
        for values in ({"after_close_at": False}, {"close_note": "x"}):
            with self.assertRaises(UserError):
                self._as(trip, self.dispatcher_user).write(values)

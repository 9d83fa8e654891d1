from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import picture

from .common_fuel import FuelCase


@tagged("post_install", "-at_install")
class TestFuelEntry(FuelCase):
    """Fills as they are noted: completed, refused, mended, voided."""

    def test_completed(self):
        entry = self._fill()
        self.assertRecordValues(
            entry,
            [
                {
                    "product": "92",
                    "kind": "fuel",
                    "amount": 225,
                    "card_id": self.card.id,
                    "payment": "card",
                    "match_state": "slip",
                    "day": self.day,
                    "department_id": self.carpool.id,
                }
            ],
        )
        entry = self._fill(hour=15, price=0, amount=240)
        self.assertEqual(entry.price, 8)

    def test_form(self):
        entries = self._as(self.env["gov.fuel.entry"], self.technician_user)
        with Form(entries) as form:
            form.vehicle_id = self.car
            self.assertEqual(form.product, "92")
            self.assertEqual(form.card_id, self.card)
            form.litres = 30
            form.amount = 225
        entry = form.record
        self.assertEqual((entry.price, entry.payment), (7.5, "card"))
        with Form(self._as(self.env["gov.fuel.entry"], self.driver_user)) as form:
            form.vehicle_id = self.car2
            form.litres = 20
            form.is_away = True
            form.invoice_number = "1"
        entry = form.record
        self.assertEqual((entry.driver_id, entry.payment), (self.driver, "driver"))
        with Form(entries) as form:
            form.vehicle_id = self.car2
            form.card_id = self.env["gov.fuel.card"]
            form.litres = 20
        self.assertEqual(form.record.payment, "account")

    def test_day_is_the_institution_s(self):
        entry = self._fill(hour=0, minute=30)
        self.assertEqual(entry.day, self.day)
        self.assertEqual(entry.date.date(), self.day - timedelta(days=1))

    def test_driver_notes_the_own_fill(self):
        self._trip()
        entry = self._fill(user=self.driver_user)
        self.assertEqual(entry.driver_id, self.driver)
        self.assertEqual(entry.sudo().card_id, self.card)
        entries = self._as(self.env["gov.fuel.entry"], self.driver2_user)
        self.assertFalse(entries.search([("id", "=", entry.id)]))
        with self.assertRaises(AccessError):
            self._fill(user=self.driver_user, driver_id=self.driver2.id)

    def test_figures_refused(self):
        for values, text in (
            ({"litres": -5}, "below zero"),
            ({"litres": 0}, "more than nothing"),
            ({"litres": 99999}, "9999.99"),
            ({"litres": float("nan")}, "Litres"),
            ({"litres": "many"}, "Litres"),
            ({"price": -1}, "below zero"),
            ({"odometer": -1}, "below zero"),
            ({"odometer": 1000000}, "more digits"),
            ({"vehicle_id": 2**30}, "no"),
            ({"vehicle_id": False}, "Name the vehicle"),
            ({"product": "water"}, "water"),
            ({"date": fields.Datetime.now() + timedelta(days=1)}, "future"),
            ({"date": "yesterday"}, "yesterday"),
        ):
            with self.subTest(values=values), self.assertRaises(UserError) as error:
                self._fill(**values)
            message = str(error.exception)
            self.assertIn(text, message)

    def test_mended_on_the_same_day_only(self):
        entry = self._fill()
        entry.litres = 32
        self.assertEqual(entry.slip_litres, 32)
        other = entry.with_user(self.dispatcher_user)
        with self.assertRaises(UserError):
            other.litres = 33
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            with self.assertRaisesRegex(UserError, "earlier day"):
                entry.litres = 34
            # What comes later may be added.
            entry.note = "Slip in the folder"
            entry.invoice_number = "123"
        self.assertEqual(entry.litres, 32)

    def test_negative_by_mending(self):
        entry = self._fill()
        with self.assertRaisesRegex(UserError, "below zero"):
            entry.litres = -1
        with self.assertRaisesRegex(UserError, "more digits"):
            entry.odometer = 10**7

    def test_voided_stays(self):
        entry = self._fill()
        self.assertEqual(self._codes(entry), ["fuel_no_trip"])
        with self.assertRaisesRegex(UserError, "Say why"):
            entry.action_void(" ")
        entry.action_void("Typed twice")
        self.assertFalse(entry.active)
        self.assertEqual(entry.voided_by_id, self.technician_user)
        self.assertFalse(self._codes(entry))
        with self.assertRaisesRegex(UserError, "voided"):
            entry.action_void("Again")
        with self.assertRaises(UserError):
            entry.litres = 3
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            entry.unlink()
        with self.assertRaisesRegex(UserError, "stays on record"):
            entry.sudo().unlink()

    def test_engine_fields_refused(self):
        entry = self._fill()
        for name, value in (
            ("active", False),
            ("match_state", "matched"),
            ("statement_key", "x"),
            ("trip_id", False),
            ("consumption", 1),
            ("source", "statement"),
            ("void_reason", "x"),
        ):
            for context in ({}, {"gov_engine": True}, {"install_mode": True}):
                with self.subTest(name=name), self.assertRaises(UserError):
                    entry.with_context(**context).write({name: value})
        with self.assertRaises(UserError):
            self._fill(match_state="matched")

    def test_scan_is_looked_at(self):
        entry = self._fill()
        entry.scan = picture()
        with self.assertRaises(UserError):
            entry.scan = "aGVsbG8="

    # ------------------------------------------------------------------ findings

    def test_above_the_tank(self):
        self._trip()
        self.assertFalse(self._codes(self._fill(litres=57)))
        entry = self._fill(hour=14, litres=71)
        self.assertEqual(self._codes(entry), ["fuel_over_tank"])
        finding = self._finding(entry)
        self.assertEqual(finding.employee_id, self.driver)
        self.assertIn("71", finding.evidence)
        self.assertIn("55", finding.evidence)

    def _finding(self, entry, code=None):
        domain = [("model", "=", entry._name), ("res_id", "=", entry.id)]
        if code:
            domain.append(("rule_code", "=", code))
        return self.env["gov.finding"].search(domain, limit=1)

    def test_wrong_product(self):
        self._trip()
        self.assertEqual(
            self._codes(self._fill(product="diesel")), ["fuel_wrong_product"]
        )

    def test_station(self):
        self._trip()
        entry = self._fill(station_id=self.far_station.id)
        self.assertEqual(self._codes(entry), ["fuel_other_station"])
        self.far_station.with_user(self.technician_user).is_designated = True
        self.assertFalse(self._codes(entry))
        self.assertEqual(self._codes(entry, "dismissed"), ["fuel_other_station"])
        # A designation that has ended is none.
        self.station.date_to = self.day - timedelta(days=1)
        self.assertEqual(self._codes(self._fill(hour=16)), ["fuel_other_station"])

    def test_named_station_is_found_later(self):
        self._trip()
        entry = self._fill(station_id=False, station_name="North  gate")
        self.assertEqual(self._codes(entry), ["fuel_other_station"])
        station = self.env["gov.fuel.station"].create(
            {"name": "North Gate", "company_id": self.company.id}
        )
        self.assertEqual(entry.station_id, station)
        self.assertFalse(self._codes(entry))

    def test_away_with_invoice_and_trip_is_lawful(self):
        values = {
            "is_away": True,
            "station_id": False,
            "station_name": "Far Town",
            "driver_id": self.driver.id,
        }
        self._trip()
        entry = self._fill(**values)
        self.assertEqual(entry.payment, "driver")
        self.assertFalse(entry.card_id)
        self.assertEqual(entry.match_state, "none")
        self.assertEqual(self._codes(entry), ["fuel_other_station"])
        entry.invoice_number = "24442000000012345678"
        self.assertFalse(self._codes(entry))
        # Without a trip it is none.
        day = self._working_day(self.day - timedelta(days=7))
        entry = self._fill(day=day, invoice_number="1", **values)
        self.assertEqual(self._codes(entry), ["fuel_no_trip", "fuel_other_station"])

    def test_fill_before_its_trip(self):
        entry = self._fill()
        self.assertEqual(self._codes(entry), ["fuel_no_trip"])
        finding = self._finding(entry)
        trip = self._trip()
        self.assertEqual(entry.trip_id, trip)
        self.assertEqual(entry.driver_id, self.driver)
        self.assertEqual(finding.state, "dismissed")
        self.assertEqual(finding.closed_by_id, self.env.ref("base.user_root"))
        self.assertIn("trip", finding.conclusion)
        # The trip is cancelled after all: the fact is back, as a new finding.
        engine(trip).write({"state": "cancelled"})
        self.assertFalse(entry.trip_id)
        self.assertEqual(self._codes(entry), ["fuel_no_trip"])

    def test_closed_by_a_person_stays_closed(self):
        entry = self._fill()
        supervision = self._create_user("fuel_sup", "gov_base.group_supervision")
        finding = self._finding(entry)
        finding.with_user(supervision).action_dismiss("Towed to the workshop")
        self.env["gov.fuel.entry"]._recheck_open([])
        entry.sudo()._check_facts()
        self.assertFalse(self._codes(entry))

    def test_trip_over_midnight(self):
        trip = self._trip(
            start=22,
            day=self.day - timedelta(days=1),
            date_end=self._at(2, day=self.day),
        )
        entry = self._fill(hour=1)
        self.assertEqual(entry.trip_id, trip)
        # The trip of the hour goes before another one of the day.
        later = self._trip(start=14, end=16)
        self.assertEqual(self._fill(hour=15).trip_id, later)

    def test_two_fills(self):
        self._trip()
        later = self._fill(hour=12, minute=29)
        self.assertFalse(self._codes(later))
        first = self._fill()
        self.assertFalse(self._codes(first))
        self.assertEqual(self._codes(later), ["fuel_two_fills"])
        third = self._fill(hour=13)
        self.assertFalse(self._codes(third))
        first.action_void("Typed twice")
        self.assertFalse(self._codes(later))

    def test_holiday(self):
        holiday = self.day - timedelta(days=3)
        while not self.env["gov.workday"].is_working_day(holiday):
            holiday -= timedelta(days=1)
        self.env["gov.workday"].create({"date": holiday, "name": "Local holiday"})
        entry = self._fill(day=holiday)
        self.assertEqual(self._codes(entry), ["fuel_on_holiday"])
        self.assertIn("Local holiday", self._finding(entry).evidence)
        self._book("duty", holiday)
        self.assertEqual(
            self._codes(self._fill(hour=15, day=holiday)), ["fuel_no_trip"]
        )

    def test_weekend_is_no_holiday(self):
        day = self.day
        while day.weekday() != 5 or self.env["gov.workday"].search(
            [("date", "=", day)]
        ):
            day -= timedelta(days=1)
        self._trip(day=day)
        self.assertFalse(self._codes(self._fill(day=day)))

    def _book(self, kind, day):
        return engine(self.env["gov.vehicle.booking"]).create(
            {
                "vehicle_id": self.car.id,
                "kind": kind,
                "date_start": self._at(0, day=day),
                "date_end": self._at(23, day=day),
                "company_id": self.company.id,
            }
        )

    def test_sealed_day(self):
        self._book("sealing", self.day)
        entry = self._fill()
        self.assertEqual(self._codes(entry), ["fuel_sealed"])
        self.assertEqual(self._finding(entry).severity, "serious")
        # A permit lets it go: the trip covers the fill.
        self._trip()
        self.assertFalse(self._codes(entry))

    def test_card_of_another_vehicle(self):
        self._trip()
        entry = self._fill(card_id=self.card2.id)
        self.assertEqual(self._codes(entry), ["fuel_other_vehicle"])

    def test_history_is_not_held_against_trips(self):
        old = self.company.gov_today() - timedelta(days=500)
        self.assertFalse(self._codes(self._fill(day=old)))

    def test_time_alone_settles_no_finding(self):
        """A fill that grows old keeps what was found until a trip explains it."""
        entry = self._fill()
        self.assertEqual(self._codes(entry), ["fuel_no_trip"])
        clause = self.env["gov.policy"]._get_policy(
            "fuel.trip.days", company=self.company
        )
        self.env.cr.execute(
            "UPDATE gov_policy SET value = '5' WHERE id = %s", [clause.id]
        )
        self.env.registry.clear_cache()
        clause.invalidate_recordset()
        with self.enter_registry_test_mode():
            self.env.ref("gov_fleet.cron_fuel_check").method_direct_trigger()
        self.assertEqual(self._codes(entry), ["fuel_no_trip"])
        self.assertFalse(self._codes(self._fill(hour=18)))
        self._trip()
        self.assertFalse(self._codes(entry))

    def test_charge(self):
        car = self._create_vehicle(
            "岚A·20001",
            fuel_type="electric",
            fuel_product="electric",
            tank_capacity=60,
        )
        self._trip(vehicle_id=car.id)
        entry = self._fill(vehicle_id=car.id, litres=66, price=0.8)
        self.assertEqual(entry.kind, "charge")
        self.assertEqual(entry.payment, "account")
        self.assertFalse(self._codes(entry))
        entry = self._fill(hour=17, vehicle_id=car.id, litres=70, price=0.8)
        self.assertEqual(self._codes(entry), ["fuel_over_tank"])

    def test_job(self):
        entry = self._fill(day=self.company.gov_today() - timedelta(days=1))
        day = entry.day
        # Entered past the ORM, as a takeover of history would.
        self.env.cr.execute(
            "INSERT INTO gov_vehicle_trip (company_id, vehicle_id, state, date_start,"
            " date_end, return_date, odometer_out, odometer_in, entry, confirmation)"
            " VALUES (%s, %s, 'back', %s, %s, %s, 1, 2, 'slip', 'none')",
            [
                self.company.id,
                self.car.id,
                self._at(8, day=day),
                self._at(18, day=day),
                day,
            ],
        )
        with self.enter_registry_test_mode():
            self.env.ref("gov_fleet.cron_fuel_check").method_direct_trigger()
        self.assertFalse(
            [code for code in self._codes(entry) if code == "fuel_no_trip"]
        )

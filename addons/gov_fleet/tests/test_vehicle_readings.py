import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.common import BaseCase

from odoo.addons.gov_base.models.gov_guard import engine

from ..tools import odometer
from .common_repair import RepairCase
from .common_sealing import SealingCase


@tagged("post_install", "-at_install")
class TestOdometer(BaseCase):
    """The km between two readings, against an instrument that counts on."""

    def test_over_all_nines(self):
        for seed in range(500):
            draw = random.Random(seed)
            register = 10 ** draw.randint(4, 8)
            before = draw.randrange(10 * register) / 10
            km = draw.randrange(register) / 10  # under a tenth
            after = (before + km) % register
            self.assertAlmostEqual(odometer.gap(before, after, register), km, 1)
            far = draw.randrange(5 * register) / 10  # under a half
            after = (before + far) % register
            self.assertAlmostEqual(odometer.driven(before, after, register), far, 1)

    def test_lower_reading(self):
        self.assertEqual(odometer.gap(10000, 9990.5, 10**6), -9.5)
        self.assertEqual(odometer.driven(10000, 9990.5, 10**6), -9.5)
        # Backwards by more than a tenth is a mistake between two trips.
        self.assertEqual(odometer.gap(990000, 100000, 10**6), -890000)
        self.assertEqual(odometer.driven(990000, 100000, 10**6), 110000)


class ReadingsCase(RepairCase):
    """A vehicle whose instrument is replaced, or passes all nines."""

    def _read(self, reading):
        engine(self.car).odometer_value = reading
        self.env.invalidate_all()

    def _swap(self, old, new, days=0, **values):
        return self._as(
            self.env["gov.vehicle.odometer.replacement"], self.technician_user
        ).create(
            {
                "vehicle_id": self.car.id,
                "date": fields.Datetime.now() - timedelta(days=days, minutes=1),
                "old_value": old,
                "new_value": new,
                "reason": "Broken",
                **values,
            }
        )

    def _plan(self, **values):
        return self._as(self.env["gov.vehicle.plan"], self.technician_user).create(
            {
                "vehicle_id": self.car.id,
                "name": "Oil and filters",
                "interval_km": 5000,
                "interval_months": 0,
                "last_odometer": 10000,
                "last_date": self.company.gov_today() - timedelta(days=60),
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestReadings(ReadingsCase):
    """Parts, plans and the handover at the shop count as the chain of trips does."""

    def _fitted(self, reading, part):
        """Return the order with which a part was fitted long ago."""
        order = self._accepted_order((part, 900))
        long_ago = fields.Datetime.now() - timedelta(days=900)
        engine(order.sudo()).write({"returned_at": long_ago})
        engine(order.part_line_ids.sudo()).write(
            {"fitted_on": long_ago.date(), "fitted_odometer": reading}
        )
        return order

    def test_same_part_over_a_replaced_odometer(self):
        part = self.env["gov.vehicle.part"].create(
            {"code": "T-C", "name": "Clutch", "interval_km": 30000}
        )
        self._fitted(50000, part)
        self._read(60000)
        swap = self._swap(60000, 5, days=100)
        for reading, is_early in ((20000, True), (20005, True), (20006, False)):
            # 10,000 km with the old one and the rest with the new one.
            self._read(reading)
            self.assertEqual(
                bool(self._order((part, 900)).repeat_count), is_early, reading
            )
        # On one instrument 60,000 would lie 10,000 km behind.
        self._as(swap, self.fleet_user).action_cancel("Of another vehicle")
        self._read(85000)
        self.assertFalse(self._order((part, 900)).repeat_count)

    def test_same_part_over_all_nines(self):
        part = self.env["gov.vehicle.part"].create(
            {"code": "T-C", "name": "Clutch", "interval_km": 30000}
        )
        self._fitted(990000, part)
        for reading, is_early in ((19999, True), (20001, False)):
            self._read(reading)
            self.assertEqual(
                bool(self._order((part, 900)).repeat_count), is_early, reading
            )

    def test_plan_over_all_nines(self):
        self._read(996000)
        plan = self._plan(last_odometer=996000)
        self.assertEqual(plan.next_odometer, 1000, "as the instrument will show it")
        for reading, left, level in (
            (999999, 1001, "ok"),
            (600, 400, "soon"),
            (1000, 0, "due"),
            (2001, -1001, "stop"),
        ):
            self._read(reading)
            self.assertEqual((plan.km_left, plan.level), (left, level), reading)
            self.assertEqual(bool(self.car.dispatch_block), level == "stop")
        plan._done(self.company.gov_today(), 2010)
        self.assertEqual((plan.last_odometer, plan.next_odometer), (2010, 7010))
        plan._done(self.company.gov_today(), 1900)
        self.assertEqual(plan.last_odometer, 2010, "an older order moves nothing")

    def test_plan_over_all_nines_and_a_replaced_odometer(self):
        self._read(996000)
        plan = self._plan(last_odometer=996000)
        self._read(2500)
        swap = self._swap(2500, 7, days=30, new_digits=5)
        self.env.invalidate_all()
        self.assertEqual(plan.km_left, 5000 - 6500)
        self._as(swap, self.fleet_user).action_cancel("Of another vehicle")
        self._read(2500)
        self.assertEqual(plan.km_left, 5000 - 6500)

    def test_handed_over_after_all_nines(self):
        order = self._approved_order()
        self._read(999990)
        with self.assertRaisesRegex(UserError, "below the last reading"):
            order.action_send(999980, self._until())
        order.action_send(4, self._until())
        self.assertEqual(order.reading_in, 4)
        self._back(order, 600, 6)
        self.assertEqual(order.reading_out, 6)

    def test_passes_all_nines_at_the_shop(self):
        order = self._approved_order()
        self._read(999990)
        order.action_send(999998, self._until())
        with self.assertRaisesRegex(UserError, "below the last reading"):
            self._back(order, 600, 999997)
        self._back(order, 600, 3)
        self.assertEqual(order.reading_out, 3)

    def test_digits_of_the_new_instrument(self):
        self._swap(10000, 5, days=1, new_digits=5)
        order = self._approved_order()
        with self.assertRaisesRegex(UserError, "not possible"):
            order.action_send(100005, self._until())
        order.action_send(6, self._until())
        self.assertEqual(order.reading_in, 6)


@tagged("post_install", "-at_install")
class TestSealedReadings(SealingCase):
    """Sealing and permits over all nines, and over a replaced instrument."""

    def _sealed_at(self, reading):
        engine(self.car).odometer_value = reading
        sealing = self._sealed()
        for line in sealing.line_ids.filtered(lambda line: line.state == "sealed"):
            line.odometer_out = line.odometer_in
        return sealing, self._line(sealing, self.car)

    def test_over_all_nines(self):
        sealing, line = self._sealed_at(999990)
        line.odometer_out = 28
        sealing.action_unseal()
        self.assertEqual(line.difference, 38)
        self.assertIn("38 km", self._found("vehicle_sealing_odometer").evidence)

    def test_instrument_replaced_while_sealed(self):
        sealing, line = self._sealed_at(10000)
        engine(line.sudo()).sealed_at = fields.Datetime.now() - timedelta(hours=2)
        self.env["gov.vehicle.odometer.replacement"].create(
            {
                "vehicle_id": self.car.id,
                "date": fields.Datetime.now() - timedelta(hours=1),
                "old_value": 10000,
                "new_value": 3,
                # What stood on the old one is not held against the new one.
                "new_digits": 4,
                "reason": "Broken",
            }
        )
        with self.assertRaisesRegex(UserError, "4 digits"), self.env.cr.savepoint():
            line.odometer_out = 10003
        line.odometer_out = 3
        sealing.action_unseal()
        self.assertEqual(line.difference, 0)
        self.assertFalse(self._found("vehicle_sealing_odometer"))

    def test_permit_over_all_nines(self):
        sealing, line = self._sealed_at(999990)
        permits = self._as(self.env["gov.vehicle.sealing.permit"], self.dispatcher_user)
        permit = engine(permits.sudo()).create(
            {
                "line_id": line.id,
                "driver_id": self.driver.id,
                "employee_id": self.dispatcher.id,
                "purpose": "Flood",
                "date_start": fields.Datetime.now(),
                "date_end": fields.Datetime.now() + timedelta(hours=1),
                "odometer_out": 999990,
                "opened_at": fields.Datetime.now(),
            }
        )
        permit.odometer_in = 999980
        with self.assertRaisesRegex(UserError, "below"):
            permit._check_not_below()
        permit.odometer_in = 15
        permit._check_not_below()
        permit._close_line("S2")
        self.assertEqual(line.permitted_km, 25)
        line.odometer_out = 15
        sealing.action_unseal()
        self.assertEqual(line.difference, 0)

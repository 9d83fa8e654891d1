from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_meter import MeterCase


@tagged("post_install", "-at_install")
class TestMeterReading(MeterCase):
    """What follows from readings, and which are refused."""

    def _refused(self, text, *args, **values):
        with self._refuses(text):
            self._read(*args, **values)

    def _finding(self, reading):
        return self.env["gov.finding"].search(
            [
                ("rule_code", "=", "meter_jump"),
                ("model", "=", "gov.meter.reading"),
                ("res_id", "=", reading.id),
            ]
        )

    # === The use === #

    def test_first_reading_uses_nothing(self):
        self.assertTrue(self.first.is_first)
        self.assertEqual(self.first.quantity, 0)
        self.assertFalse(self._usages(self.first))
        self.assertEqual(self.meter.last_value, 1000)

    def test_use_is_the_difference_times_the_factor(self):
        meter = self._meter("E-2", factor=40, usual_use=100_000)
        self._read(meter, 0, 10.5)
        reading = self._read(meter, 30, 12.75)
        self.assertEqual(reading.quantity, 90)
        self.assertEqual(reading.factor, 40)
        usage = self._usages(reading)
        self.assertEqual(usage.quantity, 90)
        self.assertEqual(usage.date, self.start + timedelta(days=30))
        self.assertEqual(usage.date_from, self.start + timedelta(days=1))
        self.assertEqual(usage.source, "meter")

    def test_meter_rolls_over(self):
        self._read(self.meter, 1, 51_000)
        self._read(self.meter, 2, 99_950)
        reading = self._read(self.meter, 3, 30)
        self.assertTrue(reading.is_rollover)
        self.assertEqual(reading.quantity, 80)
        self.assertFalse(reading.is_jump)

    def test_roll_over_of_half_the_register_is_possible_and_more_is_not(self):
        self._read(self.meter, 1, 50_001)
        self._refused("more than half", self.meter, 2, 2)
        reading = self._read(self.meter, 2, 1)
        self.assertEqual(reading.quantity, 50_000)
        self.assertTrue(reading.is_rollover)

    def test_below_the_last_reading_names_both_figures(self):
        with self.assertRaises(UserError) as caught:
            self._read(self.meter, 1, 900)
        for figure in ("E-1", "900", "1000", "99900", "50000"):
            self.assertIn(figure, str(caught.exception))
        self.assertEqual(self.meter.last_reading_id, self.first)

    def test_future_date_is_refused(self):
        tomorrow = self.today + timedelta(days=1)
        self._refused("today is", self.meter, tomorrow, 1010)

    def test_day_of_the_last_reading_or_before_is_refused(self):
        self._refused("cannot come after", self.meter, 0, 1010)
        self._refused("cannot come after", self.meter, -1, 1010)

    def test_figures_that_the_meter_cannot_show(self):
        for value in (-1, 100_000, 1e12):
            self._refused("cannot show", self.meter, 1, value)
        for value in (float("nan"), float("inf"), "abc", [1]):
            self._refused("not possible here", self.meter, 1, value)
        self.assertEqual(self._read(self.meter, 1, 99_999).quantity, 98_999)

    def test_meter_that_is_not_there(self):
        for meter_id in (0, False, 2**31 - 1, "x", True, self.meter.id + 10_000):
            with self.assertRaises(UserError):
                self._as(self.env["gov.meter.reading"], self.inspector_user).create(
                    {"meter_id": meter_id, "value": 1}
                )

    # === Jumps === #

    def test_up_to_three_times_the_usual_is_plausible(self):
        reading = self._read(self.meter, 30, 1300)
        self.assertFalse(reading.is_jump)
        self.assertFalse(self._finding(reading))

    def test_above_three_times_the_usual_is_kept_with_a_finding(self):
        reading = self._read(self.meter, 30, 1300.5)
        self.assertTrue(reading.is_jump)
        self.assertEqual(reading.quantity, 300.5)
        finding = self._finding(reading)
        self.assertEqual(len(finding), 1)
        self.assertIn("300.5", finding.evidence)
        self.assertIn("at most 300 is plausible", finding.evidence)
        self.assertTrue(self._usages(reading))

    def test_long_time_has_more_months(self):
        self.assertFalse(self._read(self.meter, 95, 1900).is_jump)
        self.assertTrue(self._read(self.meter, 99, 2201).is_jump)

    def test_limit_is_a_clause(self):
        policy = self.env.ref("gov_logistics.policy_meter_jump")
        policy.copy(
            {"company_id": self.company.id, "value": "5", "date_from": "2020-01-01"}
        )
        self.assertFalse(self._read(self.meter, 30, 1500).is_jump)

    def test_usual_use_is_the_average_of_the_readings_before(self):
        meter = self._meter("E-3", usual_use=0)
        for day in (0, 10, 20, 30):
            self._read(meter, day, 1000 + day * 10)
        # 10 a day: about 304 in a month, 912.5 is plausible
        self.assertFalse(self._read(meter, 40, 1300 + 912).is_jump)
        meter = self._meter("E-4", usual_use=0)
        for day in (0, 10, 20, 30):
            self._read(meter, day, 1000 + day * 10)
        self.assertTrue(self._read(meter, 40, 1300 + 913).is_jump)

    def test_more_than_half_of_the_register_is_a_jump_without_a_usual_use(self):
        meter = self._meter("E-5", usual_use=0)
        self._read(meter, 0, 0)
        self.assertFalse(self._read(meter, 1, 50_000).is_jump)
        other = self._meter("E-6", usual_use=0)
        self._read(other, 0, 0)
        self.assertTrue(self._read(other, 1, 50_001).is_jump)

    # === Estimates === #

    def test_next_real_reading_corrects_an_estimate(self):
        estimate = self._read(self.meter, 30, 1150, is_estimated=True)
        self.assertEqual(estimate.quantity, 150)
        real = self._read(self.meter, 60, 1120)
        self.assertEqual(real.quantity, -30)
        self.assertFalse(real.is_rollover)
        self.assertEqual(self._usages(real).quantity, -30)
        self.assertEqual(self._read(self.meter, 90, 1220).quantity, 100)

    def test_two_estimates_then_a_roll_over(self):
        self._read(self.meter, 1, 51_000)
        self._read(self.meter, 2, 99_900)
        self._read(self.meter, 10, 99_950, is_estimated=True)
        self._read(self.meter, 20, 20, is_estimated=True)
        real = self._read(self.meter, 30, 99_990)
        self.assertEqual(real.quantity, 90 - 120)
        self.assertEqual(real.pending, 0)

    def test_first_reading_is_never_an_estimate(self):
        meter = self._meter("E-7")
        self._refused("must be a real one", meter, 0, 5, is_estimated=True)
        self._refused("must be a real one", meter, 0, 5, is_replacement=True)

    # === Another instrument === #

    def test_replaced_instrument_goes_on_from_its_own_reading(self):
        reading = self._read(
            self.meter,
            10,
            7,
            is_replacement=True,
            end_value=1080,
            new_number="E-1B",
            new_digits=6,
            new_factor=2,
        )
        self.assertEqual(reading.quantity, 80)
        self.assertEqual(self.meter.number, "E-1B")
        self.assertEqual(self.meter.digits, 6)
        self.assertEqual(self._read(self.meter, 20, 17).quantity, 20)

    def test_replacement_that_cannot_be(self):
        new = {"is_replacement": True, "end_value": 1080}
        self._refused("below the last", self.meter, 9, 0, **{**new, "end_value": 5})
        self._refused("cannot show", self.meter, 9, 0, **{**new, "end_value": 1e6})
        self._refused("cannot show", self.meter, 9, 1e5, **new)
        self._refused("1 to 12 digits", self.meter, 9, 0, new_digits=13, **new)
        self._refused("1 to 12 digits", self.meter, 9, 0, new_factor=-1, **new)
        self._refused("real", self.meter, 9, 0, is_estimated=True, **new)

    def test_scale_of_a_meter_that_was_read_is_fixed(self):
        for vals in ({"digits": 6}, {"factor": 2}, {"kind": "water"}):
            with self._refuses("has been read"):
                self.meter.write(vals)
        self.meter.write({"digits": 5, "factor": 1.0, "usual_use": 120})
        self._meter("E-8").write({"digits": 6})

    # === Many at once === #

    def test_batch_of_one_meter_is_worked_out_by_day(self):
        readings = self._as(self.env["gov.meter.reading"], self.inspector_user)
        later, earlier = readings.create(
            [
                {
                    "meter_id": self.meter.id,
                    "date": self.start + timedelta(days=day),
                    "value": value,
                }
                for day, value in ((20, 1090), (10, 1050))
            ]
        )
        self.assertEqual((earlier.quantity, later.quantity), (50, 40))
        self.assertEqual(later.previous_id, earlier)
        self.assertEqual(self.meter.last_reading_id, later)

    def test_readings_of_many_meters_cost_few_queries(self):
        def read(count, prefix):
            meters = self.env["gov.meter"]
            for number in range(count):
                meters += self._meter(f"{prefix}{number}")
            for meter in meters:
                self._read(meter, 0, 10)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._as(self.env["gov.meter.reading"], self.inspector_user).create(
                [
                    {
                        "meter_id": m.id,
                        "date": self.start + timedelta(days=9),
                        "value": 20,
                    }
                    for m in meters
                ]
            )
            self.env.flush_all()
            return self.cr.sql_log_count - before

        few = read(3, "A")
        self.assertLess(read(23, "B") - few, 20 * 3)

    # === Cancelling === #

    def test_cancel_reverses_the_usage(self):
        reading = self._read(self.meter, 10, 1100)
        usage = self._usages(reading)
        self._as(reading, self.inspector_user).action_cancel("Typed 1100 for 1010")
        self.assertEqual(reading.state, "cancelled")
        self.assertEqual(self.meter.last_reading_id, self.first)
        self.assertTrue(usage.is_reversed)
        reversal = self._usages(reading) - usage
        self.assertEqual(reversal.reversal_of_id, usage)
        self.assertEqual(reversal.quantity, -100)
        self.assertEqual(reversal.date, usage.date)
        again = self._read(self.meter, 10, 1010)
        self.assertEqual(again.quantity, 10)

    def test_cancel_of_a_replacement_puts_the_old_instrument_back(self):
        reading = self._read(
            self.meter,
            10,
            0,
            is_replacement=True,
            end_value=1080,
            new_number="X",
            new_digits=7,
            new_factor=3,
        )
        self._as(reading, self.keeper_user).action_cancel("Wrong meter")
        self.assertRecordValues(
            self.meter, [{"number": "E-1", "digits": 5, "factor": 1}]
        )
        self.assertEqual(self._read(self.meter, 11, 1010).quantity, 10)

    def test_only_the_last_reading_and_only_once(self):
        second = self._read(self.meter, 10, 1100)
        third = self._read(self.meter, 20, 1200)
        with self._refuses("only the last"):
            self._as(second, self.keeper_user).action_cancel("x")
        self._as(third, self.keeper_user).action_cancel("x")
        with self._refuses("only the last"):
            self._as(third, self.keeper_user).action_cancel("x")
        self._as(second, self.keeper_user).action_cancel("x")

    def test_who_cancels(self):
        reading = self._read(self.meter, 10, 1100)
        with self._refuses("by who read it"):
            self._as(reading, self.inspector2_user).action_cancel("x")
        with self.assertRaises(AccessError):
            self._as(reading, self.staff_user).action_cancel("x")
        for reason in ("", "  ", None, 5, "x" * 501, "a\0b"):
            with self._refuses("reason"):
                self._as(reading, self.inspector_user).action_cancel(reason)

    # === Nobody changes a reading === #

    def test_reading_is_never_changed(self):
        for user in (self.inspector_user, self.keeper_user, self.centre_user):
            reading = self._as(self.first, user)
            with self.assertRaises(UserError):
                reading.write({"value": 5})
            with self.assertRaises(UserError):
                reading.unlink()
        with self.assertRaises(UserError):
            self.first.sudo().write({"value": 5})
        with self.assertRaises(UserError):
            self.first.sudo().unlink()

    def test_figures_of_the_server_are_not_sent_along(self):
        for vals in (
            {"quantity": 5},
            {"base_value": 5},
            {"pending": 5},
            {"state": "cancelled"},
            {"reader_id": self.keeper_user.id},
            {"usage_ids": [Command.create({})]},
        ):
            with self._refuses("cannot be set directly"):
                self._read(self.meter, 1, 1001, **vals)

    def test_defaults_of_a_caller_change_nothing(self):
        readings = self._as(self.env["gov.meter.reading"], self.inspector_user)
        reading = readings.with_context(
            default_quantity=5,
            default_reader_id=self.keeper_user.id,
            default_state="cancelled",
            default_is_jump=True,
        ).create(
            {
                "meter_id": self.meter.id,
                "date": self.start + timedelta(days=1),
                "value": 1001,
            }
        )
        self.assertRecordValues(
            reading,
            [
                {
                    "quantity": 1,
                    "reader_id": self.inspector_user.id,
                    "state": "valid",
                    "is_jump": False,
                }
            ],
        )

    def test_last_reading_of_a_meter_is_the_servers(self):
        for vals in (
            {"last_reading_id": False},
            {"reading_ids": [Command.clear()]},
            {"reading_ids": [Command.unlink(self.first.id)]},
        ):
            with self.assertRaises(UserError):
                self._as(self.meter, self.keeper_user).write(vals)

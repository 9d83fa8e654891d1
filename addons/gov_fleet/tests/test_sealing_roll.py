from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_sealing import SealingCase


@tagged("post_install", "-at_install")
class TestSpotCheck(SealingCase):
    """Supervision looks at vehicles and writes what it saw."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checks = cls._as(cls.env["gov.vehicle.spot.check"], cls.supervision_user)

    def test_in_order(self):
        sealing = self._sealed()
        check = self.checks.create(
            {"vehicle_id": self.car.id, "place": "Yard", "strip_seen": "A00126"}
        )
        self.assertRecordValues(
            check,
            [
                {
                    "checked_by_id": self.supervision_user.id,
                    "sealing_id": sealing.id,
                    "strip_expected": self._line(sealing, self.car).strip_number,
                    "kind": "sealed",
                }
            ],
        )
        self.assertFalse(self._found("vehicle_spot_check"))

    def test_finding(self):
        self._sealed()
        check = self.checks.create(
            {
                "vehicle_id": self.car.id,
                "result": "used",
                "place": "In front of a restaurant",
            }
        )
        finding = self._found("vehicle_spot_check", check)
        self.assertIn("restaurant", finding.evidence)
        self.assertEqual(finding.employee_id, self.pool_head)

    def test_found_later(self):
        check = self.checks.create({"vehicle_id": self.car.id})
        check.result = "absent"
        self.assertTrue(self._found("vehicle_spot_check", check))

    def test_only_supervision(self):
        for user in (self.dispatcher_user, self.fleet_user, self.staff_user):
            with self.assertRaises(UserError):
                self.checks.with_user(user).create({"vehicle_id": self.car.id})

    def test_stands(self):
        check = self.checks.create({"vehicle_id": self.car.id})
        other = self._create_user("gov_supervision2", "gov_base.group_supervision")
        with self.assertRaisesRegex(UserError, "who entered"):
            check.with_user(other).note = "No"
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            with self.assertRaisesRegex(UserError, "stands"):
                check.note = "Later"
        with self.assertRaises(UserError):
            check.unlink()

    def test_bad_input(self):
        for vals in (
            {"vehicle_id": 2**30},
            {"vehicle_id": self.car.id, "date": "2100-01-01 00:00:00"},
            {"vehicle_id": self.car.id, "odometer": -5},
            {"vehicle_id": self.car.id, "photo": "bm8="},
            {"vehicle_id": self.car.id, "checked_by_id": self.staff_user.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.checks.create(vals)

    def test_supervision_writes_nothing_else(self):
        sealing = self._list()
        line = sealing.line_ids[0]
        for records, vals in (
            (sealing, {"name": "Mine"}),
            (line, {"reason": "Mine"}),
            (self.car, {"location": "Mine"}),
        ):
            with self.assertRaises(UserError):
                records.with_user(self.supervision_user).write(vals)
        with self.assertRaises(AccessError):
            sealing.with_user(self.supervision_user).action_number_strips()


@tagged("post_install", "-at_install")
class TestRoll(SealingCase):
    """The roll of the night."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rolls = cls._as(cls.env["gov.vehicle.roll"], cls.dispatcher_user)

    def test_made_by_itself(self):
        evening = self._at(21, 5, days=0)
        with freeze_time(evening - timedelta(hours=2)):
            self.env["gov.vehicle.roll"]._cron_make()
            self.assertFalse(self._rolls())
        with freeze_time(evening):
            self.env["gov.vehicle.roll"]._cron_make()
            self.env["gov.vehicle.roll"]._cron_make()
        self.assertEqual(len(self._rolls()), 1)
        self.assertEqual(len(self._rolls().line_ids), 5)

    def _rolls(self):
        return self.env["gov.vehicle.roll"].search(
            [("company_id", "=", self.company.id)]
        )

    def test_close(self):
        trip = self._trip(self.car, state="out", date_start=fields.Datetime.now())
        roll = self.rolls.create({})
        lines = {line.vehicle_id: line for line in roll.line_ids}
        self.assertRecordValues(
            lines[self.car], [{"is_back": False, "trip_id": trip.id}]
        )
        self.assertTrue(lines[self.bus].is_back)
        lines[self.bus].is_back = False
        with self.assertRaisesRegex(UserError, "10004"):
            roll.action_close()
        lines[self.bus].reason = "Nobody knows"
        roll.action_close()
        self.assertEqual((roll.state, roll.away_count), ("closed", 2))
        finding = self._found("vehicle_not_returned")
        self.assertEqual(finding.res_id, lines[self.bus].id)
        with self.assertRaisesRegex(UserError, "stands"):
            lines[self.bus].reason = "Found"
        with self.assertRaisesRegex(UserError, "stands"):
            roll.action_close()

    def test_strips_looked_at_on_duty(self):
        self._sealed()
        roll = self.rolls.create({})
        line = roll.line_ids.filtered(lambda line: line.vehicle_id == self.car)
        self.assertTrue(line.is_sealed)
        line.is_strip_whole = False
        roll.action_close()
        self.assertEqual(self._found("vehicle_strip_broken").res_id, line.id)

    def test_rules(self):
        roll = self.rolls.create({})
        with self.assertRaisesRegex(UserError, "already"):
            self.rolls.create({})
        with self.assertRaisesRegex(UserError, "not come"):
            self.rolls.create({"date": self.today + timedelta(days=1)})
        with self.assertRaises(UserError):
            roll.line_ids[0].write({"vehicle_id": self.bus.id})
        with self.assertRaises(UserError):
            roll.line_ids.create({"roll_id": roll.id, "vehicle_id": self.car.id})
        with self.assertRaises(AccessError):
            roll.with_user(self.supervision_user).action_close()
        with self.assertRaises(AccessError):
            self.rolls.with_user(self.staff_user).create({})

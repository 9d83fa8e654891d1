from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import SIGNATURE
from .common_meter import MeterCase


@tagged("post_install", "-at_install")
class TestMeterRound(MeterCase):
    """The round of the reader: one list, saved line by line, taken over as a whole."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.water = cls._create_item("water", "Water")
        cls.meter2 = cls._meter("E-2", sequence=5)
        cls._read(cls.meter2, 0, 500)
        cls.meter3 = cls._meter("W-1", kind="water", service_item_id=cls.water.id)

    def _round(self, user=None, **values):
        values.setdefault("date", self.start + timedelta(days=30))
        return self._as(
            self.env["gov.meter.round"], user or self.inspector_user
        ).create(values)

    def _line(self, walk, meter):
        return walk.line_ids.filtered(lambda line: line.meter_id == meter)

    def test_round_lists_the_meters_in_walking_order(self):
        walk = self._round()
        meters = self.meter2 + self.meter + self.meter3
        self.assertEqual(walk.line_ids.meter_id & meters, meters)
        self.assertEqual(self._round(kind="water").line_ids.meter_id, self.meter3)
        self.assertEqual(walk.read_count, 0)
        self.assertEqual(walk.meter_count, len(walk.line_ids))

    def test_meter_read_on_that_day_or_later_is_left_out(self):
        self._read(self.meter, 30, 1010)
        self.assertNotIn(self.meter, self._round().line_ids.meter_id)
        self.assertIn(
            self.meter, self._round(date=self.start + timedelta(31)).line_ids.meter_id
        )

    def test_line_shows_what_was_there_before(self):
        line = self._line(self._round(), self.meter)
        self.assertEqual(line.before_value, 1000)
        self.assertEqual(line.before_date, self.start)
        self.assertEqual(line.usual_use, 100)
        self.assertFalse(line.is_read)

    def test_form_shows_use_and_warnings_while_typing(self):
        walk = self._round()
        line = self._line(walk, self.meter)
        for value, use, problem, warning in (
            (1100, 100, False, False),
            (1301, 301, False, "at most 300"),
            (999, 0, "below the last", False),
            (100_000, 0, "cannot show", False),
        ):
            with Form(line) as form:
                form.value = value
                self.assertTrue(form.is_read)
                self.assertEqual(form.use, use)
                self.assertRegex(form.problem or "", problem or "^$")
                self.assertRegex(form.warning or "", warning or "^$")

    def test_roll_over_is_pointed_out(self):
        self._read(self.meter, 1, 51_000)
        self._read(self.meter, 2, 99_990)
        line = self._line(self._round(), self.meter)
        line.value = 10
        self.assertEqual(line.use, 20)
        self.assertIn("Passed all nines", line.warning)

    def test_what_was_read_becomes_readings(self):
        walk = self._round()
        line = self._line(walk, self.meter)
        line.write({"value": 1090, "photo": SIGNATURE, "note": "dusty"})
        self._line(walk, self.meter3).write({"value": 0, "is_read": True})
        self.assertEqual(walk.read_count, 2)
        self.assertTrue(walk.action_done())
        self.assertEqual(walk.state, "done")
        reading = line.reading_id
        self.assertRecordValues(
            reading,
            [
                {
                    "value": 1090,
                    "quantity": 90,
                    "note": "dusty",
                    "round_id": walk.id,
                    "reader_id": self.inspector_user.id,
                    "date": walk.date,
                }
            ],
        )
        self.assertTrue(reading.photo)
        self.assertEqual(len(walk.reading_ids), 2)
        self.assertEqual(self.meter2.last_value, 500)
        self.assertEqual((line.before_value, line.use), (1000, 90))
        self.assertEqual(self._usages(reading).quantity, 90)

    def test_one_line_that_cannot_be_stops_all_and_each_is_named(self):
        walk = self._round()
        self._line(walk, self.meter).value = 5
        self._line(walk, self.meter2).value = 123_456
        self._line(walk, self.meter3).value = 7
        with self._refuses(r"(?s)E-2.*cannot show.*E-1.*below the last"):
            walk.action_done()
        self.assertEqual(walk.state, "draft")
        self.assertFalse(self.meter3.last_reading_id)

    def test_empty_round_is_not_taken_over(self):
        with self._refuses("no meter has been read"):
            self._round().action_done()

    def test_round_is_taken_over_once(self):
        walk = self._round()
        line = self._line(walk, self.meter)
        line.value = 1010
        walk.action_done()
        for change in (
            walk.action_done,
            walk.unlink,
            lambda: walk.write({"date": self.start}),
            lambda: line.write({"value": 1020}),
            line.unlink,
            lambda: walk.write({"line_ids": [Command.clear()]}),
        ):
            with self._refuses("has been taken over"):
                change()

    def test_two_rounds_with_one_meter(self):
        first, second = self._round(), self._round()
        for walk in (first, second):
            self._line(walk, self.meter).value = 1010
        first.action_done()
        with self._refuses("was read on"):
            second.action_done()

    def test_round_of_the_future(self):
        with self._refuses("today is"):
            self._round(date=self.today + timedelta(days=1))
        walk = self._round()
        with self._refuses("today is"):
            walk.write({"date": self.today + timedelta(days=1)})

    def test_values_of_the_server(self):
        for vals in ({"state": "done"}, {"reader_id": self.keeper_user.id}):
            with self._refuses("cannot be set directly"):
                self._round(**vals)
            with self._refuses("cannot be set directly"):
                self._round().write(vals)
        line = self._line(self._round(), self.meter)
        for vals in (
            {"meter_id": self.meter2.id},
            {"reading_id": self.first.id},
            {"round_id": self._round().id},
        ):
            with self._refuses("cannot be set directly"):
                line.write(vals)
        with self._refuses("not possible here"):
            line.write({"value": float("nan")})

    def test_whose_round_it_is(self):
        walk = self._round()
        line = self._line(walk, self.meter)
        other = self._as(walk, self.inspector2_user)
        self.assertTrue(other.display_name)
        for change in (
            other.action_done,
            lambda: other.write({"date": self.start}),
            lambda: self._as(line, self.inspector2_user).write({"value": 1}),
            other.unlink,
        ):
            with self.assertRaises(AccessError):
                change()
        self._as(line, self.keeper_user).write({"value": 1003})
        self._as(walk, self.keeper_user).action_done()
        self.assertEqual(line.reading_id.reader_id, self.keeper_user)

    def test_list_costs_as_many_queries_for_many_lines(self):
        def read(count):
            walk = self._round()
            lines = walk.line_ids[:count]
            lines.write({"value": 1001})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            lines.read(["meter_id", "before_value", "use", "problem", "warning"])
            return self.cr.sql_log_count - before

        for number in range(40):
            meter = self._meter(f"Q{number}", usual_use=0)
            self._read(meter, 0, 1000)
        few = read(4)
        self.assertLessEqual(read(40), few + 2)

    def test_open_the_meters_one_by_one(self):
        walk = self._round()
        action = walk.action_lines()
        self.assertEqual(
            self._as(self.env[action["res_model"]], self.inspector_user).search(
                action["domain"]
            ),
            walk.line_ids,
        )

    def test_dialog_asks_for_the_reason(self):
        reading = self._read(self.meter, 10, 1100)
        wizards = self._as(self.env["gov.meter.wizard"], self.inspector_user)
        wizard = wizards.create({"reading_id": reading.id, "reason": "Misread"})
        wizard.action_confirm()
        self.assertEqual(reading.state, "cancelled")
        with self.assertRaises(UserError):
            wizards.create({"reason": "x"}).action_confirm()

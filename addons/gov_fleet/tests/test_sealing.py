from datetime import timedelta

from psycopg2.errors import ExclusionViolation, UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_logistics.tests.common import SIGNATURE

from .common_sealing import SealingCase


@tagged("post_install", "-at_install")
class TestSealingJob(SealingCase):
    """The list makes itself before a holiday."""

    def _prepare(self):
        return self.env["gov.vehicle.sealing"]._prepare_for(self.company)

    def test_made_before_holiday(self):
        self._set_days("holiday", range(5, 8))
        made = self._prepare()
        self.assertRecordValues(
            made,
            [
                {
                    "name": "Test Festival",
                    "date_from": self.today + timedelta(days=5),
                    "date_to": self.today + timedelta(days=7),
                    "state": "draft",
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(
            made.line_ids.vehicle_id,
            self.car + self.car2 + self.mpv + self.bus + self.own_car,
        )

    def test_made_once(self):
        self._set_days("holiday", range(5, 8))
        self.assertTrue(self._prepare())
        self.assertFalse(self._prepare())

    def test_not_too_early(self):
        """The clause says 7 days."""
        self._set_days("holiday", range(8, 10))
        self.assertFalse(self._prepare())
        self._set_days("holiday", range(7, 10))
        self.assertTrue(self._prepare())

    def test_weekends_merge(self):
        """Days off that touch the holiday belong to it; a worked one ends it."""
        calendar_days = self._set_days("holiday", [5])
        # The two days behind it become a plain weekend where they are one.
        weekend = [
            number
            for number in range(2, 9)
            if (self.today + timedelta(days=number)).weekday() >= 5
        ]
        self.workdays.search(
            [
                ("company_id", "=", self.company.id),
                ("date", "in", [self.today + timedelta(days=n) for n in weekend]),
                ("kind", "=", "workday"),
            ]
        ).unlink()
        self.workdays.search(
            [
                ("company_id", "=", False),
                ("date", "in", [self.today + timedelta(days=n) for n in weekend]),
            ]
        ).unlink()
        saturday = min(n for n in weekend if n + 1 in weekend)
        calendar_days.unlink()
        self._set_days("holiday", [saturday - 1])
        made = self._prepare()
        self.assertEqual(made.date_from, self.today + timedelta(days=saturday - 1))
        self.assertEqual(made.date_to, self.today + timedelta(days=saturday + 1))

    def test_make_up_saturday_is_no_weekend(self):
        self._set_days("holiday", [5])
        made = self._prepare()
        self.assertEqual(made.date_from, made.date_to)

    def test_plain_weekend_makes_none(self):
        self.workdays.search([("company_id", "=", self.company.id)]).unlink()
        shared = self.workdays.search(
            [
                ("company_id", "=", False),
                ("date", ">=", self.today),
                ("date", "<=", self.today + timedelta(days=30)),
            ]
        )
        shared.unlink()
        self.assertFalse(self._prepare())

    def test_proposals(self):
        """By class, by what is booked, and as last time."""
        self.own_car.write(
            {
                "net_car_value": 110000,
                "displacement": 1.6,
                "usage_class": "confidential",
            }
        )
        self.env["gov.vehicle.booking"]._take(
            [
                {
                    "vehicle_id": self.car2.id,
                    "company_id": self.company.id,
                    "kind": "repair",
                    "date_start": self._at(8, days=4),
                    "date_end": self._at(8, days=6),
                }
            ]
        )
        self._set_days("holiday", range(5, 8))
        made = self._prepare()
        self.assertEqual(self._line(made, self.mpv).kind, "duty")
        self.assertEqual(self._line(made, self.own_car).kind, "exempt")
        self.assertEqual(self._line(made, self.car2).kind, "workshop")
        self.assertEqual(self._line(made, self.car).kind, "sealed")
        self.assertTrue(self._line(made, self.own_car).reason)

    def test_as_last_time(self):
        before = self._list(first=-10, last=-9)
        self._line(before, self.car).write({"kind": "duty", "reason": "Flood watch"})
        self._line(before, self.mpv).kind = "sealed"
        self._set_days("holiday", range(5, 8))
        made = self._prepare()
        self.assertRecordValues(
            self._line(made, self.car), [{"kind": "duty", "reason": "Flood watch"}]
        )
        self.assertEqual(self._line(made, self.mpv).kind, "sealed")
        self.assertEqual(made.keeper_id, self.pool_head)

    def test_one_list_in_database(self):
        self._list(first=3, last=5)
        vals = {
            "name": "Twice",
            "date_from": self.today + timedelta(days=5),
            "date_to": self.today + timedelta(days=6),
        }
        with self.assertRaisesRegex(UserError, "already"):
            self.sealings.create(vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation):
            self.env.cr.execute(
                "INSERT INTO gov_vehicle_sealing"
                " (name, date_from, date_to, company_id, state)"
                " VALUES ('Twice', %s, %s, %s, 'draft')",
                (vals["date_from"], vals["date_to"], self.company.id),
            )

    def test_disposed_vehicles_are_left_out(self):
        engine(self.car2).gov_state = "disposed"
        self.assertNotIn(self.car2, self._list(first=3, last=5).line_ids.vehicle_id)


@tagged("post_install", "-at_install")
class TestSealing(SealingCase):
    """Sealing, unsealing and what the board knows of it."""

    def test_counts_while_typing(self):
        """The form counts its saved rows while one of them is being typed."""
        sealing = self._list()
        typed = sealing.new(origin=sealing)
        self.assertTrue(sealing.sealed_count)
        self.assertEqual(typed.sealed_count, sealing.sealed_count)

    def test_windows_follow_kind(self):
        sealing = self._list(first=3, last=5)
        line = self._line(sealing, self.car)
        window = self._windows(self.car)
        self.assertEqual((window.date_start, window.date_end), sealing._get_window())
        self.assertEqual(window.res_id, line.id)
        line.write({"kind": "duty", "reason": "Duty"})
        self.assertFalse(self._windows(self.car))
        line.kind = "sealed"
        self.assertTrue(self._windows(self.car))
        sealing.date_to = self.today + timedelta(days=6)
        self.assertEqual(self._windows(self.car).date_end, sealing._get_window()[1])
        sealing.unlink()
        self.assertFalse(self._windows(self.car))

    def test_booked_vehicle_is_refused(self):
        sealing = self._list(first=3, last=5)
        line = self._line(sealing, self.car)
        line.write({"kind": "duty", "reason": "Duty"})
        self.env["gov.vehicle.booking"]._take(
            [
                {
                    "vehicle_id": self.car.id,
                    "company_id": self.company.id,
                    "kind": "other",
                    "date_start": self._at(8, days=4),
                    "date_end": self._at(9, days=4),
                }
            ]
        )
        with self.assertRaisesRegex(UserError, "taken"):
            line.kind = "sealed"

    def test_whole_path(self):
        sealing = self._list()
        self._complete(sealing)
        self.assertEqual(
            sorted(sealing.line_ids.filtered("strip_number").mapped("strip_number")),
            ["A00126", "A00127", "A00128", "A00129"],
        )
        sealing.action_seal()
        self.assertEqual(sealing.state, "sealed")
        self.assertTrue(sealing.number)
        line = self._line(sealing, self.car)
        self.assertRecordValues(
            line,
            [
                {
                    "state": "sealed",
                    "keeper_id": self.pool_head.id,
                    "sealed_by_id": self.dispatcher.id,
                    "supervisor_id": self.works_head.id,
                }
            ],
        )
        self.assertTrue(self.car.is_holiday_sealed)
        self.assertIn("A00", self.car.dispatch_block)
        for each in sealing.line_ids.filtered(lambda each: each.state == "sealed"):
            each.odometer_out = each.odometer_in
        line.write({"odometer_out": 10038, "photo_out": SIGNATURE})
        sealing.action_unseal()
        self.assertEqual(sealing.state, "unsealed")
        self.assertEqual(line.difference, 38)
        self.assertEqual(sealing.difference_count, 1)
        finding = self._found("vehicle_sealing_odometer")
        self.assertEqual((finding.res_id, finding.severity), (line.id, "serious"))
        self.assertEqual(finding.employee_id, self.pool_head)
        self.assertIn("38", finding.evidence)
        self.assertFalse(self.car.is_holiday_sealed)
        self.assertFalse(self.car.dispatch_block)

    def test_no_finding_without_difference(self):
        sealing = self._sealed()
        for line in sealing.line_ids.filtered(lambda line: line.state == "sealed"):
            line.odometer_out = line.odometer_in
        sealing.action_unseal()
        self.assertFalse(self._found("vehicle_sealing_odometer"))

    def test_broken_strip(self):
        sealing = self._sealed()
        for line in sealing.line_ids.filtered(lambda line: line.state == "sealed"):
            line.odometer_out = line.odometer_in
        line = self._line(sealing, self.bus)
        line.is_strip_whole = False
        sealing.action_unseal()
        self.assertEqual(self._found("vehicle_strip_broken").res_id, line.id)

    def test_incomplete_lines_are_named(self):
        sealing = self._list()
        sealing.action_number_strips()
        with self.assertRaisesRegex(UserError, "10001.*Odometer"):
            sealing.action_seal()
        self.assertEqual(sealing.state, "draft")

    def test_reasons_are_asked(self):
        sealing = self._list()
        self._complete(sealing)
        self._line(sealing, self.car).write({"kind": "exempt", "reason": " "})
        with self.assertRaisesRegex(UserError, "10001"):
            sealing.action_seal()

    def test_unseal_needs_readings(self):
        sealing = self._sealed()
        with self.assertRaisesRegex(UserError, "10001"):
            sealing.action_unseal()

    def test_unseal_not_before_the_end(self):
        sealing = self._sealed(first=-1, last=2)
        for line in sealing.line_ids.filtered(lambda line: line.state == "sealed"):
            line.odometer_out = line.odometer_in
        with self.assertRaisesRegex(UserError, "permit"):
            sealing.action_unseal()

    def test_sealed_on_the_eve_is_taken_at_once(self):
        sealing = self._sealed(first=1, last=3)
        window = self._windows(self.car)
        self.assertLessEqual(window.date_start, fields.Datetime.now())
        self.assertEqual(window.date_end, sealing._get_window()[1])

    def test_vehicle_that_is_out(self):
        sealing = self._list()
        self._complete(sealing)
        trip = self._trip(self.car, state="out", date_start=fields.Datetime.now())
        with self.assertRaisesRegex(UserError, "10001"):
            sealing.action_seal()
        line = self._line(sealing, self.car)
        line.write({"kind": "duty", "reason": "Comes back late"})
        sealing.action_seal()
        engine(trip).state = "cancelled"
        line.write({"kind": "sealed", "strip_number": "B1", "odometer_in": 10050})
        line.action_seal()
        self.assertEqual(line.state, "sealed")

    def test_values_stand_after_their_step(self):
        sealing = self._list()
        line = self._line(sealing, self.car)
        with self.assertRaisesRegex(UserError, "cannot"):
            line.odometer_out = 10000
        self._complete(sealing)
        sealing.action_seal()
        for vals in (
            {"odometer_in": 1},
            {"strip_number": "X"},
            {"kind": "duty", "reason": "x"},
            {"vehicle_id": self.mpv.id},
        ):
            with self.assertRaisesRegex(UserError, "cannot"):
                line.write(vals)
        with self.assertRaisesRegex(UserError, "state"):
            sealing.date_to = self.today + timedelta(days=9)
        with self.assertRaisesRegex(UserError, "cannot"):
            line.unlink()
        with self.assertRaisesRegex(UserError, "deleted"):
            sealing.unlink()

    def test_bad_input(self):
        sealing = self._list()
        line = self._line(sealing, self.car)
        for vals in (
            {"odometer_in": -1},
            {"odometer_in": 10**9},
            {"odometer_in": 10**self.car.odometer_digits},
            {"odometer_in": float("nan")},
            {"odometer_in": "many"},
            {"photo_in": "bm8="},
            {"keeper_id": 2**30},
            {"kind": "gone"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                line.write(vals)
        sealing.first_strip = "strip"
        with self.assertRaisesRegex(UserError, "figures"):
            sealing.action_number_strips()
        with self.assertRaises(UserError):
            self.sealings.create(
                {"name": "Back", "date_from": self.today, "date_to": "2020-01-01"}
            )

    def test_strip_twice(self):
        sealing = self._list()
        self._line(sealing, self.car).strip_number = "Z9"
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._line(sealing, self.bus).strip_number = "Z9"
            self.env.flush_all()

    def test_paper(self):
        sealing = self._sealed()
        html = self.env["ir.actions.report"]._render_qweb_html(
            "gov_fleet.action_report_vehicle_sealing", sealing.ids
        )[0]
        text = html.decode()
        for part in ("封存登记表", "岚A·10001", "A00126", "监督人", "钥匙保管人"):
            self.assertIn(part, text)

    def test_query_counts(self):
        """A list of many costs no more queries than one of few."""
        few = self._list(first=3, last=4)
        many = self.sealings
        for number in range(6, 26, 2):
            many |= self._list(first=number, last=number, prepare=False)
        spec = {
            name: {}
            for name in ("name", "state", "sealed_count", "duty_count", "can_seal")
        }
        counts = []
        for records in (few, many | few):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.web_read(spec)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
class TestSealingPermit(SealingCase):
    """A sealed vehicle is used in an urgent matter."""

    def _permit(self, line, **values):
        return self._as(
            self.env["gov.vehicle.sealing.permit"], self.dispatcher_user
        ).create(
            {
                "line_id": line.id,
                "purpose": "Landslide on the county road",
                "date_start": fields.Datetime.now(),
                "date_end": fields.Datetime.now() + timedelta(hours=4),
                "employee_id": self.dispatcher.id,
                **values,
            }
        )

    def _approved_permit(self):
        self._on_duty()
        sealing = self._sealed(first=-1, last=2)
        line = self._line(sealing, self.car)
        permit = self._permit(line)
        permit.action_submit()
        self.assertEqual(permit.leader_id, self.leader)
        permit.with_user(self.leader_user).action_approve()
        return line, permit

    def test_whole_path(self):
        line, permit = self._approved_permit()
        self.assertEqual(permit.state, "approved")
        self.assertIn("Sealed", self.car.dispatch_block)
        permit.odometer_out = 10000
        permit.action_open_seal()
        self.assertEqual((permit.state, line.state), ("opened", "opened"))
        self.assertFalse(self.car.dispatch_block)
        permit.action_reseal(10044, "B7")
        self.assertEqual((permit.state, line.state), ("resealed", "sealed"))
        self.assertRecordValues(line, [{"permitted_km": 44, "strip_number": "B7"}])
        self.assertTrue(self.car.dispatch_block)
        engine(line.sealing_id).date_to = self.today
        for each in line.sealing_id.line_ids.filtered(lambda e: e.state == "sealed"):
            each.odometer_out = each.odometer_in + each.permitted_km
        line.sealing_id.action_unseal()
        self.assertFalse(self._found("vehicle_sealing_odometer"))
        self.assertEqual(line.difference, 0)

    def test_two_permits_of_one_vehicle(self):
        """What one permit lets go on the board, another does not take back."""
        line, first = self._approved_permit()
        tomorrow = fields.Datetime.now() + timedelta(hours=22)
        start, end = tomorrow, tomorrow + timedelta(hours=3)
        second = self._permit(line, date_start=start, date_end=end)
        second.action_submit()
        second.with_user(self.leader_user).action_approve()
        now = fields.Datetime.now() + timedelta(minutes=5)

        def is_free(moment):
            windows = self._windows(self.car)
            return not windows.filtered(lambda w: w.date_start <= moment < w.date_end)

        self.assertTrue(is_free(now), "the first permit stays free")
        taken = self.env["gov.vehicle.booking"]._take(
            [
                {
                    "company_id": self.company.id,
                    "vehicle_id": self.car.id,
                    "date_start": start,
                    "date_end": end,
                    "kind": "other",
                }
            ]
        )
        first.action_open_seal(10000)
        first.action_reseal(10044, "B7")
        self.assertEqual((first.state, second.state), ("resealed", "approved"))
        self.assertFalse(is_free(now))
        self.assertTrue(is_free(start) and taken.active)
        self.assertFalse(is_free(end))

    def test_drift_beside_the_permit(self):
        """Driven before the permit opened the seal: that stands in the difference."""
        line, permit = self._approved_permit()
        permit.action_open_seal(10020)
        permit.action_reseal(10044, "B7")
        engine(line.sealing_id).date_to = self.today
        for each in line.sealing_id.line_ids.filtered(lambda e: e.state == "sealed"):
            each.odometer_out = each.odometer_in
        line.odometer_out = 10044
        line.sealing_id.action_unseal()
        self.assertEqual(line.difference, 20)
        self.assertEqual(self._found("vehicle_sealing_odometer").res_id, line.id)

    def test_unsealed_while_open(self):
        line, permit = self._approved_permit()
        permit.action_open_seal(10000)
        engine(line.sealing_id).date_to = self.today
        for each in line.sealing_id.line_ids.filtered(lambda e: e.state == "sealed"):
            each.odometer_out = each.odometer_in
        line.odometer_out = 10030
        line.sealing_id.action_unseal()
        self.assertEqual((line.difference, permit.state), (0, "resealed"))

    def test_only_the_leader_on_duty(self):
        self._on_duty()
        permit = self._permit(self._line(self._sealed(last=2), self.car))
        permit.action_submit()
        for user in (self.office_head_user, self.dispatcher2_user, self.fleet_user):
            with self.assertRaises(UserError):
                permit.with_user(user).action_approve()
        self.assertEqual(permit.state, "submitted")

    def test_nobody_on_duty(self):
        permit = self._permit(self._line(self._sealed(last=2), self.car))
        with self.assertRaisesRegex(UserError, "roster"):
            permit.action_submit()

    def test_not_sealed(self):
        self._on_duty()
        sealing = self._sealed(last=2)
        permit = self._permit(self._line(sealing, self.mpv))
        with self.assertRaisesRegex(UserError, "not sealed"):
            permit.action_submit()

    def test_steps_in_order(self):
        _line, permit = self._approved_permit()
        with self.assertRaisesRegex(UserError, "state"):
            permit.action_reseal(10000, "B7")
        with self.assertRaisesRegex(UserError, "reading"):
            permit.action_open_seal()
        with self.assertRaisesRegex(UserError, "reading"):
            permit.action_open_seal(True)
        permit.action_open_seal(10000)
        with self.assertRaisesRegex(UserError, "state"):
            permit.action_open_seal(10000)
        with self.assertRaisesRegex(UserError, "strip"):
            permit.action_reseal(10010)
        with self.assertRaisesRegex(UserError, "below"):
            permit.action_reseal(9990, "B7")
        with self.assertRaisesRegex(UserError, "cannot"):
            permit.odometer_out = 1
        for vals in ({"state": "resealed"}, {"leader_id": self.staff.id}):
            with self.assertRaisesRegex(UserError, "no longer"):
                permit.write(vals)

    def test_window_is_free(self):
        line, permit = self._approved_permit()
        windows = self._windows(self.car)
        now = permit.date_start + timedelta(minutes=5)
        self.assertFalse(
            windows.filtered(lambda w: w.date_start <= now < w.date_end), windows
        )
        self.assertTrue(windows.filtered(lambda w: w.date_start >= permit.date_end))
        permit.action_cancel("Not needed after all")
        self.assertTrue(
            self._windows(self.car).filtered(lambda w: w.date_start <= now < w.date_end)
        )
        self.assertEqual(line.state, "sealed")

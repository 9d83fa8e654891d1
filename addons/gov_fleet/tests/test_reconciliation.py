from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .test_track import TrackCase


class ReconciliationCase(TrackCase):
    """Runs of the month that is over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = cls._as(cls.env["gov.vehicle.reconciliation"], cls.fleet_user)
        cls.lines = cls.env["gov.vehicle.reconciliation.line"]

    def _run(self, run=None, limit=None):
        """Return a run of the month, done."""
        run = run or self.runs.create({"month": self.month})
        run.action_start()
        worker = engine(run.sudo())
        while worker._step(limit):
            pass
        return run

    def _matters(self):
        return self.lines.search([("company_id", "=", self.company.id)])

    def _one(self):
        lines = self._matters()
        self.assertEqual(len(lines), 1, lines.mapped("evidence"))
        return lines


@tagged("post_install", "-at_install")
class TestReconciliation(ReconciliationCase):
    """Slips against odometers, fuel, tolls and sealing."""

    def test_all_fits(self):
        self._back(self.car, 3, 8, 10, 50, toll_amount=20)
        self._back(self.car, 4, 8, 10, 50, before=10050)
        run = self._run()
        self.assertFalse(self._matters())
        self.assertRecordValues(
            run,
            [{"state": "done", "trip_count": 2, "matter_count": 0, "done_count": 5}],
        )

    def test_gap(self):
        trip = self._back(
            self.car, 3, 8, 10, 50, gap_km=38, previous_reading=9962, has_gap=True
        )
        self._run()
        line = self._one()
        self.assertRecordValues(
            line,
            [
                {
                    "trip_id": trip.id,
                    "driver_id": self.driver.id,
                    "kind": "mismatch",
                    "month": self.month,
                }
            ],
        )
        self.assertIn("38", line.odometer)
        self.assertTrue(line.slip and line.tolls)
        self.assertEqual(line.finding_id.rule_code, "vehicle_mismatch")
        self.assertEqual(line.finding_id.employee_id, self.driver)

    def test_department_of_that_time(self):
        """The section that had the vehicle then explains, not the present one."""
        engine(self.car.department_history_ids).date_from = "2020-01-01"
        trip = self._back(self.car, 3, 8, 10, 50, gap_km=38, previous_reading=9962)
        engine(trip).department_id = self.carpool
        engine(self.car).department_id = self.office
        self.car._note_department()
        self._run()
        self.assertEqual(self._one().department_id, self.carpool)

    def test_fill_on_a_trip_over_all_nines(self):
        trip = self._back(
            self.car,
            *(3, 8, 10, 50),
            odometer_out=999980,
            odometer_in=30,
            is_rollover=True,
        )
        self._fill(trip, odometer=999990)
        self._fill(trip, odometer=20)
        self._run()
        self.assertFalse(self._matters())
        self._fill(trip, odometer=500)
        self._run(self.runs.search([]))
        self.assertIn("500", self._one().fuel)

    def test_gap_that_the_trip_has_raised(self):
        """One matter, one finding."""
        trip = self._back(self.car, 3, 8, 10, 50, gap_km=38, previous_reading=9962)
        own = self.env["gov.finding"]._raise("vehicle_odometer_gap", trip, "38 km")
        self._run()
        self.assertEqual(self._one().finding_id, own)
        self.assertFalse(self._found("vehicle_mismatch"))

    def test_side_by_side(self):
        """Several sources on one trip: one finding that names them all."""
        trip = self._back(
            self.car,
            3,
            8,
            10,
            50,
            gap_km=38,
            previous_reading=9962,
            toll_amount=120,
        )
        self._fill(trip, odometer=10400)
        self._run()
        line = self._one()
        self.assertIn("10400", line.fuel)
        self.assertIn("120", line.tolls)
        finding = self._found("vehicle_mismatch")
        self.assertEqual(len(finding), 1)
        for part in ("38", "10400", "120"):
            self.assertIn(part, finding.evidence)

    def _fill(self, trip, **values):
        return engine(self.env["gov.fuel.entry"]).create(
            {
                "vehicle_id": trip.vehicle_id.id,
                "driver_id": trip.driver_id.id,
                "company_id": self.company.id,
                "date": trip.date_start + timedelta(minutes=30),
                "litres": 30,
                "product": "92",
                **values,
            }
        )

    def test_fill_that_fits(self):
        trip = self._back(self.car, 3, 8, 10, 50)
        self._fill(trip, odometer=10020)
        self._run()
        self.assertFalse(self._matters())

    def test_used_while_sealed(self):
        line = self._sealed_line()
        trip = self._back(self.car, 4, 8, 10, 50)
        self._run()
        matter = self._matters().filtered("trip_id")
        self.assertEqual((matter.trip_id, matter.kind), (trip, "sealed"))
        self.assertIn(line.strip_number, matter.sealing)
        self.assertEqual(matter.finding_id.rule_code, "vehicle_sealed_use")
        self.assertEqual(matter.finding_id.severity, "serious")

    def _sealed_line(self, reading=10000, vehicle=None):
        """Return a line that was sealed from day 3 to day 6 of the month."""
        sealings = engine(self.env["gov.vehicle.sealing"])
        sealing = sealings.search([("name", "=", "Old Festival")]) or sealings.create(
            {
                "name": "Old Festival",
                "date_from": self.month.replace(day=3),
                "date_to": self.month.replace(day=6),
                "company_id": self.company.id,
            }
        )
        return engine(self.env["gov.vehicle.sealing.line"]).create(
            {
                "sealing_id": sealing.id,
                "vehicle_id": (vehicle or self.car).id,
                "odometer_in": reading,
                "strip_number": f"S77{vehicle or ''}",
                "state": "sealed",
                "sealed_at": self._moment(3, 7),
                "unsealed_at": self._moment(7, 8),
            }
        )

    def test_permit_is_lawful(self):
        line = self._sealed_line()
        permits = self.env["gov.vehicle.sealing.permit"]
        engine(self._as(permits, self.dispatcher_user)).create(
            {
                "line_id": line.id,
                "purpose": "Flood",
                "employee_id": self.dispatcher.id,
                "date_start": self._moment(4, 7),
                "date_end": self._moment(4, 12),
                "opened_at": self._moment(4, 7),
                "resealed_at": self._moment(4, 11),
            }
        )
        self._back(self.car, 4, 8, 10, 50)
        self._run()
        self.assertFalse(self._matters())

    def test_reading_at_sealing(self):
        self._back(self.car, 2, 8, 10, 50)
        self._sealed_line(reading=10090)
        self._run()
        line = self._one()
        self.assertFalse(line.trip_id)
        self.assertEqual(line.date, self.month.replace(day=3))
        self.assertIn("10090", line.sealing)

    def test_reading_at_sealing_over_all_nines_or_of_a_new_instrument(self):
        self._back(self.car, *(2, 8, 10, 50), odometer_out=999949, odometer_in=999999)
        self._back(self.mpv, 2, 8, 10, 50)
        self.env["gov.vehicle.odometer.replacement"].create(
            {
                "vehicle_id": self.mpv.id,
                "date": self._moment(2, 12),
                "old_value": 10050,
                "new_value": 3,
                "reason": "Broken",
            }
        )
        self._sealed_line(reading=0)
        self._sealed_line(reading=3, vehicle=self.mpv)
        self._run()
        self.assertFalse(self._matters())

    def test_month_of_return(self):
        """A trip over the month's end counts in the month of its return."""
        next_month = self.month + timedelta(days=32)
        self._back(
            self.car,
            28,
            8,
            10,
            50,
            gap_km=38,
            previous_reading=9962,
            return_date=next_month.replace(day=1),
            date_end=self._at(9, day=next_month.replace(day=1)),
        )
        self._run()
        self.assertFalse(self._matters())

    def test_protected_trip_tells_nothing(self):
        self._back(
            self.car,
            3,
            8,
            10,
            50,
            gap_km=38,
            previous_reading=9962,
            is_protected=True,
            route="Secret Hill",
        )
        self._run()
        line = self._one()
        self.assertIn("Protected", line.slip)
        for text in (line.slip, line.evidence, line.finding_id.evidence):
            self.assertNotIn("Secret", text)

    def test_killed_and_run_again(self):
        """Chunks of two; killed after the first; nothing twice, nothing lost."""
        for vehicle in (self.car, self.car2, self.mpv, self.bus):
            self._back(vehicle, 3, 8, 10, 50, gap_km=9, previous_reading=9991)
        run = self.runs.create({"month": self.month})
        run.action_start()
        worker = engine(run.sudo())
        self.assertTrue(worker._step(2))
        self.assertEqual(len(self._matters()), 2)
        self._run(run, limit=2)
        self.assertEqual(len(self._matters()), 4)
        self.assertEqual(len(self._found("vehicle_mismatch")), 4)
        self._run(run)
        self.assertEqual(len(self._matters()), 4)
        self.assertEqual(run.trip_count, 4)

    def test_what_was_closed_stays_closed(self):
        trip = self._back(self.car, 3, 8, 10, 50, gap_km=9, previous_reading=9991)
        run = self._run()
        finding = self._one().finding_id
        finding.with_user(self.driver_user).action_explain("A workshop visit")
        finding.with_user(self.supervision_user).action_dismiss("The bill is there")
        self._run(run)
        self.assertEqual(self._found("vehicle_mismatch"), finding)
        # Something new turns up on the same trip.
        engine(trip).toll_amount = 300
        self._run(run)
        self.assertEqual(len(self._found("vehicle_mismatch")), 2)

    def test_later_evidence_joins_the_open_finding(self):
        trip = self._back(self.car, 3, 8, 10, 50, gap_km=9, previous_reading=9991)
        run = self._run()
        engine(trip).toll_amount = 300
        self._run(run)
        self.assertIn("300", self._found("vehicle_mismatch").evidence)

    def test_rules_of_runs(self):
        run = self.runs.create({"month": self.month.replace(day=15)})
        self.assertEqual(run.month, self.month)
        for user in (self.dispatcher_user, self.supervision_user, self.staff_user):
            with self.assertRaises(AccessError):
                self._as(run, user).action_start()
        with self.assertRaises(UserError):
            run.write({"state": "done"})
        this = self.runs.create({"month": self.today})
        with self.assertRaisesRegex(UserError, "not over"):
            this.action_start()
        run.action_start()
        with self.assertRaisesRegex(UserError, "stays"):
            run.month = self.today
        with self.assertRaisesRegex(UserError, "record"):
            run.unlink()

    def test_who_reads(self):
        self._back(self.car, 3, 8, 10, 50, gap_km=9, previous_reading=9991)
        self._run()
        line = self._one()
        for user in (self.fleet_user, self.supervision_user, self.driver_user):
            self.assertTrue(self._as(line, user).odometer)
            with self.assertRaises(AccessError):
                self._as(line, user).read(["track"])
            with self.assertRaises(UserError):
                self._as(line, user).write({"kind": "private"})
        for user in (self.driver2_user, self.staff_user):
            with self.assertRaises(AccessError):
                self._as(line, user).read(["odometer"])

    def test_queries_grow_with_chunks_only(self):
        """A chunk costs the same queries whatever the number of its trips."""
        self._back(self.car, 3, 8, 9, 10)
        run = self._run()
        counts = []
        for hours in (range(9, 10), range(10, 20)):
            for number, hour in enumerate(hours):
                self._back(self.car, 5, hour, hour, 1, before=10010 + number)
            run.action_start()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            engine(run.sudo())._step()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
class TestTrackComparison(ReconciliationCase):
    """Trips against tracks."""

    def _drive(self, day, hour, vehicle=None, back=True):
        """A drive of some 11 km to the bureau, and back, in ten-minute points."""
        points = [(day, hour, 10 * step, 30 + 0.025 * step) for step in range(5)]
        if back:
            points += [
                (day, hour + 1, 10 * step, 30.1 - 0.025 * step) for step in range(5)
            ]
        return self._import(self._file(*points), vehicle)

    def test_outside_the_window(self):
        self._drive(3, 19)
        self._run()
        line = self._one()
        self.assertEqual((line.kind, line.date), ("private", self.month.replace(day=3)))
        self.assertFalse(line.trip_id)
        self.assertIn("22.2 km", line.track)
        self.assertEqual(line.finding_id.rule_code, "vehicle_private_use")

    def test_who_explains(self):
        """Who drove last; else the head of the vehicle's section."""
        self._drive(3, 19)
        self._back(self.car2, 2, 8, 10, 50)
        self._drive(3, 19, self.car2)
        self._run()
        for line in self._matters():
            finding = line.finding_id
            self.assertEqual(finding.department_id, self.carpool)
            driver = self.driver if line.vehicle_id == self.car2 else line.driver_id
            self.assertEqual(finding.employee_id, driver)

    def test_within_the_window(self):
        self._back(self.car, 3, 19, 21, 23)
        self._drive(3, 19)
        self._run()
        self.assertFalse(self._matters())

    def test_off_the_destination(self):
        trip = self._back(self.car, 3, 8, 10, 50, route="Papers to the county Treasury")
        far = [(3, 8, 10 * step, 30 - 0.02 * step) for step in range(5)]
        self._import(self._file(*far, (3, 9, 50, 30.0)))
        self._run()
        line = self._one()
        self.assertEqual((line.trip_id, line.kind), (trip, "private"))
        self.assertIn("Finance Bureau", line.track)

    def test_at_the_destination(self):
        self._back(self.car, 3, 8, 10, 50, route="财政局")
        self._drive(3, 8)
        self._run()
        self.assertFalse(self._matters())

    def test_parked_elsewhere_at_night(self):
        self._back(self.car, 3, 18, 20, 12)
        self._drive(3, 18, back=False)
        self._run()
        line = self._one()
        self.assertEqual((line.kind, line.date), ("private", self.month.replace(day=4)))
        self.assertIn("10.8 km", line.track)

    def test_night_on_a_trip(self):
        self._trip(
            self.car,
            state="back",
            date_start=self._moment(3, 18),
            date_end=self._moment(4, 9),
            return_date=self.month.replace(day=4),
            odometer_in=10012,
            distance=12,
        )
        self._drive(3, 18, back=False)
        self._run()
        self.assertFalse(self._matters())

    def test_protected_trips_are_not_compared(self):
        """Neither their window, their destination nor the night after them."""
        self._drive(3, 18, back=False)
        trip = self._back(
            self.car, 3, 18, 20, 12, is_protected=True, route="Finance Bureau"
        )
        self._run()
        self.assertFalse(self._matters())
        engine(trip).is_protected = False
        self._run(self.runs.search([("company_id", "=", self.company.id)]))
        self.assertTrue(self._matters())

    def test_noise_and_jumps(self):
        """A parked receiver wanders a little; a jump of the satellite is no drive."""
        noise = [(3, 22, minute, 30 + 0.0003 * (minute % 2)) for minute in range(0, 50)]
        self._import(self._file(*noise, (3, 22, 51, 31.5), (3, 22, 52, 30.0)))
        self._run()
        self.assertFalse(self._matters())

    def test_track_words_are_for_their_group(self):
        self._drive(3, 19)
        self._run()
        line = self._one()
        with self.assertRaises(AccessError):
            self._as(line, self.supervision_user).read(["track"])
        both = self._create_user(
            "gov_sup_track", "gov_base.group_supervision,gov_fleet.group_track"
        )
        self.assertTrue(self._as(line, both).track)
        self.assertNotIn("110.0", line.finding_id.evidence)

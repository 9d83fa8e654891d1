from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PNG

from .common_repair import RepairCase


@tagged("post_install", "-at_install")
class TestMaintenancePlan(RepairCase):
    """Maintenance by km and by months: soft limit, hard limit, what moves it."""

    def _plan(self, **values):
        return self._as(self.env["gov.vehicle.plan"], self.technician_user).create(
            {
                "vehicle_id": self.car.id,
                "name": "Oil and filters",
                "interval_km": 5000,
                "interval_months": 0,
                "last_odometer": 10000,
                **values,
            }
        )

    def _read(self, reading):
        engine(self.car).odometer_value = reading
        self.env.invalidate_all()

    def test_levels_by_km(self):
        plan = self._plan()
        self.assertEqual((plan.next_odometer, plan.soft_km), (15000, 500))
        for reading, level in (
            (14499, "ok"),
            (14500, "soon"),
            (14999.9, "soon"),
            (15000, "due"),
            (16000, "due"),
            (16000.1, "stop"),
        ):
            with self.subTest(reading=reading):
                self._read(reading)
                self.assertEqual(plan.level, level)
                self.assertEqual(bool(self.car.dispatch_block), level == "stop")
                self.assertEqual(self.car._is_serviced(), level in ("ok", "soon"))
        self.assertIn(plan, plan.search([("level", "=", "stop")]))
        self.assertIn("Oil and filters", self.car.dispatch_block)

    def test_replaced_odometer(self):
        """The km go on: neither a free year nor a stop because of the new figures."""
        plan = self._plan(last_date=self.company.gov_today() - timedelta(days=90))
        self._read(12000)
        self.assertEqual(plan.km_left, 3000)
        swap = self._as(
            self.env["gov.vehicle.odometer.replacement"], self.technician_user
        ).create(
            {
                "vehicle_id": self.car.id,
                "date": self._at(8, days=-1),
                "old_value": 12000,
                "new_value": 3,
                "reason": "Broken",
            }
        )
        self.env.invalidate_all()
        self.assertEqual(self.car.odometer_value, 3)
        self.assertEqual((plan.km_left, plan.next_odometer), (3000, 3003))
        self._read(3003)
        self.assertEqual(plan.level, "due")
        plan._done(self.company.gov_today() - timedelta(days=1), 3003)
        self.assertEqual(plan.next_odometer, 8003)
        self._as(swap, self.fleet_user).action_cancel("Of another vehicle")
        self.assertEqual(plan.next_odometer, 20000)
        for value in (-1, 10**7):
            with self.assertRaises(UserError):
                self._plan(last_odometer=value)

    def test_levels_by_time(self):
        """Whichever comes first counts; a window to come is looked at by its day."""
        today = self.company.gov_today()
        plan = self._plan(
            interval_months=6, last_date=today - timedelta(days=150), last_odometer=9000
        )
        self.assertEqual(plan.level, "ok")
        late = self._at(9, day=plan.next_date + timedelta(days=plan.hard_days + 1))
        self.assertFalse(self.car._dispatch_problem(self._at(9), self._at(10)))
        self.assertTrue(self.car._dispatch_problem(late, late + timedelta(hours=1)))

    def test_accepted_order_moves_it(self):
        plan = self._plan()
        self._read(15100)
        action = plan.action_order()
        order = self._as(
            self.env["fleet.vehicle.log.services"], self.technician_user
        ).browse(action["res_id"])
        self.assertEqual(plan.action_order()["res_id"], order.id)
        order.write(
            {
                "employee_id": self.driver.id,
                "vendor_id": self.shop.id,
                "part_line_ids": [
                    Command.create({"name": "Engine oil", "price_unit": 300})
                ],
            }
        )
        self._quote(order, self.shop, 300, choose=True)
        order.action_submit()
        self._decide_all(order)
        order.action_send(15100, self._until())
        self._back(order, 300, 15110)
        for user in (self.driver_user, self.technician2_user):
            self._as(order, user).action_accept("")
        self.assertEqual(plan.last_odometer, 15110)
        self.assertEqual(plan.last_date, self.company.gov_today())
        self.assertEqual(plan.level, "ok")
        with self.assertRaisesRegex(UserError, "starting point"):
            plan.last_odometer = 1
        with self.assertRaisesRegex(UserError, "stays on record"):
            plan.unlink()

    def test_job_tells_once(self):
        plan = self._plan()
        self._read(14600)
        jobs = self.env["gov.vehicle.plan"]
        jobs._cron_tell()
        activity = plan.activity_ids
        self.assertEqual(activity.user_id, self.technician_user)
        jobs._cron_tell()
        self.assertEqual(plan.activity_ids, activity)
        self._read(15000)
        jobs._cron_tell()
        self.assertEqual(len(plan.activity_ids), 1)
        self.assertNotEqual(plan.activity_ids, activity)

    def test_bad_input(self):
        for bad in (
            {"interval_km": 0},
            {"interval_km": -1},
            {"last_odometer": float("nan")},
            {"vehicle_id": 10**9},
            {"soft_km": "many"},
        ):
            with self.subTest(bad=bad), self.assertRaises(Exception) as caught:
                with self.env.cr.savepoint():
                    self._plan(**bad)
                    self.env.flush_all()
            self.assertNotIsInstance(caught.exception, TypeError)

    def test_others_do_not_write(self):
        plan = self._plan()
        with self.assertRaises(Exception) as caught:
            self._as(plan, self.dispatcher_user).hard_km = 90000
        self.assertEqual(type(caught.exception).__name__, "AccessError")

    def test_queries(self):
        """Whether vehicles are serviced costs the same for many as for few."""
        vehicles = self.env["fleet.vehicle"]
        for number in range(24):
            vehicle = self._create_vehicle(f"岚A·5{number:04}", usage_class="support")
            vehicles |= vehicle
            engine(vehicle).odometer_value = 10000
            self._plan(vehicle_id=vehicle.id)
            if number == 3:
                self._set_quota_high()
        self.env.flush_all()

        def count(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            [vehicle._is_serviced() for vehicle in records]
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(vehicles[:4]), count(vehicles))

    def _set_quota_high(self):
        self.env["gov.vehicle.quota"].search(
            [("usage_class", "=", "support")]
        ).number = 90


@tagged("post_install", "-at_install")
class TestOffence(RepairCase):
    """A traffic offence: the driver of the trip of that time, who pays."""

    def setUp(self):
        super().setUp()
        self.moment = fields.Datetime.now() - timedelta(days=2)
        self.trip = self._trip(
            self.car,
            self.driver,
            self.moment - timedelta(hours=1),
            self.moment + timedelta(hours=1),
        )

    def _offence(self, user=None, **values):
        return self._as(
            self.env["gov.vehicle.offence"], user or self.dispatcher_user
        ).create(
            {
                "vehicle_id": self.car.id,
                "date": self.moment,
                "place": "Lake Road",
                "act": "Red light",
                "points": 6,
                "fine": 200,
                **values,
            }
        )

    def _findings(self, offence):
        return self.env["gov.finding"].search(
            [("model", "=", offence._name), ("res_id", "=", offence.id)]
        )

    def test_driver_of_the_trip(self):
        offence = self._offence()
        self.assertEqual(offence.driver_id, self.driver)
        self.assertEqual(offence.trip_id, self.trip)
        finding = self._findings(offence)
        self.assertEqual(finding.rule_code, "vehicle_offence")
        self.assertEqual(finding.employee_id, self.driver)
        self.assertIn("Lake Road", finding.evidence)

    def test_driver_has_a_to_do(self):
        offence = self._offence()
        self.assertEqual(offence.activity_ids.user_id, self.driver_user)
        self.assertEqual(offence.activity_ids.date_deadline, offence.deadline)
        offence.write({"driver_id": self.driver2.id, "driver_note": "Swapped"})
        self.assertEqual(offence.activity_ids.user_id, self.driver2_user)
        offence.action_handle(self.company.gov_today(), "R-1")
        self.assertFalse(offence.activity_ids)

    def test_overdue_by_its_own_institution(self):
        """The day of the offence's institution counts, whoever looks from where."""
        offence = self._offence()
        # Wherever the clock stands, it is a day later there than here.
        self.company.gov_tz = "Pacific/Kiritimati"
        self.other_company.gov_tz = "Etc/GMT+12"
        engine(offence).deadline = self.other_company.gov_today()
        self.assertTrue(offence.is_overdue)
        offences = offence.with_env(self.env).with_context(
            allowed_company_ids=[self.other_company.id, self.company.id]
        )
        for value in (True, False):
            found = offences.search([("is_overdue", "=", value)])
            self.assertEqual(offence in found, value)

    def test_who_reads(self):
        """The office, supervision and the driver; other institutions nothing."""
        offence = self._offence()
        other = self._create_user(
            "other_office",
            "base.group_user,gov_fleet.group_fleet_manager",
            self.other_company,
        )
        for user, reads in (
            (self.driver_user, True),
            (self.driver2_user, False),
            (self.staff_user, False),
            (self.technician_user, True),
            (self.supervision_user, True),
            (other, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._as(offence, user).has_access("read"), reads)
        with self.assertRaises(Exception) as caught:
            self._offence(user=other)
        self.assertIn(type(caught.exception).__name__, ("AccessError", "UserError"))

    def test_few_points_are_no_finding(self):
        self.assertFalse(self._findings(self._offence(points=2)))

    def test_trip_still_out(self):
        self._trip(
            self.car2, self.driver2, self.moment - timedelta(hours=1), state="out"
        )
        offence = self._offence(vehicle_id=self.car2.id)
        self.assertEqual(offence.driver_id, self.driver2)

    def test_nobody_was_out(self):
        offence = self._offence(date=self.moment - timedelta(days=1))
        self.assertFalse(offence.driver_id)
        self.assertFalse(self._findings(offence))
        with self.assertRaisesRegex(UserError, "Name the driver"):
            offence.action_handle(self.company.gov_today(), "R-1")
        with self.assertRaisesRegex(UserError, "how it is known"):
            offence.driver_id = self.driver2
        offence.write({"driver_id": self.driver2.id, "driver_note": "Key book"})
        self.assertEqual(self._findings(offence).employee_id, self.driver2)

    def test_driver_pays(self):
        offence = self._offence()
        mine = self._as(offence, self.driver_user)
        today = self.company.gov_today()
        for day, receipt in (
            (today + timedelta(days=1), "R"),
            (today - timedelta(days=9), "R"),
            (today, " "),
            ("soon", "R"),
            (today, 5),
        ):
            with self.subTest(day=day, receipt=receipt):
                with self.assertRaises(UserError):
                    mine.action_handle(day, receipt)
        mine.action_handle(today, "R-77")
        self.assertEqual((offence.state, offence.receipt), ("handled", "R-77"))
        with self.assertRaisesRegex(UserError, "not possible now"):
            mine.action_dispute("No")

    def test_who_may(self):
        offence = self._offence()
        message = "manager of official vehicles"
        with self.assertRaisesRegex(UserError, message):
            offence.action_lift("Paper 7")
        with self.assertRaises(Exception) as caught:
            self._as(offence, self.driver2_user).action_handle(
                self.company.gov_today(), "R"
            )
        self.assertEqual(type(caught.exception).__name__, "AccessError")
        offence.action_dispute("The plate is misread")
        self._as(offence, self.fleet_user).action_lift("Paper 7")
        self.assertEqual(offence.state, "lifted")

    def test_bad_input(self):
        future = fields.Datetime.now() + timedelta(days=1)
        for bad in ({"date": future}, {"points": "six"}, {"fine": float("nan")}):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                self._offence(**bad)
        offence = self._offence()
        for name, value in (
            ("state", "handled"),
            ("trip_id", False),
            ("points", 0),
            ("vehicle_id", self.car2.id),
            ("company_id", 1),
        ):
            with self.subTest(name=name), self.assertRaises(UserError):
                offence.with_context(gov_engine=True).write({name: value})

    def test_overdue(self):
        offence = self._offence()
        self.assertFalse(offence.is_overdue)
        engine(offence.sudo()).deadline = self.company.gov_today() - timedelta(days=1)
        self.assertTrue(offence.is_overdue)
        self.assertIn(offence, offence.search([("is_overdue", "=", True)]))


@tagged("post_install", "-at_install")
class TestAccident(RepairCase):
    """An accident: papers, claim, share of blame, who paid what."""

    def setUp(self):
        super().setUp()
        moment = fields.Datetime.now() - timedelta(days=2)
        self._trip(
            self.car,
            self.driver,
            moment - timedelta(hours=1),
            moment + timedelta(hours=1),
        )
        self.accident = self._as(
            self.env["gov.vehicle.accident"], self.technician_user
        ).create(
            {
                "vehicle_id": self.car.id,
                "date": moment,
                "place": "Ring Road",
                "description": "Rear bumper",
                "loss_own": 3000,
                "loss_other": 1000,
            }
        )

    def _paper(self, kind="police"):
        self.accident.document_ids = [
            Command.create(
                {"kind": kind, "name": "P-1", "scan": PNG, "scan_name": "p.png"}
            )
        ]

    def _findings(self):
        return self.env["gov.finding"].search(
            [("rule_code", "=", "vehicle_accident"), ("res_id", "=", self.accident.id)]
        )

    def test_whole_way(self):
        accident = self.accident
        self.assertEqual(accident.driver_id, self.driver)
        accident.action_claim(self.insurer.id, "C-1", 4000)
        self.assertEqual(accident.state, "claimed")
        with self.assertRaisesRegex(UserError, "paper of the police"):
            accident.action_settle("main", 3500, 0, 300)
        self._paper()
        with self.assertRaisesRegex(UserError, "more than the loss"):
            accident.action_settle("main", 4000, 0, 1)
        accident.action_settle("main", 3500, 0, 300)
        self.assertEqual((accident.state, accident.amount_own), ("settled", 200))
        finding = self._findings()
        self.assertEqual(finding.employee_id, self.driver)
        self.assertIn("Main blame", finding.evidence)
        with self.assertRaisesRegex(UserError, "manager of official vehicles"):
            accident.action_close()
        self._as(accident, self.fleet_user).action_close()
        with self.assertRaisesRegex(UserError, "closed"):
            accident.document_ids.name = "X"
        with self.assertRaisesRegex(UserError, "settled"):
            accident.loss_own = 1

    def test_no_blame_no_finding(self):
        self._paper("agreement")
        self.accident.action_settle("none", 0, 4000, 0)
        self.assertFalse(self._findings())

    def test_reopen(self):
        self._paper()
        self.accident.action_settle("minor", 4000)
        self._as(self.accident, self.fleet_user).action_reopen("Insurer paid less")
        self.assertEqual(self.accident.state, "claimed")
        self.accident.action_settle("minor", 3000)
        self.assertEqual(self.accident.amount_own, 1000)

    def test_repair_of_an_accident(self):
        action = self.accident.action_order()
        order = self.env["fleet.vehicle.log.services"].browse(action["res_id"])
        self.assertEqual(order.order_kind, "accident")
        self.assertEqual(order.accident_id, self.accident)
        with self.assertRaisesRegex(UserError, "has a repair order"):
            self.accident.action_cancel("Mistake")
        message = "another vehicle"
        with self.assertRaisesRegex(UserError, message):
            order.vehicle_id = self.car2

    def test_bad_input(self):
        accident = self.accident
        for arguments in (
            (10**9, "C", 1),
            (True, "C", 1),
            (self.insurer.id, "", 1),
            (self.insurer.id, "C", -1),
            (self.insurer.id, "C", 0),
            (self.insurer.id, "C", float("inf")),
            (self.insurer.id, "C", "much"),
        ):
            with self.subTest(arguments=arguments), self.assertRaises(UserError):
                accident.action_claim(*arguments)
        for arguments in (("all",), ("main", -1), ("main", 0, None), (None,)):
            with self.subTest(arguments=arguments), self.assertRaises(UserError):
                accident.action_settle(*arguments)
        for name, value in (
            ("state", "closed"),
            ("share", "none"),
            ("amount_insurer", 5),
            ("date", fields.Datetime.now()),
            ("insurer_id", 1),
        ):
            with self.subTest(name=name), self.assertRaises(UserError):
                accident.with_context(gov_engine=True).write({name: value})
        self.assertEqual(accident.state, "reported")

    def test_dispatcher_reports_only(self):
        report = self._as(
            self.env["gov.vehicle.accident"], self.dispatcher_user
        ).create(
            {
                "vehicle_id": self.car2.id,
                "date": fields.Datetime.now(),
                "place": "Gate",
                "description": "Scratch",
            }
        )
        with self.assertRaisesRegex(UserError, "technician"):
            report.action_claim(self.insurer.id, "C", 5)
        with self.assertRaises(Exception) as caught:
            report.place = "Elsewhere"
        self.assertIn(type(caught.exception).__name__, ("AccessError", "UserError"))

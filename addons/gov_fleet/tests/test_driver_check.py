from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_logistics.tests.common import SIGNATURE

from .common_driver import DriverCase


@tagged("post_install", "-at_install")
class TestDriverCheck(DriverCase):
    """The look at the vehicle: when it is asked, what it stops, how it goes again."""

    def test_first_trip_of_the_day(self):
        trip = self._planned()
        mine = self._as(trip, self.driver_user)
        self.assertEqual(mine.check_state, "missing")
        self.assertIn("look at the vehicle", self._refused(mine.action_depart, 10000))
        self.assertEqual(trip.state, "planned")
        self.assertEqual(mine.action_check(self._answers(), note="Clean"), "passed")
        check = trip.check_ids
        self.assertRecordValues(
            check,
            [
                {
                    "cause": "first",
                    "result": "passed",
                    "entry": "phone",
                    "driver_id": self.driver.id,
                    "user_id": self.driver_user.id,
                    "day": self.company.gov_today(),
                    "note": "Clean",
                    "repair_id": False,
                }
            ],
        )
        self.assertEqual(len(check.line_ids), len(self.items))
        self.assertEqual(mine.check_state, "ready")
        mine.action_depart(10000)
        mine.action_return(10010)

    def test_second_trip_asks_nothing_a_new_driver_does(self):
        first = self._as(self._planned(), self.driver_user)
        first.action_check(self._answers())
        first.action_depart(10000)
        first.action_return(10010)
        second = self._as(self._planned(), self.driver_user)
        self.assertEqual(second.check_state, "ready")
        second.action_depart(10010)
        second.action_return(10020)
        other = self._as(self._planned(driver=self.driver2), self.driver2_user)
        self.assertEqual(other.check_state, "missing")
        self.assertIn("look at", self._refused(other.action_depart, 10020))
        other.action_check(self._answers())
        self.assertEqual(other.check_ids.cause, "driver")
        other.action_depart(10020)

    def test_yesterdays_check_does_not_count(self):
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers())
        check = trip.check_ids
        self._engine(check).day = check.day - timedelta(days=1)
        trip.invalidate_recordset()
        self.assertEqual(trip.check_state, "missing")

    def test_failed_item_blocks_and_opens_a_repair(self):
        trip = self._as(self._planned(), self.driver_user)
        result = trip.action_check(self._answers(brakes="Pedal goes to the floor"))
        self.assertEqual(result, "failed")
        check = trip.check_ids.sudo()
        self.assertTrue(check.is_blocking)
        self.assertIn("Pedal goes to the floor", check.fault_text)
        order = check.repair_id
        self.assertRecordValues(
            order,
            [
                {
                    "vehicle_id": self.car.id,
                    "order_kind": "repair",
                    "employee_id": self.driver.id,
                }
            ],
        )
        self.assertIn("Pedal", order.description)
        # Neither the driver nor a dispatcher gets away with it, nor another trip.
        for user in (self.driver_user, self.dispatcher_user, self.fleet_user):
            with self.subTest(user=user.login):
                mine = self._as(trip, user)
                self.assertIn("stays here", self._refused(mine.action_depart, 10000))
        dispatcher = self._as(trip, self.dispatcher_user)
        self.assertIn(
            "stays here", self._refused(dispatcher.action_waive_check, "No time")
        )
        self.assertIn("stays here", self._refused(trip.action_check, self._answers()))
        self.assertIn("Pedal", self.car.dispatch_block)
        self.car.invalidate_recordset()
        problems = self.car._dispatch_problems(self._at(9), self._at(10))
        self.assertIn("Pedal", problems[self.car.id])

    def test_lifted_with_a_reason_by_somebody_else(self):
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers(lights="Left brake light is out"))
        check = trip.check_ids
        self.assertFalse(check.can_lift)
        self.assertIn("technician", self._refused(check.action_lift, "New bulb"))
        technician = self._as(check, self.technician_user)
        self.assertTrue(technician.can_lift)
        for bad in ("", "  ", None, 5, "x" * 501, "a\0b"):
            with self.subTest(bad=bad):
                self._refused(technician.action_lift, bad)
        self.assertTrue(technician.action_lift("New bulb"))
        self.assertEqual(check.lifted_by_id, self.technician_user)
        self.assertFalse(check.is_blocking)
        self.assertIn("any more", self._refused(technician.action_lift, "Again"))
        # The vehicle is looked at again before it leaves.
        self.assertEqual(trip.check_state, "missing")
        trip.action_check(self._answers())
        self.assertEqual(trip.check_ids.sorted("id")[-1:].cause, "again")
        trip.action_depart(10000)

    def test_dispatcher_who_drove_does_not_lift(self):
        self._create_person(
            "drives",
            "Dong Ke",
            self.carpool,
            71,
            "Officer",
            "gov_fleet.group_dispatcher",
        )
        trip = self._as(self._planned(driver=self.drives), self.drives_user)
        answers = self._answers()
        item = self.env.ref("gov_fleet.check_item_brakes")
        answers[item.id] = {"ok": False, "note": "Soft"}
        trip.action_check(answers)
        self.assertIn("somebody else", self._refused(trip.check_ids.action_lift, "ok"))

    def test_repair_done_opens_the_way(self):
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers(brakes="Soft"))
        order = self._engine(trip.sudo().check_ids.repair_id)
        order.approval_state = "cancelled"
        self.env.invalidate_all()
        self.assertEqual(order.order_state, "cancelled")
        self.assertFalse(trip.check_ids.is_blocking)
        trip.action_check(self._answers())
        trip.action_depart(10000)

    def test_fault_that_does_not_block(self):
        trip = self._as(self._planned(), self.driver_user)
        result = trip.action_check(self._answers(papers="Licence book missing"))
        self.assertEqual(result, "passed")
        self.assertTrue(trip.check_ids.sudo().repair_id)
        trip.action_depart(10000)

    def test_photo_where_asked(self):
        trip = self._as(self._planned(), self.driver_user)
        answers = self._answers(tyres="Nail in the front left")
        self.assertIn("photo", self._refused(trip.action_check, answers))
        item = self.env.ref("gov_fleet.check_item_tyres")
        for bad in ("not base64!", "aGVsbG8=", 7, {"x": 1}):
            answers[item.id]["photo"] = bad
            with self.subTest(bad=bad):
                self._refused(trip.action_check, answers)
        answers[item.id]["photo"] = SIGNATURE
        self.assertEqual(trip.action_check(answers, photo=SIGNATURE), "failed")
        check = trip.check_ids
        self.assertTrue(check.photo)
        self.assertTrue(check.line_ids.filtered(lambda ln: not ln.is_ok).photo)

    def test_bad_answers(self):
        trip = self._as(self._planned(), self.driver_user)
        brakes = self.env.ref("gov_fleet.check_item_brakes").id
        for bad in (
            None,
            [],
            "all",
            {},
            {brakes: True},
            {**self._answers(), brakes: "yes"},
            {**self._answers(), brakes: {"ok": 1}},
            {**self._answers(), brakes: {"ok": False}},
            {**self._answers(), brakes: {"ok": False, "note": "x" * 501}},
            {**self._answers(), brakes: {"ok": False, "note": 5}},
            {**self._answers(), 987654: True},
            {**self._answers(), "x": True},
            {**self._answers(), self.env.ref("gov_fleet.check_item_battery").id: True},
        ):
            with self.subTest(bad=bad):
                self._refused(trip.action_check, bad)
        self.assertFalse(trip.check_ids)
        # JSON knows texts only as keys.
        answers = {str(key): value for key, value in self._answers().items()}
        self.assertEqual(trip.action_check(answers), "passed")

    def test_electric_vehicles_are_asked_other_things(self):
        electric = self._create_vehicle("岚A·10099", fuel_type="electric")
        names = self.env["gov.vehicle.check.item"]._for_vehicle(electric).mapped("name")
        self.assertIn("Charge and cable", names)
        self.assertNotIn("Oil, coolant, no leaks", names)

    def test_dispatcher_enters_for_the_driver_and_may_waive(self):
        trip = self._planned(driver=self.firm_driver)
        desk = self._as(trip, self.dispatcher_user)
        desk.action_check(self._answers())
        self.assertEqual(trip.check_ids.entry, "desk")
        self.assertEqual(trip.check_ids.driver_id, self.firm_driver)
        other = self._planned(vehicle=self.car2)
        driver = self._as(other, self.driver_user)
        self.assertIn("dispatcher", self._refused(driver.action_waive_check, "Fire"))
        desk = self._as(other, self.dispatcher_user)
        self._refused(desk.action_waive_check, "")
        self.assertTrue(desk.action_waive_check("Flood: the car goes at once"))
        self.assertEqual(other.check_ids.result, "waived")
        driver.action_depart(10000)
        driver.action_return(10010)
        # For this trip only.
        third = self._as(self._planned(vehicle=self.car2), self.driver_user)
        self.assertEqual(third.check_state, "missing")

    def test_clause_switched_off(self):
        self.env["gov.policy"].create(
            {
                "code": "vehicle.check.required",
                "name": "No check",
                "value_type": "boolean",
                "value": "false",
                "date_from": "2020-01-01",
                "company_id": self.company.id,
                "citation": "Rule of the test",
            }
        )
        trip = self._as(self._planned(), self.driver_user)
        trip.action_depart(10000)

    def test_another_drivers_trip(self):
        trip = self._planned()
        other = self._as(trip, self.driver2_user)
        for call in (
            lambda: other.action_check(self._answers()),
            lambda: other.action_sign(SIGNATURE),
            lambda: other.action_report_fault("Noise"),
            lambda: other.action_driver_start(),
            lambda: other.action_driver_fill(),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call()
        # Who reads the trip as its user does not act on it either.
        head = self._as(self._planned(vehicle=self.car2), self.pool_head_user)
        self._engine(head).department_id = self.carpool
        self.env.flush_all()
        self.assertIn("driven by", self._refused(head.action_check, self._answers()))
        self.assertIn("driven by", self._refused(head.action_report_fault, "Noise"))

    def test_not_after_departure(self):
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers())
        trip.action_depart(10000)
        self.assertIn("Out", self._refused(trip.action_check, self._answers()))

    def test_rows_are_the_servers(self):
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers(brakes="Soft"))
        check = trip.check_ids
        for user in (self.driver_user, self.dispatcher_user, self.fleet_user):
            mine = self._as(check, user)
            for call in (
                lambda c=mine: c.write({"result": "passed"}),
                lambda c=mine: c.write({"lifted_at": datetime(2026, 1, 1)}),
                lambda c=mine: c.line_ids.write({"is_ok": True}),
                lambda c=mine: c.copy(),
                lambda c=mine: c.unlink(),
                lambda c=mine: c.line_ids.unlink(),
            ):
                with (
                    self.subTest(user=user.login),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    call()
        with self.assertRaises(UserError):
            check.sudo().write({"result": "passed"})

    def test_queries_do_not_grow(self):
        trips = self.trips
        for vehicle in (self.car, self.car2, self.mpv, self.bus) * 3:
            trips |= self._planned(vehicle=vehicle)
        mine = self._as(trips, self.driver_user)

        def read(records):
            self.env.invalidate_all()
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            records.read(["check_state", "is_my_trip", "can_sign", "window_text"])
            return self.env.cr.sql_log_count - start

        read(mine)
        self.assertLessEqual(read(mine), read(mine[:3]) + 1)

    def test_items_keep_their_words(self):
        item = self.env.ref("gov_fleet.check_item_brakes")
        # An own one: those for all institutions are not the manager's.
        item.company_id = self.company
        manager = self._as(item, self.fleet_user)
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers())
        self.assertIn("Archive", self._refused(manager.write, {"name": "Paint"}))
        self.assertIn("Archive", self._refused(manager.unlink))
        manager.action_archive()
        self.assertNotIn(item, manager._for_vehicle(self.car))
        with self.assertRaises(AccessError):
            self._as(item, self.driver_user).write({"is_blocking": False})


@tagged("post_install", "-at_install")
class TestDriverSteps(DriverCase):
    """The buttons on the phone: check, start, stop, sign, fill, fault."""

    def _step(self, action):
        return self.env[action["res_model"]].browse(action["res_id"])

    def _mine(self, action, user=None):
        return self._as(self._step(action), user or self.driver_user)

    def test_a_day_on_the_phone(self):
        trip = self._as(self._planned(), self.driver_user)
        self.assertTrue(trip.is_today)
        self.assertIn(trip, trip.search([("is_my_trip", "=", True)]))
        check = self._mine(trip.action_driver_start())
        self.assertEqual(check.kind, "check")
        self.assertEqual(len(check.line_ids), len(self.items))
        start = self._mine(check.action_check())
        self.assertEqual((start.kind, start.last_reading), ("start", 10000))
        self.assertIn("reading", self._refused(start.action_done), "left empty")
        start.odometer = 10000
        start.action_done()
        self.assertEqual(trip.state, "out")
        stop = self._mine(trip.action_driver_stop())
        self.assertIn("reading", self._refused(stop.action_done), "left empty")
        stop.write({"odometer": 10042, "toll_amount": 10, "route": "County Hall"})
        stop.signature = SIGNATURE
        stop.action_done()
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "back",
                    "distance": 42,
                    "toll_amount": 10,
                    "route": "County Hall",
                    "sign_way": "screen",
                }
            ],
        )
        self.assertTrue(trip.signature and trip.signed_at)
        fill = trip.action_driver_fill()
        self.assertEqual(fill["context"]["default_vehicle_id"], self.car.id)

    def test_signed_later(self):
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers())
        trip.action_depart(10000)
        self.assertIn("Out", self._refused(trip.action_sign, SIGNATURE))
        trip.action_return(10010)
        self.assertTrue(trip.can_sign)
        for bad in (None, "", 5, "xx", "aGVsbG8="):
            with self.subTest(bad=bad):
                self._refused(trip.action_sign, bad)
        desk = self._as(trip, self.dispatcher_user)
        self.assertIn("driver alone", self._refused(desk.action_sign, SIGNATURE))
        sign = self._mine(trip.action_driver_sign())
        sign.signature = SIGNATURE
        sign.action_done()
        self.assertEqual(trip.sign_way, "screen")
        self.assertIn("already", self._refused(trip.action_sign, SIGNATURE))
        for values in ({"signature": SIGNATURE}, {"signed_at": False}):
            self._refused(trip.write, values)

    def test_dispatcher_does_not_sign_for_the_driver(self):
        trip = self._as(self._planned(), self.dispatcher_user)
        trip.action_depart(10000)
        message = self._refused(trip.action_return, 10010, signature=SIGNATURE)
        self.assertIn("driver alone", message)
        self.assertEqual(trip.state, "out")
        trip.action_return(10010)
        self.assertFalse(trip.signed_at)

    def test_check_with_a_fault_in_the_dialog(self):
        trip = self._as(self._planned(), self.driver_user)
        check = self._mine(trip.action_driver_check())
        self.assertIn("in order", self._refused(check.action_done))
        check.line_ids.write({"answer": "ok"})
        line = check.line_ids.filtered(
            lambda ln: ln.item_id == self.env.ref("gov_fleet.check_item_brakes")
        )
        line.answer = "bad"
        self.assertIn("what is wrong", self._refused(check.action_done))
        line.note = "Soft"
        action = check.action_done()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(trip.check_state, "failed")
        self.assertIn("stays", action["params"]["message"])

    def test_fault(self):
        trip = self._as(self._planned(), self.driver_user)
        fault = self._mine(trip.action_driver_fault())
        self._refused(fault.action_done)
        fault.write({"fault": "Noise in the rear", "photo": SIGNATURE})
        fault.action_done()
        orders = self.env["fleet.vehicle.log.services"].search(
            [("vehicle_id", "=", self.car.id)]
        )
        self.assertEqual(orders.employee_id, self.driver)
        self.assertTrue(orders.message_attachment_count)
        self.assertFalse(orders.is_unsafe)
        order_id = trip.action_report_fault("Steering is loose", is_unsafe=True)
        self.assertTrue(orders.browse(order_id).is_unsafe)
        self.assertTrue(self.car.dispatch_block)

    def test_dialog_of_somebody_else(self):
        trip = self._as(self._planned(), self.driver_user)
        action = trip.action_driver_start()
        step = self._step(action)
        with self.assertRaises(UserError):
            self._as(step, self.driver2_user).action_check()
        mine = self._mine(action)
        other = self._planned(vehicle=self.car2, driver=self.driver2)
        for values in ({"trip_id": other.id}, {"kind": "start"}, {"tablet_id": 1}):
            with self.subTest(values=values):
                self._refused(mine.write, values)
        for name in ("gov.vehicle.step", "gov.vehicle.step.line"):
            with self.assertRaises(AccessError):
                self._as(self.env[name], self.driver_user).create({})
        # The trip went to another driver while the dialog was open.
        self._engine(trip).driver_id = self.driver2
        self.env.flush_all()
        with self.assertRaises(UserError):
            mine.action_check()

    def _window(self, days):
        return {
            "planned_start": self._at(8, days=days),
            "planned_end": self._at(9, days=days),
        }

    def test_is_today(self):
        today = self._planned()
        ahead = self._planned(
            vehicle=self.car2,
            **self._window(2),
        )
        late = self._planned(
            vehicle=self.mpv,
            **self._window(-1),
        )
        found = self.trips.search([("is_today", "=", True)])
        self.assertIn(today, found)
        self.assertIn(late, found)  # it still waits for its driver
        self.assertNotIn(ahead, found)
        self.assertIn(ahead, self.trips.search([("is_today", "=", False)]))
        self.assertEqual((today + ahead + late).mapped("is_today"), [True, False, True])


@tagged("post_install", "-at_install")
class TestConfirm(DriverCase):
    """The user's confirmation: one tap; nothing is blocked without it."""

    def test_one_tap(self):
        request = self._as(self.env["gov.vehicle.request"], self.staff_user).create(
            {
                "purpose": "Visit",
                "destination": "County Hall",
                "date_start": self._at(9),
                "date_end": self._at(11),
            }
        )
        trip = self._planned(request_id=request.id)
        mine = self._as(trip, self.staff_user)
        self.assertTrue(mine.is_my_use)
        self.assertIn(mine, mine.search([("is_my_use", "=", True)]))
        self._refused(mine.action_confirm_mine)
        desk = self._as(trip, self.dispatcher_user)
        desk.action_depart(10000)
        desk.action_return(10010)
        self.assertEqual(trip.confirmation, "none")
        self._refused(desk.action_confirm_mine)
        with self.assertRaises(AccessError):
            self._as(trip, self.works_staff_user).action_confirm_mine()
        self.assertTrue(mine.action_confirm_mine())
        self.assertEqual(trip.confirmation, "app")
        self.assertEqual(trip.confirmed_by_id, self.staff_user)

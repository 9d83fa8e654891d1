from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_driver import PIN, DriverCase


@tagged("post_install", "-at_install")
class TestDriverTablet(DriverCase):
    """The car room's tablet: own name, own PIN, own trips."""

    def setUp(self):
        super().setUp()
        # Tries are counted in a transaction of their own.
        self.registry_enter_test_mode()

    def _tablet(self, driver=None, pin=PIN, user=None):
        tablets = self._as(self.env["gov.vehicle.tablet"], user or self.tablet_user)
        return tablets.create(
            {"driver_id": (driver or self.firm_driver).id, "pin": pin}
        )

    def _step(self, action, tablet):
        self.assertEqual(action["res_model"], "gov.vehicle.step")
        step = self.env["gov.vehicle.step"].browse(action["res_id"])
        return self._as(step, tablet.create_uid)

    def test_labels_speak_the_users_language(self):
        """Choices that follow those of another model have its words."""
        self.env["res.lang"]._activate_lang("zh_CN")
        chinese = self.env(context={"lang": "zh_CN"})
        for model, name, source in (
            ("gov.vehicle.tablet.line", "state", "gov.vehicle.trip"),
            ("gov.vehicle.tablet.line", "check_state", "gov.vehicle.trip"),
            ("gov.vehicle.trip", "usage_class", "fleet.vehicle"),
            ("gov.vehicle.rate", "usage_class", "fleet.vehicle"),
            ("gov.vehicle.rate", "body_type", "fleet.vehicle"),
            ("gov.fuel.import.column", "target", "gov.fuel.mapping"),
        ):
            choice = chinese["ir.model.fields"]._get(source, name).selection_ids[0]
            choice.name = "译名"
            chinese.flush_all()
            with self.subTest(model=model, name=name):
                found = dict(chinese[model].fields_get([name])[name]["selection"])
                self.assertEqual(found[choice.value], "译名")

    def test_a_day_at_the_tablet(self):
        self._set_pin()
        trip = self._planned(driver=self.firm_driver)
        other = self._planned(vehicle=self.car2)
        with self.assertRaises(AccessError):
            self._as(trip, self.tablet_user).read(["number"])
        tablet = self._tablet()
        self.assertIn(self.firm_driver.id, tablet.driver_ids.ids)
        action = tablet.action_enter()
        self.assertEqual(action["res_id"], tablet.id)
        self.assertTrue(tablet.is_open)
        self.assertEqual(tablet.sudo().line_ids.trip_id, trip)
        self.assertNotIn(other, tablet.sudo().line_ids.trip_id)
        line = tablet.line_ids
        self.assertEqual((line.vehicle, line.state), ("岚A·10001", "planned"))
        check = self._step(line.action_start(), tablet)
        self.assertEqual(check.kind, "check")
        self.assertIn("岚A·10001", check.title)
        start = self._step(check.action_check(), tablet)
        self.assertEqual(start.kind, "start")
        start.odometer = 10000
        self.assertEqual(start.action_done()["res_id"], tablet.id)
        self.assertEqual(trip.state, "out")
        self.assertEqual(trip.check_ids.entry, "tablet")
        self.assertEqual(trip.check_ids.driver_id, self.firm_driver)
        stop = self._step(tablet.line_ids.action_stop(), tablet)
        self.assertFalse(stop.needs_sign)
        stop.write({"odometer": 10020, "parking_amount": 5})
        stop.action_done()
        self.assertRecordValues(
            trip, [{"state": "back", "distance": 20, "sign_way": "pin"}]
        )
        self.assertTrue(trip.signed_at)
        fault = self._step(tablet.line_ids.action_fault(), tablet)
        fault.fault = "Noise"
        fault.action_done()
        orders = self.env["fleet.vehicle.log.services"].search(
            [("vehicle_id", "=", self.car.id)]
        )
        self.assertEqual(orders.employee_id, self.firm_driver)

    def test_pin_is_guessed(self):
        self._set_pin()
        trip = self._planned(driver=self.firm_driver)
        # Without a savepoint: what a caller rolls back brings no try back.
        for left in (4, 3, 2, 1):
            with self.assertRaisesRegex(UserError, f"{left} more tries"):
                self._tablet(pin="1234")
        with self.assertRaisesRegex(UserError, "locked"):
            self._tablet(pin="1235")
        # The right one does not open it any more, nor from the dispatcher's login.
        self.assertIn("locked", self._refused(self._tablet))
        self.assertIn("locked", self._refused(self._tablet, user=self.dispatcher_user))
        self.assertEqual(trip.state, "planned")
        pin = self._engine(self.env["gov.vehicle.pin"]).search([])
        pin.invalidate_recordset()
        pin.locked_until = fields.Datetime.now() - timedelta(minutes=1)
        self.env.flush_all()
        self.assertTrue(self._tablet().is_open)

    def test_no_pin_wrong_pin_no_driver(self):
        self.assertIn("no PIN yet", self._refused(self._tablet))
        self._set_pin()
        for bad in ("", False, None):
            tablet = self._tablet(pin=bad)
            self.assertFalse(tablet.is_open)
            self.assertIn("enter your PIN", self._refused(tablet.action_enter))
        for bad in ("25801", "258", "x", "２５８０"):
            with self.subTest(bad=bad):
                self._refused(self._tablet, pin=bad)
        self.assertIn("your name", self._refused(self._tablet, driver=self.staff))
        tablets = self._as(self.env["gov.vehicle.tablet"], self.tablet_user)
        self._refused(tablets.create, {"pin": PIN})
        self._refused(tablets.create, {"driver_id": "x", "pin": PIN})

    def test_another_name_needs_another_pin(self):
        self._set_pin()
        trip = self._planned()  # of a driver with an account
        tablet = self._tablet()
        tablet.driver_id = self.driver
        self.assertFalse(tablet.is_open)
        self._refused(tablet.action_enter)
        self._refused(tablet.write, {"pin": PIN})  # this driver has none
        for values in (
            {"open_until": fields.Datetime.now() + timedelta(days=1)},
            {"company_id": self.other_company.id},
            {"driver_id": self.driver.id, "open_until": "2099-01-01 00:00:00"},
        ):
            with self.subTest(values=values):
                self._refused(tablet.write, values)
        tablets = self._as(self.env["gov.vehicle.tablet"], self.tablet_user)
        self._refused(
            tablets.create,
            {"driver_id": self.driver.id, "open_until": "2099-01-01 00:00:00"},
        )
        # A default of the caller's context opens nothing.
        shown = tablets.with_context(default_open_until="2099-01-01 00:00:00").create(
            {"driver_id": self.driver.id}
        )
        self.assertFalse(shown.is_open)
        self.assertEqual(trip.state, "planned")

    def test_lines_are_the_servers(self):
        self._set_pin()
        trip = self._planned()
        tablet = self._tablet()
        lines = self._as(self.env["gov.vehicle.tablet.line"], self.tablet_user)
        for call in (
            lambda: lines.create({"tablet_id": tablet.id, "trip_id": trip.id}),
            lambda: tablet.write({"line_ids": [(0, 0, {"trip_id": trip.id})]}),
        ):
            with (
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                call()
        # Even a line of another driver's trip does nothing.
        line = self._engine(lines).create({"tablet_id": tablet.id, "trip_id": trip.id})
        line = self._as(line, self.tablet_user)
        for call in (line.action_start, line.action_stop, line.action_fault):
            self.assertIn("somebody else", self._refused(call))

    def test_time_is_up(self):
        self._set_pin()
        trip = self._planned(driver=self.firm_driver)
        tablet = self._tablet()
        tablet.action_enter()
        step = self._step(tablet.line_ids.action_start(), tablet)
        self._engine(tablet).open_until = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertIn("time is up", self._refused(step.action_check))
        self.assertIn("time is up", self._refused(tablet.line_ids.action_fault))
        self.assertEqual(trip.state, "planned")

    def test_screen_of_somebody_else(self):
        self._set_pin()
        tablet = self._tablet()
        tablet.action_enter()
        for user in (self.dispatcher_user, self.driver_user, self.staff_user):
            with (
                self.subTest(user=user.login),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self._as(tablet, user).action_enter()
        for user in (self.driver_user, self.staff_user, self.supervision_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._tablet(user=user)

    def test_leaving_closes_the_screen(self):
        self._set_pin()
        tablet = self._tablet()
        action = tablet.action_leave()
        self.assertNotIn("res_id", action)
        self.assertFalse(tablet.is_open)

    def test_dialog_of_another_tablet(self):
        self._set_pin()
        self._planned(driver=self.firm_driver)
        tablet = self._tablet()
        tablet.action_enter()
        step = self._step(tablet.line_ids.action_start(), tablet)
        with self.assertRaises(UserError):
            self._as(step, self.dispatcher_user).action_check()


@tagged("post_install", "-at_install")
class TestDriverPin(DriverCase):
    """Who sets which PIN; nobody reads one."""

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()

    def _pins(self, user):
        return self._as(self.env["gov.vehicle.pin"], user)

    def test_who_sets_it(self):
        firm, own = self.firm_driver.id, self.driver.id
        self.assertTrue(self._pins(self.dispatcher_user).action_set(firm, PIN))
        for user in (self.driver_user, self.staff_user, self.tablet_user):
            with self.subTest(user=user.login):
                self._refused(self._pins(user).action_set, firm, "9876")
        self.assertTrue(self._pins(self.driver_user).action_set(own, "4711"))
        for user in (self.dispatcher_user, self.fleet_user, self.driver2_user):
            with self.subTest(user=user.login):
                message = self._refused(self._pins(user).action_set, own, "9876")
                self.assertIn("nobody else", message)
        self.env.flush_all()
        pins = self.env["gov.vehicle.pin"]
        self.assertTrue(pins._verify(self.firm_driver, PIN))
        self.assertTrue(pins._verify(self.driver, "4711"))
        row = self._engine(pins).search([("employee_id", "=", firm)])
        self.assertEqual(row.set_by_id, self.dispatcher_user)

    def test_a_new_one_replaces_the_old_one(self):
        self._set_pin()
        self._set_pin(pin="1379")
        pins = self.env["gov.vehicle.pin"]
        self._refused(pins._verify, self.firm_driver, PIN)
        self.assertTrue(pins._verify(self.firm_driver, "1379"))

    def test_bad_input(self):
        pins = self._pins(self.dispatcher_user)
        for bad in ("1111", "123", "123456789", 1234, None, "12a4", "", ["1", "2"]):
            with self.subTest(pin=bad):
                self._refused(pins.action_set, self.firm_driver.id, bad)
        for bad in (0, -1, True, "1", None, 987654, 10**12, self.staff.id):
            with self.subTest(driver=bad):
                self._refused(pins.action_set, bad, PIN)

    def test_nobody_reads_or_writes_it(self):
        self._set_pin()
        row = self._engine(self.env["gov.vehicle.pin"]).search([])
        for user in (
            self.driver_user,
            self.dispatcher_user,
            self.fleet_user,
            self.tablet_user,
            self.supervision_user,
        ):
            mine = self._as(row, user)
            for call in (
                lambda p=mine: p.read(["pin_hash"]),
                lambda p=mine: p.search([("pin_hash", "like", "$")]),
                lambda p=mine: p.write({"failures": 0}),
                lambda p=mine: p.write({"pin_hash": "x"}),
                lambda p=mine: p.unlink(),
                lambda p=mine: p.create({"employee_id": self.driver2.id}),
            ):
                with (
                    self.subTest(user=user.login),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    call()
        with self.assertRaises(UserError):
            row.with_env(self.env).sudo().write({"locked_until": False})

    def test_dialog(self):
        wizards = self._as(self.env["gov.vehicle.pin.wizard"], self.dispatcher_user)
        choice = wizards.new({}).driver_ids.ids
        self.assertIn(self.firm_driver.id, choice)
        self.assertNotIn(self.driver.id, choice)
        self.assertIn(self.firm_driver, wizards._find_drivers())
        values = {"driver_id": self.firm_driver.id, "pin": PIN}
        self.assertIn(
            "differ", self._refused(wizards.create, {**values, "pin_again": "1379"})
        )
        wizard = wizards.create({**values, "pin_again": PIN})
        wizard.action_done()
        wizard.invalidate_recordset()
        self.assertFalse(wizard.pin)
        mine = self._as(wizards, self.driver_user)
        self.assertEqual(mine._find_drivers(), self.driver)
        self.assertEqual(mine.default_get(["driver_id"])["driver_id"], self.driver.id)

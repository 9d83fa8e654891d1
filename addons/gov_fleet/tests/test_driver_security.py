from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common_driver import PIN, DriverCase

# model: who reads / writes / creates rows of the whole institution
MATRIX = {
    "gov.vehicle.check": (("dispatcher", "technician", "fleet", "supervision"), (), ()),
    "gov.vehicle.check.line": (
        ("dispatcher", "technician", "fleet", "supervision"),
        (),
        (),
    ),
    "gov.vehicle.check.item": (
        ("dispatcher", "technician", "fleet", "supervision", "driver", "staff"),
        ("fleet",),
        ("fleet",),
    ),
    "gov.vehicle.log.sheet": (
        ("dispatcher", "fleet", "supervision"),
        ("dispatcher", "fleet"),
        ("dispatcher", "fleet"),
    ),
    "gov.vehicle.log.sheet.line": (("dispatcher", "fleet", "supervision"), (), ()),
    "gov.driver.sheet": (
        ("dispatcher", "fleet", "supervision"),
        ("dispatcher", "fleet"),
        ("dispatcher", "fleet"),
    ),
    "gov.driver.sheet.line": (
        ("dispatcher", "fleet", "supervision"),
        ("dispatcher", "fleet"),
        (),
    ),
    "gov.vehicle.duty.order": (("dispatcher", "fleet", "supervision"), (), ()),
    "gov.vehicle.pin": (("dispatcher", "fleet"), (), ()),
}
USERS = ("dispatcher", "technician", "fleet", "supervision", "driver", "staff")


@tagged("post_install", "-at_install")
class TestDriverAccess(DriverCase):
    """Who reads and writes what, by role."""

    def _rows(self):
        """Return one row of each model, of another driver than ``driver``."""
        trip = self._as(self._planned(driver=self.driver2), self.driver2_user)
        trip.action_check(self._answers())
        check = trip.check_ids.sudo()
        day = self._default_day()
        self._drive(self._at(20, day=day), self._at(21, day=day), driver=self.driver2)
        log = self.env["gov.vehicle.log.sheet"].create(
            {"vehicle_id": self.own_car.id, "month": day}
        )
        self._drive(self._at(9, day=day), self._at(10, day=day), vehicle=self.own_car)
        self._as(log, self.office_head_user).action_sign()
        sheets = self._as(self.env["gov.driver.sheet"], self.fleet_user)
        sheet = sheets.create({"month": day})
        sheet.action_compute()
        shift = self.env["gov.duty.shift"].create(
            {
                "date": self.company.gov_today(),
                "time_from": 0,
                "time_to": 23.99,
                "leader_id": self.leader.id,
            }
        )
        self.assertTrue(shift)
        orders = self._as(self.env["gov.vehicle.duty.order"], self.dispatcher_user)
        order = orders.browse(
            orders.action_leave(
                self.car2.id, self.firm_driver.id, "Hospital", "Illness", 10000
            )
        )
        self._set_pin()
        return {
            "gov.vehicle.check": check,
            "gov.vehicle.check.line": check.line_ids[:1],
            "gov.vehicle.check.item": self.env["gov.vehicle.check.item"].create(
                {"name": "Ladder", "company_id": self.company.id}
            ),
            "gov.vehicle.log.sheet": log,
            "gov.vehicle.log.sheet.line": log.line_ids,
            "gov.driver.sheet": sheet,
            "gov.driver.sheet.line": sheet.line_ids.filtered(
                lambda line: line.driver_id == self.driver2
            ),
            "gov.vehicle.duty.order": order,
            "gov.vehicle.pin": self.env["gov.vehicle.pin"].sudo().search([]),
        }

    def _default_day(self):
        return self.env["gov.vehicle.log.sheet"]._default_month().replace(day=6)

    def test_matrix(self):
        rows = self._rows()
        self.env.flush_all()
        for model, groups in MATRIX.items():
            for name in USERS:
                user = getattr(self, f"{name}_user")
                mine = self._as(rows[model], user)
                self.assertTrue(rows[model], model)
                for operation, allowed in zip(
                    ("read", "write", "create"), groups, strict=True
                ):
                    with self.subTest(model=model, user=name, operation=operation):
                        self.assertEqual(mine.has_access(operation), name in allowed)
                with self.subTest(model=model, user=name, operation="search"):
                    found = self._as(self.env[model], user).has_access("read") and (
                        self._as(self.env[model], user).search(
                            [("id", "in", rows[model].ids)]
                        )
                    )
                    self.assertEqual(bool(found), name in groups[0])

    def test_portal_sees_nothing(self):
        for model in (*MATRIX, "gov.vehicle.step", "gov.vehicle.tablet"):
            with self.subTest(model=model):
                records = self._as(self.env[model], self.portal_user)
                self.assertFalse(records.has_access("read"))

    def test_other_institution(self):
        rows = self._rows()
        other = self._create_user(
            "gov_other_dispatcher", "gov_fleet.group_fleet_manager", self.other_company
        )
        for model, records in rows.items():
            if model == "gov.vehicle.check.item":
                continue
            with self.subTest(model=model), self.assertRaises(AccessError):
                self._as(records, other).read(["display_name"])
        pins = self._as(self.env["gov.vehicle.pin"], other)
        self._refused(pins.action_set, self.firm_driver.id, PIN)
        orders = self._as(self.env["gov.vehicle.duty.order"], other)
        self._refused(
            orders.action_leave, self.car.id, self.driver.id, "Here", "There", 1
        )

    def test_shared_items(self):
        """Items for all institutions are the system administrator's."""
        items = self.env["gov.vehicle.check.item"]
        shared = items.create({"name": "Extinguisher", "company_id": False})
        other = items.create(
            {"name": "Snow chains", "company_id": self.other_company.id}
        )
        system = self._create_user("gov_root", "base.group_system")
        manager = self._as(items, self.fleet_user)
        own = manager.create({"name": "Ladder"})
        self.assertEqual(own.company_id, self.company)
        own.hint = "Is it tied?"
        for item in shared + self.items[:1] + other:
            mine = manager.browse(item.id)
            for call in (
                lambda mine=mine: mine.write({"is_blocking": False}),
                lambda mine=mine: mine.write({"active": False}),
                lambda mine=mine: mine.unlink(),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    call()
        for company in (False, self.other_company.id):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                manager.create({"name": "Rope", "company_id": company})
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                own.company_id = company
        self.assertEqual(manager.browse(shared.id).name, "Extinguisher")
        self._as(shared, system).is_blocking = False
        self.assertTrue(self._as(items, system).create({"name": "Rope"}))
        self.assertFalse(self._as(shared, self.dispatcher_user).has_access("write"))

    def test_head_sees_the_own_section(self):
        rows = self._rows()
        log = rows["gov.vehicle.log.sheet"]
        self.assertTrue(self._as(log, self.office_head_user).has_access("read"))
        self.assertFalse(self._as(log, self.works_head_user).has_access("read"))
        line = rows["gov.vehicle.log.sheet.line"]
        self.assertTrue(self._as(line, self.office_head_user).read(["distance"]))


@tagged("post_install", "-at_install")
class TestDriverRpc(DriverCase, RpcCase):
    """Attacks over real HTTP: another's trip, states, a PIN guessed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_keys(
            [cls.driver_user, cls.driver2_user, cls.tablet_user, cls.dispatcher_user]
        )

    def _json_answers(self):
        return {str(key): value for key, value in self._answers().items()}

    def test_a_driver_on_anothers_trip(self):
        trip = self._planned(driver=self.driver2)
        for context in CONTEXTS:
            for method, arguments in (
                ("action_check", {"results": self._json_answers()}),
                ("action_depart", {"odometer": 10000}),
                ("action_sign", {"signature": "x"}),
                ("action_report_fault", {"fault": "Noise"}),
                ("action_waive_check", {"reason": "Because"}),
                ("action_driver_start", {}),
            ):
                with self.subTest(method=method, context=context):
                    self._assert_refused(
                        self.driver_user,
                        "gov.vehicle.trip",
                        method,
                        ids=trip.ids,
                        context=context,
                        **arguments,
                    )
        self.assertEqual(trip.state, "planned")
        self.assertFalse(trip.check_ids)
        # The trip's own driver does it over the same door.
        status, answer = self._json2(
            self.driver2_user,
            "gov.vehicle.trip",
            "action_check",
            ids=trip.ids,
            results=self._json_answers(),
        )
        self.assertEqual((status, answer), (200, "passed"))
        self.assertTrue(
            self._xmlrpc(
                self.driver2_user, "gov.vehicle.trip", "action_depart", trip.ids, 10000
            )
        )
        self.assertEqual(trip.state, "out")

    def test_raw_writes(self):
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers(brakes="Soft"))
        check = trip.check_ids
        for context in CONTEXTS:
            for model, ids, values in (
                ("gov.vehicle.check", check.ids, {"result": "passed"}),
                ("gov.vehicle.check", check.ids, {"lifted_at": "2026-01-01 00:00:00"}),
                ("gov.vehicle.trip", trip.ids, {"signed_at": "2026-01-01 00:00:00"}),
                ("gov.vehicle.trip", trip.ids, {"check_ids": [[5, 0, 0]]}),
            ):
                for user in (self.driver_user, self.dispatcher_user):
                    with self.subTest(model=model, values=values, user=user.login):
                        self._assert_refused(
                            user, model, "write", ids=ids, vals=values, context=context
                        )
        self.assertEqual(check.result, "failed")
        for method in ("_note_check", "_depart", "_open_step", "_waive_check"):
            with self.subTest(method=method):
                self._assert_refused(
                    self.driver_user, "gov.vehicle.trip", method, ids=trip.ids
                )

    def test_a_pin_guessed(self):
        self._set_pin()
        trip = self._planned(driver=self.firm_driver)
        values = {"driver_id": self.firm_driver.id, "pin": "1234"}
        # How tries are counted and the PIN is locked: see test_driver_tablet (here the
        # transaction of a request that fails takes those inside it back).
        message = self._assert_refused(
            self.tablet_user, "gov.vehicle.tablet", "create", vals_list=[values]
        )
        self.assertIn("more tries", message)
        for model, method, arguments in (
            ("gov.vehicle.trip", "action_depart", {"ids": trip.ids, "odometer": 1}),
            ("gov.vehicle.trip", "read", {"ids": trip.ids, "fields": ["number"]}),
            ("gov.vehicle.pin", "read", {"ids": [1], "fields": ["pin_hash"]}),
            ("gov.vehicle.pin", "_try", {"owner_id": self.firm_driver.id}),
            (
                "gov.vehicle.pin",
                "action_set",
                {"driver_id": self.firm_driver.id, "pin": "1379"},
            ),
        ):
            with self.subTest(model=model, method=method):
                self._assert_refused(self.tablet_user, model, method, **arguments)
        self.assertEqual(trip.state, "planned")

    def test_supervision_reads_and_writes_nothing(self):
        trip = self._as(self._planned(), self.driver_user)
        trip.action_check(self._answers(brakes="Soft"))
        mine = self._as(trip, self.supervision_user)
        for call in (
            lambda: mine.check_ids.action_lift("I say so"),
            lambda: mine.action_waive_check("I say so"),
            lambda: mine.action_check(self._answers()),
            lambda: mine.action_report_fault("Noise"),
            lambda: self._as(self.env["gov.vehicle.step"], self.supervision_user)
            .browse(1)
            .action_done(),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                call()

    def test_group_of_the_tablet_gives_nothing_else(self):
        self.assertFalse(
            self.tablet_user.has_groups(
                "gov_fleet.group_driver,gov_fleet.group_dispatcher"
            )
        )
        self.tablet_user.group_ids = [
            Command.link(self.env.ref("gov_fleet.group_tablet").id)
        ]
        trips = self._as(self.env["gov.vehicle.trip"], self.tablet_user)
        self._planned()
        self.assertFalse(trips.search([]))

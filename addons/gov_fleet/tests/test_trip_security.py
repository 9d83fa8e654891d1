from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common_trip import TripCase

CHAIN = {
    "state": "back",
    "odometer_out": 1,
    "odometer_in": 1,
    "distance": 1,
    "gap_km": 0,
    "has_gap": False,
    "is_jump": False,
    "is_rollover": True,
    "sequence": 9,
    "previous_reading": 1,
    "date_start": "2026-01-01 00:00:00",
    "date_end": "2026-01-01 00:00:00",
    "return_date": "2026-01-01",
    "vehicle_id": 1,
    "driver_id": 1,
    "request_id": False,
    "booking_id": False,
    "number": "1",
    "is_protected": False,
    "confirmation": "slip",
    "entry": "import",
    "department_id": 1,
    "user_department_id": 1,
    "waiting_hours": 4,
    "company_id": 1,
    "late_reason": "urgent",
}
MODELS = (
    "gov.vehicle.trip",
    "gov.vehicle.odometer.correction",
    "gov.vehicle.odometer.replacement",
    "gov.vehicle.rate",
    "gov.vehicle.slip",
    "gov.vehicle.slip.line",
)
# model → role → which of read, write, create, unlink
MATRIX = {
    "gov.vehicle.trip": {
        "staff": "r",
        "driver": "r",
        "technician": "r",
        "supervision": "r",
        "dispatcher": "rwc",
        "fleet": "rwc",
    },
    "gov.vehicle.odometer.correction": {
        "staff": "",
        "driver": "",
        "technician": "r",
        "supervision": "r",
        "dispatcher": "r",
        "fleet": "r",
    },
    "gov.vehicle.odometer.replacement": {
        "staff": "",
        "driver": "",
        "technician": "rc",
        "supervision": "r",
        "dispatcher": "r",
        "fleet": "rwc",
    },
    "gov.vehicle.rate": {
        "staff": "",
        "driver": "",
        "technician": "",
        "supervision": "r",
        "dispatcher": "r",
        "fleet": "rwcu",
    },
    "gov.vehicle.slip": {
        "staff": "",
        "driver": "",
        "technician": "",
        "supervision": "r",
        "dispatcher": "rwcu",
        "fleet": "rwcu",
    },
    "gov.vehicle.slip.line": {
        "staff": "",
        "driver": "",
        "technician": "",
        "supervision": "r",
        "dispatcher": "rwcu",
        "fleet": "rwcu",
    },
}
_RIGHTS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestTripSecurity(TripCase):
    """Who reads, writes and steps; nobody writes the chain."""

    def test_matrix(self):
        for model, roles in MATRIX.items():
            for role, rights in roles.items():
                records = self._as(self.env[model], getattr(self, f"{role}_user"))
                for letter, operation in _RIGHTS.items():
                    with self.subTest(model=model, role=role, operation=operation):
                        self.assertEqual(
                            records.has_access(operation), letter in rights
                        )

    def test_nobody_writes_the_chain(self):
        trip = self._slip(10000, 10040)
        before = trip.read()[0]
        users = (
            self.staff_user,
            self.driver_user,
            self.dispatcher_user,
            self.fleet_user,
            self.supervision_user,
            self.env.ref("base.user_admin"),
        )
        for user in users:
            for context in CONTEXTS:
                mine = self._as(trip, user).with_context(**context)
                for name, value in CHAIN.items():
                    with (
                        self.subTest(user=user.login, name=name),
                        self.assertRaises(UserError),
                        self.env.cr.savepoint(),
                    ):
                        mine.write({name: value})
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    mine.unlink()
        after = trip.read()[0]
        self.assertEqual(
            {name: after[name] for name in CHAIN},
            {name: before[name] for name in CHAIN},
        )

    def test_copies_are_no_trips(self):
        trip = self._slip(10000, 10040)
        with self.assertRaises(UserError):
            self._as(trip, self.dispatcher_user).copy()

    def test_corrections_are_the_engines(self):
        trip = self._slip(10000, 10040)
        corrections = self._as(
            self.env["gov.vehicle.odometer.correction"], self.fleet_user
        )
        for records in (corrections, corrections.sudo()):
            with self.assertRaises(UserError):
                records.create(
                    {
                        "trip_id": trip.id,
                        "vehicle_id": self.car.id,
                        "company_id": self.company.id,
                        "reason": "mine",
                        "user_id": self.fleet_user.id,
                        "corrected_at": self._at(8, days=-1),
                    }
                )

    def test_who_reads_a_trip(self):
        trip = self._slip(10000, 10040, user_department_id=self.office.id)
        readers = (
            self.driver_user,
            self.dispatcher_user,
            self.fleet_user,
            self.technician_user,
            self.supervision_user,
            self.office_head_user,
            self.pool_head_user,
        )
        for user in readers:
            self.assertTrue(self._as(trip, user).number, user.login)
        for user in (self.driver2_user, self.works_staff_user):
            with self.assertRaises(AccessError):
                self._as(trip, user).read(["number"])
            self.assertFalse(self._as(self.trips, user).search([("id", "=", trip.id)]))
        # What a user may not read they do not step either.
        with self.assertRaises(AccessError):
            self._as(trip, self.works_staff_user).action_confirm_use("slip")

    def test_supervision_steps_nothing(self):
        trip = self._planned()
        mine = self._as(trip, self.supervision_user)
        self.assertFalse(mine.can_depart or mine.can_correct or mine.can_confirm)
        with self.assertRaises(UserError):
            mine.action_depart(10000)

    def test_unlink_of_vehicles_and_people(self):
        self._slip(10000, 10040)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._as(self.car, self.fleet_user).unlink()

    def test_other_institution(self):
        other = self.env["res.company"].create({"name": "Other County"})
        self.env.user.company_ids |= other
        vehicle = engine(self.env["fleet.vehicle"]).create(
            {
                "license_plate": "岚B·1",
                "model_id": self.car_model.id,
                "company_id": other.id,
            }
        )
        trips = self._as(self.trips, self.dispatcher_user)
        values = {
            "vehicle_id": vehicle.id,
            "date_start": self._at(8, days=-1),
            "date_end": self._at(9, days=-1),
            "odometer_out": 0,
            "odometer_in": 10,
        }
        with self.assertRaises(UserError):
            trips.create(values)
        stranger = self.env["hr.employee"].create(
            {"name": "Stranger", "company_id": other.id}
        )
        with self.assertRaises(UserError):
            self._slip(10000, 10010, driver_id=stranger.id)
        trip = self.trips.with_company(other).create(values)
        self.assertEqual(trip.company_id, other)
        self.assertIn("00001", trip.number, "each institution counts for itself")
        for user in (self.dispatcher_user, self.fleet_user, self.supervision_user):
            self.assertFalse(self._as(self.trips, user).search([("id", "=", trip.id)]))
            with self.assertRaises(AccessError):
                self._as(trip, user).read(["number"])
            with self.assertRaises(AccessError):
                self._as(trip, user).action_confirm_use("slip")

    def test_lists_cost_the_same_for_many(self):
        rows = [
            {
                "vehicle_id": (self.car, self.car2, self.bus, self.mpv)[n % 4].id,
                "driver_id": self.driver.id,
                "user_department_id": self.office.id,
                "date_start": self._at(8, days=-1) - timedelta(hours=2 * n),
                "date_end": self._at(9, days=-1) - timedelta(hours=2 * n),
                "odometer_out": 10000 - 10 * n,
                "odometer_in": 10005 - 10 * n,
            }
            for n in range(80)
        ]
        self._as(self.trips, self.dispatcher_user).create(rows)
        self.env.flush_all()
        named = {"fields": {"display_name": {}}}
        load = {
            "number": {},
            "vehicle_id": named,
            "driver_id": named,
            "user_department_id": named,
            "department_id": named,
            "distance": {},
            "gap_km": {},
            "cost_amount": {},
            "state": {},
            "can_confirm": {},
            "can_correct": {},
            "usage_count": {},
        }

        def count(user, limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self._as(self.trips, user).web_search_read([], load, limit=limit)
            self.assertEqual(len(found["records"]), limit)
            return self.env.cr.sql_log_count - before

        for user in (self.dispatcher_user, self.supervision_user, self.driver_user):
            count(user, 8)
            few, many = count(user, 8), count(user, 80)
            with self.subTest(user=user.login, few=few, many=many):
                self.assertLessEqual(many, few)
                self.assertLessEqual(many, 30)

    def test_typing_costs_the_same_for_many(self):
        def cost(number):
            pile = self._as(self.env["gov.vehicle.slip"], self.dispatcher_user).create(
                {
                    "date": self.company.gov_today() - timedelta(days=1),
                    "line_ids": [
                        Command.create(
                            {
                                "vehicle_id": (self.car, self.car2)[n % 2].id,
                                "driver_id": self.driver.id,
                                "time_out": 6 + n / 4,
                                "time_in": 6.2 + n / 4,
                                "odometer_out": 10000 + 10 * n,
                                "odometer_in": 10005 + 10 * n,
                            }
                        )
                        for n in range(number)
                    ],
                }
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(any(pile.line_ids.mapped("problem")))
            return self.env.cr.sql_log_count - before

        cost(8)
        few, many = cost(8), cost(48)
        self.assertLessEqual(many, few)
        self.assertLessEqual(many, 40)


@tagged("post_install", "-at_install")
class TestTripRpc(RpcCase, TripCase):
    """The same over real HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_keys(
            cls.staff_user + cls.driver_user + cls.dispatcher_user + cls.fleet_user
        )

    def test_attacks(self):
        trip = self._slip(10000, 10040)
        for user in (self.staff_user, self.driver_user, self.dispatcher_user):
            for context in CONTEXTS:
                for name, value in (
                    ("odometer_in", 10041),
                    ("state", "planned"),
                    ("gap_km", 0),
                ):
                    self._assert_refused(
                        user,
                        "gov.vehicle.trip",
                        "write",
                        ids=trip.ids,
                        vals={name: value},
                        context=context,
                    )
            self._assert_refused(user, "gov.vehicle.trip", "unlink", ids=trip.ids)
            self._assert_refused(
                user,
                "gov.vehicle.trip",
                "action_correct",
                ids=trip.ids,
                reason="mine",
                odometer_in=10041,
            )
        self.assertEqual((trip.state, trip.odometer_in), ("back", 10040))

    def test_private_methods_stay_private(self):
        trip = self._planned()
        for method in ("_depart", "_return", "_plan", "_cancel", "_enter_slips"):
            self._assert_refused(
                self.dispatcher_user, "gov.vehicle.trip", method, ids=trip.ids
            )
        self.assertEqual(trip.state, "planned")

    def test_steps_over_xml(self):
        trip = self._planned()
        done = self._xmlrpc(
            self.driver_user, "gov.vehicle.trip", "action_depart", trip.ids, 10000
        )
        self.assertTrue(done)
        for bad in ([trip.ids], [trip.ids, "x"], [[2**31 - 2], 5]):
            self._assert_refused_xml(
                self.driver_user, "gov.vehicle.trip", "action_return", *bad
            )
        done = self._xmlrpc(
            self.driver_user,
            "gov.vehicle.trip",
            "action_return",
            trip.ids,
            10010,
            toll_amount=5,
        )
        self.assertTrue(done)
        self.assertEqual(trip.cost_amount, 5)

    def test_a_slip_over_json(self):
        values = {
            "vehicle_id": self.car.id,
            "driver_id": self.driver.id,
            "date_start": str(self._at(8, days=-1)),
            "date_end": str(self._at(9, days=-1)),
            "odometer_out": 10000,
            "odometer_in": 10010,
        }
        status, ids = self._json2(
            self.dispatcher_user, "gov.vehicle.trip", "create", vals_list=[values]
        )
        self.assertEqual(status, 200)
        self.assertEqual(self.trips.browse(ids).state, "back")
        self._assert_refused(
            self.dispatcher_user,
            "gov.vehicle.trip",
            "create",
            vals_list=[{**values, "odometer_in": 9000}],
        )
        self._assert_refused(
            self.driver_user, "gov.vehicle.trip", "create", vals_list=[values]
        )

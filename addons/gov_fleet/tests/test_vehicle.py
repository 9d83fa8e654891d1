from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_fleet import FleetCase


@tagged("post_install", "-at_install")
class TestVehicle(FleetCase):
    """The vehicle card: who changes what, and the doors of core that are closed."""

    def _refused(self, method, *args, text=""):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            method(*args)
        message = str(caught.exception)
        self.assertIn(text, message)
        return message

    # --------------------------------------------------------------- the card

    def test_vehicle_can_go(self):
        self.assertEqual(self.car.odometer, 10000)
        self.assertTrue(self.car.is_dispatchable, self.car.dispatch_block)
        self.assertFalse(self.own_car.is_dispatchable)
        self.assertIn("General Office", self.own_car.dispatch_block)
        self.assertTrue(self.car.display_name.startswith("岚A·10001"))

    def test_lapsed_papers_block(self):
        today = self.company.gov_today()
        for name in ("inspection_date_to", "insurance_date_to", "licence_date_to"):
            self.car[name] = today
            self.assertTrue(self.car.is_dispatchable, "valid on its last day")
            self.car[name] = today - timedelta(days=1)
            self.assertFalse(self.car.is_dispatchable, name)
            self.car[name] = today + timedelta(days=100)
        end = self._at(9, days=101)
        problem = self.car._dispatch_problem(self._at(9, days=100), end)
        self.assertIn("Inspected until", problem)
        self.assertFalse(
            self.car._dispatch_problem(self._at(9, days=99), self._at(10, days=99))
        )

    def test_search_can_go_agrees(self):
        today = self.company.gov_today()
        self.car.insurance_date_to = today - timedelta(days=1)
        engine(self.env["gov.vehicle.booking"]).create(
            {
                "vehicle_id": self.car2.id,
                "kind": "repair",
                "date_start": self._at(0, days=0),
                "date_end": self._at(0, days=2),
                "company_id": self.company.id,
            }
        )
        # As it may have been before the install.
        shared = self._create_vehicle("岚A·10009")
        self.env.cr.execute(
            "UPDATE fleet_vehicle SET company_id = NULL WHERE id = %s", [shared.id]
        )
        shared.invalidate_recordset()
        self.assertIn("no institution", shared.dispatch_block)
        unsafe = self._create_vehicle("岚A·10010")
        unsafe._open_fault("Steering is loose", self.driver, unsafe=True)
        vehicles = self.car | self.car2 | self.mpv | self.bus | self.own_car
        vehicles |= shared | unsafe
        vehicles.invalidate_recordset()
        found = self.env["fleet.vehicle"].search(
            [("id", "in", vehicles.ids), ("is_dispatchable", "=", True)]
        )
        self.assertEqual(found, vehicles.filtered("is_dispatchable"))
        self.assertEqual(found, self.mpv | self.bus)
        self.assertIn("Repair", self.car2.dispatch_block)
        none = self.env["fleet.vehicle"].search(
            [("id", "in", vehicles.ids), ("is_dispatchable", "=", False)]
        )
        self.assertEqual(none, vehicles - self.mpv - self.bus)

    def test_repair_before_or_after_does_not_block(self):
        engine(self.env["gov.vehicle.booking"]).create(
            {
                "vehicle_id": self.car.id,
                "kind": "repair",
                "date_start": self._at(8),
                "date_end": self._at(10),
                "company_id": self.company.id,
            }
        )
        self.assertFalse(self.car._dispatch_problem(self._at(6), self._at(8)))
        self.assertFalse(self.car._dispatch_problem(self._at(10), self._at(11)))
        self.assertTrue(self.car._dispatch_problem(self._at(9), self._at(9, 30)))

    def test_rental_over(self):
        rented = self._create_vehicle("岚A·10009")
        engine(rented).write({"is_rented": True, "rental_date_to": date(2020, 1, 1)})
        self.assertFalse(rented.is_dispatchable)

    def test_dispatch_costs_the_same_for_many(self):
        self.env["gov.vehicle.booking"].flush_model()

        def cost(vehicles):
            vehicles.invalidate_recordset()
            vehicles.mapped("usage_class")
            before = self.env.cr.sql_log_count
            vehicles.mapped("dispatch_block")
            return self.env.cr.sql_log_count - before

        few = self.car | self.car2
        many = few
        for number in range(6):
            many |= self._create_vehicle(f"岚A·2000{number}")
        cost(few)
        self.assertEqual(cost(few), cost(many))

    def test_norm_by_season(self):
        self.car.norm_ids = [
            fields.Command.create(
                {"month_from": "11", "month_to": "2", "consumption": 8.4}
            )
        ]
        self.assertEqual(self.car._norm_on(date(2026, 1, 5)), 8.4)
        self.assertEqual(self.car._norm_on(date(2026, 11, 5)), 8.4)
        self.assertEqual(self.car._norm_on(date(2026, 3, 5)), 7.6)
        self._refused(
            lambda: self.car.write(
                {
                    "norm_ids": [
                        fields.Command.create(
                            {"month_from": "2", "month_to": "3", "consumption": 8}
                        )
                    ]
                }
            ),
            text="two norms",
        )

    # -------------------------------------------------------------- departments

    def test_department_over_time(self):
        with freeze_time("2026-03-01 02:00:00"):
            car = self._create_vehicle("岚A·10008")
        with freeze_time("2026-03-15 16:30:00"):
            # 16 March 0:30 at the institution
            car.department_id = self.office
        self.assertEqual(car._department_on(date(2026, 3, 15)), self.carpool)
        self.assertEqual(car._department_on(date(2026, 3, 16)), self.office)
        self.assertEqual(car._department_on(date(2025, 1, 1)), self.carpool)
        with freeze_time("2026-03-15 17:00:00"):
            car.department_id = self.works
        rows = car.department_history_ids
        self.assertEqual(len(rows), 2, "one row a day")
        self.assertEqual(car._department_on(date(2026, 3, 16)), self.works)

    def test_move_department_on_a_day(self):
        today = self.company.gov_today()
        with freeze_time(f"{today - timedelta(days=40)} 02:00:00"):
            car = self._create_vehicle("岚A·10008")
        as_manager = self._as(car, self.fleet_user)
        moved = today - timedelta(days=10)
        as_manager.action_move_department(self.office.id, str(moved))
        self.assertEqual(car.department_id, self.office)
        self.assertEqual(car._department_on(moved - timedelta(days=1)), self.carpool)
        self.assertEqual(car._department_on(moved), self.office)
        self._refused(
            as_manager.action_move_department,
            self.works.id,
            str(moved - timedelta(days=5)),
        )
        self._refused(
            as_manager.action_move_department,
            self.works.id,
            str(today + timedelta(days=1)),
        )
        for bad in (True, 2**40, "x", -1):
            self._refused(as_manager.action_move_department, bad)
        self._refused(as_manager.action_move_department, self.works.id, "soon")
        as_dispatcher = self._as(car, self.dispatcher_user)
        self._refused(as_dispatcher.action_move_department, self.works.id)

    def test_history_is_written_by_the_vehicle_alone(self):
        history = self._as(self.env["gov.vehicle.department"], self.fleet_user)
        self._refused(
            history.create,
            {
                "vehicle_id": self.car.id,
                "department_id": self.office.id,
                "date_from": "2020-01-01",
            },
        )
        self._refused(
            self.car.write,
            {
                "department_history_ids": [
                    fields.Command.update(
                        self.car.department_history_ids.id, {"date_from": "2020-01-01"}
                    )
                ]
            },
        )

    # -------------------------------------------------------------------- rights

    def test_who_changes_vehicles(self):
        dispatcher = self._as(self.car, self.dispatcher_user)
        dispatcher.location = "Yard 2"
        self._refused(dispatcher.write, {"tank_capacity": 60}, text="manager")
        technician = self._as(self.car, self.technician_user)
        technician.write({"tank_capacity": 60, "insurance_date_to": "2030-01-01"})
        self._refused(technician.write, {"usage_class": "support"})
        self._refused(technician.write, {"active": False})
        manager = self._as(self.car, self.fleet_user)
        manager.usage_class = "support"
        values = {"license_plate": "岚A·1", "model_id": self.car_model.id}
        for user in (self.dispatcher_user, self.technician_user):
            self._refused(self._as(self.env["fleet.vehicle"], user).create, values)
        for user in (self.staff_user, self.driver_user, self.supervision_user):
            self._refused(self._as(self.car, user).write, {"location": "Yard 3"})
        self.assertEqual(
            self._as(self.car, self.supervision_user).license_plate, "岚A·10001"
        )

    def test_device_is_not_for_everybody(self):
        self.car.positioning_device = "D-1"
        with self.assertRaises(AccessError):
            self._as(self.car, self.staff_user).read(["positioning_device"])
        seen = self._as(self.car, self.dispatcher_user).read(["positioning_device"])
        self.assertEqual(seen[0]["positioning_device"], "D-1")

    def test_other_institution(self):
        with self.assertRaises(AccessError):
            self._as(self.car, self.other_staff_user).read(["license_plate"])

    # -------------------------------------------------------------- closed doors

    def test_engine_fields(self):
        for vals in (
            {"odometer_value": 5},
            {"gov_state": "disposed"},
            {"disposed_on": "2026-01-01"},
        ):
            self._refused(self._as(self.car, self.fleet_user).write, vals)
            self._refused(self.car.with_context(gov_engine=True).write, vals)
        with self.assertRaises(UserError):
            self._as(self.env["fleet.vehicle"], self.fleet_user).create(
                {
                    "license_plate": "岚A·1",
                    "model_id": self.car_model.id,
                    "gov_state": "disposed",
                }
            )

    def test_history_keeps_the_vehicle(self):
        engine(self.env["gov.vehicle.booking"]).create(
            {
                "vehicle_id": self.car.id,
                "kind": "other",
                "date_start": self._at(8),
                "date_end": self._at(9),
                "company_id": self.company.id,
            }
        )
        manager = self._as(self.car, self.fleet_user)
        self._refused(manager.unlink, text="Booking")
        self._refused(manager.write, {"active": False}, text="disposal")
        self._refused(manager.action_archive)
        fresh = self._create_vehicle("岚A·10099", reading=0)
        self._as(fresh, self.fleet_user).unlink()
        self.assertFalse(fresh.exists())
        self._refused(self._as(self.car2, self.dispatcher_user).unlink)

    def test_core_readings_are_closed(self):
        readings = self._as(self.env["fleet.vehicle.odometer"], self.fleet_user)
        self._refused(
            readings.create, {"vehicle_id": self.car.id, "value": 99999}, text="system"
        )
        self.assertEqual(self.car.odometer, 10000)

    def test_first_reading(self):
        fresh = self._create_vehicle("岚A·10098", reading=0)
        manager = self._as(fresh, self.fleet_user)
        self._refused(manager.write, {"odometer": 10**6}, text="6 digits")
        self._refused(manager.write, {"odometer": -1})
        manager.odometer = 120.5
        self.assertEqual(fresh.odometer_value, 120.5)
        self._refused(manager.write, {"odometer": 500}, text="120.5")
        self._refused(self._as(self.car, self.dispatcher_user).write, {"odometer": 1})

    def test_bad_input(self):
        manager = self._as(self.car, self.fleet_user)
        for vals in (
            {"tank_capacity": "full"},
            {"tank_capacity": float("nan")},
            {"tank_capacity": 10**400},
            {"usage_class": "tank"},
            {"department_id": True},
            {"department_id": 2**30},
            {"odometer_digits": 2**40},
            {"norm_ids": [(0, 0, {"month_from": "13", "month_to": "1"})]},
            {"norm_ids": "winter"},
            {"insurance_date_to": "2026-02-30"},
            {"odometer": "many"},
            "nonsense",
        ):
            self._refused(manager.write, vals)
        for vals in ("nonsense", {"usage_class": False}):
            values = vals
            if isinstance(vals, dict):
                values = {"model_id": self.car_model.id, **vals}
            self._refused(
                self._as(self.env["fleet.vehicle"], self.fleet_user).create, values
            )

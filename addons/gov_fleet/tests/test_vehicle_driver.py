from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_fleet import FleetCase


@tagged("post_install", "-at_install")
class TestVehicleDriver(FleetCase):
    """Drivers' cards: who reads them, and who may drive what until when."""

    def _refused(self, method, *args, text=""):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            method(*args)
        self.assertIn(text, str(caught.exception))

    # ----------------------------------------------------------------------- rules

    def test_licence_class_by_seats(self):
        window = self._at(8), self._at(10)
        coach = self._create_vehicle("岚A·10045", body_type="coach", seats=45)
        for licence, small, bus, large in (
            ("A1", True, True, True),
            ("A2", True, False, False),
            ("A3", True, True, True),
            ("B1", True, True, False),
            ("B2", True, False, False),
            ("C1", True, False, False),
            ("C2", True, False, False),
        ):
            self.driver2_card.licence_class = licence
            for vehicle, may in (
                (self.car, small),
                (self.mpv, small),
                (self.bus, bus),
                (coach, large),
            ):
                problem = self.driver2_card._may_drive(vehicle, *window)
                self.assertEqual(not problem, may, (licence, vehicle.name, problem))

    def test_automatic_only(self):
        self.driver2_card.licence_class = "C2"
        self.car.transmission = "manual"
        problem = self.driver2_card._may_drive(self.car, self._at(8), self._at(9))
        self.assertIn("by hand", problem)
        self.car.transmission = "automatic"
        self.assertFalse(
            self.driver2_card._may_drive(self.car, self._at(8), self._at(9))
        )

    def test_licence_lapses_before_the_end(self):
        last = self.company.gov_today() + timedelta(days=5)
        self.driver_card.licence_date_to = last
        start = self._at(22, day=last)
        self.assertFalse(
            self.driver_card._may_drive(self.car, start, self._at(23, 59, day=last))
        )
        after = self._at(0, 30, day=last + timedelta(days=1))
        problem = self.driver_card._may_drive(self.car, start, after)
        self.assertIn("valid until", problem)
        self.driver_card.active = False
        self.assertTrue(self.driver_card._may_drive(self.car, start, start))
        self.driver2.active = False
        self.assertIn(
            "drives no more", self.driver2_card._may_drive(self.car, start, start)
        )

    # ---------------------------------------------------------------------- rights

    def test_read_without_personnel_rights(self):
        for user in (self.dispatcher_user, self.technician_user, self.supervision_user):
            cards = self._as(self.env["gov.vehicle.driver"], user).search(
                [("company_id", "=", self.company.id)]
            )
            self.assertEqual(
                set(cards.mapped("phone")) & {"8001", "8002", "8003"},
                {"8001", "8002", "8003"},
            )
            self.assertIn("Jia Shi", cards.mapped("name"))
        own = self._as(self.env["gov.vehicle.driver"], self.driver_user).search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(own, self.driver_card)
        with self.assertRaises(AccessError):
            self._as(self.driver_card, self.staff_user).read(["phone"])

    def test_who_writes(self):
        card = self._as(self.driver_card, self.fleet_user)
        card.phone = "9001"
        for user in (
            self.dispatcher_user,
            self.technician_user,
            self.driver_user,
            self.supervision_user,
        ):
            with self.assertRaises(AccessError):
                self._as(self.driver_card, user).write({"licence_class": "A1"})

    def test_card_follows_the_person(self):
        self.assertEqual(self.driver_card.user_id, self.driver_user)
        self.driver.name = "Jia Xin"
        self.assertEqual(self.driver_card.name, "Jia Xin")
        self.assertFalse(self.firm_driver_card.user_id)
        found = self.env["gov.vehicle.driver"]._of(self.driver | self.staff)
        self.assertEqual(found, {self.driver.id: self.driver_card})

    def test_account_of_a_card_is_not_chosen(self):
        """The manager keeps the card; whose account it is follows the person."""
        card = self._as(self.driver_card, self.fleet_user)
        own = {"user_id": self.fleet_user.id}
        for vals in (own, {"name": "Somebody"}, {"department_id": self.office.id}):
            self._refused(card.write, vals, text="cannot be set directly")
            values = {"employee_id": self.staff.id, **vals}
            self._refused(card.browse().create, values, text="cannot be set directly")
        self.assertEqual(self.driver_card.user_id, self.driver_user)
        steered = card.browse().with_context(default_user_id=self.fleet_user.id)
        made = steered.create({"employee_id": self.staff.id})
        self.assertEqual(made.user_id, self.staff_user)

    def test_bad_input(self):
        cards = self._as(self.env["gov.vehicle.driver"], self.fleet_user)
        for vals in (
            {"employee_id": 2**30},
            {"employee_id": True},
            {"employee_id": self.staff.id, "licence_class": "D"},
            {"employee_id": self.staff.id, "licence_date_to": "soon"},
            {"employee_id": self.staff.id, "staff_type": "dispatched"},
        ):
            self._refused(cards.create, vals)
        card = self._as(self.driver_card, self.fleet_user)
        self._refused(card.write, {"employee_id": self.staff.id}, text="stays with")
        card.write({"employee_id": self.driver.id})

    # ------------------------------------------------------------------ lapsing dates

    def _todos(self, record):
        return self.env["mail.activity"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref("gov_fleet.cron_vehicle_expiry").method_direct_trigger()

    def test_told_once_per_date(self):
        self.company.fleet_keeper_id = self.fleet_user
        today = self.company.gov_today()
        self.car.inspection_date_to = today + timedelta(days=30)
        self.car2.inspection_date_to = today + timedelta(days=31)
        self.driver_card.licence_date_to = today + timedelta(days=20)
        self._run()
        todo = self._todos(self.car)
        self.assertEqual(todo.user_id, self.fleet_user)
        self.assertEqual(todo.date_deadline, self.car.inspection_date_to)
        self.assertIn("Inspected until", todo.summary)
        self.assertFalse(self._todos(self.car2))
        self.assertEqual(
            self._todos(self.driver_card).user_id, self.fleet_user | self.driver_user
        )
        self._run()
        self.assertEqual(self._todos(self.car), todo, "once per date")
        self.car.inspection_date_to = today + timedelta(days=400)
        self.assertFalse(self._todos(self.car), "renewed")
        self.car.inspection_date_to = today + timedelta(days=3)
        self._run()
        self.assertEqual(len(self._todos(self.car)), 1, "another date is told again")

    def test_told_to_the_vehicles_manager(self):
        self.car.manager_id = self.technician_user
        self.car.insurance_date_to = self.company.gov_today()
        self._run()
        self.assertEqual(self._todos(self.car).user_id, self.technician_user)

    def test_day_of_the_institution(self):
        with freeze_time("2026-05-01 16:30:00"):
            # 2 May, 0:30 at the institution
            self.car.insurance_date_to = date(2026, 6, 1)
            found = self.env["gov.vehicle.expiry"]._find_due(
                "fleet.vehicle", self.company
            )
        self.assertIn((self.car.id, "insurance_date_to", date(2026, 6, 1)), found)
        with freeze_time("2026-05-01 15:30:00"):
            found = self.env["gov.vehicle.expiry"]._find_due(
                "fleet.vehicle", self.company
            )
        self.assertNotIn((self.car.id, "insurance_date_to", date(2026, 6, 1)), found)

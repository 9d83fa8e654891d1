from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_logistics.tests.common import SIGNATURE

from .common_fleet import FleetCase


@tagged("post_install", "-at_install")
class TestVehicleQuota(FleetCase):
    """Quota, standards, replacement age, acquisition and disposal."""

    def _refused(self, method, *args, text="", **kwargs):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            method(*args, **kwargs)
        message = str(caught.exception)
        self.assertIn(text, message)
        return message

    def _acquire(self, approve=True, **values):
        acquisition = self._as(
            self.env["gov.vehicle.acquisition"], self.fleet_user
        ).create(
            {
                "usage_class": "platform",
                "body_type": "sedan",
                "price": 150000,
                "displacement": 1.8,
                "reason": "County paper 12",
                **values,
            }
        )
        if approve:
            acquisition.action_submit()
            self._decide_all(acquisition)
            self.assertEqual(acquisition.state, "approved")
        return acquisition

    def _dispose(self, vehicle, **values):
        disposal = self._as(self.env["gov.vehicle.disposal"], self.fleet_user).create(
            {"vehicle_id": vehicle.id, "reason": "Worn out", "residual_value": 8000}
        )
        disposal.action_submit()
        self._decide_all(disposal)
        disposal.write(
            {
                "done_on": self.company.gov_today(),
                "income": 8100,
                "receipt_number": "T-77",
                "scan": SIGNATURE,
                **values,
            }
        )
        return disposal

    def _fill(self, usage_class="platform"):
        """Close the quota of a class at what is held now."""
        quota = self.env["gov.vehicle.quota"].search(
            [
                ("company_id", "=", self.company.id),
                ("usage_class", "=", usage_class),
                ("department_id", "=", False),
            ]
        )
        quota.number = quota.held
        return quota

    # --------------------------------------------------------------------- quota

    def test_quota_counts(self):
        quota = self._fill()
        self.assertEqual((quota.held, quota.left), (4, 0))
        message = self._refused(
            self._create_vehicle, "岚A·30001", text="Dispatch platform"
        )
        for words in ("5 vehicles", "quota is 4", "County quota paper 2020-7"):
            self.assertIn(words, message)
        self._create_vehicle("岚A·30001", usage_class="emergency")

    def test_quota_on_every_door(self):
        self._fill()
        other = self._create_vehicle("岚A·30001", usage_class="emergency")
        manager = self._as(other, self.fleet_user)
        self._refused(manager.write, {"usage_class": "platform"}, text="quota is 4")
        fresh = self._create_vehicle("岚A·30002", usage_class="support", reading=0)
        fresh.active = False
        self._refused(
            fresh.write, {"active": True, "usage_class": "platform"}, text="quota is 4"
        )
        self._refused(self.car.copy, text="quota is 4")
        self.car.write({"location": "Yard", "tank_capacity": 50})
        self.car.department_id = self.office
        self.assertEqual(self.car.department_id, self.office)

    def test_quota_of_a_department(self):
        self._set_quota("platform", 1, department=self.works)
        self.car.department_id = self.works
        message = self._refused(
            self.car2.write, {"department_id": self.works.id}, text="in Works"
        )
        self.assertIn("quota is 1", message)

    def test_class_without_a_row_has_none(self):
        self._refused(
            self._create_vehicle,
            "岚A·30001",
            usage_class="enforcement",
            net_car_value=100000,
            displacement=1.6,
            text="no quota was entered",
        )

    def test_ended_quota_does_not_count(self):
        quota = self._fill()
        today = self.company.gov_today()
        quota.write({"date_to": today - timedelta(days=1)})
        self._set_quota("platform", 6, date_from=today)
        self._create_vehicle("岚A·30001")

    def test_quota_keeps_what_it_says(self):
        admin = self._as(self.env["gov.vehicle.quota"], self.admin_user)
        quota = admin.create(
            {"usage_class": "special", "number": 2, "date_from": "2020-01-01"}
        )
        quota.number = 3
        with freeze_time(self.company.gov_today() + timedelta(days=3)):
            self._refused(quota.write, {"number": 9}, text="in force")
            self._refused(quota.unlink, text="in force")
            quota.date_to = self.company.gov_today()
        for vals in (
            {"number": "ten"},
            {"number": float("inf")},
            {"number": 2**40},
            {"department_id": 2**30},
            {"usage_class": "x"},
        ):
            self._refused(quota.write, vals)
        with self.assertRaises(AccessError):
            self._as(quota, self.fleet_user).write({"date_to": False})
        with self.assertRaises(AccessError):
            self._as(self.env["gov.vehicle.quota"], self.dispatcher_user).create(
                {"usage_class": "special", "number": 1}
            )

    # ----------------------------------------------------------------- standards

    def test_price_cap(self):
        message = self._refused(
            self._create_vehicle, "岚A·30001", net_car_value=180000.01, text="cap"
        )
        self.assertIn("180,000.01", message)
        self.assertIn("中办发〔2017〕71号", message)
        car = self._create_vehicle("岚A·30001", net_car_value=180000)
        self._refused(car.write, {"net_car_value": 200000}, text="cap")
        self._refused(
            self._create_vehicle,
            "岚A·30002",
            usage_class="confidential",
            displacement=1.6,
            net_car_value=130000,
            text="120,000",
        )

    def test_displacement(self):
        self._refused(
            self._create_vehicle,
            "岚A·30001",
            displacement=2.0,
            text="2 L, is above 1.8",
        )
        self._refused(
            self._create_vehicle,
            "岚A·30001",
            usage_class="confidential",
            net_car_value=110000,
            displacement=1.8,
            text="1.6",
        )

    def test_special_circumstances(self):
        values = {
            "usage_class": "emergency",
            "body_type": "offroad",
            "net_car_value": 236000,
            "displacement": 2.4,
        }
        self._refused(self._create_vehicle, "岚A·30001", **values, text="180,000")
        self._create_vehicle("岚A·30001", **values, special_case="Floods and hills")
        self._refused(
            self._create_vehicle,
            "岚A·30002",
            **{**values, "net_car_value": 260000},
            special_case="Floods",
            text="250,000",
        )
        self._create_vehicle(
            "岚A·30003",
            body_type="coach",
            seats=45,
            net_car_value=438000,
            displacement=6.5,
        )
        self._create_vehicle(
            "岚A·30004",
            usage_class="confidential",
            fuel_type="electric",
            net_car_value=168000,
            displacement=0,
        )

    def test_clause_of_the_day(self):
        clause = self.env["gov.policy"].create(
            {
                "code": "vehicle.price_cap.platform",
                "name": "Own cap",
                "value_type": "monetary",
                "value": "140000",
                "citation": "Own rule 3",
                "date_from": "2018-01-01",
                "company_id": self.company.id,
            }
        )
        self._refused(self._create_vehicle, "岚A·30001", text="Own rule 3")
        self.assertTrue(clause)

    # ---------------------------------------------------------------- acquisition

    def test_acquisition_within_limits(self):
        acquisition = self._acquire()
        self.assertFalse(acquisition.is_exception)
        self.assertNotIn("Committee", self._step_names(acquisition))
        car = self._create_vehicle(
            "岚A·30001", gov_acquisition_id=acquisition.id, department_id=False
        )
        self.assertEqual(acquisition.vehicle_id, car)
        self.assertEqual(acquisition.state, "used")
        self._refused(acquisition.action_cancel, "no")
        self._refused(acquisition.action_register)

    def test_exception_lets_one_vehicle_through(self):
        self._fill()
        acquisition = self._acquire(approve=False, price=200000)
        self.assertIn("quota is 4", acquisition.exceeds)
        self.assertIn("180,000", acquisition.exceeds)
        values = {"gov_acquisition_id": acquisition.id, "net_car_value": 200000}
        self._refused(
            self._create_vehicle, "岚A·30001", **values, text="is not approved"
        )
        acquisition.action_submit()
        self.assertIn("Committee", self._step_names(acquisition))
        self._decide_all(acquisition)
        self._refused(
            self._create_vehicle,
            "岚A·30001",
            **{**values, "net_car_value": 200001},
            text="Price",
        )
        self._refused(
            self._create_vehicle, "岚A·30001", **values, usage_class="support"
        )
        car = self._create_vehicle("岚A·30001", **values)
        self._refused(self._create_vehicle, "岚A·30002", **values, text="has been used")
        self._refused(car.write, {"net_car_value": 210000})
        self._refused(car.write, {"gov_acquisition_id": False}, text="180,000")

    def test_what_it_exceeds_is_frozen(self):
        acquisition = self._acquire(approve=False)
        for vals in (
            {"exceeds_quota": True},
            {"is_exception": False},
            {"vehicle_id": self.car.id},
            {"state": "approved"},
        ):
            self._refused(acquisition.write, vals)
        acquisition.action_submit()
        self._fill()
        self.assertFalse(acquisition.exceeds)
        self._refused(acquisition.write, {"price": 1})
        self._decide_all(acquisition)
        self._refused(
            self._create_vehicle,
            "岚A·30001",
            gov_acquisition_id=acquisition.id,
            text="quota is 4",
        )

    def test_limits_are_found_anew_at_submission(self):
        acquisition = self._acquire(approve=False)
        self._fill()
        acquisition.action_submit()
        self.assertTrue(acquisition.exceeds_quota)
        self.assertIn("Committee", self._step_names(acquisition))

    def test_incomplete_acquisition(self):
        for values, text in (
            ({"reason": " "}, "Reason"),
            ({"price": 0}, "Price"),
            ({"kind": "replacement"}, "Replaces"),
            ({"kind": "rental"}, "Rented until"),
            ({"replaces_id": self.car.id}, "replacement"),
        ):
            acquisition = self._acquire(approve=False, **values)
            self._refused(acquisition.action_submit, text=text)
        for values in ({"price": "dear"}, {"replaces_id": 2**30}, {"kind": "gift"}):
            self._refused(self._acquire, approve=False, **values)

    def test_rental(self):
        self._refused(
            self._create_vehicle, "岚A·30001", is_rented=True, text="approved rental"
        )
        self._fill()
        until = self.company.gov_today() + timedelta(days=5)
        acquisition = self._acquire(
            kind="rental", price=9000, body_type="coach", rental_date_to=until
        )
        self.assertFalse(acquisition.exceeds_quota)
        coach = self._create_vehicle(
            "岚A·30001",
            is_rented=True,
            rental_date_to=until,
            body_type="coach",
            net_car_value=0,
            gov_acquisition_id=acquisition.id,
        )
        self.assertTrue(coach.is_dispatchable)
        end = self._at(9, day=until + timedelta(days=1))
        self.assertIn("Rented until", coach._dispatch_problem(self._at(8), end))
        self._refused(coach.write, {"is_rented": False})
        self._refused(self._as(coach, self.dispatcher_user).action_end_rental)
        self._as(coach, self.fleet_user).action_end_rental()
        self.assertEqual((coach.gov_state, coach.active), ("disposed", False))
        self._refused(self._as(self.car, self.fleet_user).action_end_rental)

    # -------------------------------------------------------------- replacement

    def test_dispose_first_then_replace(self):
        self._fill()
        self.car.registered_on = date(2015, 3, 1)
        acquisition = self._acquire(kind="replacement", replaces_id=self.car.id)
        self.assertFalse(acquisition.is_exception, acquisition.exceeds)
        values = {
            "gov_acquisition_id": acquisition.id,
            "replaces_id": self.car.id,
        }
        self._refused(
            self._create_vehicle, "岚A·30001", **values, text="dispose of it first"
        )
        self._dispose(self.car).action_finish()
        new = self._create_vehicle("岚A·30001", **values)
        self.assertEqual(new.replaces_id, self.car)

    def test_replacement_before_its_age(self):
        self.car.registered_on = self.company.gov_today() - timedelta(days=365 * 7)
        acquisition = self._acquire(
            approve=False, kind="replacement", replaces_id=self.car.id
        )
        self.assertTrue(acquisition.exceeds_age)
        self.assertIn("8 years", acquisition.exceeds)
        self._dispose(self.car).action_finish()
        self._refused(
            self._create_vehicle,
            "岚A·30001",
            replaces_id=self.car.id,
            text="8 years",
        )
        acquisition.action_submit()
        self._decide_all(acquisition)
        self._create_vehicle(
            "岚A·30001",
            replaces_id=self.car.id,
            gov_acquisition_id=acquisition.id,
        )

    def test_age_counts_to_the_day(self):
        day = date(2026, 3, 1)
        self.car.registered_on = date(2018, 3, 1)
        self.assertFalse(self.car._find_age_shortfall(day))
        self.assertTrue(self.car._find_age_shortfall(day - timedelta(days=1)))
        self.car.registered_on = date(2020, 2, 29)
        self.assertFalse(self.car._find_age_shortfall(date(2028, 2, 29)))

    # ------------------------------------------------------------------ disposal

    def test_disposal(self):
        disposal = self._dispose(self.car)
        self.assertEqual(self.car.gov_state, "in_service", "not before it is done")
        self._refused(self._as(disposal, self.pool_head_user).action_finish)
        disposal.action_finish()
        self.assertEqual(disposal.state, "done")
        self.assertEqual(disposal.last_reading, 10000)
        self.assertEqual(self.car.gov_state, "disposed")
        self.assertFalse(self.car.active)
        self.assertEqual(self.car.disposed_on, self.company.gov_today())
        manager = self._as(self.car, self.fleet_user)
        for vals in (
            {"active": True},
            {"location": "Yard"},
            {"usage_class": "support"},
        ):
            self._refused(manager.write, vals, text="disposed of")
        self._refused(manager.unlink)
        self._refused(disposal.action_finish)
        self._refused(disposal.write, {"income": 1})
        self._refused(disposal.action_cancel, "no")
        self.assertNotIn(
            self.car,
            self._as(self.env["fleet.vehicle"], self.fleet_user).search(
                [("id", "=", self.car.id)]
            ),
        )

    def test_disposal_needs_its_papers(self):
        disposal = self._dispose(self.car, scan=False, receipt_number=False)
        message = self._refused(disposal.action_finish)
        self.assertIn("Treasury receipt", message)
        disposal.write({"scan": SIGNATURE, "receipt_number": "T-1", "income": 0})
        self._refused(disposal.action_finish, text="income")
        tomorrow = self.company.gov_today() + timedelta(days=1)
        disposal.write({"income": 8000, "done_on": tomorrow})
        self._refused(disposal.action_finish, text="between its approval")
        self._refused(disposal.write, {"scan": "bm90aGluZw=="})
        self._refused(disposal.write, {"state": "done"})

    def test_result_only_when_approved(self):
        disposal = self._as(self.env["gov.vehicle.disposal"], self.fleet_user).create(
            {"vehicle_id": self.car.id, "reason": "Worn out"}
        )
        self._refused(disposal.write, {"income": 5}, text="once it is approved")
        self._refused(disposal.action_finish, text="not approved")
        disposal.action_submit()
        self._refused(disposal.write, {"income": 5})
        self._refused(disposal.write, {"vehicle_id": self.car2.id})

    def test_one_disposal_at_a_time(self):
        self._dispose(self.car)
        disposals = self._as(self.env["gov.vehicle.disposal"], self.fleet_user)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            disposals.create({"vehicle_id": self.car.id})
            self.env.flush_all()

    def test_planned_vehicle_is_not_disposed_of(self):
        disposal = self._dispose(self.car)
        booking = engine(self.env["gov.vehicle.booking"]).create(
            {
                "vehicle_id": self.car.id,
                "kind": "other",
                "date_start": self._at(8),
                "date_end": self._at(9),
                "company_id": self.company.id,
            }
        )
        self._refused(disposal.action_finish, text="is planned")
        engine(booking).active = False
        disposal.action_finish()

    def test_disposal_keeps_services(self):
        kind = self.env["fleet.service.type"].create(
            {"name": "Oil", "category": "service"}
        )
        service = engine(self.env["fleet.vehicle.log.services"]).create(
            {"vehicle_id": self.car.id, "service_type_id": kind.id}
        )
        self._dispose(self.car).action_finish()
        self.assertTrue(service.active)

    def test_who_reads(self):
        disposal = self._dispose(self.car)
        acquisition = self._acquire()
        for record in disposal, acquisition:
            for user in (self.supervision_user, self.pool_head_user, self.head_user):
                self.assertTrue(self._as(record, user).display_name)
                self._as(record, user).read(["number"])
            for user in (self.staff_user, self.driver_user, self.other_staff_user):
                with self.assertRaises(AccessError):
                    self._as(record, user).read(["number"])
            with self.assertRaises(UserError):
                self._as(record, self.supervision_user).write({"reason": "x"})

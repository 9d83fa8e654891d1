from datetime import timedelta

from psycopg2.errors import ExclusionViolation

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common_trip import TripCase


@tagged("post_install", "-at_install")
class TestTripUsage(TripCase):
    """What a trip comes to in the settlement of the service centre."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, label in (
            ("km", "Km of a sedan"),
            ("bus_km", "Km of a bus"),
            ("hour", "Hour of a vehicle"),
            ("waiting", "Hour of waiting"),
        ):
            setattr(cls, name, cls._create_item(name, label))
        cls.works_contract = cls._contract(
            "internal",
            (cls.km, "metered", 1.2),
            (cls.bus_km, "metered", 3),
            (cls.hour, "metered", 20),
            (cls.waiting, "metered", 10),
            name="Vehicles for the works",
            served_department_id=cls.works.id,
        )
        cls.unit_vehicles = cls._contract(
            "internal",
            (cls.km, "metered", 1.5),
            name="Vehicles for the library",
            partner_id=cls.unit2.id,
        )
        cls.rate = cls._rate(
            name="All",
            km_item_id=cls.km.id,
            hour_item_id=cls.hour.id,
            waiting_item_id=cls.waiting.id,
        )

    @classmethod
    def _rate(cls, **values):
        return cls._as(cls.env["gov.vehicle.rate"], cls.fleet_user).create(
            {"date_from": f"{cls.year}-01-01", **values}
        )

    def _usage(self, trip, valid=True):
        domain = [
            ("source", "=", "trip"),
            ("source_model", "=", "gov.vehicle.trip"),
            ("source_id", "in", trip.ids),
        ]
        if valid:
            domain += [("is_reversed", "=", False), ("reversal_of_id", "=", False)]
        return self.env["gov.service.usage"].search(domain, order="source_part")

    def test_km_hours_and_waiting(self):
        trip = self._slip(
            10000,
            10040.5,
            (8, 0, -1),
            (11, 30, -1),
            user_department_id=self.works.id,
            waiting_hours=1.25,
        )
        self.assertEqual(trip.usage_count, 3)
        action = self._as(trip, self.dispatcher_user).action_open_usage()
        rows = self._as(self.env[action["res_model"]], self.dispatcher_user)
        usage = rows.search(action["domain"])
        self.assertEqual(usage, self._usage(trip).sorted("id", reverse=True))
        self.assertEqual(set(trip.usage_ids.ids), set(usage.ids))
        self.assertRecordValues(
            self._usage(trip),
            [
                {
                    "source_part": part,
                    "service_item_id": item.id,
                    "quantity": quantity,
                    "department_id": self.works.id,
                    "contract_id": self.works_contract.id,
                    "date": trip.return_date,
                }
                for part, item, quantity in (
                    ("hour", self.hour, 3.5),
                    ("km", self.km, 40.5),
                    ("waiting", self.waiting, 1.25),
                )
            ],
        )

    def test_served_unit(self):
        trip = self._slip(10000, 10040, served_partner_id=self.unit2.id)
        usage = self._usage(trip)
        self.assertEqual(
            usage.filtered(lambda u: u.source_part == "km").contract_id,
            self.unit_vehicles,
        )
        self.assertEqual(usage.partner_id, self.unit2)
        # Nothing is lost where no contract bills it.
        hours = usage.filtered(lambda u: u.source_part == "hour")
        self.assertFalse(hours.contract_line_id)

    def test_narrowest_rate(self):
        self._rate(name="Bus", body_type="bus", km_item_id=self.bus_km.id)
        trip = self._slip(
            10000, 10040, vehicle=self.bus, user_department_id=self.works.id
        )
        self.assertEqual(self._usage(trip).service_item_id, self.bus_km)
        self._rate(name="Platform", usage_class="platform", hour_item_id=self.hour.id)
        trip = self._slip(
            10040,
            10050,
            (12, 0, -1),
            vehicle=self.bus,
            user_department_id=self.works.id,
        )
        self.assertEqual(self._usage(trip).service_item_id, self.hour)
        self._rate(
            name="Platform bus",
            usage_class="platform",
            body_type="bus",
            waiting_item_id=self.waiting.id,
        )
        trip = self._slip(
            10050,
            10060,
            (15, 0, -1),
            vehicle=self.bus,
            user_department_id=self.works.id,
        )
        self.assertFalse(self._usage(trip), "nothing waited")

    def test_rate_of_the_day_of_return(self):
        today = self.company.gov_today()
        self.rate.date_to = today - timedelta(days=2)
        before = self._slip(10000, 10040, (8, 0, -2), user_department_id=self.works.id)
        after = self._slip(
            10040,
            10080,
            (23, 0, -2),
            (1, 0, -1),
            user_department_id=self.works.id,
        )
        self.assertTrue(self._usage(before))
        self.assertFalse(self._usage(after))

    def test_nobody_pays(self):
        self.assertFalse(self._usage(self._slip(10000, 10040)))
        trip = self._planned(is_protected=True, user_department_id=self.works.id)
        mine = self._as(trip, self.driver_user)
        mine.action_depart(10040)
        mine.action_return(10050)
        self.assertFalse(self._usage(trip), "nobody is named")

    def test_by_departure_and_return(self):
        trip = self._planned(user_department_id=self.works.id)
        mine = self._as(trip, self.driver_user)
        mine.action_depart(10000)
        self.assertFalse(self._usage(trip))
        mine.action_return(10025, waiting_hours=0.5)
        self.assertEqual(
            dict(self._usage(trip).mapped(lambda u: (u.source_part, u.quantity))),
            {"km": 25, "waiting": 0.5},
        )
        trip._record_usage()
        self.assertEqual(len(self._usage(trip, valid=False)), 2, "once for each trip")

    def test_correction_reverses(self):
        trip = self._slip(10000, 10400, user_department_id=self.works.id)
        self._as(trip, self.fleet_user).action_correct("misread", odometer_in=10040)
        rows = self._usage(trip, valid=False).filtered(lambda u: u.source_part == "km")
        self.assertEqual(sorted(rows.mapped("quantity")), [-400, 40, 400])
        self.assertEqual(
            self._usage(trip).filtered(lambda u: u.source_part == "km").quantity, 40
        )
        self.assertEqual(trip.usage_count, 2)

    def test_two_rates_of_the_same_days(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation):
            with self.env.cr.savepoint():
                self._rate(name="Twice", km_item_id=self.km.id)
        self.rate.date_to = self.company.gov_today()
        self.env.flush_all()
        self._rate(
            name="Next",
            km_item_id=self.km.id,
            date_from=self.company.gov_today() + timedelta(days=1),
        )

    def test_rates_are_the_managers(self):
        for user in (self.dispatcher_user, self.technician_user, self.staff_user):
            with self.assertRaises(AccessError):
                self._as(self.env["gov.vehicle.rate"], user).create(
                    {"name": "Mine", "km_item_id": self.km.id}
                )

    def test_a_request_entered_late(self):
        """The trip of a late request is typed from its slip: no booking."""
        start, end = self._at(8, days=-1), self._at(10, days=-1)
        requests = self._as(self.env["gov.vehicle.request"], self.works_staff_user)
        request = requests.create(
            {
                "purpose": "Burst pipe",
                "destination": "Waterworks",
                "area": "town",
                "passenger_count": 2,
                "date_start": start,
                "date_end": end,
                "occurred_on": self.company.gov_today() - timedelta(days=1),
                "late_reason": "urgent",
            }
        )
        pile = self._as(self.env["gov.vehicle.slip"], self.dispatcher_user).create(
            {
                "date": self.company.gov_today() - timedelta(days=1),
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "vehicle_id": self.car.id,
                            "driver_id": self.driver.id,
                            "time_out": 8,
                            "time_in": 10,
                            "odometer_out": 10000,
                            "odometer_in": 10012,
                            "request_id": request.id,
                        },
                    )
                ],
            }
        )
        with self.assertRaisesRegex(Exception, "approved"), self.cr.savepoint():
            pile.action_take_over()
        # The chain has its own tests.
        document = engine(request.sudo())
        document.write({"approval_state": "submitted", "approval_round": 1})
        document.write({"approval_state": "approved"})
        pile.action_take_over()
        trip = pile.line_ids.result_id
        self.assertRecordValues(
            trip,
            [
                {
                    "request_id": request.id,
                    "booking_id": False,
                    "late_reason": "paper",
                    "user_department_id": self.works.id,
                    "route": "Waterworks",
                    "passenger_count": 2,
                }
            ],
        )
        self.assertEqual(request.state, "done")
        self.assertEqual(len(self._usage(trip)), 2)

from datetime import datetime, time, timedelta

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_logistics.tests.common_service import ServiceCase


class FleetCase(ServiceCase):
    """The institution of ``ServiceCase`` with its official vehicles.

    The department ``carpool`` (head ``pool_head``) keeps the vehicles. People with
    accounts ``<name>_user``: ``dispatcher``, ``dispatcher2``, ``technician``,
    ``fleet`` (manager of official vehicles), ``driver`` (licence A1) and ``driver2``
    (C1); ``firm_driver`` (C1) comes from a firm and has no account. Their cards are
    ``<name>_card``.

    Pool vehicles: ``car`` and ``car2`` (sedans of 5 seats, class platform), ``mpv``
    (7 seats, emergency) and ``bus`` (19 seats, platform); ``own_car`` is allocated to
    ``office``. Each shows 10,000 km, is inspected and insured for a year. The quota of
    the class platform is 10, of emergency, confidential and support 5 each.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carpool = cls.env["hr.department"].create(
            {
                "name": "Vehicle Section",
                "rank_sequence": 30,
                "company_id": cls.company.id,
                "line_leader_id": cls.leader.id,
            }
        )
        for name, full_name, group in (
            ("pool_head", "Fang Qing", None),
            ("dispatcher", "Diao Du", "group_dispatcher"),
            ("dispatcher2", "Diao Lan", "group_dispatcher"),
            ("technician", "Ji Gong", "group_technician"),
            ("fleet", "Che Guan", "group_fleet_manager"),
            ("driver", "Jia Shi", "group_driver"),
            ("driver2", "Jia Yuan", "group_driver"),
        ):
            groups = f"gov_fleet.{group}" if group else None
            cls._create_person(name, full_name, cls.carpool, 70, "Officer", groups)
        cls.carpool.manager_id = cls.pool_head
        cls.firm_driver = cls.env["hr.employee"].create(
            {
                "name": "Pai Qian",
                "company_id": cls.company.id,
                "department_id": cls.carpool.id,
            }
        )
        cls.driver_firm = cls.env["res.partner"].create(
            {"name": "Yunlan Labour Services", "is_company": True}
        )
        cls._create_cards()
        cls._create_vehicles()
        cls._waive_checks()

    def setUp(self):
        super().setUp()
        # A job commits; a test must not.
        self.patch(
            type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0
        )

    @classmethod
    def _waive_checks(cls):
        """Drivers here need no check before departure; ``DriverCase`` is about it."""
        cls.env["gov.policy"].create(
            {
                "code": "vehicle.check.required",
                "name": "No check before departure",
                "value_type": "boolean",
                "value": "false",
                "date_from": "2020-01-01",
                "company_id": cls.company.id,
                "citation": "Rule of the test",
            }
        )

    @classmethod
    def _create_cards(cls):
        until = cls.company.gov_today() + timedelta(days=700)
        cls.driver_card, cls.driver2_card, cls.firm_driver_card = cls.env[
            "gov.vehicle.driver"
        ].create(
            [
                {
                    "employee_id": employee.id,
                    "company_id": cls.company.id,
                    "licence_class": licence,
                    "licence_date_to": until,
                    "phone": phone,
                    **values,
                }
                for employee, licence, phone, values in (
                    (cls.driver, "A1", "8001", {}),
                    (cls.driver2, "C1", "8002", {}),
                    (
                        cls.firm_driver,
                        "C1",
                        "8003",
                        {"staff_type": "dispatched", "firm_id": cls.driver_firm.id},
                    ),
                )
            ]
        )

    @classmethod
    def _create_vehicles(cls):
        for usage_class, number in (
            ("platform", 10),
            ("emergency", 5),
            ("confidential", 5),
            ("support", 5),
        ):
            cls._set_quota(usage_class, number)
        brand = cls.env["fleet.vehicle.model.brand"].create({"name": "Yunlan"})
        cls.car_model = cls.env["fleet.vehicle.model"].create(
            {"name": "Sedan 1.8", "brand_id": brand.id, "seats": 5}
        )
        cls.car = cls._create_vehicle("岚A·10001")
        cls.car2 = cls._create_vehicle("岚A·10002")
        cls.mpv = cls._create_vehicle(
            "岚A·10003", usage_class="emergency", body_type="mpv", seats=7
        )
        cls.bus = cls._create_vehicle("岚A·10004", body_type="bus", seats=19)
        cls.own_car = cls._create_vehicle(
            "岚A·10005", keeping="allocated", department_id=cls.office.id
        )

    @classmethod
    def _set_quota(cls, usage_class, number, department=None, **values):
        return cls.env["gov.vehicle.quota"].create(
            {
                "company_id": cls.company.id,
                "usage_class": usage_class,
                "number": number,
                "department_id": department.id if department else False,
                "clause": "County quota paper 2020-7",
                "date_from": "2020-01-01",
                **values,
            }
        )

    @classmethod
    def _create_vehicle(cls, plate, reading=10000, **values):
        """Return a vehicle in service, a pool sedan of ``carpool`` unless told."""
        until = cls.company.gov_today() + timedelta(days=365)
        vehicle = cls.env["fleet.vehicle"].create(
            {
                "license_plate": plate,
                "model_id": cls.car_model.id,
                "company_id": cls.company.id,
                "usage_class": "platform",
                "body_type": "sedan",
                "keeping": "pool",
                "department_id": cls.carpool.id,
                "seats": 5,
                "fuel_type": "gasoline",
                "fuel_product": "92",
                "net_car_value": 150000,
                "displacement": 1.8,
                "tank_capacity": 55,
                "norm_consumption": 7.6,
                "registered_on": "2022-03-01",
                "inspection_date_to": until,
                "insurance_date_to": until,
                "licence_date_to": until,
                **values,
            }
        )
        if reading:
            engine(vehicle).odometer_value = reading
        return vehicle

    @classmethod
    def _at(cls, hour, minute=0, days=1, day=None):
        """Return a moment on the institution's clock as it is stored, in UTC.

        :param days: from today; 1 is tomorrow.
        :param day: a date instead.
        """
        day = day or cls.company.gov_today() + timedelta(days=days)
        return cls.company._gov_utc(datetime.combine(day, time(hour, minute)))

from datetime import timedelta

from odoo.addons.gov_base.models.gov_guard import engine

from .common_fleet import FleetCase


class FuelCase(FleetCase):
    """The institution of ``FleetCase`` with cards and stations.

    ``main_card`` holds 10,000 yuan; ``card`` belongs to ``car`` and ``card2`` to
    ``car2``, both issued by ``oil_company``. ``station`` is designated, ``far_station``
    is not. ``today`` is a Wednesday that is no holiday, at noon.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.oil_company = cls.env["res.partner"].create(
            {"name": "Yunlan Oil", "is_company": True}
        )
        cls.station, cls.far_station = cls.env["gov.fuel.station"].create(
            [
                {
                    "name": "East Gate Station",
                    "code": "S001",
                    "supplier_id": cls.oil_company.id,
                    "company_id": cls.company.id,
                },
                {
                    "name": "Motorway Station",
                    "is_designated": False,
                    "company_id": cls.company.id,
                },
            ]
        )
        cls.main_card = cls._create_card("9000", is_main=True, balance_start=10000)
        cls.card = cls._create_card(
            "9001", vehicle_id=cls.car.id, parent_id=cls.main_card.id
        )
        cls.card2 = cls._create_card(
            "9002", vehicle_id=cls.car2.id, parent_id=cls.main_card.id
        )
        cls.day = cls._working_day(cls.company.gov_today() - timedelta(days=20))

    @classmethod
    def _create_card(cls, number, **values):
        return cls.env["gov.fuel.card"].create(
            {
                "number": number,
                "supplier_id": cls.oil_company.id,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _working_day(cls, day):
        workdays = cls.env["gov.workday"].with_company(cls.company)
        while not workdays.is_working_day(day):
            day -= timedelta(days=1)
        return day

    @classmethod
    def _fill(cls, hour=12, minute=0, day=None, user=None, **values):
        """Return a fill of 30 L at the designated station, noted by the technician."""
        entries = cls._as(cls.env["gov.fuel.entry"], user or cls.technician_user)
        return entries.create(
            {
                "vehicle_id": cls.car.id,
                "date": cls._at(hour, minute, day=day or cls.day),
                "litres": 30,
                "price": 7.5,
                "station_id": cls.station.id,
                **values,
            }
        )

    @classmethod
    def _trip(cls, start=8, end=18, day=None, **values):
        """Return a trip that is back, as the engine writes it."""
        day = day or cls.day
        cls.reading = getattr(cls, "reading", 10000) + 100
        return engine(cls.env["gov.vehicle.trip"]).create(
            {
                "vehicle_id": cls.car.id,
                "driver_id": cls.driver.id,
                "company_id": cls.company.id,
                "date_start": cls._at(start, day=day),
                "date_end": cls._at(end, day=day),
                "odometer_out": cls.reading - 100,
                "odometer_in": cls.reading,
                "return_date": day,
                "state": "back",
                **values,
            }
        )

    def _codes(self, entries, *states):
        """Return the codes of the findings about fills, in the states named."""
        findings = self.env["gov.finding"].search(
            [
                ("model", "=", "gov.fuel.entry"),
                ("res_id", "in", entries.ids),
                ("state", "in", states or ("open", "explained")),
            ]
        )
        return sorted(findings.mapped("rule_code"))

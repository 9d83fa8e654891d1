from datetime import timedelta

from odoo.addons.gov_base.models.gov_guard import engine

from .common_fleet import FleetCase


class TripCase(FleetCase):
    """The institution of ``FleetCase`` with helpers for trips."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trips = cls.env["gov.vehicle.trip"]

    @classmethod
    def _planned(cls, vehicle=None, driver=None, hours=2, **values):
        """Return a planned trip without a booking, as the server makes it.

        No check of the vehicle is asked for: that is another area's matter.
        """
        start = cls.env.cr.now().replace(microsecond=0)
        trip = engine(cls.trips).create(
            {
                "vehicle_id": (vehicle or cls.car).id,
                "driver_id": (driver or cls.driver).id,
                "company_id": cls.company.id,
                "planned_start": start,
                "planned_end": start + timedelta(hours=hours),
                **values,
            }
        )
        trip._assign_number()
        return trip.with_env(cls.env)

    @classmethod
    def _slip(cls, out, back, start=None, end=None, vehicle=None, user=None, **values):
        """Return a trip typed from a slip, yesterday from 8 to 9 unless told.

        :param start, end: (hour, minute, days from today) or datetime in UTC
        """
        start = cls._moment(start or (8, 0, -1))
        end = cls._moment(end) if end else start + timedelta(hours=1)
        trips = cls._as(cls.trips, user or cls.dispatcher_user)
        return trips.create(
            {
                "vehicle_id": (vehicle or cls.car).id,
                "driver_id": cls.driver.id,
                "date_start": start,
                "date_end": end,
                "odometer_out": out,
                "odometer_in": back,
                **values,
            }
        )

    @classmethod
    def _moment(cls, value):
        if isinstance(value, tuple):
            hour, minute, days = value
            return cls._at(hour, minute, days=days)
        return value

    @classmethod
    def _findings(cls, trip, code="vehicle_odometer_gap"):
        return cls.env["gov.finding"].search(
            [
                ("rule_code", "=", code),
                ("model", "=", "gov.vehicle.trip"),
                ("res_id", "in", trip.ids),
            ]
        )

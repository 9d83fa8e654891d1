from datetime import timedelta

from odoo.addons.gov_base.models.gov_guard import engine

from .common_fleet import FleetCase


class SealingCase(FleetCase):
    """Vehicles of ``FleetCase`` before and over a holiday of the institution's own.

    The days around today are working days here, whatever weekday it is, so that the
    holiday of a test is exactly the days that it names.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company.gov_today()
        cls.workdays = cls.env["gov.workday"]
        cls._set_days("workday", range(-20, 31))
        cls.sealings = cls._as(cls.env["gov.vehicle.sealing"], cls.dispatcher_user)
        cls.findings = cls.env["gov.finding"]

    @classmethod
    def _set_days(cls, kind, numbers, name="Test Festival"):
        """Make days, counted from today, days off or working days."""
        days = [cls.today + timedelta(days=number) for number in numbers]
        cls.workdays.search(
            [("company_id", "=", cls.company.id), ("date", "in", days)]
        ).unlink()
        return cls.workdays.create(
            [
                {"date": day, "kind": kind, "name": name, "company_id": cls.company.id}
                for day in days
            ]
        )

    @classmethod
    def _list(cls, first=-1, last=0, prepare=True, **values):
        """Return a list from day ``first`` to ``last``, counted from today."""
        sealing = cls.sealings.create(
            {
                "name": "Test Festival",
                "date_from": cls.today + timedelta(days=first),
                "date_to": cls.today + timedelta(days=last),
                "keeper_id": cls.pool_head.id,
                "sealed_by_id": cls.dispatcher.id,
                "supervisor_id": cls.works_head.id,
                "first_strip": "A00126",
                **values,
            }
        )
        if prepare:
            sealing.action_prepare()
        return sealing

    @staticmethod
    def _line(sealing, vehicle):
        return sealing.line_ids.filtered(lambda line: line.vehicle_id == vehicle)

    @classmethod
    def _complete(cls, sealing):
        """Enter strips and readings of what is to be sealed."""
        sealing.action_number_strips()
        for line in sealing.line_ids.filtered(lambda line: line.kind == "sealed"):
            line.odometer_in = line.vehicle_id.odometer_value

    @classmethod
    def _sealed(cls, **values):
        sealing = cls._list(**values)
        cls._complete(sealing)
        sealing.action_seal()
        return sealing

    @classmethod
    def _windows(cls, vehicle):
        return cls.env["gov.vehicle.booking"].search(
            [("vehicle_id", "=", vehicle.id), ("kind", "=", "sealing")]
        )

    @classmethod
    def _on_duty(cls, leader=None):
        """Put a leader on duty around now."""
        return cls.env["gov.duty.shift"].create(
            [
                {
                    "date": cls.today + timedelta(days=number),
                    "kind": kind,
                    "leader_id": (leader or cls.leader).id,
                    "company_id": cls.company.id,
                    "time_from": 0 if kind == "day" else 12,
                    "time_to": 12 if kind == "day" else 24,
                }
                for number in (-1, 0, 1)
                for kind in ("day", "night")
            ]
        )

    @classmethod
    def _trip(cls, vehicle, **values):
        """Return a trip made by the engine."""
        return engine(cls.env["gov.vehicle.trip"]).create(
            {
                "vehicle_id": vehicle.id,
                "driver_id": cls.driver.id,
                "company_id": cls.company.id,
                "odometer_out": 10000,
                **values,
            }
        )

    def _found(self, code, records=None):
        domain = [("rule_code", "=", code), ("company_id", "=", self.company.id)]
        if records is not None:
            domain += [("model", "=", records._name), ("res_id", "in", records.ids)]
        return self.findings.search(domain)

from contextlib import contextmanager
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError

from .common_service import ServiceCase


class MeterCase(ServiceCase):
    """The service centre of ``ServiceCase`` with a meter for power.

    ``meter`` has 5 digits and a usual use of 100; it was read with 1,000 on ``start``
    by ``inspector``. ``office_line`` and ``unit_line`` are the metered lines for power
    at 0.68 and 0.70.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company.gov_today()
        cls.start = cls.today - timedelta(days=100)
        cls.office_line = cls._line_of(cls.office_contract, cls.power)
        cls.unit_line = cls._line_of(cls.unit_contract, cls.power)
        cls.meter = cls._meter("E-1")
        cls.first = cls._read(cls.meter, 0, 1000)

    @classmethod
    def _meter(cls, number, **values):
        return cls._as(cls.env["gov.meter"], cls.keeper_user).create(
            {
                "number": number,
                "kind": "electricity",
                "service_item_id": cls.power.id,
                "digits": 5,
                "usual_use": 100,
                **values,
            }
        )

    @classmethod
    def _read(cls, meter, day, value, user=None, **values):
        """Return a reading ``day`` days after ``start``."""
        if isinstance(day, int):
            day = cls.start + timedelta(days=day)
        readings = cls._as(cls.env["gov.meter.reading"], user or cls.inspector_user)
        return readings.create(
            {"meter_id": meter.id, "date": day, "value": value, **values}
        )

    @classmethod
    def _share(cls, meter, *shares, user=None):
        """Give ``meter`` shares: (line or department, percent[, from, to])."""
        commands = []
        for party, percent, *days in shares:
            field = (
                "contract_line_id"
                if party._name == "contract.line"
                else "department_id"
            )
            start = days[0] if days else cls.start + timedelta(days=1)
            commands.append(
                Command.create(
                    {
                        field: party.id,
                        "percent": percent,
                        "date_from": fields.Date.to_string(start),
                        "date_to": days[1] if len(days) > 1 else False,
                    }
                )
            )
        cls._as(meter, user or cls.keeper_user).write({"share_ids": commands})

    @contextmanager
    def _refuses(self, text):
        """The block is refused with a text that matches, and leaves no trace."""
        with self.assertRaises(UserError) as caught:
            yield
        message = str(caught.exception)
        self.assertRegex(message, text)

    def _usages(self, reading):
        return reading.sudo().usage_ids.sorted("id")

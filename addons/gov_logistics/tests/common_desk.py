import base64
import io
from datetime import datetime

import pytz
from PIL import Image

from odoo import Command

from .common_service import ServiceCase


def make_photo():
    """Return a small PNG as base64 text."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


class DeskCase(ServiceCase):
    """The service centre of ``ServiceCase`` with rooms, a team and promised times.

    ``water_team`` (``repairer``, ``repairer2``) does the trade of ``lamp`` in Building
    1 and 2; ``lamp`` promises two hours on the spot and eight to be finished. ``room``
    is Building 2, 305; ``secret`` is a secret room. The working schedule is Monday to
    Friday, 8 to 12 and 14 to 18.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Office hours",
                "company_id": cls.company.id,
                "tz": "Asia/Shanghai",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": f"{day} {begin}",
                            "dayofweek": str(day),
                            "hour_from": begin,
                            "hour_to": begin + 4,
                            "day_period": "morning" if begin < 12 else "afternoon",
                        }
                    )
                    for day in range(5)
                    for begin in (8, 14)
                ],
            }
        )
        cls.company.write(
            {
                "resource_calendar_id": cls.calendar.id,
                "service_phone": "8000",
                "service_chief_id": cls.works_head_user.id,
                "service_callback_percent": 0,
            }
        )
        cls.lamp.write({"response_hours": 2, "resolve_hours": 8})
        cls.water_team = cls.env["maintenance.team"].create(
            {
                "name": "Water and power",
                "company_id": cls.company.id,
                "member_ids": [
                    Command.set((cls.repairer_user + cls.repairer2_user).ids)
                ],
                "service_group_ids": [Command.set(cls.service_group.ids)],
                "buildings": "Building 1, Building 2",
            }
        )
        cls.room, cls.secret = cls.env["gov.room"].create(
            [
                {
                    "building": "Building 2",
                    "name": "305",
                    "company_id": cls.company.id,
                    "department_id": cls.office.id,
                },
                {
                    "building": "Building 1",
                    "name": "501",
                    "company_id": cls.company.id,
                    "is_secret": True,
                },
            ]
        )
        cls.requests = cls._as(cls.env["maintenance.request"], cls.desk_user)

    @classmethod
    def _take(cls, name="Light is out", user=None, **values):
        """Return a request taken by the desk, or made by ``user``."""
        requests = cls._as(cls.env["maintenance.request"], user or cls.desk_user)
        values.setdefault("place", "Building 2 305")
        return requests.create({"name": name, **values})

    def _bring(self, request, state, user=None):
        """Bring ``request`` to ``state`` by its own steps and return it."""
        user = user or self.repairer_user
        request.action_assign(user.id)
        mine = self._as(request, user)
        for step, action in (
            ("accepted", mine.action_accept),
            ("arrived", mine.action_arrive),
            ("done", mine.action_done),
        ):
            if request.gov_state == state:
                break
            action()
            self.assertEqual(request.gov_state, step)
        return request

    @staticmethod
    def _at(year, month, day, hour=0, minute=0):
        """Return a moment on the institution's clock in UTC, as it is stored."""
        zone = pytz.timezone("Asia/Shanghai")
        local = zone.localize(datetime(year, month, day, hour, minute))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

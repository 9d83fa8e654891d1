from datetime import date
from unittest.mock import patch

from odoo import Command

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common import GovCommon
from odoo.addons.gov_base.tests.common_scan import PDF

OFFICER = "gov_points.group_points_officer"
# A drawn line as a PNG of one pixel: what matters is that it is an image.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
START = date(2026, 4, 28)


class NoticeCommon(GovCommon):
    """A scoring office, a leading group, a committee, and scores that were decided.

    ``points`` and ``points2`` are scoring officers, ``free`` is one who takes part in
    no score; ``boss`` heads the office; ``second`` and ``third`` sit in the committee
    with ``head`` and ``leader``; ``recorder`` is a clerk of the secretariat; ``driver``
    has no login. Today is ``cls.day``; set it to let time pass.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = START
        cls.startClassPatcher(
            patch.object(
                type(cls.env["res.company"]), "gov_today", lambda self: cls.day
            )
        )
        cls._create_person("points", "Luo Anping", cls.office, 12, "Officer", OFFICER)
        cls._create_person("points2", "Tang Wei", cls.office, 13, "Officer", OFFICER)
        cls._create_person("free", "Qin Yu", cls.office, 14, "Officer", OFFICER)
        cls._create_person("boss", "Shen Huiwen", cls.office, 9, "Head", OFFICER)
        cls._create_person("second", "He Zhenbang", cls.leadership, 3, "Deputy")
        cls._create_person("third", "Zhu Ningyuan", cls.leadership, 4, "Member")
        cls._create_person("recorder", "Wen Shu", cls.office, 35, "Secretary")
        cls.recorder_user.group_ids = [
            Command.link(cls.env.ref("gov_base.group_secretariat").id)
        ]
        cls.hr_user = cls._create_user("gov_points_hr", "gov_points.group_points_hr")
        cls.driver = cls.env["hr.employee"].create(
            {
                "name": "Ma Dajun",
                "company_id": cls.company.id,
                "department_id": cls.works.id,
                "official_title": "Driver",
            }
        )
        cls.scheme = cls.env.ref("gov_points.scheme_default")
        people = cls.env["hr.employee"].search([("company_id", "=", cls.company.id)])
        people.points_review_date = "2020-03-01"
        for code, holders in {
            "points_officer": cls.points + cls.points2,
            "points_office_head": cls.boss,
            "points_group": cls.leader + cls.boss + cls.office_head,
            "head": cls.head,
            "committee": cls.head + cls.leader + cls.second + cls.third,
        }.items():
            for person in holders:
                cls._hold(code, person)
        cls.notices = cls.env["gov.points.notice"]
        cls.appeals = cls.env["gov.points.appeal"]

    @classmethod
    def _hold(cls, code, person):
        role = cls.env["gov.role"].search([("code", "=", code)], limit=1)
        return cls.env["gov.role.holder"].create(
            {
                "role_id": role.id,
                "employee_id": person.id,
                "company_id": cls.company.id,
                "date_from": "2020-01-01",
            }
        )

    @staticmethod
    def _as(records, user):
        """Return ``records`` as ``user`` sees them in their own institution."""
        return records.with_user(user).with_context(
            allowed_company_ids=user.company_id.ids
        )

    @classmethod
    def _article(cls, points):
        return cls.scheme.article_ids.filtered(
            lambda a: a.points == points and not a.must_transfer
        )[:1]

    @classmethod
    def _shares(cls, people, points=4, day=None, **values):
        """Return decided shares of one case, straight away."""
        case = engine(cls.env["gov.points.case"]).create(
            {
                "date": day or cls.day,
                "time_text": "About 14:30",
                "place": "Canteen",
                "facts": "Left the stove burning",
                "handler_id": cls.points_user.id,
                "employee_id": cls.points.id,
                "company_id": people[:1].company_id.id,
                "scheme_id": cls.scheme.id,
                **values,
            }
        )
        shares = engine(cls.env["gov.points.share"]).create(
            [
                {
                    "case_id": case.id,
                    "employee_id": person.id,
                    "article_id": cls._article(points).id,
                    "share": 100 / len(people),
                }
                for person in people
            ]
        )
        shares.write({"state": "noticed", "points": points})
        return shares

    @classmethod
    def _issued(cls, people, points=4, day=None, **values):
        """Return the notices of a score that was just entered in the ledger."""
        shares = cls._shares(people, points, day, **values)
        cls.env["gov.points.entry"]._post(shares)
        return cls.notices._issue(shares).with_env(cls.env)

    @classmethod
    def _served(cls, person=None, points=4, **values):
        """Return the notice of ``person``, served today on paper."""
        notice = cls._issued(person or cls.staff, points, **values)
        cls._as(notice, cls.points_user).action_serve_paper(cls.day, PDF)
        return notice

    @classmethod
    def _appeal(cls, notice, user=None, **values):
        """Return a draft of the person's appeal."""
        user = user or notice.employee_id.user_id
        return cls._as(cls.appeals, user).create(
            {"notice_id": notice.id, "grounds": "It was not me", **values}
        )

    @classmethod
    def _filed(cls, person=None, points=4, **values):
        """Return a served notice's appeal, filed by the person today."""
        appeal = cls._appeal(cls._served(person, points, **values))
        appeal.action_submit()
        return appeal.with_env(cls.env)

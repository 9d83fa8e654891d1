from datetime import date

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common import GovCommon

TODAY = date(2026, 9, 15)


class LedgerCommon(GovCommon):
    """The shipped rulebook, its office, and decided shares made straight away.

    Everybody's review date is 1 March: the running cycle lasts from 2026-03-01 to
    2027-02-28. ``points_user`` is a scoring officer, ``points_boss`` the head of the
    scoring office, ``hr_user`` reads, ``manager_user`` keeps the rulebooks.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The day is fixed: cycles, deadlines and periods are counted from it.
        cls.startClassPatcher(
            cls._patch_today(TODAY),
        )
        officer = "gov_points.group_points_officer"
        cls._create_person("points", "Luo Anping", cls.office, 12, "Officer", officer)
        cls._create_person("boss", "Shen Huiwen", cls.office, 9, "Head", officer)
        cls.hr_user = cls._create_user("gov_points_hr", "gov_points.group_points_hr")
        cls.manager_user = cls._create_user(
            "gov_points_manager", "gov_points.group_points_manager"
        )
        cls.publisher_user = cls._create_user(
            "gov_points_publisher", "gov_base.group_publisher"
        )
        cls.scheme = cls.env.ref("gov_points.scheme_default")
        cls._hold("points_officer", cls.points)
        cls._hold("points_office_head", cls.boss)
        people = cls.env["hr.employee"].search([("company_id", "=", cls.company.id)])
        people.points_review_date = "2020-03-01"
        cls.entries = cls.env["gov.points.entry"]
        cls.cycles = cls.env["gov.points.cycle"]
        cls.measures = cls.env["gov.points.measure"]

    @classmethod
    def _patch_today(cls, day):
        from unittest.mock import patch

        return patch.object(type(cls.env["res.company"]), "gov_today", lambda self: day)

    @classmethod
    def _hold(cls, code, employee):
        role = cls.env["gov.role"].search([("code", "=", code)], limit=1)
        cls.env["gov.role.holder"].create(
            {
                "role_id": role.id,
                "employee_id": employee.id,
                "company_id": cls.company.id,
                "date_from": "2020-01-01",
            }
        )
        return role

    @classmethod
    def _article(cls, points, scheme=None):
        articles = (scheme or cls.scheme).article_ids
        return articles.filtered(lambda a: a.points == points and not a.must_transfer)[
            :1
        ]

    @classmethod
    def _shares(cls, people, points, day, scheme=None, **values):
        """Return decided shares of one case: ``points`` for each of ``people``."""
        scheme = scheme or cls.scheme
        case = engine(cls.env["gov.points.case"]).create(
            {
                "date": day,
                "facts": "Seen on the inspection",
                "handler_id": cls.points_user.id,
                "employee_id": cls.points.id,
                "company_id": people[:1].company_id.id,
                "scheme_id": scheme.id,
            }
        )
        shares = engine(cls.env["gov.points.share"]).create(
            [
                {
                    "case_id": case.id,
                    "employee_id": person.id,
                    "article_id": cls._article(points, scheme).id,
                    "share": 100,
                    **values,
                }
                for person in people
            ]
        )
        shares.write({"state": "noticed", "points": points})
        return shares.with_env(cls.env)

    @classmethod
    def _score(cls, person, points, day="2026-09-10", **values):
        """Enter ``points`` for an incident; return the entry."""
        return cls.entries._post(cls._shares(person, points, day, **values))

    def _cycle(self, person, day="2026-09-10"):
        day = date.fromisoformat(str(day))
        return self.cycles.search(
            [
                ("employee_id", "=", person.id),
                ("date_from", "<=", day),
                ("date_to", ">=", day),
            ]
        )

    def _kinds(self, cycle, *states):
        """Return the kinds of the cycle's measures in ``states`` (all that stand)."""
        states = states or ("proposed", "todo", "done")
        measures = cycle.measure_ids.filtered(lambda m: m.state in states)
        return set(measures.mapped("kind"))

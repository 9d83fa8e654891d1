from odoo import Command
from odoo.tests.common import new_test_user

from odoo.addons.gov_base.tests.common import GovCommon


class PointsCommon(GovCommon):
    """The institution of ``GovCommon`` with a scoring office.

    ``manager_user``, ``officer_user``, ``hr_user``: accounts of the three groups of
    conduct scoring, without an employee. ``scheme`` is the shipped rulebook.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.env.ref("gov_points.scheme_default")
        for name in "manager", "officer", "hr":
            user = cls._create_points_user(
                f"points_{name}", f"gov_points.group_points_{name}"
            )
            setattr(cls, f"{name}_user", user)

    @classmethod
    def _create_points_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _draft(cls, **values):
        """A complete draft of the institution: scores, two articles, two levels."""
        defaults = {
            "code": "TEST",
            "name": "Test rulebook",
            "company_id": cls.company.id,
            "date_from": "2026-01-01",
            "score_ids": [Command.create({"points": n}) for n in (6, 4, 2, 1)],
            "article_ids": [
                Command.create({"code": "1", "name": "Late", "points": 1}),
                Command.create({"code": "2", "name": "Away", "points": 4}),
                Command.create({"code": "9", "name": "Other", "is_discretion": True}),
            ],
            "threshold_ids": [
                cls._level_command("low", 10, 0, total_to=6),
                cls._level_command("high", 20, 6, single_from=6),
            ],
        }
        return cls.env["gov.points.scheme"].create({**defaults, **values})

    @classmethod
    def _level_command(cls, code, sequence, total_from, **values):
        measure = {"kind": "talk_section", "name": "Talk"}
        return Command.create(
            {
                "code": code,
                "name": code.title(),
                "sequence": sequence,
                "total_from": total_from,
                "measure_ids": [Command.create(measure)],
                **values,
            }
        )

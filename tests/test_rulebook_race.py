"""A rulebook that is released while somebody writes it, on real connections."""

import contextlib

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_race import RaceCase

TRIES = 5


@tagged("post_install", "-at_install")
class TestRulebookRace(RaceCase):
    """What is released is what was checked."""

    def _draft(self, code):
        with contextlib.closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            level = {"code": "talk", "name": "Talk", "total_from": 1}
            level["measure_ids"] = [Command.create({"name": "Talk"})]
            scheme = env["gov.points.scheme"].create(
                {
                    "code": code,
                    "name": "Race",
                    "date_from": "2026-01-01",
                    "scores": "2, 1",
                    "article_ids": [
                        Command.create({"code": "1", "name": "Late", "points": 1})
                    ],
                    "threshold_ids": [Command.create(level)],
                }
            )
            cr.commit()
            return scheme.id

    def _read(self, scheme_id):
        with contextlib.closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            scheme = env["gov.points.scheme"].browse(scheme_id)
            return scheme.state, set(scheme.article_ids.mapped("code"))

    def test_nothing_slips_in_while_another_releases(self):
        """An article that no release would pass stands in no released rulebook."""
        for number in range(TRIES):
            scheme_id = self._draft(f"SLIP{number}")

            def release(env, scheme_id=scheme_id):
                return env["gov.points.scheme"].browse(scheme_id).action_release()

            def add(env, scheme_id=scheme_id):
                values = {"scheme_id": scheme_id, "code": "2", "name": "X", "points": 7}
                return env["gov.points.article"].create(values).id

            outcomes = self.race(release, add)
            state, codes = self._read(scheme_id)
            self.assertEqual(state == "released", "2" not in codes, outcomes)
            lost = [o for o in outcomes if isinstance(o, Exception)]
            self.assertEqual([type(error) for error in lost], [UserError], outcomes)

    def test_two_release_at_once(self):
        for number in range(TRIES):
            scheme_id = self._draft(f"TWICE{number}")

            def release(env, scheme_id=scheme_id):
                return env["gov.points.scheme"].browse(scheme_id).action_release()

            outcomes = self.race(release, release)
            lost = [o for o in outcomes if isinstance(o, UserError)]
            self.assertEqual(outcomes.count(True), 1, outcomes)
            self.assertIn("released already", str(lost[0]))

    def test_two_new_versions_at_once(self):
        for number in range(TRIES):
            scheme_id = self._draft(f"NEXT{number}")
            with contextlib.closing(self.registry.cursor()) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["gov.points.scheme"].browse(scheme_id).action_release()
                cr.commit()

            def copy(env, scheme_id=scheme_id):
                return env["gov.points.scheme"].browse(scheme_id).action_new_version()

            outcomes = self.race(copy, copy)
            lost = [o for o in outcomes if isinstance(o, Exception)]
            self.assertEqual(len(lost), 1, outcomes)
            self.assertIn("is a draft already", str(lost[0]))

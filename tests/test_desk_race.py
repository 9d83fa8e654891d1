"""Rivals at the findings' desk, the notice board and the access log."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.gov_base.models.gov_access_log import GovAccessLog

from .common_race import RaceCase

PUBLISHER = "base.group_user,gov_base.group_publisher"


@tagged("post_install", "-at_install")
class TestDeskRace(RaceCase):
    def test_one_notice_to_the_administrator(self):
        def tell(env):
            company = env.ref("base.main_company")
            env["gov.config.notice"]._raise("race", "Nobody there", company)
            return True

        self.assertEqual(self.race(tell, tell), [True, True])
        with self.transaction() as env:
            found = env["gov.config.notice"].search([("code", "=", "race")])
            self.assertEqual(len(found), 1)

    def test_released_once_and_taken_down_once(self):
        with self.transaction() as env:
            author, *editors = (
                new_test_user(env, login=f"race_{n}", groups=PUBLISHER)
                for n in range(3)
            )
            today = env.company.gov_today()
            draft = env["gov.publication"].with_user(author)
            draft = draft.create(
                {
                    "title": "Race",
                    "body": "<p>Text</p>",
                    "kind": "notice",
                    "date_to": today + timedelta(days=60),
                }
            )
            draft_id, editor_ids = draft.id, [user.id for user in editors]

        def release(number):
            def run(env):
                publications = env["gov.publication"].with_user(editor_ids[number])
                return publications.browse(draft_id).action_release()

            return run

        def take_down(env):
            publications = env["gov.publication"].with_user(editor_ids[0])
            return publications.browse(draft_id).action_take_down("Wrong")

        outcomes = self.race(release(0), release(1))
        self.assertEqual(outcomes.count(True), 1)
        self.assertEqual(sum(isinstance(o, UserError) for o in outcomes), 1)
        outcomes = self.race(take_down, take_down)
        self.assertEqual(outcomes.count(True), 1)
        with self.transaction() as env:
            publication = env["gov.publication"].browse(draft_id)
            self.assertEqual(len(publication.takedown_ids), 1)
            self.assertEqual(publication.stage, "taken_down")

    def test_the_same_form_opened_by_two_workers(self):
        with self.transaction() as env:
            row = (
                "gov.test",
                1,
                env.ref("base.user_admin").id,
                env.company.gov_today(),
                "form",
                env.company.id,
                False,
            )

        def write(env):
            GovAccessLog._write_rows(env.registry, env.cr.dbname, [row])
            return True

        self.assertEqual(self.race(write, write), [True, True])
        with self.transaction() as env:
            self.assertEqual(
                env["gov.access.log"].search_count([("model", "=", "gov.test")]), 1
            )

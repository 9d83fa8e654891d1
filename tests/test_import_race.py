"""Two people import the same file at once, on real connections."""

from odoo import Command
from odoo.tests import tagged

from odoo.addons.gov_logistics.tests.common_import import make_table

from .common_race import RaceCase


@tagged("post_install", "-at_install")
class TestImportRace(RaceCase):
    """Departments have no unique name in the database: the import keeps them apart."""

    @classmethod
    def _prepare(cls, env):
        groups = ("base.group_user", "gov_logistics.group_logistics_manager")
        groups = [env.ref(name).id for name in (*groups, "hr.group_hr_user")]
        cls.users = [
            env["res.users"]
            .create(
                {
                    "name": f"Importer {number}",
                    "login": f"importer{number}",
                    "group_ids": [Command.set(groups)],
                }
            )
            .id
            for number in range(2)
        ]
        content = make_table("department", {"name": "Race A"}, {"name": "Race B"})
        cls.wizards = []
        for user in cls.users:
            wizard = env["gov.import"].with_user(user)
            wizard = wizard.create({"kind": "department", "file": content})
            wizard.action_check()
            cls.wizards.append(wizard.id)

    def test_the_same_file_at_once(self):
        def importer(wizard_id):
            def run(env):
                wizard = env["gov.import"].browse(wizard_id)
                wizard.action_import()
                return wizard.new_count, wizard.existing_count

            return run

        outcomes = self.race(*map(importer, self.wizards), user=self.users)
        self.assertEqual(sorted(outcomes), [(0, 2), (2, 0)])
        with self.transaction() as env:
            names = env["hr.department"].search([("name", "=like", "Race _")])
            self.assertEqual(len(names), 2)

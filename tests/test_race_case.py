"""The tool that other tests race with has to race itself."""

from odoo.tests import tagged

from .common_race import RaceCase, installed_database


@tagged("post_install", "-at_install")
class TestRaceCase(RaceCase):
    """Two connections, a real conflict, a retry; and nothing left behind."""

    def test_both_increments_count(self):
        with self.transaction() as env:
            partner = env["res.partner"].create({"name": "Counter", "color": 0})

        def increment(env):
            record = env["res.partner"].browse(partner.id)
            record.color += 1
            env.flush_all()
            return record.color

        for turn in range(10):
            outcomes = self.race(increment, increment)
            self.assertEqual(sorted(outcomes), [2 * turn + 1, 2 * turn + 2])

    def test_exceptions_come_back(self):
        def fail(_env):
            raise ZeroDivisionError

        outcomes = self.race(fail, lambda env: env.user.id, user=[1, 2])
        self.assertIsInstance(outcomes[0], ZeroDivisionError)
        self.assertEqual(outcomes[1], 2)

    def test_works_on_a_copy(self):
        with self.transaction() as env:
            self.assertEqual(env.cr.dbname, self.database)
        self.assertNotEqual(self.database, installed_database())

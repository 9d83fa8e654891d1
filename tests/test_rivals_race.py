"""Two real connections decide by what they read of rows that they share."""

from odoo.tests import tagged

from odoo.addons.gov_base.tools.rivals import meet_rivals

from .common_race import RaceCase

PAIRS = 20


@tagged("post_install", "-at_install")
class TestRivalsRace(RaceCase):
    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            rows = env["res.partner"].create([{"name": "a"}, {"name": "b"}])
            self.ids = rows.ids

    def _join(self, env, ids):
        """Add one contact, unless there is one: what a limit of one is like."""
        rows = env["res.partner"].browse(ids)
        meet_rivals(rows)
        known = env["res.partner"].search_count([("parent_id", "in", rows.ids)])
        if known:
            return False
        env["res.partner"].create({"name": "c", "parent_id": min(ids)})
        return True

    def test_exactly_one_of_two_is_first(self):
        for _turn in range(PAIRS):
            with self.transaction() as env:
                env["res.partner"].search([("parent_id", "in", self.ids)]).unlink()
            # the other way round, too: the order of the ids keeps them apart
            found = self.race(
                lambda env: self._join(env, self.ids),
                lambda env: self._join(env, self.ids[::-1]),
            )
            self.assertEqual(sorted(found), [False, True])

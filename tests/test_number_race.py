"""Two real connections draw numbers of one form at once."""

from odoo.tests import tagged

from odoo.addons.gov_base.tests.test_gov_number import make_pattern

from .common_race import RaceCase

CODE = "gov.test.race"
PAIRS = 50


class _Lost(Exception):
    pass


@tagged("post_install", "-at_install")
class TestNumberRace(RaceCase):
    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            make_pattern(env, CODE, prefix="%(range_year)s-", suffix=False)

    @staticmethod
    def _draw(env):
        company = env.ref("base.main_company")
        return env["gov.number.mixin"]._draw_number(CODE, company)

    def _draw_and_lose(self, env):
        self._draw(env)
        raise _Lost

    def test_a_hundred_numbers_without_gap_or_double(self):
        drawn = []
        for turn in range(PAIRS):
            drawn += self.race(self._draw, self._draw)
            if turn % 10 == 5:  # a number drawn in vain is not lost
                [lost] = self.race(self._draw_and_lose)
                self.assertIsInstance(lost, _Lost)
        year = str(drawn[0])[:4]
        self.assertEqual(
            sorted(map(str, drawn)),
            [f"{year}-{number:04}" for number in range(1, 2 * PAIRS + 1)],
        )
        with self.transaction() as env:
            own = env["ir.sequence"].search(
                [("code", "=", CODE), ("company_id", "!=", False)]
            )
            self.assertEqual(len(own), 1)
            self.assertEqual(len(own.date_range_ids), 1)

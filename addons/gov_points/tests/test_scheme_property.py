from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common import PointsCommon

SCORES = st.sets(st.integers(1, 40), min_size=1, max_size=6)
# Shares as people type them: two decimals, above 0 and up to 100.
SHARES = st.integers(1, 10_000).map(lambda hundredths: hundredths / 100)
BOUNDS = st.tuples(
    st.integers(0, 15),
    st.booleans(),
    st.integers(0, 15),
    st.booleans(),
    st.integers(0, 12),
)
OPTIONS = {
    "max_examples": 60,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}


def oracle_score(allowed, points, share):
    """The rule in other words: count down until a score fits."""
    part = Fraction(points) * Fraction(str(share)) / 100
    for score in range(points, 0, -1):
        if score in allowed and Fraction(score) <= part:
            return score
    return min(allowed)


def oracle_holds(bounds, total, highest):
    """Whether a row holds, counted out instead of compared."""
    low, low_in, high, high_in, single = bounds
    if single and highest in range(single, 1000):
        return True
    if single and not low and not high:
        return False
    start = low if low_in else low + 1
    end = (high if high_in else high - 1) if high else 999
    return total in range(max(start, 1), end + 1)


@tagged("post_install", "-at_install")
class TestSchemeProperty(PointsCommon):
    """Scores and levels against an account of the same rules in plain Python."""

    def test_share_of_a_score(self):
        scheme = self._draft()

        @settings(**OPTIONS)
        @given(SCORES, SHARES, st.data())
        def check(allowed, share, data):
            scheme.scores = ", ".join(map(str, allowed))
            points = data.draw(st.sampled_from(sorted(allowed)))
            result = scheme._score(points, share)
            self.assertEqual(result, oracle_score(allowed, points, share))
            self.assertIn(result, allowed)
            self.assertLessEqual(result, points)

        check()

    def test_levels(self):
        scheme = self._draft()
        row = scheme.threshold_ids[0]

        @settings(**OPTIONS)
        @given(BOUNDS, st.integers(0, 30), st.integers(0, 12))
        def check(bounds, total, highest):
            low, low_in, high, high_in, single = bounds
            if high and (high < low or (high == low and not (low_in and high_in))):
                return
            row.write(
                {
                    "total_from": low,
                    "total_from_included": low_in,
                    "total_to": high,
                    "total_to_included": high_in,
                    "single_from": single,
                }
            )
            highest = min(total, highest)
            holds = row in scheme._rows(total, highest)
            self.assertEqual(holds, oracle_holds(bounds, total, highest), bounds)

        check()

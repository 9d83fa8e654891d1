"""Many senders post to one public page at once."""

import time

from odoo.tests import tagged

from .common_race import RaceCase

SENDERS, POSTS, LIMIT = 8, 125, 6


@tagged("post_install", "-at_install")
class TestPublicFlood(RaceCase):
    """1,000 posts of one address to one code: the limit holds and nobody waits."""

    def test_thousand_posts(self):
        def sender(env):
            limits, longest, passed = env["gov.public.limit"], 0.0, 0
            for _number in range(POSTS):
                start = time.monotonic()
                passed += limits._allow("10.0.0.1", "code", LIMIT, 600)
                env.cr.commit()  # as each request of a browser does
                longest = max(longest, time.monotonic() - start)
            return passed, longest

        start = time.monotonic()
        outcomes = self.race(*[sender] * SENDERS)
        for outcome in outcomes:
            self.assertIsInstance(outcome, tuple, outcome)
        passed = sum(outcome[0] for outcome in outcomes)
        # Rivals may refuse each other, never let one more in.
        self.assertTrue(0 < passed <= LIMIT, passed)
        self.assertLess(time.monotonic() - start, 60)
        self.assertLess(max(outcome[1] for outcome in outcomes), 10)
        with self.transaction() as env:
            limits = env["gov.public.limit"]
            rows = limits.search([("key", "=", limits._key("10.0.0.1", "code"))])
            self.assertEqual(len(rows), 1)
            # Senders read before they write: what is over the limit is not counted.
            self.assertLessEqual(rows.count, LIMIT + SENDERS)

import threading
from contextlib import closing, suppress

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.orm.registry import DummyRLock
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger

from .test_gov_number import make_pattern

CODE = "gov.test.race"
DRAWS = 50


@tagged("post_install", "-at_install", "gov_commit")
class TestGovNumberRace(BaseCase):
    """Two real connections draw numbers at once; what they leave is committed."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        # Odoo's own test runner holds this lock, on which threads would wait.
        self.patch(Registry, "_lock", DummyRLock())
        self.addCleanup(self._delete_sequences)
        with closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            make_pattern(env, CODE, prefix="%(range_year)s-", suffix=False)
            cr.commit()

    def _delete_sequences(self):
        with closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["ir.sequence"].search([("code", "=", CODE)]).unlink()
            cr.commit()

    def _draw(self, drawn, errors, start):
        start.wait()
        try:
            for turn in range(DRAWS):
                with closing(self.registry.cursor()) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    company = env.ref("base.main_company")

                    def draw(env=env, company=company):
                        return env["gov.number.mixin"]._draw_number(CODE, company)

                    if turn % 10 == 5:  # drawn, then lost with its transaction
                        with suppress(*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                            draw()
                        env.transaction.reset()
                        cr.rollback()
                    drawn.append(retrying(draw, env))
        except Exception as error:
            errors.append(error)

    def test_two_connections_leave_neither_gap_nor_double(self):
        drawn, errors, start = [], [], threading.Barrier(2)
        threads = [
            threading.Thread(target=self._draw, args=(drawn, errors, start))
            for _i in range(2)
        ]
        with mute_logger("odoo.sql_db"):  # the losers, who are retried
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=120)
        self.assertFalse(errors)
        self.assertEqual(len(drawn), 2 * DRAWS)
        year = drawn[0][:4]
        self.assertEqual(
            sorted(drawn), [f"{year}-{n:04}" for n in range(1, 2 * DRAWS + 1)]
        )
        with closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.assertEqual(
                env["ir.sequence"].search_count(
                    [("code", "=", CODE), ("company_id", "!=", False)]
                ),
                1,
            )

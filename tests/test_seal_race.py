"""Real connections that seal, change and link at once, and commit."""

import random
import threading
import time
from contextlib import closing

import psycopg2

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.tests import seal_models

from .common_race import RaceCase

CHAIN = "test-note"
WRITERS = 8
TURNS = 8
TRIES = 25


@tagged("post_install", "-at_install")
class TestSealRace(RaceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # who is told to try again does so at once
        cls.classPatch(random, "uniform", lambda low, high: 0.01)
        with closing(cls.registry.cursor()) as cr:
            seal_models.load(cr, cls.registry, [seal_models.SealedNote])
            cr.commit()

    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            for table in ("gov_test_note", "gov_seal"):
                env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                env.cr.execute(f"DELETE FROM {table}")
                env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            env.cr.execute("DELETE FROM gov_seal_head")
            self.company_id = env.ref("base.main_company").id

    def _together(self, *functions):
        """Run functions in a thread each, all starting at once."""
        errors = []
        start = threading.Barrier(len(functions))

        def run(function):
            try:
                start.wait()
                function()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(f,)) for f in functions]
        with mute_logger("odoo.sql_db", "odoo.service.model"):  # who is retried
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=120)
        self.assertFalse(errors)

    def _verify(self, **values):
        """Verify, compare the outcome with ``values``."""
        with self.transaction() as env:
            result = env["gov.seal"].verify(CHAIN, self.company_id)
        self.assertTrue(result["ok"], result["message"])
        self.assertEqual({name: result[name] for name in values}, values)

    def _create(self, env, **values):
        return env["gov.test.note"].create({"company_id": self.company_id, **values})

    def _create_and_seal(self, **values):
        with self.transaction() as env:
            note = self._create(env, **values)
            note._seal()
            return note.id

    def test_commit_links(self):
        self._create_and_seal(name="N")
        self._verify(checked=1, waiting=0)

    def test_rollback_leaves_nothing(self):
        with self.transaction() as env:
            self._create(env, name="N")._seal()
            env.cr.rollback()
        self._verify(checked=0, waiting=0)

    def test_eight_writers_on_one_chain(self):
        """No failure, no gap, no double, whoever links beside them."""
        done = threading.Event()
        writers_left = list(range(WRITERS))

        def write():
            for turn in range(TURNS):
                self._create_and_seal(name=f"{turn}")
            writers_left.pop()
            if not writers_left:
                done.set()

        def catch_up():
            while not done.wait(timeout=0.02):
                with closing(self.registry.cursor()) as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["gov.seal"]._cron_link()

        self._together(*[write] * WRITERS, catch_up)
        self._verify(checked=WRITERS * TURNS, waiting=0)

    def _attack_while_sealing(self, turn, attack):
        """Seal a new note while ``attack(env, note)`` runs in a second connection.

        :return: the name of the note afterwards, and whether the attack was refused
        """
        with self.transaction() as env:
            note_id = self._create(env, name="old").id

        def run(env):
            time.sleep(0.001 * (turn % 5))
            attack(env, env["gov.test.note"].browse(note_id))

        def seal(env):
            env["gov.test.note"].browse(note_id)._seal()

        attacked, sealed = self.race(run, seal)
        self.assertIsNone(sealed)
        if attacked is not None:
            self.assertIsInstance(attacked, UserError)
            self.assertIn("sealed", str(attacked))
        self._verify(checked=turn + 1, waiting=0)
        with self.transaction() as env:
            return env["gov.test.note"].browse(note_id).name, attacked is not None

    def test_a_change_beside_the_sealing(self):
        """Either the change comes first and is sealed, or it is refused."""

        def attack(env, note):
            note.write({"name": "new", "user_ids": [Command.link(SUPERUSER_ID)]})

        for turn in range(TRIES):
            name, refused = self._attack_while_sealing(turn, attack)
            self.assertEqual(name, "old" if refused else "new")

    def test_a_relation_changed_by_sql_beside_the_sealing(self):
        """The row that both touch makes one of them start again."""

        def attack(env, note):
            env.cr.execute(
                "INSERT INTO gov_test_note_user_rel VALUES (%s, %s)",
                [note.id, SUPERUSER_ID],
            )

        for turn in range(TRIES):
            self._attack_while_sealing(turn, attack)

    def test_two_who_seal_the_same(self):
        with self.transaction() as env:
            ids = [self._create(env, name=f"{number}").id for number in range(20)]

        def seal_all(env):
            return env["gov.test.note"].browse(ids)._seal()

        self.assertEqual(sorted(self.race(seal_all, seal_all)), [0, 20])
        self._verify(checked=20, waiting=0)

    def test_linker_whose_connection_dies(self):
        """What it had committed stays, the rest is linked later, nothing twice."""
        with self.transaction() as env:
            for number in range(7):
                self._create(env, name=f"{number}")._seal()
            env.cr.postcommit.clear()
        cr = self.registry.cursor()
        link = api.Environment(cr, SUPERUSER_ID, {})["gov.seal"]._link_chain
        self.assertEqual(link(CHAIN, self.company_id, limit=3), 3)
        cr.commit()
        self.assertEqual(link(CHAIN, self.company_id, limit=3), 3)
        pid = cr._cnx.get_backend_pid()
        with self.transaction() as env:
            env.cr.execute("SELECT pg_terminate_backend(%s)", [pid])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises((psycopg2.OperationalError, psycopg2.InterfaceError)),
            closing(cr),
        ):
            cr.commit()
        self._verify(checked=3, waiting=4)
        with closing(self.registry.cursor()) as cr:
            api.Environment(cr, SUPERUSER_ID, {})["gov.seal"]._cron_link()
        self._verify(checked=7, waiting=0)

    def test_business_does_not_wait_for_a_linker(self):
        """While somebody holds the head row, sealing and committing go on."""
        self._create_and_seal(name="first")
        with closing(self.registry.cursor()) as blocker:
            env = api.Environment(blocker, SUPERUSER_ID, {})
            env["gov.seal"]._lock_head(CHAIN, self.company_id)
            with self.transaction() as env:
                # it fails, and says so here, if it has to wait for the head row
                env.cr.execute("SET LOCAL lock_timeout = '100ms'")
                self._create(env, name="second")._seal()
                env.cr.postcommit.clear()
            self._verify(checked=1, waiting=1)
            blocker.rollback()
        self._create_and_seal(name="third")
        self._verify(checked=3, waiting=0)

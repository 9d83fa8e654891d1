import random
import threading
import time
from contextlib import closing

import psycopg2

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.orm.registry import DummyRLock
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from . import seal_models

CHAIN = "test-note"
WRITERS = 8
TURNS = 8
TRIES = 25


@tagged("post_install", "-at_install", "gov_commit")
class TestSealRace(BaseCase):
    """Real connections that seal, change and link at once, and commit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # Odoo's own test runner holds this lock, on which threads would wait.
        cls.classPatch(Registry, "_lock", DummyRLock())
        # who is told to try again does so at once
        cls.classPatch(random, "uniform", lambda low, high: 0.01)
        with closing(cls.registry.cursor()) as cr:
            names = seal_models.load(cr, cls.registry, [seal_models.SealedNote])
            cr.commit()
        cls.addClassCleanup(cls._remove, names)

    @classmethod
    def _remove(cls, names):
        """Leave the database as it was."""
        with closing(cls.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {MODULE_UNINSTALL_FLAG: True})
            env["ir.model"].search([("model", "in", names)]).unlink()
            cr.execute("DROP TABLE gov_test_note_user_rel")
            cls._remove_seals(cr)
            cr.commit()
        with closing(cls.registry.cursor()) as cr:
            seal_models.unload(cr, cls.registry, names)

    @classmethod
    def _remove_seals(cls, cr):
        cr.execute("ALTER TABLE gov_seal DISABLE TRIGGER USER")
        cr.execute("DELETE FROM gov_seal WHERE chain = %s", [CHAIN])
        cr.execute("DELETE FROM gov_seal_head WHERE chain = %s", [CHAIN])
        cr.execute("ALTER TABLE gov_seal ENABLE TRIGGER USER")

    def setUp(self):
        super().setUp()
        with closing(self.registry.cursor()) as cr:
            cr.execute("ALTER TABLE gov_test_note DISABLE TRIGGER USER")
            cr.execute("DELETE FROM gov_test_note")
            cr.execute("ALTER TABLE gov_test_note ENABLE TRIGGER USER")
            self._remove_seals(cr)
            cr.commit()

    def _transaction(self, function):
        """Run ``function(env)`` as a request does: retried, then committed."""
        with closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return retrying(lambda: function(env), env)

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

    def _verify(self):
        return self._transaction(
            lambda env: env["gov.seal"].verify(CHAIN, env.ref("base.main_company"))
        )

    def _create(self, env, **values):
        company = env.ref("base.main_company")
        return env["gov.test.note"].create({"company_id": company.id, **values})

    def test_commit_links(self):
        self._transaction(lambda env: self._create(env, name="N")._seal())
        result = self._verify()
        self.assertEqual(
            (result["ok"], result["checked"], result["waiting"]), (True, 1, 0)
        )

    def test_rollback_leaves_nothing(self):
        with closing(self.registry.cursor()) as cr:
            self._create(api.Environment(cr, SUPERUSER_ID, {}), name="N")._seal()
            cr.rollback()
        result = self._verify()
        self.assertEqual((result["checked"], result["waiting"]), (0, 0))

    def test_eight_writers_on_one_chain(self):
        """No failure, no gap, no double, whoever links beside them."""
        done = threading.Event()
        writers_left = list(range(WRITERS))

        def write():
            for turn in range(TURNS):
                self._transaction(
                    lambda env, turn=turn: self._create(env, name=f"{turn}")._seal()
                )
            writers_left.pop()
            if not writers_left:
                done.set()

        def catch_up():
            while not done.wait(timeout=0.02):
                with closing(self.registry.cursor()) as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["gov.seal"]._cron_link()

        self._together(*[write] * WRITERS, catch_up)
        result = self._verify()
        self.assertTrue(result["ok"], result["message"])
        self.assertEqual((result["checked"], result["waiting"]), (WRITERS * TURNS, 0))

    def _attack_while_sealing(self, turn, attack):
        """Seal a new note while ``attack(env, note)`` runs in a second connection.

        :return: the name of the note afterwards, and whether the attack was refused
        """
        note_id = self._transaction(lambda env: self._create(env, name="old").id)
        refused = []

        def run():
            time.sleep(0.001 * (turn % 5))
            try:
                self._transaction(
                    lambda env: attack(env, env["gov.test.note"].browse(note_id))
                )
            except UserError as error:
                self.assertIn("sealed", str(error))
                refused.append(True)

        def seal():
            self._transaction(lambda env: env["gov.test.note"].browse(note_id)._seal())

        self._together(run, seal)
        result = self._verify()
        self.assertTrue(result["ok"], result["message"])
        self.assertEqual(result["checked"], turn + 1)
        name = self._transaction(lambda env: env["gov.test.note"].browse(note_id).name)
        return name, bool(refused)

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
        ids = self._transaction(
            lambda env: [self._create(env, name=f"{n}").id for n in range(20)]
        )
        counts = []

        def seal_all():
            counts.append(
                self._transaction(lambda env: env["gov.test.note"].browse(ids)._seal())
            )

        self._together(seal_all, seal_all)
        self.assertEqual(sorted(counts), [0, 20])
        self.assertEqual(self._verify()["checked"], 20)

    def test_linker_whose_connection_dies(self):
        """What it had committed stays, the rest is linked later, nothing twice."""
        with closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for number in range(7):
                self._create(env, name=f"{number}")._seal()
            cr.postcommit.clear()
            cr.commit()
        company_id = self._transaction(lambda env: env.ref("base.main_company").id)
        cr = self.registry.cursor()
        link = api.Environment(cr, SUPERUSER_ID, {})["gov.seal"]._link_chain
        self.assertEqual(link(CHAIN, company_id, limit=3), 3)
        cr.commit()
        self.assertEqual(link(CHAIN, company_id, limit=3), 3)
        pid = cr._cnx.get_backend_pid()
        self._transaction(
            lambda env: env.cr.execute("SELECT pg_terminate_backend(%s)", [pid])
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises((psycopg2.OperationalError, psycopg2.InterfaceError)),
            closing(cr),
        ):
            cr.commit()
        result = self._verify()
        self.assertEqual((result["checked"], result["waiting"]), (3, 4))
        with closing(self.registry.cursor()) as cr:
            api.Environment(cr, SUPERUSER_ID, {})["gov.seal"]._cron_link()
        result = self._verify()
        self.assertTrue(result["ok"], result["message"])
        self.assertEqual((result["checked"], result["waiting"]), (7, 0))

    def test_business_does_not_wait_for_a_linker(self):
        """While somebody holds the head row, sealing and committing go on."""
        self._transaction(lambda env: self._create(env, name="first")._seal())
        company_id = self._transaction(lambda env: env.ref("base.main_company").id)
        with closing(self.registry.cursor()) as blocker:
            env = api.Environment(blocker, SUPERUSER_ID, {})
            env["gov.seal"]._lock_head(CHAIN, company_id)
            with closing(self.registry.cursor()) as cr:
                started = time.monotonic()
                self._create(
                    api.Environment(cr, SUPERUSER_ID, {}), name="second"
                )._seal()
                cr.postcommit.clear()
                cr.commit()
                self.assertLess(time.monotonic() - started, 1)
            self.assertEqual(self._verify()["waiting"], 1)
            blocker.rollback()
        self._transaction(lambda env: self._create(env, name="third")._seal())
        self.assertEqual(self._verify()["waiting"], 0)

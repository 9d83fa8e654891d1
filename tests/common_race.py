"""Two real transactions at once, on a database that is thrown away.

A test that commits must not leave its rows to others. ``RaceCase`` copies the database
under test (``CREATE DATABASE … TEMPLATE``, half a second), loads a registry on the copy
and drops it after the class::

    @tagged("post_install", "-at_install")
    class TestLastItem(RaceCase):
        @classmethod
        def _prepare(cls, env):                      # committed before the first test
            cls.product_id = env["product.product"].create({...}).id

        def test_two_clerks(self):
            with self.transaction() as env:          # committed at the end of the block
                request = env["gov.supply.request"].create({...})

            def issue(env):                          # runs in a thread of its own
                return env["gov.supply.request"].browse(request.id).action_issue(...)

            outcomes = self.race(issue, issue)       # results, or exceptions as objects

Each function of ``race`` gets an environment on a connection of its own. All have taken
their snapshot before one goes on; a loser is retried as Odoo's RPC layer does.
"""

import contextlib
import itertools
import os
import random
import re
import threading

import psycopg2

import odoo
from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.orm.registry import DummyRLock
from odoo.service.model import retrying
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import config, mute_logger

_numbers = itertools.count(1)


def installed_database():
    """The database that pytest's workers were copied from, or the only one."""
    return re.sub(r"-gw\d+$", "", get_db_name())


class RaceCase(BaseCase):
    """Tests that commit, each class on a copy of the installed database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = installed_database()
        cls.database = f"{source}_race_{os.getpid()}_{next(_numbers)}"
        cls._copy_database(source)
        cls.addClassCleanup(cls._drop_database)
        # Odoo's runner holds this lock while tests run: threads would wait for it.
        lock = Registry._lock
        Registry._lock = DummyRLock()
        cls.addClassCleanup(setattr, Registry, "_lock", lock)
        # Loading a registry in test mode would run the tests of every module.
        enabled, config["test_enable"] = config["test_enable"], False
        try:
            cls.registry = Registry(cls.database)
        finally:
            config["test_enable"] = enabled
        # A loser is retried after a random wait of up to a second: not here.
        cls.classPatch(random, "uniform", lambda low, high: 0.01)
        with cls.transaction() as env:
            cls._prepare(env)

    @classmethod
    def _prepare(cls, env):
        """Make what all tests of the class stand on; it is committed afterwards."""

    @classmethod
    def _execute(cls, query):
        with contextlib.closing(odoo.sql_db.db_connect("postgres").cursor()) as cr:
            cr.rollback()
            cr._cnx.autocommit = True
            cr.execute(query)
            cr._cnx.autocommit = False

    @classmethod
    def _copy_database(cls, source):
        """Copy; connections that only wait in a pool are closed first."""
        for attempt in range(30):
            odoo.sql_db.close_db(source)
            try:
                with mute_logger("odoo.sql_db"):
                    cls._execute(
                        f'CREATE DATABASE "{cls.database}" TEMPLATE "{source}"'
                    )
                return
            except psycopg2.errors.ObjectInUse:  # another worker copies it just now
                if attempt == 29:
                    raise
                threading.Event().wait(1)

    @classmethod
    def _drop_database(cls):
        Registry.delete(cls.database)
        odoo.sql_db.close_db(cls.database)
        for attempt in range(20):
            try:
                with mute_logger("odoo.sql_db"):
                    cls._execute(
                        f'DROP DATABASE IF EXISTS "{cls.database}" WITH (FORCE)'
                    )
                return
            except psycopg2.errors.InsufficientPrivilege:  # PostgreSQL tidies up there
                if attempt == 19:
                    raise
                threading.Event().wait(0.5)

    @classmethod
    def _create_users(cls, env, company, name, count, group=None):
        """Return ``count`` users of an institution, in their order.

        :param name: what all of them are called; a number follows.
        :param group: external id of a group beside that of employees.
        """
        groups = env.ref("base.group_user")
        if group:
            groups |= env.ref(group)
        return env["res.users"].create(
            [
                {
                    "name": f"{name} {number}",
                    "login": f"{name} {number}".lower().replace(" ", "_"),
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set(groups.ids)],
                }
                for number in range(count)
            ]
        )

    @classmethod
    def _create_employees(cls, env, users, department):
        """Return an employee of the department for each of the users."""
        return env["hr.employee"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": user.company_id.id,
                    "department_id": department.id,
                }
                for user in users
            ]
        )

    @classmethod
    @contextlib.contextmanager
    def transaction(cls, user=SUPERUSER_ID, context=None):
        """An environment whose work is committed at the end of the block."""
        with contextlib.closing(cls.registry.cursor()) as cr:
            env = api.Environment(cr, _user_id(user), context or {})
            yield env
            env.flush_all()
            cr.commit()

    def race(self, *functions, user=SUPERUSER_ID, context=None, timeout=120):
        """Run each function at the same time in a transaction of its own.

        ``user`` is one user for all, or a list with one for each function.

        :return: for each function what it returned, or the exception it ended with
        """
        users = user if isinstance(user, (list, tuple)) else [user] * len(functions)
        start = threading.Barrier(len(functions), timeout=timeout)
        outcomes = [None] * len(functions)

        def contestant(number):
            try:
                with contextlib.closing(self.registry.cursor()) as cr:
                    env = api.Environment(cr, _user_id(users[number]), context or {})
                    cr.execute("SELECT 1")  # the snapshot is taken here
                    start.wait()
                    outcomes[number] = retrying(lambda: functions[number](env), env)
            except Exception as error:
                outcomes[number] = error

        threads = [
            threading.Thread(target=contestant, args=(number,), daemon=True)
            for number in range(len(functions))
        ]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout)
        alive = [number for number, thread in enumerate(threads) if thread.is_alive()]
        self.assertFalse(alive, "these are still waiting for each other")
        return outcomes


def _user_id(user):
    return user if isinstance(user, int) else user.id

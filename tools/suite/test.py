"""``make test``: linters, a clean install, every test, then pytest's word.

The tests run on a copy of a template database that is kept between runs; pytest's two
workers copy it again. The demo agency has a database of its own.
"""

import contextlib
import shutil
import subprocess
import threading
import time

from . import console, lint, odoo, paths, python, template
from .console import Failure, lock, say, step

DATABASE = "gov_test"
DEMO = "gov_demo"
DEMO_DATABASE = "gov_test_demo"
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def require_browser():
    """Odoo's own list; without a browser its tests would be skipped in silence."""
    if not any(shutil.which(name) for name in BROWSERS):
        raise Failure("The browser tests need Chromium: apt-get install chromium")


def main(server, arguments):
    """All stages; the first that fails ends it, except that pytest runs to its end."""
    with lock("test", "make test is running already in this folder."):
        start = time.monotonic()
        conf = odoo.config(server, "test")
        normal = threading.Thread(target=_prepare_normal, args=(server,), daemon=True)
        normal.start()
        lint.main()
        names = [name for name in odoo.our_addons() if name != DEMO]
        template.installed(server, conf, DATABASE, names)
        with step("Bundles with our own scripts and styles"):
            odoo.shell(server, conf, DATABASE, "assets.py", "test-assets.log")
        _test_demo(server, conf)
        with step("Normal installation of Odoo, made meanwhile"):
            normal.join()
        code = _pytest(server, conf, start, arguments)
        server.drop(DATABASE)
        return code


def _prepare_normal(server):
    """Use the second core for what tests/test_normal_install.py starts from."""
    with contextlib.suppress(Failure):  # that test builds it itself, and says why not
        template.ensure_normal(server, odoo.config(server, "normal"))


def _test_demo(server, conf):
    """Load the demo agency and run its tests, if it is there."""
    if DEMO not in odoo.our_addons():
        return
    server.drop(DEMO_DATABASE)
    server.create(DEMO_DATABASE, DATABASE)
    try:
        with step("Demo agency"):
            modules = [DEMO]
            made = odoo.install(server, conf, DEMO_DATABASE, modules, "test-demo.log")
            template.log.check(made)
        tests = paths.ADDONS / DEMO / "tests"
        if not list(tests.glob("test_*.py")):
            return
        with step("Demo agency: tests"):
            command = _command(conf, DEMO_DATABASE, ["--odoo-http", "-q", tests])
            console.run(
                command, "pytest-demo.log", env=odoo.environment(server), cwd=paths.ROOT
            )
    finally:
        server.drop(DEMO_DATABASE)


def _command(conf, database, arguments):
    base = [python.python(), "-m", "pytest", "-p", "no:cacheprovider"]
    return [*base, f"--odoo-database={database}", f"--odoo-config={conf}", *arguments]


def _pytest(server, conf, start, arguments):
    """The tests of the add-ons and of ``tests/``; their summary is the last line."""
    for database in server.databases(f"{DATABASE}_race_"):  # of a run that was killed
        server.drop(database)
    say(f"\n  {time.monotonic() - start:.0f} s so far; the tests:\n")
    options = ["--odoo-http", "-n", "2", "--dist", "loadfile", "--durations=10"]
    options.append("--no-loadscope-reorder")  # conftest.py puts the longest first
    options += [f"--ignore={paths.ADDONS / DEMO}", *arguments]
    command = [str(part) for part in _command(conf, DATABASE, options)]
    return subprocess.call(command, env=odoo.environment(server), cwd=paths.ROOT)

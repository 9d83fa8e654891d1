#!/usr/bin/env python3
"""The commands of the project; ``python3 tools/gov.py --help`` lists them."""

import argparse
import atexit
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import console, debian, odoo, paths, postgres, python  # noqa: E402

# verbs that pass on what follows, and how many arguments are their own
PASS_ON = {
    "odoo": 1,
    "psql": 1,
    "shot": 1,
    "test": 1,
    "bench": 1,
    "pytest": 2,
    "serve": 3,
}


def prepare():
    """Everything that needs the network, then go on inside the environment."""
    if python.in_venv():
        return
    python.check_version()
    with console.lock("prepare"):
        debian.ensure_odoo()
        python.ensure_venv()
    python.enter_venv([str(Path(__file__).resolve()), *sys.argv[1:]])


def development(stop_at_end=False):
    """The server and configuration for tests and for one's own databases."""
    prepare()
    server = postgres.server("test")
    if server.start() and stop_at_end:
        atexit.register(server.stop)
    tree = f"-{paths.ROOT.name}" if paths.CACHE.parent != paths.ROOT else ""
    return server, odoo.config(server, f"dev{tree}")


def command_run(options):
    """Build the demo agency if need be and serve it."""
    from suite import run

    prepare()
    return run.main(options.port)


def command_stop(_options):
    """Stop a run and both PostgreSQL servers."""
    from suite import run

    if not paths.VENV.exists():
        return 0
    prepare()
    run.stop()
    for name in ("run", "test"):
        postgres.server(name).stop()
    return 0


def command_clean(options):
    """Remove databases and logs; with --all also Odoo and the Python packages."""
    command_stop(options)
    for name in ("run", "test"):
        postgres.server(name).remove()
    everything = paths.CACHE.iterdir() if paths.CACHE.exists() else []
    for path in list(everything) if options.all else [paths.LOGS]:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    return 0


def command_odoo(options):
    """Odoo with the development configuration: odoo -- -d mine -u gov_base …"""
    server, conf = development()
    return odoo.interactive(server, conf, *options.args)


def command_pg(options):
    """Start or stop the development PostgreSQL."""
    if options.action == "start":
        development()
        return 0
    prepare()
    postgres.server("test").stop()
    return 0


def command_psql(options):
    """psql on the development server."""
    server, _conf = development()
    args = options.args or ["postgres"]
    return subprocess.call(["psql", *args], env=server.environment())


def command_db(options):
    """List, copy or drop databases of the development server."""
    server, conf = development()
    if options.action == "list":
        console.say("\n".join(sorted(server.databases())))
    elif options.action == "drop":
        server.drop(options.name)
    else:
        from suite import template

        source = options.template or template.ensure(server, conf)
        server.drop(options.name)
        server.create(options.name, source)
    return 0


def command_test(options):
    """Every test, browser tests and linters included."""
    from suite import test

    test.require_browser()
    server, _conf = development(stop_at_end=True)
    return test.main(server, options.args)


def command_lint(_options):
    """ruff, pylint-odoo and OCA's checks."""
    from suite import lint

    prepare()
    lint.main()
    return 0


def command_i18n(_options):
    """Export the terms of each add-on and merge the translations."""
    server, conf = development()
    from suite import i18n

    return i18n.main(server, conf)


def command_bench(options):
    """Measure against plain Odoo; writes bench/RESULTS.md."""
    server, conf = development()
    script = paths.ROOT / "bench" / "run.py"
    if not script.exists():
        raise console.Failure("There is no bench/run.py yet.")
    env = {**odoo.environment(server), "ODOO_RC": str(conf)}
    args = [str(odoo.python()), str(script), *options.args]
    return subprocess.call(args, env=env, cwd=paths.ROOT)


def command_pytest(options):
    """pytest on one database: pytest mine -- addons/gov_base/tests/test_policy.py"""
    server, conf = development()
    args = [odoo.python(), "-m", "pytest", f"--odoo-database={options.name}"]
    args += [f"--odoo-config={conf}", *options.args]
    return subprocess.call(
        [str(part) for part in args], env=odoo.environment(server), cwd=paths.ROOT
    )


def command_serve(options):
    """Serve one database on a port of its own: serve mine 8171"""
    server, conf = development()
    args = ["-d", options.name, "-p", options.port, f"--db-filter=^{options.name}$"]
    return odoo.interactive(server, conf, *args, "--max-cron-threads=0", *options.args)


def command_shot(options):
    """A screenshot: shot --url http://127.0.0.1:8171 --database mine --out a.png"""
    server, _conf = development()
    return subprocess.call(
        [
            str(odoo.python()),
            str(paths.ROOT / "tools" / "screenshot.py"),
            *options.args,
        ],
        env=odoo.environment(server),
    )


def parser():
    """The command line."""
    top = argparse.ArgumentParser(description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)

    def verb(name, function):
        sub = verbs.add_parser(name, help=function.__doc__.splitlines()[0])
        sub.set_defaults(function=function)
        return sub

    verb("run", command_run).add_argument("--port", type=int, default=8069)
    verb("stop", command_stop)
    verb("clean", command_clean).add_argument("--all", action="store_true")
    verb("odoo", command_odoo)
    verb("pg", command_pg).add_argument("action", choices=["start", "stop"])
    verb("psql", command_psql)
    databases = verb("db", command_db)
    databases.add_argument("action", choices=["new", "drop", "list"])
    databases.add_argument("name", nargs="?")
    databases.add_argument("--template", help="copy this one")
    verb("test", command_test)
    verb("lint", command_lint)
    verb("i18n", command_i18n)
    verb("bench", command_bench)
    verb("pytest", command_pytest).add_argument("name")
    serve = verb("serve", command_serve)
    serve.add_argument("name")
    serve.add_argument("port")
    verb("shot", command_shot)
    return top


def split(argv):
    """Our own arguments, and those that another program gets as they are."""
    own = PASS_ON.get(argv[0] if argv else "", len(argv))
    rest = argv[own:]
    return argv[:own], rest[1:] if rest[:1] == ["--"] else rest


def main():
    """Run one command; failures that a person can act on come without traceback."""
    own, rest = split(sys.argv[1:])
    options = parser().parse_args(own)
    options.args = rest
    try:
        return options.function(options)
    except console.Failure as failure:
        console.say(f"\n{failure}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    sys.exit(main())

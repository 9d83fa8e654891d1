#!/usr/bin/env python3
"""Measure the suite against plain Odoo: see README.md beside this file."""

import argparse
import importlib
import logging
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "tools")]

import harness  # noqa: E402
from suite import console, debian, paths, postgres, python, template  # noqa: E402
from suite import odoo as program  # noqa: E402

TEMPLATE = "gov_deps"


def load_lines():
    """Import every module of bench/lines, which registers its lines."""
    for path in sorted((HERE / "lines").glob("*.py")):
        importlib.import_module(f"lines.{path.stem}")


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(harness.LINES))
    parser.add_argument(
        "--size", choices=["small", "medium", "large"], default="medium"
    )
    parser.add_argument("--database", default="gov_bench", help="its name")
    parser.add_argument("--keep", action="store_true", help="keep the database")
    parser.add_argument("--list", action="store_true", help="name the lines")
    return parser.parse_args()


def make_database(server, conf, name, keep):
    """Make the database, unless one was kept."""
    if keep and server.exists(name):
        return
    if not server.exists(TEMPLATE):
        template.build(server, conf, TEMPLATE)
    server.drop(name)
    with console.step("Database with our add-ons"):
        server.create(name, TEMPLATE)
        addons = program.our_addons()
        program.install(server, conf, name, addons, f"{name}-install.log")


def open_registry(conf, name):
    """Load Odoo into this process; the import is here because it takes a second."""
    import odoo.modules.registry
    from odoo.tools import config

    config.parse_config(["-c", str(conf), "-d", name, "--no-http"])
    logging.getLogger("odoo").setLevel(logging.ERROR)
    return odoo.modules.registry.Registry(name)


def measure(registry, names, size):
    """Run the lines one by one; return their results."""
    results = {}
    bench = harness.Bench(registry, size)
    for name in names:
        entry = harness.LINES[name]
        with console.step(entry.title[:56]):
            results[name] = entry.function(bench)
        console.say("    " + harness.row(entry, results[name]).strip())
    return results


def main():
    """Measure, write RESULTS.md, fail when a line is over its limit."""
    load_lines()
    options = parse()
    if options.list:
        for entry in harness.LINES.values():
            limit = f"at most {entry.limit:g}×" if entry.limit else ""
            console.say(f"{entry.name:<18} {entry.title} {limit}")
        return 0
    server = postgres.server("test")
    server.start()
    conf = program.config(server, options.database)
    make_database(server, conf, options.database, options.keep)
    try:
        registry = open_registry(conf, options.database)
        results = measure(registry, options.only or list(harness.LINES), options.size)
        version = server.execute("SHOW server_version")[0][0]
        import odoo.release
        import odoo.sql_db

        about = harness.about(options.size, version, odoo.release.version)
        odoo.sql_db.close_all()
    finally:
        if not options.keep:
            server.drop(options.database)
    harness.write(HERE / "RESULTS.md", results, about)
    console.say(f"\nWritten: {(HERE / 'RESULTS.md').relative_to(paths.ROOT)}")
    over = [
        name
        for name, found in results.items()
        if harness.problems(harness.LINES[name], found)
    ]
    if over:
        console.say(f"Over their limits: {', '.join(over)}")
    return 1 if over else 0


if __name__ == "__main__":
    if not python.in_venv():
        debian.ensure_odoo()
        python.ensure_venv()
        python.enter_venv([str(Path(__file__).resolve()), *sys.argv[1:]])
    try:
        sys.exit(main())
    except console.Failure as failure:
        console.say(f"\n{failure}")
        sys.exit(1)

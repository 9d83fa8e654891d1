"""Calling Odoo: its configuration, our add-ons and what they stand on."""

import ast
import configparser
import os
import subprocess

from . import paths
from .console import run
from .debian import addons_folders, font_environment
from .python import python

# Modules that a new database gets besides what our manifests ask for. Nothing else is
# installed by itself (--skip-auto-install), so nothing that calls home comes along.
# Without l10n_cn, account would load the generic chart, and with it the US dollar.
DEPENDENCIES = [
    "l10n_cn",
    "hr",
    "mail",
    "stock",
    "purchase_stock",
    "purchase_requisition_stock",
    "hr_maintenance",
    "contract",
    "portal",
    "rating",
    "base_import",
    "hr_fleet",
    "web_timeline",
]


def manifests():
    """Our add-ons: name → manifest, of those that can be installed."""
    found = {}
    for path in sorted(paths.ADDONS.glob("*/__manifest__.py")):
        manifest = ast.literal_eval(path.read_text())
        if manifest.get("installable", True):
            found[path.parent.name] = manifest
    return found


def our_addons():
    """Our add-ons, each after those it depends on."""
    known, ordered = manifests(), []

    def visit(name):
        if name in known and name not in ordered:
            for other in known[name].get("depends", []):
                visit(other)
            ordered.append(name)

    for name in known:
        visit(name)
    return ordered


def dependencies():
    """Every foreign module that our add-ons stand on, in a stable order."""
    known = manifests()
    wanted = set(DEPENDENCIES)
    for manifest in known.values():
        wanted.update(manifest.get("depends", []))
    return sorted(wanted - set(known) - {"base"})


def config(server, name, **extra):
    """Write ``.cache/<name>.conf``: the project's odoo.conf made complete."""
    conf = configparser.ConfigParser(interpolation=None)
    conf.read(paths.ROOT / "odoo.conf")
    options = dict(conf["options"])
    own = [paths.ROOT / part.strip() for part in options["addons_path"].split(",")]
    folders = [path for path in own if path.is_dir()] + addons_folders()
    options.update(server.options)
    options["addons_path"] = ",".join(str(folder) for folder in folders)
    options["data_dir"] = str(server.data_dir)
    options.update({key: str(value) for key, value in extra.items()})
    server.data_dir.mkdir(parents=True, exist_ok=True)
    target = paths.CACHE / f"{name}.conf"
    fresh = target.with_suffix(f".{os.getpid()}")
    lines = [f"{key} = {value}\n" for key, value in options.items()]
    fresh.write_text("[options]\n" + "".join(lines))
    fresh.chmod(0o600)
    fresh.replace(target)
    return target


def environment(server):
    """The environment of every Odoo process."""
    return {
        **server.environment(),
        **font_environment(),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
    }


def command(conf, *args):
    """The command line of Odoo; sub-commands such as ``shell`` come first."""
    words = 0
    while words < len(args) and not str(args[words]).startswith("-"):
        words += 1
    return [python(), "-m", "odoo", *args[:words], "-c", conf, *args[words:]]


def call(server, conf, *args, log):
    """Run Odoo to its end, its output in a log."""
    return run(command(conf, *args), log, env=environment(server), cwd=paths.ROOT)


def install(server, conf, database, modules, log, *options):
    """Install modules, and nothing that comes by itself."""
    args = ["-d", database, "-i", ",".join(modules), "--stop-after-init", "--no-http"]
    args += ["--skip-auto-install", "--max-cron-threads=0", *options]
    return call(server, conf, *args, log=log)


def shell(server, conf, database, script, log, **variables):
    """Run a script of ``tools/scripts`` in Odoo's shell; it commits by itself."""
    with (paths.ROOT / "tools" / "scripts" / script).open() as source:
        args = ["shell", "-d", database, "--no-http", "--shell-interface=python"]
        env = {**environment(server), **variables}
        return run(command(conf, *args), log, env=env, cwd=paths.ROOT, stdin=source)


def interactive(server, conf, *args):
    """Run Odoo with the terminal's own input and output."""
    return subprocess.call(
        [str(part) for part in command(conf, *args)],
        env=environment(server),
        cwd=paths.ROOT,
    )

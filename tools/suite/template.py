"""Databases that others are copied from, made in the order that matters."""

import hashlib

from . import debian, log, odoo, paths
from .console import lock, step

KEPT = 2  # so that two branches need not build in turns
SCRIPTS = ("attachments.py", "company.py", "assets.py")
LEAN = "gov_template_"
NORMAL = "gov_normal_"


def ensure(server, conf):
    """The database with all that our add-ons stand on, and nothing else."""
    return _ensure(server, conf, LEAN, _build_lean)


def ensure_normal(server, conf):
    """A database as others have it: auto-installed modules, Odoo's demo companies."""
    return _ensure(server, conf, NORMAL, _build_normal)


def _ensure(server, conf, prefix, build):
    """Build a template when one of its inputs has changed; older ones go.

    It gets its name when it is whole, so that nobody copies a half of it.
    """
    name = prefix + _hash()
    with lock(prefix + "lock"):
        if not server.exists(name):
            for old in server.databases(prefix)[:-KEPT]:
                server.drop(old)
            fresh = f"building_{name}"
            server.drop(fresh)
            server.create(fresh)
            build(server, conf, fresh)
            server.rename(fresh, name)
    return name


def _hash():
    """Of the packages, Odoo, the list of modules and what is done to the company."""
    digest = hashlib.sha256(debian.odoo_version().encode())
    digest.update((paths.ROOT / "requirements.txt").read_bytes())
    digest.update(",".join(odoo.dependencies()).encode())
    for script in SCRIPTS:
        digest.update((paths.ROOT / "tools" / "scripts" / script).read_bytes())
    return digest.hexdigest()[:12]


def _build_lean(server, conf, database):
    """base → company (CN, CNY, zh_CN) → dependencies; bundles built."""
    with step("Template: base, company, language, currency"):
        odoo.install(server, conf, database, ["base"], "template-base.log")
        for script in ("attachments.py", "company.py"):
            odoo.shell(server, conf, database, script, "template-company.log")
    modules = odoo.dependencies()
    with step(f"Template: {len(modules)} modules and what they need"):
        log.check(odoo.install(server, conf, database, modules, "template-modules.log"))
    with step("Template: bundles of the web client"):
        odoo.shell(server, conf, database, "assets.py", "template-assets.log")


def _build_normal(server, conf, database):
    """What Odoo itself makes of the same modules, with its demo data."""
    common = ["-d", database, "--stop-after-init", "--no-http", "--max-cron-threads=0"]
    base = [*common, "-i", "base", "--with-demo"]
    odoo.call(server, conf, *base, log="normal-base.log")
    odoo.shell(server, conf, database, "attachments.py", "normal-attachments.log")
    modules = ",".join(odoo.dependencies())
    odoo.call(server, conf, *common, "-i", modules, log="normal-modules.log")


def installed(server, conf, database, modules):
    """A copy of the template with our add-ons; their install log must be clean."""
    source = ensure(server, conf)
    server.drop(database)
    server.create(database, source)
    if modules:
        title = f"{database}: {', '.join(modules)}"
        with step(title if len(title) < 58 else f"{database}: {len(modules)} add-ons"):
            log.check(odoo.install(server, conf, database, modules, f"{database}.log"))
    return database

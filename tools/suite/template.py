"""Databases that others are copied from, made in the order that matters."""

import hashlib

from . import debian, log, odoo, paths
from .console import lock, step

PREFIX = "gov_template_"


def ensure(server, conf):
    """The database with all that our add-ons stand on; built when an input changed."""
    name = PREFIX + _hash()
    with lock("template"):
        if not server.exists(name):
            for old in server.databases(PREFIX):
                server.drop(old)
            build(server, conf, name)
    return name


def _hash():
    """Of the packages, Odoo, the list of modules and what is done to the company."""
    digest = hashlib.sha256(debian.odoo_version().encode())
    digest.update((paths.ROOT / "requirements.txt").read_bytes())
    digest.update(",".join(odoo.dependencies()).encode())
    for script in ("company.py", "assets.py"):
        digest.update((paths.ROOT / "tools" / "scripts" / script).read_bytes())
    return digest.hexdigest()[:12]


def build(server, conf, database):
    """base → company (CN, CNY, zh_CN) → dependencies, with attachments in the database.

    The database gets its name when it is whole, so that nobody copies a half of it.
    """
    fresh = f"{database}_new"
    server.drop(fresh)
    server.create(fresh)
    with step("Template: base"):
        odoo.install(server, conf, fresh, ["base"], "template-base.log")
    with step("Template: company, language, currency"):
        inside = {"GOV_ATTACHMENTS_IN_DATABASE": "1"}
        odoo.shell(server, conf, fresh, "company.py", "template-company.log", **inside)
    modules = odoo.dependencies()
    with step(f"Template: {len(modules)} modules and what they need"):
        log.check(odoo.install(server, conf, fresh, modules, "template-modules.log"))
    with step("Template: bundles of the web client"):
        odoo.shell(server, conf, fresh, "assets.py", "template-assets.log")
    server.drop(database)
    server.rename(fresh, database)


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

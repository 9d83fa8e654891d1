"""A database with everything our add-ons stand on, made in the order that matters."""

from . import odoo
from .console import step


def build(server, conf, database):
    """base → company (CN, CNY, zh_CN) → dependencies, with attachments in the database.

    The database gets its name when it is whole, so that nobody copies a half of it.
    """
    fresh = f"{database}_new"
    server.drop(fresh)
    server.create(fresh)
    with step(f"{database}: base"):
        odoo.install(server, conf, fresh, ["base"], f"{database}-base.log")
    with step(f"{database}: company"):
        log = f"{database}-company.log"
        odoo.shell(server, conf, fresh, "company.py", log, GOV_ATTACHMENTS_IN_DATABASE="1")
    modules = odoo.dependencies()
    with step(f"{database}: {len(modules)} modules"):
        odoo.install(server, conf, fresh, modules, f"{database}-modules.log")
    with step(f"{database}: bundles of the web client"):
        odoo.shell(server, conf, fresh, "assets.py", f"{database}-assets.log")
    server.drop(database)
    server.rename(fresh, database)

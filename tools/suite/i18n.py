"""``make i18n``: export each add-on's terms, bring translations up to date."""

import polib

from . import odoo, paths, template
from .console import say, step

LANGUAGES = ["zh_CN"]


def main(server, conf):
    """Write i18n/<addon>.pot, merge it into i18n/<lang>.po, say what is left."""
    names = [name for name in odoo.our_addons() if name != "gov_demo"]
    database = template.installed(server, conf, "gov_i18n", names)
    left = 0
    try:
        with step("Export and merge"):
            for name in names:
                left += _merge(name, _export(server, conf, database, name))
    finally:
        server.drop(database)
    say(f"  {left} terms without translation")
    return 0


def _export(server, conf, database, name):
    target = paths.CACHE / f"{name}.pot"
    odoo.call(
        server,
        conf,
        "i18n",
        "export",
        "-d",
        database,
        "-o",
        target,
        name,
        log="i18n.log",
    )
    terms = polib.pofile(str(target))
    target.unlink()
    return terms


def _merge(name, terms):
    """Write the template and its translations; return how many terms lack one."""
    folder = paths.ADDONS / name / "i18n"
    folder.mkdir(exist_ok=True)
    for key in ("POT-Creation-Date", "PO-Revision-Date"):
        terms.metadata.pop(key, None)
    _save(terms, folder / f"{name}.pot")
    missing = 0
    for language in LANGUAGES:
        path = folder / f"{language}.po"
        translation = (
            polib.pofile(str(path)) if path.exists() else _empty(terms, language)
        )
        translation.wrapwidth = terms.wrapwidth
        translation.merge(terms)
        for entry in translation.obsolete_entries():
            translation.remove(entry)
        _save(translation, path)
        missing += len(translation.untranslated_entries())
        missing += len(translation.fuzzy_entries())
    return missing


def _empty(terms, language):
    translation = polib.POFile()
    translation.metadata = {**terms.metadata, "Language": language}
    return translation


def _save(entries, path):
    entries.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    entries.save(str(path), newline="\n")

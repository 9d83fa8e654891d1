"""What must hold for every add-on of the project, whoever wrote it."""

import ast
import io
import re
from pathlib import Path

import polib

from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools.translate import trans_export

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ["zh_CN"]
# The demo agency speaks Chinese itself and is not for translation.
UNTRANSLATED = {"gov_demo"}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdf]|\{\w*\}|</?\w+")
PYPI_NAMES = {"chinesecalendar": "chinesecalendar", "dateutil": "python-dateutil"}


def addons():
    """Folder → manifest."""
    found = sorted((ROOT / "addons").glob("*/__manifest__.py"))
    return {path.parent: ast.literal_eval(path.read_text()) for path in found}


def translated_addons():
    """The folders of the add-ons that have terms."""
    return [folder for folder in addons() if folder.name not in UNTRANSLATED]


def read(folder, name):
    """The terms of i18n/<name>; a missing file is named."""
    path = folder / "i18n" / name
    if not path.exists():
        raise AssertionError(f"{path.relative_to(ROOT)} is missing: run make i18n")
    return polib.pofile(str(path))


def terms(file):
    """What a translator sees of a .po or .pot file, without its head."""
    return {(entry.msgctxt or "", entry.msgid) for entry in file if not entry.obsolete}


@tagged("post_install", "-at_install")
class TestManifests(BaseCase):
    """Manifests, packages."""

    def test_manifests(self):
        for folder, manifest in addons().items():
            with self.subTest(folder.name):
                self.assertRegex(manifest["version"], r"^19\.0\.\d+\.\d+\.\d+$")
                self.assertEqual(manifest["license"], "AGPL-3")
                self.assertEqual(manifest["author"], "Gov Suite")
                self.assertTrue(manifest["name"] and manifest["summary"])
                self.assertNotIn("\n", manifest["summary"])
                self.assertNotIn("demo", manifest, "demo data belongs to gov_demo")
                self.assertNotIn("description", manifest)

    def test_files_of_manifests_exist_and_are_all_named(self):
        for folder, manifest in addons().items():
            with self.subTest(folder.name):
                named = {
                    *manifest.get("data", []),
                    *manifest.get("oca_data_manual", []),
                }
                found = {
                    str(path.relative_to(folder))
                    for kind in ("security", "data", "views", "wizard", "report")
                    for path in folder.glob(f"{kind}/**/*.*")
                    if path.suffix in (".xml", ".csv")
                }
                self.assertEqual(found - named, set(), "not in the manifest")
                self.assertFalse([n for n in named if not (folder / n).exists()])

    def test_python_packages_are_pinned(self):
        text = (ROOT / "requirements.txt").read_text()
        lines = [line for line in text.splitlines() if line and line[0] not in "# "]
        self.assertFalse([line for line in lines if "==" not in line])
        pinned = {line.split("==")[0].lower() for line in lines}
        for folder, manifest in addons().items():
            needed = manifest.get("external_dependencies", {}).get("python", [])
            for name in needed:
                with self.subTest(f"{folder.name}: {name}"):
                    self.assertIn(PYPI_NAMES.get(name, name).lower(), pinned)

    def test_dependencies_never_run_down(self):
        below = {
            "gov_base": set(),
            "gov_logistics": {"gov_base"},
            "gov_fleet": {"gov_base", "gov_logistics"},
            "gov_points": {"gov_base"},
        }
        for folder, manifest in addons().items():
            if folder.name in below:
                ours = {name for name in manifest["depends"] if name.startswith("gov_")}
                self.assertLessEqual(ours, below[folder.name], folder.name)

    def test_no_path_of_a_machine(self):
        forbidden = re.compile(r"/(work|home|root|opt)/\w+")
        kinds = {".py", ".xml", ".csv", ".js", ".md", ".toml", ".txt", ".conf"}
        for folder in (ROOT / "addons", ROOT / "tools"):
            for path in folder.rglob("*"):
                if path.suffix in kinds:
                    found = forbidden.search(path.read_text(encoding="utf-8"))
                    self.assertFalse(found, f"{path.relative_to(ROOT)}: {found}")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """Every term of ours is exported and has its Chinese words."""

    def test_nothing_is_untranslated(self):
        for folder in translated_addons():
            template = read(folder, f"{folder.name}.pot")
            for language in LANGUAGES:
                with self.subTest(f"{folder.name} {language}"):
                    file = read(folder, f"{language}.po")
                    self.assertEqual(terms(template) - terms(file), set())
                    left = file.untranslated_entries() + file.fuzzy_entries()
                    self.assertEqual(
                        len(left), 0, "\n".join(entry.msgid for entry in left[:20])
                    )

    def test_placeholders_survive_translation(self):
        for folder in translated_addons():
            for path in sorted((folder / "i18n").glob("*.po")):
                for entry in polib.pofile(str(path)):
                    if entry.msgstr:
                        self.assertEqual(
                            sorted(set(PLACEHOLDER.findall(entry.msgid))),
                            sorted(set(PLACEHOLDER.findall(entry.msgstr))),
                            f"{folder.name} {path.name}: {entry.msgid}",
                        )

    def test_templates_are_fresh(self):
        for folder in translated_addons():
            with self.subTest(folder.name):
                buffer = io.BytesIO()
                trans_export(None, [folder.name], buffer, "po", self.env)
                now = polib.pofile(buffer.getvalue().decode())
                kept = read(folder, f"{folder.name}.pot")
                self.assertEqual(terms(now) - terms(kept), set(), "run make i18n")
                self.assertEqual(terms(kept) - terms(now), set(), "run make i18n")


@tagged("post_install", "-at_install")
class TestAccess(TransactionCase):
    """Nothing that a person can reach is without a rule."""

    def _our_models(self):
        names = [folder.name for folder in addons()]
        data = self.env["ir.model.data"].search(
            [("module", "in", names), ("model", "=", "ir.model")]
        )
        models = self.env["ir.model"].browse(data.mapped("res_id"))
        return models.filtered(lambda model: model.model.startswith("gov."))

    def test_every_model_has_an_access_row(self):
        for model in self._our_models():
            if model.model in self.env and not self.env[model.model]._abstract:
                with self.subTest(model.model):
                    self.assertTrue(model.access_ids)
                    everybody = model.access_ids.filtered(lambda row: not row.group_id)
                    self.assertFalse(everybody, "a row without group is for everybody")

    def test_models_of_companies_have_a_global_rule(self):
        for model in self._our_models():
            Model = self.env.get(model.model)
            stored = Model is not None and Model._auto and not Model._abstract
            if not stored or Model._transient or "company_id" not in Model._fields:
                continue
            with self.subTest(model.model):
                rules = model.rule_ids.filtered(lambda rule: rule["global"])
                self.assertTrue(rules, "records of other companies are open")

    def test_every_action_opens_somewhere(self):
        """An action of a menu has a slug for its address and a text for emptiness."""
        names = [folder.name for folder in addons()]
        data = self.env["ir.model.data"].search(
            [("module", "in", names), ("model", "=", "ir.actions.act_window")]
        )
        actions = self.env["ir.actions.act_window"].browse(data.mapped("res_id"))
        menus = self.env["ir.ui.menu"].with_context(active_test=False).search([])
        of_menus = menus.mapped("action")
        for action in actions.filtered(lambda a: a in of_menus):
            if action.target == "current" and action.res_model.startswith("gov."):
                with self.subTest(action.xml_id):
                    self.assertTrue(action.path)
                    self.assertTrue(action.help)

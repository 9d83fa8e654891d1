"""The Excel files in the repository are those that the script writes."""

import importlib.util
import tempfile
from pathlib import Path

from odoo.tests import BaseCase, tagged

ROOT = Path(__file__).resolve().parent.parent


@tagged("post_install", "-at_install")
class TestImportFiles(BaseCase):
    def test_files_are_fresh(self):
        spec = importlib.util.spec_from_file_location(
            "import_files", ROOT / "tools" / "import_files.py"
        )
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        kept = {"FILLED": script.FILLED, "TEMPLATES": script.TEMPLATES}
        with tempfile.TemporaryDirectory() as folder:
            for name in kept:
                setattr(script, name, Path(folder) / name)
            script.main()
            for name, path in kept.items():
                written = {
                    file.name: file.read_bytes()
                    for file in (Path(folder) / name).iterdir()
                }
                for file in path.glob("*.xlsx"):
                    with self.subTest(file.name):
                        self.assertEqual(
                            written.pop(file.name, None),
                            file.read_bytes(),
                            "run python tools/import_files.py",
                        )
                self.assertFalse(written)

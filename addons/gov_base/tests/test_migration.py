import importlib.util
from pathlib import Path

from odoo.tests import TransactionCase, tagged

_FOLDER = Path(__file__).parent.parent / "migrations"
_MOVED = ("finding_rule_verified_complaint", "finding_rule_vendor_staff_conduct")


def load(version, name):
    """Return the module of a migration script."""
    path = _FOLDER / version / f"{name}.py"
    spec = importlib.util.spec_from_file_location("migration", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestFindingRulesMove(TransactionCase):
    def setUp(self):
        super().setUp()
        self.migrate = load("19.0.1.2.0", "pre-finding-rules").migrate
        self.names = self.env["ir.model.data"].search(
            [("module", "=", "gov_base"), ("name", "in", _MOVED)]
        )
        self.assertEqual(len(self.names), 2)

    def _rows(self):
        self.env.invalidate_all()
        self.env.cr.execute(
            "SELECT module, name, res_id FROM ir_model_data WHERE name IN %s"
            " ORDER BY name",
            [_MOVED],
        )
        return self.env.cr.fetchall()

    def test_moved_with_their_records(self):
        before = self._rows()
        self.names.module = "gov_points"
        self.env.flush_all()
        self.migrate(self.env.cr, "19.0.1.1.0")
        self.assertEqual(self._rows(), before)
        self.migrate(self.env.cr, "19.0.1.1.0")
        self.assertEqual(self._rows(), before)

    def test_a_kind_made_on_the_spot_is_taken_up(self):
        before = self._rows()
        self.names.unlink()
        self.env.flush_all()
        self.migrate(self.env.cr, "19.0.1.1.0")
        self.assertEqual(self._rows(), before)

    def test_nothing_on_a_fresh_install(self):
        self.names.module = "gov_points"
        self.env.flush_all()
        self.migrate(self.env.cr, None)
        self.assertEqual({row[0] for row in self._rows()}, {"gov_points"})

"""Installing on a server that already runs Odoo, as an organization does it.

Not our lean database: auto-install is on, and Odoo's demo companies, people, products
and vehicles are there. Our add-ons are installed, every menu is opened, and after they
are uninstalled nothing of theirs is left in the database.
"""

import os
import sys
from pathlib import Path

from odoo.tests import BaseCase, tagged

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from suite import log, odoo, postgres, template  # noqa: E402

# What a database is made of, and what Odoo says about it. Uninstalling any module
# leaves the names of inherited selections and mixins behind, and the numbers of stock
# operations, which are data of the organization.
STRUCTURE = {
    "columns": "SELECT table_name || '.' || column_name "
    "FROM information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass || '.' || conname FROM pg_constraint "
    "WHERE contype <> 'n'",
    "triggers": "SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger "
    "WHERE NOT tgisinternal",
    "functions": "SELECT proname FROM pg_proc "
    "WHERE pronamespace = 'public'::regnamespace",
    "sequences": "SELECT sequencename FROM pg_sequences "
    "WHERE sequencename NOT LIKE 'ir_sequence_%'",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    "names": "SELECT module || '.' || name FROM ir_model_data "
    "WHERE module <> '__export__' AND name !~ '^(selection|model_inherit|module)_'",
    "jobs": "SELECT cron_name FROM ir_cron",
    "parameters": "SELECT key FROM ir_config_parameter",
}


@tagged("post_install", "-at_install")
class TestNormalInstall(BaseCase):
    """Install, open, uninstall; in this order, on one database."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = postgres.server("test")
        cls.conf = odoo.config(cls.server, "normal")
        cls.names = [name for name in odoo.our_addons() if name != "gov_demo"]
        cls.database = f"gov_test_normal_{os.getpid()}"
        cls.server.create(cls.database, template.ensure_normal(cls.server, cls.conf))
        cls.addClassCleanup(cls.server.drop, cls.database)

    def _structure(self):
        return {
            kind: {row[0] for row in self.server.execute(query, database=self.database)}
            for kind, query in STRUCTURE.items()
        }

    def _odoo(self, *args, name):
        """Run Odoo; its log must be clean."""
        made = odoo.call(self.server, self.conf, *args, log=f"normal-{name}.log")
        self.assertEqual(log.bad_lines(made.read_text()), [])

    def _check_readings(self):
        """Vehicles go on with the reading that Odoo had of them."""
        rows = self.server.execute(
            "SELECT v.odometer_value, v.odometer_first, MAX(o.value)"
            "  FROM fleet_vehicle v JOIN fleet_vehicle_odometer o ON vehicle_id = v.id"
            " GROUP BY v.id",
            database=self.database,
        )
        self.assertTrue(rows)
        for value, first, known in rows:
            self.assertEqual((float(value), float(first)), (known, known))

    def test_install_open_uninstall(self):
        before = self._structure()
        self._odoo(
            *("-d", self.database, "-i", ",".join(self.names)),
            *("--stop-after-init", "--no-http", "--max-cron-threads=0"),
            name="install",
        )
        self.assertGreater(len(self._structure()["columns"]), len(before["columns"]))
        self._check_readings()
        made = odoo.shell(
            *(
                self.server,
                self.conf,
                self.database,
                "open_menus.py",
                "normal-menus.log",
            ),
            GOV_ADDONS=",".join(self.names),
        )
        self.assertEqual(log.bad_lines(made.read_text()), [])
        # What an organization has entered names records that we ship.
        made = odoo.shell(
            *(self.server, self.conf, self.database, "use_service.py"),
            "normal-use.log",
        )
        self.assertEqual(log.bad_lines(made.read_text()), [])
        self.assertIn("USED", made.read_text())
        self._odoo(
            *("module", "uninstall", "-d", self.database, *reversed(self.names)),
            name="uninstall",
        )
        after = self._structure()
        left = {kind: sorted(after[kind] - rows) for kind, rows in before.items()}
        taken = {kind: sorted(rows - after[kind]) for kind, rows in before.items()}
        self.assertEqual({k: v for k, v in left.items() if v}, {}, "left behind")
        self.assertEqual({k: v for k, v in taken.items() if v}, {}, "taken along")

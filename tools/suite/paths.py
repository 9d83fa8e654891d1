"""Where things are. Everything that is made, not written, is under ``.cache``."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ROOT / "addons"
# resolved: several work trees may share one cache
CACHE = (ROOT / ".cache").resolve()
DEBIAN = CACHE / "debian"
VENV = CACHE / "venv"
LINT_VENV = CACHE / "lint"
LOGS = CACHE / "log"
KEYS = ROOT / "tools" / "keys" / "debian-archive.asc"

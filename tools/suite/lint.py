"""``make lint``: ruff, pylint-odoo and OCA's checks."""

from . import odoo, paths, python
from .console import run, step


def main():
    """Everything a reviewer need not look for."""
    python.ensure_lint_venv()
    programs = paths.LINT_VENV / "bin"
    modules = [paths.ADDONS / name for name in odoo.our_addons()]
    with step("ruff check, ruff format"):
        run([programs / "ruff", "check", "--no-cache", "."], "ruff.log", cwd=paths.ROOT)
        run(
            [programs / "ruff", "format", "--no-cache", "--check", "--diff", "."],
            "ruff-format.log",
            cwd=paths.ROOT,
        )
    if not modules:
        return
    with step("pylint-odoo"):
        rules = f"--rcfile={paths.ROOT / '.pylintrc-mandatory'}"
        command = [programs / "pylint", rules, "--output-format=text", *modules]
        run(command, "pylint.log", cwd=paths.ROOT)
    with step("OCA's checks of manifests, views and translations"):
        files = [module / "__manifest__.py" for module in modules]
        run(
            [programs / "oca-checks-odoo-module", *files],
            "oca-checks.log",
            cwd=paths.ROOT,
        )

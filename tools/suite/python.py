"""Python environments: one that runs Odoo and the tests, one for the linters."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv

from . import paths
from .console import Failure, run, step
from .debian import odoo_site

SUPPORTED = ((3, 10), (3, 13))


def check_version():
    """Say at once when Python is too old or too new for the pinned packages."""
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        raise Failure(
            f"Python 3.10 to 3.13 is needed, this is {sys.version.split()[0]}. "
            "Name another one: make run PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        name = f"python3.{sys.version_info[1]}-venv"
        raise Failure(f"Python's venv is missing: apt-get install {name}") from None


def ensure_venv():
    """The environment of Odoo; rebuilt when the pinned list or Python has changed."""
    _ensure(
        paths.VENV,
        [paths.ROOT / "requirements.txt", paths.ROOT / "test-requirements.txt"],
        "Python packages",
        ["--no-deps"],
    )
    _link_odoo()


def ensure_lint_venv():
    """The environment of ruff and pylint-odoo."""
    source = paths.ROOT / "lint-requirements.txt"
    _ensure(paths.LINT_VENV, [source], "Linters", [])


def python():
    """The interpreter that sees Odoo."""
    return paths.VENV / "bin" / "python"


def _ensure(folder, sources, title, options):
    wanted = _digest(sources)
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with step(title):
        if _stale(folder):
            shutil.rmtree(folder)
        if not (folder / "bin" / "pip").exists():
            venv.create(folder, with_pip=True, clear=folder.exists())
        stamp.unlink(missing_ok=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", *options]
        pip += ["--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
        for source in sources:
            pip += ["-r", source]
        run(pip, f"pip-{folder.name}.log")
        stamp.write_text(wanted)


def _digest(sources):
    digest = hashlib.sha256(f"{sys.version_info[:2]} {paths.CACHE}".encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _stale(folder):
    """An environment made for another Python, or moved, cannot be mended."""
    if not folder.exists():
        return False
    tag = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if not (folder / "lib" / tag).exists():
        return True
    check = subprocess.run(
        [folder / "bin" / "python", "-c", "import sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return check.stdout.strip() != str(folder)


def _link_odoo():
    """Put Odoo behind the environment's own packages on Python's path."""
    tag = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    link = paths.VENV / "lib" / tag / "site-packages" / "odoo_source.pth"
    line = f"{odoo_site()}\n"
    if not link.exists() or link.read_text() != line:
        link.write_text(line)


def in_venv():
    """Whether this is already the environment's own interpreter."""
    return os.path.realpath(sys.prefix) == os.path.realpath(paths.VENV)


def enter_venv(argv):
    """Go on in the environment, where psycopg2 and Odoo can be imported."""
    if not in_venv():
        os.execv(python(), [str(python()), *argv])

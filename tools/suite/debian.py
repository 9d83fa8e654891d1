"""Odoo 19 and the files its web client needs, from Debian's archive, without root.

apt downloads with lists of its own and checks the archive's signature against the keys
in ``tools/keys``; ``dpkg -x`` unpacks. Nothing is installed on the machine.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from . import paths
from .console import Failure, run, say, step

MIRROR = os.environ.get("DEBIAN_MIRROR", "https://deb.debian.org/debian")
KNOWN_GOOD = ["19.0.0+dfsg-1"]
FROM_SID = [
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-glyphicons-halflings",
    "fonts-montserrat",
    "fonts-noto-cjk",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
]
FROM_BOOKWORM = ["fonts-font-awesome", "fonts-inconsolata"]
# What the package has twice, or what serves only to build it.
NOT_NEEDED = ["addons", "doc", "setup"]
# Debian leaves this file out and Odoo's bundles name it: an empty one will do.
STRIPPED = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def odoo_site():
    """The folder that has to be on Python's path for ``import odoo``."""
    own = os.environ.get("ODOO_PATH")
    if own:
        return _own_odoo(Path(own).expanduser().resolve())
    return paths.DEBIAN / "usr" / "lib" / "python3" / "dist-packages"


def _own_odoo(path):
    """Check what the user named: a checkout of Odoo 19, or where its package is."""
    release = path / "odoo" / "release.py"
    if not release.is_file():
        raise Failure(f"ODOO_PATH names {path}, and there is no odoo/release.py in it.")
    if "version_info = (19, 0" not in release.read_text():
        raise Failure(f"ODOO_PATH names {path}, which is not Odoo 19.")
    return path


def addons_folders():
    """Odoo's own add-on folders."""
    site = odoo_site()
    return [f for f in (site / "addons", site / "odoo" / "addons") if f.is_dir()]


def odoo_version():
    """The version of what is unpacked, for the hash of what is built on it."""
    if os.environ.get("ODOO_PATH"):
        release = odoo_site() / "odoo" / "release.py"
        return f"own-{hashlib.sha256(release.read_bytes()).hexdigest()[:12]}"
    return _stamp().read_text().split()[0]


def ensure_odoo():
    """Fetch and unpack Odoo unless that has been done or the user has one."""
    if os.environ.get("ODOO_PATH"):
        say(f"  Odoo of your own: {odoo_site()}")
        return
    if _stamp().exists() and _stamp().read_text().split()[1:] == _packages():
        return
    _require_tools()
    work = paths.CACHE / "apt"
    with step("Debian's package lists"):
        _prepare(work)
        _apt(work, "update", log="apt-update.log")
    with step("Odoo 19, fonts and scripts: download (190 MB)"):
        _apt(work, "download", *_packages(), log="apt-download.log", cwd=work / "debs")
    version = _version_of(next((work / "debs").glob("odoo-19_*.deb")))
    if version not in KNOWN_GOOD:
        say(f"  Odoo {version} is newer than what the suite was tested with")
        say(f"  ({', '.join(KNOWN_GOOD)}); its signature holds, it is used.")
    with step(f"Odoo {version}: unpack"):
        _unpack(sorted((work / "debs").glob("*.deb")))
        _stamp().write_text("\n".join([version, *_packages()]))
        shutil.rmtree(work)


def _packages():
    return FROM_SID + [f"{name}/bookworm" for name in FROM_BOOKWORM]


def _stamp():
    return paths.DEBIAN / "version"


def _require_tools():
    for tool, package in [("apt-get", "apt"), ("dpkg-deb", "dpkg")]:
        if not shutil.which(tool):
            raise Failure(
                f"{tool} is missing (`apt-get install {package}`). On a system without "
                "apt, set ODOO_PATH to the folder of an Odoo 19 that you have."
            )
    if not any(shutil.which(tool) for tool in ("gpgv", "sqv", "gpgv-sq")):
        raise Failure("gpgv is missing: apt-get install gpgv")


def _prepare(work):
    """apt's private folders and its list of sources."""
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial", "debs"):
        (work / folder).mkdir(parents=True)
    # apt reads its keys as a user of its own when root calls it
    key = work / "debian-archive.asc"
    shutil.copy(paths.KEYS, key)
    key.chmod(0o644)
    source = f"deb [arch=all signed-by={key}] {MIRROR} %s main\n"
    (work / "sources.list").write_text(source % "sid" + source % "bookworm")


def _apt(work, *args, log, **kwargs):
    options = [
        f"Dir::Etc::SourceList={work}/sources.list",
        "Dir::Etc::SourceParts=/dev/null",
        f"Dir::State::Lists={work}/lists",
        f"Dir::Cache={work}/cache",
        "Dir::State::status=/dev/null",
        "APT::Sandbox::User=",
        "Acquire::Languages=none",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
        "APT::Update::Error-Mode=any",
        "Acquire::Retries=3",
    ]
    flags = [f"-o{option}" for option in options]
    run(["apt-get", *flags, *args], log, env={**os.environ, "LC_ALL": "C"}, **kwargs)


def _version_of(deb):
    return subprocess.check_output(
        ["dpkg-deb", "-f", deb, "Version"], text=True
    ).strip()


def _unpack(debs):
    """Unpack beside the final place and move it there whole."""
    fresh = paths.CACHE / "debian.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for deb in debs:
        subprocess.run(["dpkg-deb", "-x", deb, fresh], check=True)
    site = fresh / "usr" / "lib" / "python3" / "dist-packages"
    for name in NOT_NEEDED:
        shutil.rmtree(site / name, ignore_errors=True)
    stub = site / "odoo" / STRIPPED
    stub.parent.mkdir(parents=True, exist_ok=True)
    if not stub.exists():
        stub.write_text("")
    shutil.rmtree(paths.DEBIAN, ignore_errors=True)
    fresh.rename(paths.DEBIAN)


def font_environment():
    """Make fontconfig see the unpacked fonts beside the machine's own."""
    fonts = paths.DEBIAN / "usr" / "share" / "fonts"
    if not fonts.is_dir():
        return {}
    conf = paths.CACHE / "fonts.conf"
    text = (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        "<fontconfig>\n"
        '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"  <dir>{fonts}</dir>\n  <cachedir>{paths.CACHE / 'fontconfig'}</cachedir>\n"
        "</fontconfig>\n"
    )
    if not conf.exists() or conf.read_text() != text:
        conf.write_text(text)
    return {"FONTCONFIG_FILE": str(conf)}

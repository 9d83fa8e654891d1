"""Scans of paper: what comes from outside is looked at, not believed."""

import base64
import binascii
import hashlib
import io

from PIL import Image

from odoo.exceptions import UserError
from odoo.tools import human_size
from odoo.tools.mimetypes import guess_mimetype

# A page scanned in colour at 300 dpi has 1 to 3 MB; a phone's photo up to 8.
SCAN_LIMIT = 10 * 1024 * 1024
_IMAGES = {"image/jpeg": "JPEG", "image/png": "PNG"}
# The end of a PDF stands in its last bytes, some scanners write more behind it.
_PDF_TAIL = 4096


def clean_scan(env, value):
    """Return the content of a scan as base64, and its SHA-256 fingerprint.

    :param value: base64 text or bytes, as a caller sent it.
    :raise UserError: no file, too large, or neither PDF, JPEG nor PNG by its content.
    """
    if not value:
        raise UserError(env._("The scan is missing."))
    if not isinstance(value, str | bytes):
        raise UserError(env._("The scan has to be the content of a file."))
    if len(value) > SCAN_LIMIT * 4 // 3 + 1024:
        _refuse_size(env)
    try:
        text = value.encode("ascii") if isinstance(value, str) else value
        content = base64.b64decode(b"".join(text.split()), validate=True)
    except (UnicodeError, binascii.Error, ValueError):
        content = b""
    if len(content) > SCAN_LIMIT:
        _refuse_size(env)
    if not _is_scan(content):
        raise UserError(
            env._("The scan is neither a PDF, a JPEG nor a PNG file, or is damaged.")
        )
    return base64.b64encode(content), hashlib.sha256(content).hexdigest()


def _refuse_size(env):
    raise UserError(
        env._(
            "The scan is larger than %(limit)s. Scan it in black and white, or with "
            "fewer points.",
            limit=human_size(SCAN_LIMIT),
        )
    )


def _is_scan(content):
    kind = guess_mimetype(content, "")
    if kind == "application/pdf":
        return content.startswith(b"%PDF-") and b"%%EOF" in content[-_PDF_TAIL:]
    if kind not in _IMAGES:
        return False
    try:
        with Image.open(io.BytesIO(content), formats=[_IMAGES[kind]]) as image:
            image.verify()
    except Exception:  # whatever a damaged picture makes the library raise
        return False
    return True

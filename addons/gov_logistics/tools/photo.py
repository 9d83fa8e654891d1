"""Photos from outside: what they are is read from their content, never from a name."""

import base64
import binascii
import io
import re

from PIL import Image

from odoo.exceptions import UserError

MEGABYTE = 1024 * 1024
# Of a photo that staff attach.
_LIMIT = 10
# More points than any phone takes: a small file can unpack to gigabytes.
_MAX_POINTS = 120_000_000
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X"}
_UNSAFE = re.compile(r"[^\w.\- ]+")
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
}
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}


def photo_type(content):
    """Return the type of a photo by its first bytes, or None.

    :param bytes content: the file.
    """
    if content[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return None


def check_photo(env, content, limit):
    """Return the type of a photo that may be kept.

    :param bytes content: the file.
    :param limit: megabytes that it may have.
    :raise UserError: empty, too large, no photo by its content, or damaged.
    """
    if len(content) > limit * MEGABYTE:
        raise UserError(
            env._(
                "The photo is larger than %(limit)s MB. Take it again with fewer "
                "points, or send the report without it.",
                limit=f"{limit:g}",
            )
        )
    kind = photo_type(content)
    if not kind or not _opens(content, kind):
        raise UserError(
            env._("This file is no photo. A JPEG, PNG, WebP or HEIC photo is possible.")
        )
    return kind


def check_photo_text(env, value):
    """Return the type of a photo that a caller sent as base64.

    :param value: text or bytes.
    :raise UserError: no base64, or see :func:`check_photo`.
    """
    content = b""
    if isinstance(value, str | bytes) and len(value) <= _LIMIT * MEGABYTE * 2:
        try:
            text = value.encode("ascii") if isinstance(value, str) else value
            content = base64.b64decode(b"".join(text.split()), validate=True)
        except (UnicodeError, binascii.Error, ValueError):
            content = b""
    return check_photo(env, content, _LIMIT)


def photo_name(name, kind):
    """Return a harmless file name that ends as the content does."""
    stem = _UNSAFE.sub("_", (name or "").rpartition(".")[0])[:60].strip(" ._")
    return f"{stem or 'photo'}.{_EXTENSIONS[kind]}"


def _opens(content, kind):
    """Tell whether the picture has a readable head of a reasonable size."""
    if kind == "image/webp":  # Odoo switches Pillow's WebP off
        return content[12:16] in _WEBP_CHUNKS and len(content) > 24
    if kind not in _FORMATS:
        return len(content) > 64  # HEIC: kept as it is, nobody here unpacks it
    try:
        with Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as image:
            width, height = image.size
            image.verify()
    except Exception:  # whatever a damaged picture makes the library raise
        return False
    return 0 < width * height <= _MAX_POINTS

"""A signature drawn on a screen: looked at, not believed."""

import base64
import binascii
import hashlib

from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

# A drawn signature has some 10 kB; a megabyte is no signature.
_LIMIT = 1024 * 1024


def clean_signature(env, value):
    """Return a signature as base64 and its SHA-256 fingerprint.

    :param value: base64 text or bytes of a picture, as a caller sent it.
    :raise UserError: none was drawn, or it is no picture or too large.
    """
    if not value:
        raise UserError(env._("The signature is missing: sign on the screen first."))
    try:
        text = value.encode("ascii") if isinstance(value, str) else value
        content = base64.b64decode(text, validate=True)
    except (AttributeError, TypeError, UnicodeError, binascii.Error, ValueError):
        content = b""
    if not guess_mimetype(content, "").startswith("image/"):
        raise UserError(env._("The signature is not an image."))
    if len(content) > _LIMIT:
        raise UserError(env._("The signature is too large to be one."))
    return base64.b64encode(content), hashlib.sha256(content).hexdigest()

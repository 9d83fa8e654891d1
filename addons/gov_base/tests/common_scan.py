"""Files as a scanner makes them, and some that only look like it."""

import base64
import io

from PIL import Image


def picture(kind="PNG"):
    """Return a real picture of ``kind`` as base64 text."""
    stream = io.BytesIO()
    Image.new("RGB", (4, 4), "white").save(stream, kind)
    return base64.b64encode(stream.getvalue()).decode()


PNG = picture()
JPEG = picture("JPEG")
GIF = picture("GIF")
PDF = base64.b64encode(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n").decode()
TEXT = base64.b64encode(b"not a scan at all").decode()
HALF_PNG = base64.b64encode(base64.b64decode(PNG)[:30]).decode()
FALSE_PDF = base64.b64encode(b"%PDF-1.4 and nothing behind it").decode()
# what a caller may send instead of a scan
NO_SCANS = (TEXT, GIF, HALF_PNG, FALSE_PDF, "äöü", "!!!", 17, True, [1], {"id": 1})

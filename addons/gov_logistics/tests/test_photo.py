import base64
import io
import struct
import zlib

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from ..tools.photo import check_photo, photo_name, photo_type


def picture(kind="JPEG", size=(40, 30)):
    stream = io.BytesIO()
    Image.new("RGB", size, "white").save(stream, kind)
    return stream.getvalue()


# The smallest WebP picture there is, one point.
WEBP = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
HEIC = struct.pack(">I", 24) + b"ftypheic" + b"\0" * 200


@tagged("post_install", "-at_install")
class TestPhoto(TransactionCase):
    def test_types(self):
        for kind, expected in (
            ("JPEG", "image/jpeg"),
            ("PNG", "image/png"),
        ):
            self.assertEqual(check_photo(self.env, picture(kind), 8), expected)
        self.assertEqual(check_photo(self.env, WEBP, 8), "image/webp")
        self.assertEqual(check_photo(self.env, HEIC, 8), "image/heic")

    def test_refused(self):
        png = picture("PNG")
        for content in (
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            b"<html><script>alert(1)</script></html>",
            b"%PDF-1.4 %%EOF",
            b"MZ" + b"\0" * 100,
            picture("GIF"),
            picture("BMP"),
            b"\xff\xd8\xff<script>alert(1)</script>",
            png[:30],
            b"\x89PNG\r\n\x1a\n<html>",
            b"RIFF\0\0\0\0WEBP<html>",
        ):
            with self.subTest(content=content[:20]), self.assertRaises(UserError):
                check_photo(self.env, content, 8)

    def test_size(self):
        content = picture() + b"\0" * 1024 * 1024
        self.assertEqual(check_photo(self.env, content, 2), "image/jpeg")
        with self.assertRaisesRegex(UserError, "larger than 1 MB"):
            check_photo(self.env, content, 1)

    def test_bomb(self):
        """A small file that says it has a billion points."""

        def chunk(name, data):
            code = zlib.crc32(name + data)
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", code)

        head = struct.pack(">IIBBBBB", 40000, 40000, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
        bomb += chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
        self.assertEqual(photo_type(bomb), "image/png")
        with self.assertRaises(UserError):
            check_photo(self.env, bomb, 8)

    def test_name(self):
        for name, expected in (
            ("lamp.html", "lamp.jpg"),
            ("../../etc/passwd", "photo.jpg"),
            ("a<script>.png", "a_script.jpg"),
            ("灯.JPG", "灯.jpg"),
            ("", "photo.jpg"),
            (None, "photo.jpg"),
        ):
            self.assertEqual(photo_name(name, "image/jpeg"), expected)

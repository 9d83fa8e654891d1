"""Mask what identifies a person in a text that is going to be published."""

import re
from html import escape

from lxml import etree, html

# Family names of two characters, of which both stay.
_COMPOUND = (
    "欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 "
    "司徒 令狐 宇文 长孙 夏侯 轩辕 端木 南宫 西门"
).split()
_ZERO_WIDTH = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
# Full-width digits, letters and hyphens, as an input method types them.
_NARROW = {0xFF10 + n: ord("0") + n for n in range(10)}
_NARROW.update({0xFF38: "X", 0xFF58: "x", 0xFF0D: "-", 0x3000: " ", 0x00A0: " "})
_GAP = r"[ -]?"
_PATTERNS = (
    # identity number: region, birthday, order
    re.compile(rf"(?<!\d)\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx](?![\dXx])"),
    # bank card and other long numbers, perhaps in groups of four
    re.compile(rf"(?<!\d)(?:\d{_GAP}){{14,18}}\d(?!\d)"),
    # mobile phone
    re.compile(rf"(?<!\d)1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"),
)
# Where a page names a file that is not part of the text.
_FILE_ATTRIBUTES = {"src", "srcset", "background", "poster", "data", "lowsrc"}


def mask_name(name):
    """Return a person's name with the given name hidden: 王小明 gives 王**."""
    name = (name or "").strip()
    kept = 2 if len(name) > 2 and name[:2] in _COMPOUND else 1
    return name[:kept] + "*" * max(len(name) - kept, 1)


def _mask_number(text):
    """Keep the first three and the last four signs, of the rest none."""
    kept = 4 if len(re.sub(r"\D", "", text)) > 11 else 3
    middle = re.sub(r"[^ -]", "*", text[kept:-4])
    return text[:kept] + middle + text[-4:]


def mask_text(text, names=()):
    """Return ``text`` without identity numbers, phone numbers and ``names``.

    :param names: full names to hide; the family name stays.
    """
    text = (text or "").translate(_ZERO_WIDTH)
    for pattern in _PATTERNS:
        # Full-width and plain digits are one sign each: positions are the same.
        plain = text.translate(_NARROW)
        for match in pattern.finditer(plain):
            start, end = match.span()
            text = text[:start] + _mask_number(match.group()) + text[end:]
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, mask_name(name))
    return text


def mask_html(body, names=()):
    """Return the HTML text ``body`` masked as :func:`mask_text` does.

    Texts and attributes are masked, remarks in the source go; pictures are not read.
    """
    if not body or not str(body).strip():
        return ""
    root = html.fragment_fromstring(str(body), create_parent="div")
    # Nobody sees them on the page, everybody in its source.
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    for node in root.iter(etree.Element):
        node.text = node.text and mask_text(node.text, names)
        node.tail = node.tail and mask_text(node.tail, names)
        for name, value in node.attrib.items():
            if not value.startswith("data:"):
                node.attrib[name] = mask_text(value, names)
    children = [html.tostring(child, encoding="unicode") for child in root]
    return "".join([escape(root.text or "", quote=False), *children])


def find_files(body):
    """Return the addresses of files that ``body`` shows and that are not part of it.

    What stands behind an address can be exchanged, and a mask does not reach it.
    """
    if not body:
        return []
    root = html.fragment_fromstring(str(body), create_parent="div")
    return [
        value
        for node in root.iter(etree.Element)
        for name, value in node.attrib.items()
        if name in _FILE_ATTRIBUTES and not value.strip().startswith("data:image/")
    ]


def find_unmasked(body, names=()):
    """Return what would still show in ``body``, e.g. a number cut by formatting."""
    if not body:
        return []
    root = html.fragment_fromstring(str(body), create_parent="div")
    # One block of text per paragraph: a number does not run over it.
    for node in root.iter("p", "div", "br", "li", "td", "th", "h1", "h2", "h3"):
        node.tail = "\n" + (node.tail or "")
    text = root.text_content().translate(_ZERO_WIDTH)
    plain = text.translate(_NARROW)
    found = [m.group() for pattern in _PATTERNS for m in pattern.finditer(plain)]
    return found + [name for name in names if name and name in text]

"""Text from cells made harmless: nothing in a name can start a line, a header or an address."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header

# Control characters, line and paragraph separators, invisible marks that turn text around, and
# halves of characters, which no encoding can carry.
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_BLANKS = re.compile(r"\s+")


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, cut at `limit` characters, with nothing a mail program acts on.

    An encoded word (`=?utf-8?q?...?=`) is shown as what it stands for. Several Python versions
    decode it inside a header and then write the line breaks it hides: CVE-2024-6923, CVE-2026-1299.
    """
    plain = _flat(text)
    if "=?" in plain:
        plain = _flat(_decoded(plain)).replace("=?", "= ?")
    return plain if len(plain) <= limit else f"{plain[: limit - 1].rstrip()}…"


def _flat(text: str) -> str:
    return _BLANKS.sub(" ", _UNSAFE.sub(" ", text)).strip()


def _decoded(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text

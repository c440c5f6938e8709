"""How names are compared: without case, spaces and punctuation."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """`AWS Certified: Solutions-Architect` and `aws certified solutions architect` fold alike."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_WORD.sub("", plain)

"""How names are compared: without case, spaces and punctuation."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """`AWS Certified: Solutions-Architect` and `aws certified solutions architect` fold alike."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isascii():
        return _NOT_WORD.sub("", plain)
    # Vowel signs of Devanagari, Thai and others are marks: without them names would run together.
    kept = "".join(c for c in plain if c.isalnum() or unicodedata.category(c)[0] == "M")
    return unicodedata.normalize("NFKC", kept)

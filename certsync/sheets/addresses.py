"""E-mail addresses as people write them: which can be delivered to, and what to write instead."""

from __future__ import annotations

import re

_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,58}[A-Za-z0-9])"
)
_LONGEST = 254

# What an address stands free between. A quote of one stroke may be a letter of a name: o'brien@.
_BETWEEN = re.compile(r'[\s,;<>()"“”„«»]+')
_QUOTES = "'\u2018\u2019\u201a"

# Python's encoding takes these for others (ß for ss), which is a different domain today:
# https://www.unicode.org/reports/tr46/#Deviations
_DEVIATING = re.compile("[ßẞς\u200c\u200d]")


def deliverable(text: str) -> bool:
    """An address as mail servers take it. `=?` would begin an encoded word, which hides letters."""
    return len(text) <= _LONGEST and "=?" not in text and bool(_EMAIL.fullmatch(text))


def inside(text: str) -> str | None:
    """The first address that stands free in a text."""
    return next(filter(deliverable, _pieces(text)), None)


def foreign(text: str) -> str | None:
    """What to do about the letters that ASCII lacks, in the first address that has some."""
    for piece in _pieces(text):
        local, at, domain = piece.rpartition("@")
        if not (at and local and domain) or piece.isascii():
            continue
        if not local.isascii():
            return (
                "Mail servers on the way may not take letters beyond a to z before the @. Write an "
                "address without them."
            )
        encoded = _encoded(domain)
        if encoded and deliverable(f"{local}@{encoded}"):
            return f"Write the domain as {encoded}."
        return "Write the domain as mail servers know it, which begins with xn--."
    return None


def _pieces(text: str) -> list[str]:
    """What stands between blanks, commas, brackets and quotes, without a full stop at its end."""
    pieces = _BETWEEN.split(text[:_LONGEST])
    return [piece.strip(_QUOTES).rstrip(".") for piece in pieces]


def _encoded(domain: str) -> str | None:
    """A domain in ASCII; None where that is not certain."""
    if _DEVIATING.search(domain):
        return None
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None

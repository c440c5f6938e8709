"""Which of a workbook's certifications a selector means, and which it nearly means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from rapidfuzz import fuzz, process

from certsync.compute.columns import Ints, Mask
from certsync.compute.selectors import Selector, Term
from certsync.sheets.names import fold

_NOT_WORD = re.compile(r"[^a-z0-9*]+")


@dataclass(frozen=True)
class Known:
    """The certifications a workbook names: pairs of a name and an issuing body.

    `name` and `issuer` index `names` and `issuers` (-1: none), one entry a pair.
    """

    names: Sequence[str]
    issuers: Sequence[str]
    name: Ints
    issuer: Ints

    def matching(self, selector: Selector) -> Mask:
        """Which pairs the selector means."""
        hit = np.zeros(len(self.name), dtype=np.bool_)
        for terms in selector.alternatives:
            hit |= np.logical_and.reduce([self._holds(term) for term in terms])
        return hit

    def nearest(self, selector: Selector, limit: int = 2) -> list[str]:
        """Names like those of the selector, and issuers as fields, the likeliest first."""
        pools = {
            "name": (self.names, self._folded_names, '"{}"'),
            "issuer": (self.issuers, self._folded_issuers, 'issuer:"{}"'),
            "level": ((), (), ""),
        }
        found: dict[str, float] = {}
        for term in (term for terms in selector.alternatives for term in terms):
            typed, folded, form = pools[term.field]
            for value in map(fold, term.values):
                for _, score, at in process.extract(
                    value, folded, scorer=fuzz.WRatio, score_cutoff=70, limit=limit
                ):
                    text = form.format(typed[at])
                    found[text] = max(score, found.get(text, 0.0))
        return sorted(found, key=lambda text: -found[text])[:limit]

    @cached_property
    def _folded_names(self) -> list[str]:
        return list(map(fold, self.names))

    @cached_property
    def _folded_issuers(self) -> list[str]:
        return list(map(fold, self.issuers))

    @cached_property
    def _spaced_names(self) -> list[str]:
        """` aws certified developer `: the words of each name, with a space around each."""
        return [" ".join(["", *_words(name.replace("*", " ")), ""]) for name in self.names]

    def _holds(self, term: Term) -> Mask:
        if term.field == "level":
            phrases = (" ".join(_glob(word, "[^ ]") for word in _words(v)) for v in term.values)
            return _test(re.compile(f" (?:{'|'.join(phrases)}) ").search, self._spaced_names)[
                self.name
            ]
        whole = re.compile("|".join(_glob(value, ".") for value in term.values)).fullmatch
        if term.field == "name":
            return _test(whole, self._folded_names)[self.name]
        # A pair without issuer has the code -1: the last entry, which matches nothing.
        return np.append(_test(whole, self._folded_issuers), False)[self.issuer]


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isascii():
        return _NOT_WORD.sub(" ", plain).split()
    return "".join(c if c == "*" or fold(c) else " " for c in plain).split()


def _glob(pattern: str, any_letter: str) -> str:
    """The regular expression of a pattern with `*`. Folded text needs no escaping in it.

    The atomic groups take the first place each part fits, which is always good enough; so no
    pattern, however many stars it has, makes the search run away.
    """
    first, *rest = (fold(part) for part in pattern.split("*"))
    if not rest:
        return first
    middle = "".join(f"(?>{any_letter}*?{part})" for part in rest[:-1])
    return f"{first}{middle}{any_letter}*{rest[-1]}"


def _test(matches: Callable[[str], object], texts: Sequence[str]) -> Mask:
    return np.array([matches(text) is not None for text in texts], dtype=np.bool_)

"""Selectors: which certifications a requirement means.

`A | B` is either. A name may hold `*` for any text; names are compared without case, spaces and
punctuation. In place of a name stand fields, all of which must hold: `issuer:AWS
level:Professional,Specialty name:"AWS Certified *"`. A comma means either; `level:` is a whole
word of the name. Quotes keep a comma, a colon or `|` in a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from rapidfuzz import fuzz, process

from certsync.compute.columns import Ints, Mask
from certsync.sheets.names import fold

FIELDS = ("issuer", "level", "name")

_QUOTED = re.compile(r'"[^"]*"')
_HEAD = re.compile(r"(?<!\S)([^\W\d_]+):")
_NOT_WORD = re.compile(r"[^a-z0-9*]+")
_CURLY = str.maketrans("“”„", '"""')


@dataclass(frozen=True)
class Term:
    """One field with the values it may have, as typed."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Selector:
    """Alternatives, each a tuple of terms that must all hold."""

    alternatives: tuple[tuple[Term, ...], ...]


@dataclass(frozen=True)
class BadSelector:
    """What is wrong with a selector, how to write it, and the code of the finding."""

    message: str
    fix: str
    code: str = "selector.syntax"


class _Bad(Exception):
    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.problem = BadSelector(message, fix)


def parse(text: str) -> Selector | BadSelector:
    """The selector that `text` writes, or what is wrong with it."""
    try:
        return Selector(tuple(map(_alternative, _split(text.translate(_CURLY), "|"))))
    except _Bad as bad:
        return bad.problem


def _split(text: str, mark: str) -> list[str]:
    """The pieces of `text` between marks that stand outside quotes, stripped."""
    masked = _mask(text)
    cuts = [-1, *(at for at, letter in enumerate(masked) if letter == mark), len(text)]
    return [text[left + 1 : right].strip() for left, right in pairwise(cuts)]


def _mask(text: str) -> str:
    """`text` with what stands in quotes blotted out, position by position."""
    masked = _QUOTED.sub(lambda quoted: '"' * len(quoted[0]), text)
    if text.count('"') % 2:
        raise _Bad("A quotation mark is not closed.", 'Write one more " after the name.')
    return masked


def _alternative(text: str) -> tuple[Term, ...]:
    masked = _mask(text)
    heads = list(_HEAD.finditer(masked))
    fields = [head for head in heads if _known(head) or _tight(head, masked)]
    if fields and fields[0].start() == 0:
        ends = [*(head.start() for head in fields[1:]), len(text)]
        return tuple(
            _term(head[1], text[head.end() : end]) for head, end in zip(fields, ends, strict=True)
        )
    for head in fields:
        if _known(head) and _tight(head, masked):
            name, rest = text[: head.start()].strip(), text[head.start() :]
            raise _Bad(
                f'"{name}" stands before the field {head[0]}',
                f'Write name:"{name}" {rest}, or put the whole name into quotes.',
            )
    return (Term("name", (_value(text),)),)


def _known(head: re.Match[str]) -> bool:
    return head[1].casefold() in FIELDS


def _tight(head: re.Match[str], text: str) -> bool:
    """A value follows the colon at once, unlike in `Microsoft Certified: Azure Expert`."""
    return bool(text[head.end() : head.end() + 1].strip())


def _term(word: str, values: str) -> Term:
    field = word.casefold()
    if field not in FIELDS:
        raise _Bad(
            f"{word}: is not a field of a selector.",
            f"The fields are {', '.join(FIELDS)}. Put a name with a colon into quotes.",
        )
    return Term(field, tuple(map(_value, _split(values, ","))))


def _value(text: str) -> str:
    value = text.replace('"', "").strip()
    if not fold(value) and "*" not in value:
        raise _Bad(
            "A part of the selector is empty.",
            "Write a certification's name on each side of | and after each field and comma.",
        )
    return value


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
    def _words(self) -> list[list[str]]:
        return [_words(name.replace("*", " ")) for name in self.names]

    def _holds(self, term: Term) -> Mask:
        if term.field == "level":
            wanted = [[_parts(word) for word in _words(value)] for value in term.values]
            levels = [any(_within(some, words) for some in wanted) for words in self._words]
            return np.array(levels, dtype=np.bool_)[self.name]
        patterns = list(map(_parts, term.values))
        if term.field == "name":
            return _like(patterns, self._folded_names)[self.name]
        # A pair without issuer has the code -1: the last entry, which matches nothing.
        return np.append(_like(patterns, self._folded_issuers), False)[self.issuer]


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isascii():
        return _NOT_WORD.sub(" ", plain).split()
    return "".join(c if c == "*" or fold(c) else " " for c in plain).split()


def _parts(pattern: str) -> list[str]:
    return [fold(part) for part in pattern.split("*")]


def _like(patterns: Sequence[Sequence[str]], texts: Sequence[str]) -> Mask:
    return np.array(
        [any(_fits(parts, text) for parts in patterns) for text in texts], dtype=np.bool_
    )


def _within(pattern: Sequence[Sequence[str]], words: Sequence[str]) -> bool:
    """Whether the words of the pattern stand one after the other in `words`."""
    return any(
        all(map(_fits, pattern, words[at : at + len(pattern)]))
        for at in range(len(words) - len(pattern) + 1)
    )


def _fits(parts: Sequence[str], text: str) -> bool:
    """Whether `text` is the parts in this order, with any text in place of each `*` between."""
    if len(parts) == 1:
        return text == parts[0]
    at, end = len(parts[0]), len(text) - len(parts[-1])
    if at > end or not (text.startswith(parts[0]) and text.endswith(parts[-1])):
        return False
    for part in parts[1:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True

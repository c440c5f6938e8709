"""Selectors: which certifications a requirement means.

`A | B` is either. A name may hold `*` for any text; names are compared without case, spaces and
punctuation. In place of a name stand fields, all of which must hold: `issuer:AWS
level:Professional,Specialty name:"AWS Certified *"`. A comma means either; `level:` is a whole
word of the name. Quotes keep a comma, a colon or `|` in a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from certsync.sheets.names import fold

FIELDS = ("issuer", "level", "name")

_QUOTED = re.compile(r'"[^"]*"')
_HEAD = re.compile(r"(?<!\S)([^\W\d_]+):")
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

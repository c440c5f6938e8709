"""Drive's search terms, such as `name = "Agency" and trashed = false`, and its field masks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.sheets_service.model import Json

Test = Callable[[Json], bool]
_BAD = "This is no search that Drive knows."

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<word>[A-Za-z][\w.]*)|(?P<sign>!=|<=|>=|[=<>()]))""",
    re.S,
)


def compiled(query: str) -> Test:
    """What a file must be to be found. Raises ValueError for what is no query."""
    if not query.strip():
        return lambda _file: True
    tokens = _tokens(query)
    test = _any(tokens)
    if tokens:
        raise ValueError(_BAD)
    return test


def _tokens(query: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(query.rstrip()):
        match = _TOKEN.match(query, place)
        if match is None:
            raise ValueError(_BAD)
        place, kind = match.end(), match.lastgroup or ""
        text = match[kind]
        found.append((kind, re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "text" else text))
    return found[::-1]


def _any(tokens: list[tuple[str, str]]) -> Test:
    tests = [_all(tokens)]
    while tokens and tokens[-1] == ("word", "or"):
        tokens.pop()
        tests.append(_all(tokens))
    return lambda file: any(test(file) for test in tests)


def _all(tokens: list[tuple[str, str]]) -> Test:
    tests = [_term(tokens)]
    while tokens and tokens[-1] == ("word", "and"):
        tokens.pop()
        tests.append(_term(tokens))
    return lambda file: all(test(file) for test in tests)


def _term(tokens: list[tuple[str, str]]) -> Test:
    if not tokens:
        raise ValueError(_BAD)
    kind, text = tokens.pop()
    if (kind, text) == ("word", "not"):
        inner = _term(tokens)
        return lambda file: not inner(file)
    if (kind, text) == ("sign", "("):
        inner = _any(tokens)
        if not tokens or tokens.pop() != ("sign", ")"):
            raise ValueError(_BAD)
        return inner
    if len(tokens) < 2:
        raise ValueError(_BAD)
    sign, right = tokens.pop()[1], tokens.pop()
    if kind == "text" and sign == "in":
        return lambda file: text in _members(file, right[1])
    if kind != "word" or text not in _FIELDS or sign not in _SIGNS:
        # `parents in "..."` is not Drive's grammar either, but gspread writes it.
        if text == "parents" and sign == "in":
            return lambda _file: False
        raise ValueError(_BAD)
    compare = _SIGNS[sign]
    wanted: Any = right[1] == "true" if right[0] == "word" else right[1]
    return lambda file: compare(file.get(text), wanted)


def _members(file: Json, name: str) -> list[str]:
    people = [owner["emailAddress"] for owner in file.get(name, []) if isinstance(owner, dict)]
    return [*people, "me"] if name == "owners" and file.get("ownedByMe") else people


_FIELDS = {"name", "mimeType", "trashed", "modifiedTime", "createdTime", "sharedWithMe", "starred"}
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    ">": lambda a, b: bool(a > b),
    "<": lambda a, b: bool(a < b),
    ">=": lambda a, b: bool(a >= b),
    "<=": lambda a, b: bool(a <= b),
    # Drive finds the beginnings of words.
    "contains": lambda a, b: re.search(rf"\b{re.escape(b)}", str(a), re.I) is not None,
}


def masked(answer: Any, mask: str) -> Any:
    """The part that a mask such as `nextPageToken,files(id,name)` keeps."""
    return _kept(answer, _tree(mask))


_Tree = dict[str, "_Tree"]


def _tree(mask: str) -> _Tree:
    root: _Tree = {}
    parts = re.findall(r"[^,()/\s]+|[,()/]", mask)
    open_, here = [root], root
    for part in parts:
        if part == "(":
            open_.append(here)
        elif part == ")":
            open_.pop()
        elif part == ",":
            here = open_[-1]
        elif part != "/":
            here = here.setdefault(part, {})
    return root


def _kept(value: Any, tree: _Tree) -> Any:
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_kept(item, tree) for item in value]
    if isinstance(value, dict):
        return {key: _kept(value[key], below) for key, below in tree.items() if key in value}
    return value

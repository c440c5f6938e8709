"""Field masks on answers, such as `sheets(properties(title),data)`."""

from __future__ import annotations

import importlib.util
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.sheets_service.model import GoogleError, Json, invalid

Tree = dict[str, Any]
"""A mask: the fields it keeps, each with what it keeps of them; nothing means everything."""

_TOKEN = re.compile(r"\s*([A-Za-z_][\w-]*|[*,/.()])\s*")


def apply(answer: Json, mask: str, schema: str = "Spreadsheet") -> Json:
    """The part of an answer that a mask keeps; `schema` names the answer's type.

    Raises:
        GoogleError: 400 for a mask that cannot be read, or a field the type does not have.
    """
    tree = parse(mask, schema)
    kept = _kept(answer, tree)
    assert isinstance(kept, dict)
    return kept


@lru_cache(maxsize=256)
def parse(mask: str, schema: str = "Spreadsheet") -> Tree:
    """The fields a mask keeps. Raises as `apply` does."""
    tokens, at = [], 0
    while at < len(mask):
        match = _TOKEN.match(mask, at)
        if match is None:
            raise _refusal(mask, mask)
        tokens.append(match[1])
        at = match.end()
    tree: Tree = {}
    rest = _list(tokens, tree, mask)
    if rest or not tree:
        raise _refusal(mask, mask)
    if types := _types():
        _check(tree, schema, types, "", mask)
    return tree


def keeps(tree: Tree, *path: str) -> bool:
    """Whether a mask keeps this field or something in it."""
    for name in path:
        if not tree or "*" in tree:
            return True
        if name not in tree:
            return False
        tree = tree[name]
    return True


def _list(tokens: list[str], tree: Tree, mask: str) -> list[str]:
    """Read fields with commas between them into the tree; answer the tokens behind them."""
    while True:
        at, whole = tree, False
        while True:
            if not tokens or tokens[0] in ",/.()":
                raise _refusal(mask, mask)
            name, tokens = tokens[0], tokens[1:]
            # A field that was asked for as a whole stays whole.
            whole = whole or at.get(name) == {}
            at = at.setdefault(name, {}) if not whole else {}
            if not tokens or tokens[0] not in "/.":
                break
            tokens = tokens[1:]
        if tokens and tokens[0] == "(":
            tokens = _list(tokens[1:], at, mask)
            if not tokens or tokens[0] != ")":
                raise _refusal(mask, mask)
            tokens = tokens[1:]
        else:
            at.clear()
        if not tokens or tokens[0] != ",":
            return tokens
        tokens = tokens[1:]


def _kept(value: Any, tree: Tree) -> Any:
    if not tree or ("*" in tree and not tree["*"]):
        return value
    if isinstance(value, list):
        return [_kept(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    rest: Tree | None = tree.get("*")
    return {
        name: _kept(item, tree.get(name, rest) or {})
        for name, item in value.items()
        if name in tree or rest is not None
    }


def _check(tree: Tree, schema: str | None, types: Json, path: str, mask: str) -> None:
    for name, below in tree.items():
        where = f"{path}.{name}" if path else name
        if schema is None:
            raise _refusal(mask, where)
        fields: Json = types[schema].get("properties", {})
        if name == "*":
            continue
        if name not in fields:
            raise _refusal(mask, where)
        if below:
            _check(below, _type_of(fields[name]), types, where, mask)


def _type_of(field: Json) -> str | None:
    field = field.get("items") or field.get("additionalProperties") or field
    name: str | None = field.get("$ref")
    return name


def _refusal(mask: str, path: str) -> GoogleError:
    says = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    violation = {"field": mask, "description": says}
    kind = "type.googleapis.com/google.rpc.BadRequest"
    return invalid(
        "Request contains an invalid argument.",
        [{"@type": kind, "fieldViolations": [violation]}],
    )


@lru_cache(maxsize=1)
def _types() -> Json:
    """The types of the API's discovery document; nothing where that is not installed."""
    found = importlib.util.find_spec("googleapiclient")
    if found is None or not found.origin:
        return {}
    folder = Path(found.origin).parent / "discovery_cache" / "documents"
    types: Json = json.loads((folder / "sheets.v4.json").read_text("utf-8"))["schemas"]
    return types

"""Which values of a config keep the rules of their keys, and a sentence for each other one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from certsync.configfile import Document, Loc
from certsync.configkeys import GROUPS, SECRET_GROUPS, ConfigKeys
from certsync.configvalues import Must
from certsync.sheets.near import nearest

_RULES = {
    "int": "a whole number",
    "bool": "true or false",
    "greater": "{ge} or more",
    "less": "{le} or less",
    "string": "a single value, not a list or a group of keys",
    "list": "a list, each entry on a line of its own behind a dash",
    "too": "a list with at least one entry",
    "dict": "a group of keys, indented below it",
    "literal": "{expected}",
    "value": "{error}",
}
"""What a value must be, by the first word of the type of pydantic's error."""


def validate(document: Document) -> ConfigKeys:
    """The values of `document` that keep the rules; the others are reported to it and left out."""
    values: dict[str, Any] = document.values
    while True:
        try:
            return _adapter().validate_python(values)
        except ValidationError as failed:
            errors = failed.errors(include_url=False)
        for error in errors:
            loc = error["loc"]
            # A key with nothing behind it counts as absent, except in an entry of a list.
            empty = error["input"] is None and not any(isinstance(step, int) for step in loc)
            if error["type"] == "extra_forbidden" or not (empty or _unread(document, error)):
                document.report(_sentence(document, error), loc)
            _remove(values, loc[:-1] if error["type"] == "missing" else loc)


@cache
def _adapter() -> TypeAdapter[ConfigKeys]:
    return TypeAdapter(ConfigKeys)


def _unread(document: Document, error: Mapping[str, Any]) -> bool:
    """Whether what is missing stands in the file, and why it cannot be read is reported."""
    loc = error["loc"]
    if error["type"] == "missing":
        return document.given(*loc)
    return error["type"] == "too_short" and document.given(*loc, 0)


def _remove(values: dict[str, Any], loc: Loc) -> None:
    """Take away the value at `loc`, or the whole list it is an entry of."""
    *path, last = [*loc[: next((i for i, s in enumerate(loc) if isinstance(s, int)), len(loc))]]
    for step in path:
        values = values.get(str(step), {})
    values.pop(str(last), None)


def _sentence(document: Document, error: Mapping[str, Any]) -> str:
    loc = error["loc"]
    names = [step for step in loc if isinstance(step, str)]
    if error["type"] == "extra_forbidden":
        return _unknown_key(tuple(names[:-1]), names[-1])
    if error["type"] == "missing":
        return f"`{names[-1]}` is missing here. Add a line `{names[-1]}: ...`."
    if error["input"] is None:
        return "There is nothing on this line. Write a value, or remove the line."
    context = dict(error.get("ctx", {}))
    cause = context.get("error")
    hint = cause.hint if isinstance(cause, Must) else ""
    if "expected" in context:
        near = nearest(str(error["input"]), re.findall(r"'([^']*)'", context["expected"]))
        hint = f"Did you mean `{near}`?" if near else ""
        context["expected"] = context["expected"].replace("'", "")
    rule = _RULES[re.split("_", error["type"])[0]].format(**context)
    subject = f"`{names[-1]}`" if loc[-1] == names[-1] else f"An entry of `{names[-1]}`"
    return f"{subject} must be {rule}{_not(document, loc)}. {hint}".rstrip()


def _not(document: Document, loc: Loc) -> str:
    """`, not X` with the text of the file; nothing where it may be a secret."""
    written = document.written(loc)
    if not written or (_holds_secrets(loc) and loc[-1] != "port"):
        return ""
    return f", not `{written if len(written) <= 60 else written[:57] + '...'}`"


def _holds_secrets(loc: Loc) -> bool:
    """Whether `loc` is one of the groups in which secrets are named, or lies in one."""
    return any(loc[: len(group)] == group for group in SECRET_GROUPS)


def _unknown_key(group: tuple[str, ...], key: str) -> str:
    here = GROUPS[group].__annotations__
    # In braces a secret without a name reads as a key.
    what = "such key" if _holds_secrets(group) else f"key `{key}`"
    if near := nearest(key, here):
        return f"There is no {what} here. Did you mean `{near}`?"
    homes = [other for other, keys in GROUPS.items() if key in keys.__annotations__]
    if () in homes:
        return f"`{key}` belongs at the left edge, below nothing."
    if homes:
        places = " or ".join(f"`{'.'.join(home)}`" for home in homes)
        return f"`{key}` belongs below {places}, indented."
    return f"There is no {what} here. The keys are {', '.join(here)}."

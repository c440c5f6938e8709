"""The `fields` of a request: which parts of an object it sets, and which it clears."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.sheets_service import masks
from tests.sheets_service.masks import Tree
from tests.sheets_service.model import GoogleError, Json, invalid


def mask(given: Json, schema: str, name: str = "fields") -> Tree:
    """The fields a request lists; `*` is all of them.

    Raises:
        GoogleError: 400 where it lists none, or one that the type does not have.
    """
    text = str(given.get(name) or "").strip()
    if not text:
        raise invalid(
            "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"
        )
    try:
        return masks.parse(text, schema)
    except GoogleError as error:
        violations = error.details[0]["fieldViolations"] if error.details else []
        said = violations[0]["description"].split("'") if violations else []
        raise invalid(f"Invalid field: {said[-2] if len(said) > 2 else text}") from error


def everything(tree: Tree) -> bool:
    """Whether a mask lists every field."""
    return "*" in tree


def updated(old: Json, new: Json, tree: Tree, fields: Collection[str] | None = None) -> Json:
    """The object with the listed fields as in `new`; those that `new` lacks are gone.

    Args:
        old: The object before; is not changed.
        new: What the request brings.
        tree: The mask.
        fields: The only fields that can be set; the rest of a mask is passed over.
    """
    listed: Tree = tree
    if everything(tree):
        listed = {name: {} for name in {*old, *new}}
    changed: dict[str, Any] = dict(old)
    for name, below in listed.items():
        if fields is not None and name not in fields:
            continue
        if below and not everything(below):
            value: Any = updated(old.get(name) or {}, new.get(name) or {}, below)
            keep = bool(value) or name in new
        else:
            value, keep = new.get(name), name in new
        if keep:
            changed[name] = value
        else:
            changed.pop(name, None)
    return changed

"""Ids of what stands in a book: charts, filters, ranges and tables."""

from __future__ import annotations

from typing import Any

from tests.sheets_service.model import Book, Json, Sheet, invalid

KEYS = {
    "charts": "chartId",
    "protected_ranges": "protectedRangeId",
    "banded_ranges": "bandedRangeId",
    "filter_views": "filterViewId",
    "tables": "tableId",
}
"""The lists of a tab, and the field that holds the id of what is in them."""


def found(book: Book, kind: str, wanted: Any, missing: str) -> tuple[Sheet, int]:
    """The tab and the place in its list of the object with this id.

    Raises:
        GoogleError: 400 with `missing`, where `{}` stands for the id.
    """
    for sheet in book.sheets:
        for place, item in enumerate(getattr(sheet, kind)):
            if item[KEYS[kind]] == wanted:
                return sheet, place
    raise invalid(missing.format(wanted))


def chosen(book: Book, kind: str, wanted: Any, name: str) -> Any:
    """The id a request chose for a new object, or a new one.

    Raises:
        GoogleError: 400 for an id that another object has.
    """
    key = KEYS[kind]
    taken = {item[key] for sheet in book.sheets for item in getattr(sheet, kind)}
    if wanted:
        if wanted in taken:
            raise invalid(f"A {name} with the ID {wanted} already exists.")
        return wanted
    while True:
        new: Any = book.new_id()
        if key == "tableId":
            new = str(new)
        if new not in taken:
            return new


def retagged(book: Book, sheet: Sheet, old: int) -> None:
    """Give what was copied with a tab ids of its own, and ranges on the new tab."""
    for name in (*KEYS, "merges", "conditional_formats", "dimension_groups", "basic_filter"):
        setattr(sheet, name, _moved(getattr(sheet, name), old, sheet.id))
    for kind, key in KEYS.items():
        items: list[Json] = []
        for item in getattr(sheet, kind):
            new: Any = book.new_id()
            items.append({**item, key: str(new) if kind == "tables" else new})
        setattr(sheet, kind, items)
    names = {table.get("name") for s in book.sheets if s is not sheet for table in s.tables}
    sheet.tables = [{**table, "name": free_name(table["name"], names)} for table in sheet.tables]


def free_name(base: str, names: set[Any]) -> str:
    """This name, with a number behind it where it is taken; `names` then holds it."""
    tries = (f"{base}_{n}" if n else base for n in range(10_000))
    name = next(name for name in tries if name not in names)
    names.add(name)
    return name


def _moved(value: Any, old: int, new: int) -> Any:
    if isinstance(value, list):
        return [_moved(item, old, new) for item in value]
    if isinstance(value, dict):
        return {
            name: new if name == "sheetId" and item == old else _moved(item, old, new)
            for name, item in value.items()
        }
    return value

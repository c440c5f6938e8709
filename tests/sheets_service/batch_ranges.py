"""Merged cells, named ranges and protected ranges."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.sheets_service import a1, grid, ids
from tests.sheets_service.batch_cells import within
from tests.sheets_service.masked import mask, updated
from tests.sheets_service.model import Book, Json, Sheet, invalid
from tests.sheets_service.work import Handler, Work
from tests.sheets_service.writing import PROTECTED

SPLIT = "You must select all cells in a merged range to merge or unmerge them."
"""What Google says where a request would split merged cells."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,249}")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*|true|false", re.I)


def merge(work: Work, given: Json) -> None:
    """`mergeCells`: merges that lie within are replaced; all values but the first are lost.

    The first is the first that is not blank, in reading order, as it is on the screen.
    """
    box, kind = grid.box(work.book, given.get("range", {})), given.get("mergeType", "MERGE_ALL")
    work.guard(box)
    sheet, area = box.sheet, box.grid_range()
    _refuse_split(sheet, area)
    sheet.merges = [m for m in sheet.merges if not a1.overlaps(m, area)]
    if kind == "MERGE_COLUMNS":
        parts = [
            {**area, "startColumnIndex": c, "endColumnIndex": c + 1}
            for c in range(box.left, box.right)
        ]
    elif kind == "MERGE_ROWS":
        parts = [
            {**area, "startRowIndex": r, "endRowIndex": r + 1} for r in range(box.top, box.bottom)
        ]
    else:
        parts = [area]
    for part in parts:
        one = grid.box(work.book, part)
        if one.area > 1:
            sheet.merges.append(part)
            _keep_first(one)


def _keep_first(box: a1.Box) -> None:
    sheet, first = box.sheet, (box.top, box.left)
    filled = sorted(key for key in within(box) if not sheet.cells[key].blank)
    if filled and filled[0] != first:
        kept, old = sheet.cells[filled[0]], sheet.cell(*first)
        sheet.put(*first, replace(old, value=kept.value, formula=kept.formula, runs=kept.runs))
    for key in filled:
        if key != first:
            sheet.put(*key, replace(sheet.cells[key], value=None, formula=None, runs=()))


def unmerge(work: Work, given: Json) -> None:
    """`unmergeCells`."""
    box = grid.box(work.book, given.get("range", {}))
    work.guard(box)
    area = box.grid_range()
    _refuse_split(box.sheet, area)
    box.sheet.merges = [m for m in box.sheet.merges if not a1.overlaps(m, area)]


def _refuse_split(sheet: Sheet, area: Json) -> None:
    for merged in sheet.merges:
        if a1.overlaps(merged, area) and not grid.inside(merged, area):
            raise invalid(SPLIT)


def add_named(work: Work, given: Json) -> Json:
    """`addNamedRange`."""
    book, new = work.book, grid.with_sheet_ids(given.get("namedRange", {}))
    _check_name(book, new.get("name", ""), None)
    taken = {named["namedRangeId"] for named in book.named_ranges}
    wanted = new.get("namedRangeId")
    if wanted in taken:
        raise invalid(f"A named range with the ID {wanted} already exists.")
    named = {
        "namedRangeId": wanted or str(book.new_id()),
        "name": new.get("name", ""),
        "range": grid.stored(book, new.get("range", {})),
    }
    book.named_ranges.append(named)
    return {"namedRange": named}


def update_named(work: Work, given: Json) -> None:
    """`updateNamedRange`."""
    book, new = work.book, grid.with_sheet_ids(given.get("namedRange", {}))
    tree = mask(given, "NamedRange")
    place = _named(book, new.get("namedRangeId"))
    named = updated(book.named_ranges[place], new, tree, fields=("name", "range"))
    _check_name(book, named.get("name", ""), named["namedRangeId"])
    book.named_ranges[place] = {**named, "range": grid.stored(book, named.get("range", {}))}


def delete_named(work: Work, given: Json) -> None:
    """`deleteNamedRange`."""
    del work.book.named_ranges[_named(work.book, given.get("namedRangeId"))]


def _named(book: Book, wanted: str | None) -> int:
    for place, named in enumerate(book.named_ranges):
        if named["namedRangeId"] == wanted:
            return place
    raise invalid(f"No named range with id: {wanted}")


def _check_name(book: Book, name: str, own: str | None) -> None:
    if not _NAME.fullmatch(name) or _LIKE_A_CELL.fullmatch(name):
        raise invalid(f'The name "{name}" cannot be the name of a range.')
    for named in book.named_ranges:
        if named["name"].casefold() == name.casefold() and named["namedRangeId"] != own:
            raise invalid(f'A named range with the name "{name}" already exists.')


_TARGETS = ("range", "namedRangeId", "tableId")


def protect(work: Work, given: Json) -> Json:
    """`addProtectedRange`. What the owner protects by hand, only the owner may edit."""
    book, new = work.book, grid.with_sheet_ids(given.get("protectedRange", {}))
    sheet = _target(work, new)
    entry = {k: v for k, v in new.items() if k != "requestingUserCanEdit"}
    entry["protectedRangeId"] = ids.chosen(
        book, "protected_ranges", new.get("protectedRangeId"), "protected range"
    )
    if entry.get("warningOnly"):
        entry.pop("editors", None)
    may = not work.owner or bool(entry.get("warningOnly"))
    entry["requestingUserCanEdit"] = new.get("requestingUserCanEdit", may) if work.owner else may
    sheet.protected_ranges.append(entry)
    return {"protectedRange": entry}


def update_protected(work: Work, given: Json) -> None:
    """`updateProtectedRange`."""
    new = grid.with_sheet_ids(given.get("protectedRange", {}))
    tree = mask(given, "ProtectedRange")
    sheet, place = _protected(work, new.get("protectedRangeId"))
    fields = (*_TARGETS, "description", "warningOnly", "editors", "unprotectedRanges")
    old = sheet.protected_ranges[place]
    entry = updated(old, new, tree, fields=fields)
    for name in _TARGETS:
        if name in new and name in entry and any(other in old for other in _TARGETS):
            for other in set(_TARGETS) - {name}:
                entry.pop(other, None)
    to = _target(work, entry)
    if to is sheet:
        sheet.protected_ranges[place] = entry
    else:
        del sheet.protected_ranges[place]
        to.protected_ranges.append(entry)


def unprotect(work: Work, given: Json) -> None:
    """`deleteProtectedRange`."""
    sheet, place = _protected(work, given.get("protectedRangeId"))
    del sheet.protected_ranges[place]


def _target(work: Work, entry: Json) -> Sheet:
    """The tab of a protected range, whose target is checked and put in Google's form."""
    named = [name for name in _TARGETS if name in entry]
    if len(named) != 1:
        raise invalid("Exactly one of range, namedRangeId and tableId must be set.")
    if named == ["namedRangeId"]:
        area = work.book.named_ranges[_named(work.book, entry["namedRangeId"])]["range"]
        return work.book.sheet(area["sheetId"])
    if named == ["tableId"]:
        missing = "No table with id: {}"
        return ids.found(work.book, "tables", entry["tableId"], missing)[0]
    area = grid.stored(work.book, entry["range"])
    if "unprotectedRanges" in entry:
        if set(area) != {"sheetId"}:
            raise invalid("Unprotected ranges are only supported on protected sheets.")
        entry["unprotectedRanges"] = [
            grid.stored(work.book, {**one, "sheetId": area["sheetId"]})
            for one in entry["unprotectedRanges"]
        ]
    entry["range"] = area
    return work.book.sheet(area["sheetId"])


def _protected(work: Work, wanted: int | None) -> tuple[Sheet, int]:
    missing = "No protected range with id: {}"
    sheet, place = ids.found(work.book, "protected_ranges", wanted, missing)
    entry = sheet.protected_ranges[place]
    if not work.owner and entry.get("requestingUserCanEdit") is False:
        raise invalid(PROTECTED)
    return sheet, place


REQUESTS: dict[str, Handler] = {
    "mergeCells": merge,
    "unmergeCells": unmerge,
    "addNamedRange": add_named,
    "updateNamedRange": update_named,
    "deleteNamedRange": delete_named,
    "addProtectedRange": protect,
    "updateProtectedRange": update_protected,
    "deleteProtectedRange": unprotect,
}

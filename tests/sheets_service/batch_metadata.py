"""Developer metadata: created, changed and deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.sheets_service import filters
from tests.sheets_service.dimensions import span
from tests.sheets_service.grid import size
from tests.sheets_service.masked import everything, mask
from tests.sheets_service.model import Json, Metadata, Place, invalid
from tests.sheets_service.sent import metadata_json
from tests.sheets_service.work import Handler, Work

_VISIBLE = ("DOCUMENT", "PROJECT")


def create(work: Work, given: Json) -> Json:
    """`createDeveloperMetadata`."""
    book, new = work.book, given.get("developerMetadata", {})
    wanted = new.get("metadataId")
    if wanted is not None and wanted <= 0:
        raise invalid("The metadataId must be positive.")
    if any(piece.id == wanted for piece in book.metadata):
        raise invalid(f"Developer metadata with the ID {wanted} already exists.")
    if not new.get("metadataKey"):
        raise invalid("Developer metadata must have a metadataKey.")
    if new.get("visibility") not in _VISIBLE:
        raise invalid("Developer metadata must have a visibility.")
    place, sheet, index = _location(work, new.get("location") or {})
    piece = Metadata(
        wanted or book.new_id(),
        new["metadataKey"],
        new.get("metadataValue"),
        new["visibility"],
        place,
        sheet,
        index,
    )
    book.metadata.append(piece)
    return {"developerMetadata": metadata_json(piece)}


def update(work: Work, given: Json) -> Json:
    """`updateDeveloperMetadata`: every piece that one of the filters selects."""
    tree, new = mask(given, "DeveloperMetadata"), given.get("developerMetadata", {})
    if not given.get("dataFilters"):
        raise invalid("Must specify at least one data filter.")
    changes: dict[str, Any] = {}

    def listed(name: str) -> bool:
        return name in tree or (everything(tree) and name in new)

    if listed("metadataKey"):
        if not new.get("metadataKey"):
            raise invalid("Developer metadata must have a metadataKey.")
        changes["key"] = new["metadataKey"]
    if listed("metadataValue"):
        changes["value"] = new.get("metadataValue")
    if listed("visibility"):
        if new.get("visibility") not in _VISIBLE:
            raise invalid("Developer metadata must have a visibility.")
        changes["visibility"] = new["visibility"]
    if listed("location"):
        place, sheet, index = _location(work, new.get("location") or {})
        changes |= {"place": place, "sheet": sheet, "index": index}
    chosen: set[int] = set()
    for one in given["dataFilters"]:
        chosen |= _selected(work, one)
    pieces = [replace(p, **changes) if p.id in chosen else p for p in work.book.metadata]
    work.book.metadata = pieces
    return _answer("developerMetadata", [piece for piece in pieces if piece.id in chosen])


def delete(work: Work, given: Json) -> Json:
    """`deleteDeveloperMetadata`."""
    chosen = _selected(work, given.get("dataFilter") or {})
    gone = [piece for piece in work.book.metadata if piece.id in chosen]
    work.book.metadata = [piece for piece in work.book.metadata if piece.id not in chosen]
    return _answer("deletedDeveloperMetadata", gone)


def _answer(name: str, pieces: list[Metadata]) -> Json:
    return {name: [metadata_json(piece) for piece in pieces]} if pieces else {}


def _selected(work: Work, data_filter: Json) -> set[int]:
    """The ids that a DataFilter selects, by a lookup or by a range that metadata hangs on."""
    if "developerMetadataLookup" in data_filter:
        return {p.id for p in filters.lookup(work.book, data_filter["developerMetadataLookup"])}
    found: set[int] = set()
    for area in filters.ranges(work.book, data_filter):
        ends = {name: area[name] for name in area if name != "sheetId"}
        for piece in work.book.metadata:
            if piece.sheet != area.get("sheetId", 0):
                continue
            if piece.place == "sheet":
                found |= {piece.id} if not ends else set()
                continue
            assert piece.index is not None
            side, other = ("Row", "Column") if piece.place == "row" else ("Column", "Row")
            if f"start{other}Index" in ends or f"end{other}Index" in ends:
                continue
            first, last = ends.get(f"start{side}Index", 0), ends.get(f"end{side}Index", 1 << 40)
            if first <= piece.index < last:
                found.add(piece.id)
    return found


def _location(work: Work, given: Json) -> tuple[Place, int | None, int | None]:
    kinds = [name for name in ("spreadsheet", "sheetId", "dimensionRange") if name in given]
    if len(kinds) != 1:
        raise invalid("Exactly one location of the developer metadata must be set.")
    if kinds == ["spreadsheet"]:
        if not given["spreadsheet"]:
            raise invalid("Exactly one location of the developer metadata must be set.")
        return "spreadsheet", None, None
    if kinds == ["sheetId"]:
        return "sheet", work.book.sheet(given["sheetId"]).id, None
    one = span(work, given["dimensionRange"], bounded=True)
    if one.count != 1:
        raise invalid("The dimensionRange must represent a single row or column.")
    if one.start >= size(one.sheet, one.dimension):
        raise invalid(
            f"DimensionRange.startIndex[{one.start}] is after last {one.word} in "
            f"grid[{size(one.sheet, one.dimension) - 1}]"
        )
    return ("row" if one.dimension == "ROWS" else "column"), one.sheet.id, one.start


REQUESTS: dict[str, Handler] = {
    "createDeveloperMetadata": create,
    "updateDeveloperMetadata": update,
    "deleteDeveloperMetadata": delete,
}

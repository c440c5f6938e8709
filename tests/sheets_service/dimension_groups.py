"""Groups of rows or columns: how deep each index is grouped decides which groups there are."""

from __future__ import annotations

from tests.sheets_service.dimensions import Span, span
from tests.sheets_service.grid import size
from tests.sheets_service.masked import mask
from tests.sheets_service.model import Json, invalid
from tests.sheets_service.work import Handler, Work


def add(work: Work, given: Json) -> Json:
    """`addDimensionGroup`: everything in the range is one group deeper."""
    changed = _span(work, given.get("range", {}))
    depths = _depths(changed)
    for index in range(changed.start, changed.end):
        depths[index] = depths.get(index, 0) + 1
    if max(depths.values()) > 8:
        raise invalid("A group cannot be deeper than 8.")
    return _set(changed, depths)


def delete(work: Work, given: Json) -> Json:
    """`deleteDimensionGroup`: everything in the range is one group less deep."""
    changed = _span(work, given.get("range", {}))
    depths = _depths(changed)
    if not any(depths.get(index) for index in range(changed.start, changed.end)):
        raise invalid("There is no group over the range.")
    for index in range(changed.start, changed.end):
        depths[index] = max(0, depths.get(index, 0) - 1)
    return _set(changed, depths)


def update(work: Work, given: Json) -> None:
    """`updateDimensionGroup`: collapsing hides its rows or columns, expanding shows them."""
    new, tree = given.get("dimensionGroup", {}), mask(given, "DimensionGroup")
    changed = _span(work, new.get("range", {}))
    groups, depth = changed.sheet.dimension_groups, new.get("depth", 1)
    wanted = _range(changed, changed.start, changed.end), depth
    place = next((i for i, g in enumerate(groups) if (g["range"], g["depth"]) == wanted), None)
    if place is None:
        raise invalid("There is no group with this range and depth.")
    if "collapsed" not in tree and "*" not in tree:
        return
    collapsed = bool(new.get("collapsed"))
    groups[place] = {**groups[place], "collapsed": collapsed}
    rows = changed.dimension == "ROWS"
    properties = changed.sheet.row_properties if rows else changed.sheet.column_properties
    for index in range(changed.start, changed.end):
        rest = {k: v for k, v in properties.get(index, {}).items() if k != "hiddenByUser"}
        properties[index] = {**rest, "hiddenByUser": True} if collapsed else rest
        if not properties[index]:
            del properties[index]


def _span(work: Work, given: Json) -> Span:
    changed = span(work, given)
    if changed.end > size(changed.sheet, changed.dimension):
        raise invalid(f"The range of a group must lie within the {changed.word}s of the sheet.")
    return changed


def _depths(changed: Span) -> dict[int, int]:
    """How many groups hold each index."""
    depths: dict[int, int] = {}
    for group in changed.sheet.dimension_groups:
        area = group["range"]
        if area["dimension"] == changed.dimension:
            for index in range(area["startIndex"], area["endIndex"]):
                depths[index] = max(depths.get(index, 0), group["depth"])
    return depths


def _set(changed: Span, depths: dict[int, int]) -> Json:
    """Make the groups of these depths; one that was there before stays collapsed if it was."""
    sheet = changed.sheet
    own = [g for g in sheet.dimension_groups if g["range"]["dimension"] == changed.dimension]
    other = [g for g in sheet.dimension_groups if g["range"]["dimension"] != changed.dimension]
    groups: list[Json] = []
    for depth in range(1, max(depths.values(), default=0) + 1):
        for start, end in _runs({index for index, deep in depths.items() if deep >= depth}):
            area = _range(changed, start, end)
            was = any(g.get("collapsed") for g in own if (g["range"], g["depth"]) == (area, depth))
            groups.append({"range": area, "depth": depth, **({"collapsed": True} if was else {})})
    groups.sort(key=lambda group: (group["range"]["startIndex"], group["depth"]))
    sheet.dimension_groups = other + groups
    return {"dimensionGroups": groups} if groups else {}


def _runs(indices: set[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for index in sorted(indices):
        if runs and runs[-1][1] == index:
            runs[-1] = runs[-1][0], index + 1
        else:
            runs.append((index, index + 1))
    return runs


def _range(changed: Span, start: int, end: int) -> Json:
    return {
        "sheetId": changed.sheet.id,
        "dimension": changed.dimension,
        "startIndex": start,
        "endIndex": end,
    }


REQUESTS: dict[str, Handler] = {
    "addDimensionGroup": add,
    "deleteDimensionGroup": delete,
    "updateDimensionGroup": update,
}

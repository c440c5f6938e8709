"""The basic filter of a tab, and filter views."""

from __future__ import annotations

from tests.sheets_service import grid, ids
from tests.sheets_service.batch_rows import sort_box
from tests.sheets_service.grid import Dimension
from tests.sheets_service.masked import mask, updated
from tests.sheets_service.model import Json, Sheet, invalid
from tests.sheets_service.work import Handler, Work

_MISSING = "No filter view with id: {}"


def set_basic(work: Work, given: Json) -> None:
    """`setBasicFilter`: its bounds are filled in; sort specs sort the rows below its header."""
    new = grid.with_sheet_ids(given.get("filter", {}))
    sheet = _target(work, new)
    sheet.basic_filter = _both(new)
    if new.get("sortSpecs"):
        box = grid.box(work.book, new["range"])
        if box.bottom - box.top > 1:
            body = {**new["range"], "startRowIndex": box.top + 1}
            sort_box(work, grid.box(work.book, body), new["sortSpecs"])


def clear_basic(work: Work, given: Json) -> None:
    """`clearBasicFilter`."""
    work.book.sheet(given.get("sheetId", 0)).basic_filter = None


def add(work: Work, given: Json) -> Json:
    """`addFilterView`."""
    new = grid.with_sheet_ids(given.get("filter", {}))
    sheet = _target(work, new)
    new["filterViewId"] = ids.chosen(
        work.book, "filter_views", new.get("filterViewId"), "filter view"
    )
    new.setdefault("title", f"Filter {len(sheet.filter_views) + 1}")
    sheet.filter_views.append(_both(new))
    return {"filter": sheet.filter_views[-1]}


def update(work: Work, given: Json) -> None:
    """`updateFilterView`."""
    new, tree = grid.with_sheet_ids(given.get("filter", {})), mask(given, "FilterView")
    sheet, place = ids.found(work.book, "filter_views", new.get("filterViewId"), _MISSING)
    old = sheet.filter_views[place]
    view = updated(old, new, tree)
    if "filterSpecs" in new or "criteria" in new:
        view.pop("criteria" if "filterSpecs" in new else "filterSpecs", None)
    view["filterViewId"] = old["filterViewId"]
    to = _target(work, view)
    if to is not sheet:
        raise invalid("A filter view cannot be moved to another sheet.")
    sheet.filter_views[place] = _both(view)


def delete(work: Work, given: Json) -> None:
    """`deleteFilterView`."""
    sheet, place = ids.found(work.book, "filter_views", given.get("filterId"), _MISSING)
    del sheet.filter_views[place]


def duplicate(work: Work, given: Json) -> Json:
    """`duplicateFilterView`."""
    sheet, place = ids.found(work.book, "filter_views", given.get("filterId"), _MISSING)
    old = sheet.filter_views[place]
    new_id = ids.chosen(work.book, "filter_views", None, "filter view")
    view = {**old, "filterViewId": new_id, "title": f"Copy of {old.get('title', '')}"}
    sheet.filter_views.append(view)
    return {"filter": view}


def _target(work: Work, new: Json) -> Sheet:
    """The tab of a filter, whose range gets all four bounds."""
    if "tableId" in new and "range" not in new:
        sheet, place = ids.found(work.book, "tables", new["tableId"], "No table with id: {}")
        new["range"] = sheet.tables[place]["range"]
        return sheet
    if "namedRangeId" in new and "range" not in new:
        found = [n for n in work.book.named_ranges if n["namedRangeId"] == new["namedRangeId"]]
        if not found:
            raise invalid(f"No named range with id: {new['namedRangeId']}")
        new["range"] = found[0]["range"]
    new["range"] = grid.filled(work.book, new.get("range", {}))
    return work.book.sheet(new["range"]["sheetId"])


def _both(given: Json) -> Json:
    """A filter with its conditions in both of their forms, as Google answers them."""
    new = dict(given)
    dimension: Dimension = "COLUMNS"
    first, last = grid.bounds(new["range"], dimension)
    if new.get("filterSpecs"):
        new["criteria"] = {
            str(spec.get("columnIndex", 0)): spec.get("filterCriteria", {})
            for spec in new["filterSpecs"]
        }
    elif new.get("criteria"):
        new["filterSpecs"] = [
            {"columnIndex": int(index), "filterCriteria": rule}
            for index, rule in sorted(new["criteria"].items(), key=lambda item: int(item[0]))
        ]
    for index in new.get("criteria", {}):
        if not first <= int(index) < last:
            raise invalid(f"Filter column[{index}] is outside of the filter range.")
    return new


REQUESTS: dict[str, Handler] = {
    "setBasicFilter": set_basic,
    "clearBasicFilter": clear_basic,
    "addFilterView": add,
    "updateFilterView": update,
    "deleteFilterView": delete,
    "duplicateFilterView": duplicate,
}

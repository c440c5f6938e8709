"""Charts: added, changed, moved and deleted."""

from __future__ import annotations

from tests.sheets_service import grid, ids
from tests.sheets_service.masked import mask, updated
from tests.sheets_service.model import Book, Json, Sheet, invalid
from tests.sheets_service.work import Handler, Work

_MISSING = "No chart with id: {}"
_MISSING_OBJECT = "No object with id: {}"
_SIZE = {"widthPixels": 600, "heightPixels": 371}


def add(work: Work, given: Json) -> Json:
    """`addChart`, over a grid: a sheet of its own for a chart is not known here."""
    book, chart = work.book, grid.with_sheet_ids(given.get("chart", {}))
    _check(book, chart.get("spec") or {})
    position, sheet = _position(book, chart.get("position") or {})
    chart["position"] = position
    chart["chartId"] = ids.chosen(book, "charts", chart.get("chartId"), "chart")
    sheet.charts.append(chart)
    return {"chart": chart}


def update(work: Work, given: Json) -> None:
    """`updateChartSpec`: the whole specification is new."""
    spec = grid.with_sheet_ids(given.get("spec", {}))
    sheet, place = ids.found(work.book, "charts", given.get("chartId"), _MISSING)
    _check(work.book, spec)
    sheet.charts[place] = {**sheet.charts[place], "spec": spec}


def move(work: Work, given: Json) -> Json:
    """`updateEmbeddedObjectPosition`."""
    book, wanted = work.book, given.get("newPosition") or {}
    sheet, place = ids.found(book, "charts", given.get("objectId"), _MISSING_OBJECT)
    chart = sheet.charts[place]
    if "overlayPosition" in wanted:
        tree = mask(given, "OverlayPosition")
        new = grid.with_sheet_ids(wanted)["overlayPosition"]
        if tree.get("anchorCell"):
            tree = {**tree, "anchorCell": {}}
        overlay = updated(chart["position"]["overlayPosition"], new, tree)
        wanted = {"overlayPosition": overlay}
    position, to = _position(book, wanted)
    chart = {**chart, "position": position}
    if to is sheet:
        sheet.charts[place] = chart
    else:
        del sheet.charts[place]
        to.charts.append(chart)
    return {"position": position}


def border(work: Work, given: Json) -> None:
    """`updateEmbeddedObjectBorder`."""
    tree = mask(given, "EmbeddedObjectBorder")
    sheet, place = ids.found(work.book, "charts", given.get("objectId"), _MISSING_OBJECT)
    chart = sheet.charts[place]
    line = updated(chart.get("border", {}), given.get("border", {}), tree)
    sheet.charts[place] = {**chart, "border": line}


def delete(work: Work, given: Json) -> None:
    """`deleteEmbeddedObject`."""
    sheet, place = ids.found(work.book, "charts", given.get("objectId"), _MISSING_OBJECT)
    del sheet.charts[place]


def _position(book: Book, given: Json) -> tuple[Json, Sheet]:
    """Where a chart lies, filled in as Google does, and on which tab."""
    if given.get("newSheet") or "sheetId" in given:
        raise invalid("This service only puts charts over the grid of a sheet.")
    overlay = given.get("overlayPosition")
    if overlay is None:
        raise invalid("The position of the chart must be set.")
    anchor = overlay.get("anchorCell") or {"sheetId": 0}
    sheet, row, column = grid.coordinate(book, anchor)
    cell = {"sheetId": sheet.id, "rowIndex": row, "columnIndex": column}
    return {"overlayPosition": {**_SIZE, **overlay, "anchorCell": cell}}, sheet


_KINDS = (
    "basicChart",
    "pieChart",
    "bubbleChart",
    "candlestickChart",
    "orgChart",
    "histogramChart",
    "waterfallChart",
    "treemapChart",
    "scorecardChart",
)


def _check(book: Book, spec: Json) -> None:
    """Refuse a specification without a kind of chart, or with data that does not exist."""
    if sum(kind in spec for kind in _KINDS) != 1:
        raise invalid("Exactly one kind of chart must be set in the spec.")

    def checked(area: Json) -> Json:
        grid.box(book, area)
        return area

    grid.through(spec, checked, lambda at: at)


REQUESTS: dict[str, Handler] = {
    "addChart": add,
    "updateChartSpec": update,
    "updateEmbeddedObjectPosition": move,
    "updateEmbeddedObjectBorder": border,
    "deleteEmbeddedObject": delete,
}

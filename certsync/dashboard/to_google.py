"""A Layout as requests for one spreadsheets.batchUpdate; equal layouts give equal requests.

The whole grid is written by one updateCells, so that nobody ever sees the tab empty. Texts link
with `#gid=TAB&range=CELL`, as Google's own editor does; the link stands in the text's only run,
together with the colour, which Google else makes its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from certsync.dashboard.google_chart import DEFAULT_ROW, chart, zeros_hidden
from certsync.dashboard.google_style import (
    Json,
    borders,
    cell_format,
    color,
    column_pixels,
    fill_format,
    formula,
    grid_range,
    highlight_format,
    row_pixels,
    value,
)
from certsync.dashboard.layout import Cell, Layout, Link, Range, Style

PROTECTION = "certsync writes this tab"

_FIELDS = "userEnteredValue,userEnteredFormat,textFormatRuns,note,dataValidation"
_GRID = ("rowCount", "columnCount", "frozenRowCount", "frozenColumnCount", "hideGridlines")
_DEFAULT_COLUMN = 100
_LONG_RUN = 50


@dataclass(frozen=True)
class Target:
    """Where the tab stands or will stand.

    Attributes:
        sheet_id: The id of the tab, chosen by the caller where it is new.
        title: What a new tab will be called; one that stands keeps its name.
        new: Whether the requests have to add the tab.
        gids: The id of each tab of the spreadsheet by its title, for links.
        chart_ids: The charts that stand on the tab now.
        rules: How many conditional formats it has now.
        banded_ranges: The ids of its alternating colours.
        tables: The ids of its tables.
        protected: Whether it already carries the protection named `PROTECTION`.
        place: How many tabs stand before a new one.
    """

    sheet_id: int
    title: str
    new: bool
    gids: Mapping[str, int]
    chart_ids: tuple[int, ...] = ()
    rules: int = 0
    banded_ranges: tuple[int, ...] = ()
    tables: tuple[str, ...] = ()
    protected: bool = False
    place: int = 0


def render(layout: Layout, target: Target, chart_ids: Sequence[int]) -> list[Json]:
    """Requests that make the tab show the layout, whatever stood there.

    The tab's place, colour, name and hiding stay as people left them, unless it is new. A formula
    that Google may read in another way is written as its value, and a highlight by such a formula
    is left out; a link to a tab that is not there is plain text.

    Args:
        layout: What the tab shall show.
        target: What stands there now.
        chart_ids: An id for each chart of the layout; they may be those of `target.chart_ids`.
    """
    rows, columns = _size(layout)
    values = {(cell.row, cell.column): cell.value for cell in layout.cells}
    return [
        *([_added(layout, target)] if target.new else _cleared(target)),
        _grid(layout, target, rows, columns),
        *_dimensions(layout, target.sheet_id, rows, columns),
        *_cells(layout, target, rows, columns),
        *_borders(layout, target.sheet_id),
        *_merges(layout, target.sheet_id),
        *_highlights(layout, target.sheet_id),
        *(
            {"addChart": {"chart": chart(layout, spec, target.sheet_id, chart_id, values)}}
            for spec, chart_id in zip(layout.charts, chart_ids, strict=True)
        ),
        *_filter(layout, target.sheet_id),
        *([] if target.protected else [_protection(target.sheet_id)]),
    ]


def _size(layout: Layout) -> tuple[int, int]:
    """Rows and columns of the grid: all that is used, and one empty row below it."""
    bottoms = [cell.row + cell.down - 1 for cell in layout.cells]
    bottoms += [chart.row + chart.rows - 1 for chart in layout.charts]
    rights = [cell.column + cell.across - 1 for cell in layout.cells]
    rows = max((*bottoms, *layout.heights, layout.frozen_rows), default=0)
    return rows + 1, max((*rights, len(layout.widths)), default=1)


def _added(layout: Layout, target: Target) -> Json:
    made = {
        "sheetId": target.sheet_id,
        "title": target.title,
        "index": target.place,
        "tabColorStyle": color(layout.tab_color),
    }
    return {"addSheet": {"properties": made}}


def _cleared(target: Target) -> Iterator[Json]:
    """Remove what would lie over the new content."""
    everything = {"sheetId": target.sheet_id}
    for chart_id in target.chart_ids:
        yield {"deleteEmbeddedObject": {"objectId": chart_id}}
    for index in reversed(range(target.rules)):
        yield {"deleteConditionalFormatRule": {"sheetId": target.sheet_id, "index": index}}
    for banded_id in target.banded_ranges:
        yield {"deleteBanding": {"bandedRangeId": banded_id}}
    for table_id in target.tables:
        yield {"deleteTable": {"tableId": table_id}}
    yield {"clearBasicFilter": everything}
    yield {"unmergeCells": {"range": everything}}


def _grid(layout: Layout, target: Target, rows: int, columns: int) -> Json:
    sizes = (rows, columns, layout.frozen_rows, 0, True)
    properties = {
        "sheetId": target.sheet_id,
        "gridProperties": dict(zip(_GRID, sizes, strict=True)),
    }
    fields = ",".join(f"gridProperties.{name}" for name in _GRID)
    return {"updateSheetProperties": {"properties": properties, "fields": fields}}


def _dimensions(layout: Layout, sheet_id: int, rows: int, columns: int) -> Iterator[Json]:
    """Widths and heights, one request for neighbours of one size; nothing stays hidden."""
    widths = [column_pixels(width) for width in layout.widths]
    widths += [_DEFAULT_COLUMN] * (columns - len(widths))
    heights = (layout.heights.get(row) for row in range(1, rows + 1))
    tall = [DEFAULT_ROW if height is None else row_pixels(height) for height in heights]
    for dimension, sizes in (("COLUMNS", widths), ("ROWS", tall)):
        start = 0
        for pixels, run in groupby(sizes):
            end = start + len(list(run))
            span = {
                "sheetId": sheet_id,
                "dimension": dimension,
                "startIndex": start,
                "endIndex": end,
            }
            shown = {"pixelSize": pixels, "hiddenByUser": False}
            fields = "pixelSize,hiddenByUser"
            yield {
                "updateDimensionProperties": {"range": span, "properties": shown, "fields": fields}
            }
            start = end


def _filter(layout: Layout, sheet_id: int) -> Iterator[Json]:
    if layout.filter:
        shown = {"range": grid_range(sheet_id, layout.filter)}
        yield {"setBasicFilter": {"filter": shown}}


def _cells(layout: Layout, target: Target, rows: int, columns: int) -> Iterator[Json]:
    """Every cell of the grid; what is not named here is emptied by the same request.

    Cells of one look in a long run down a column are given it by one request of their own: with
    a look in each of them a table of thousands of rows would be too large for Google.
    """
    looks = {name: cell_format(style, layout.font) for name, style in layout.styles.items()}
    fills = {name: fill_format(style) for name, style in layout.styles.items()}
    quiet = zeros_hidden(layout)
    runs = [run for run in _runs(layout) if not quiet & {(cell.row, cell.column) for cell in run}]
    told = {(cell.row, cell.column) for run in runs for cell in run}
    grid: dict[int, dict[int, Json]] = {}
    for cell in layout.cells:
        for row in range(cell.row, cell.row + cell.down):
            line = grid.setdefault(row, {})
            for column in range(cell.column, cell.column + cell.across):
                fill = fills[cell.style]
                line[column] = {"userEnteredFormat": fill} if fill else {}
        style = layout.styles[cell.style]
        look = looks[cell.style]
        if (cell.row, cell.column) in quiet and "numberFormat" in look:
            look = look | {"numberFormat": _without_zero(look["numberFormat"])}
        if (cell.row, cell.column) in told:
            given = value(cell.value)
            grid[cell.row][cell.column] = {"userEnteredValue": given} if given else {}
        else:
            grid[cell.row][cell.column] = _cell(cell, style, look, target)
    lines = []
    for row in range(1, max(grid, default=0) + 1):
        line = grid.get(row, {})
        lines.append({"values": [line.get(at, {}) for at in range(1, max(line, default=0) + 1)]})
    block = grid_range(target.sheet_id, Range(1, 1, rows, columns))
    yield {"updateCells": {"range": block, "rows": lines, "fields": _FIELDS}}
    for run in runs:
        first, last = run[0], run[-1]
        block = grid_range(target.sheet_id, Range(first.row, first.column, last.row, last.column))
        look = {"userEnteredFormat": looks[first.style]}
        yield {"repeatCell": {"range": block, "cell": look, "fields": "userEnteredFormat"}}


def _runs(layout: Layout) -> Iterator[list[Cell]]:
    """Cells of one style that stand under each other, where nothing tells any of them apart."""
    columns: dict[int, list[Cell]] = {}
    for cell in layout.cells:
        plain = cell.across == cell.down == 1 and cell.link is None and cell.formula is None
        bare_date = isinstance(cell.value, date) and layout.styles[cell.style].number is None
        if plain and not bare_date:
            columns.setdefault(cell.column, []).append(cell)
    for column in columns.values():
        for _, run in groupby(enumerate(column), key=lambda at: (at[1].row - at[0], at[1].style)):
            alike = [cell for _, cell in run]
            if len(alike) >= _LONG_RUN:
                yield alike


def _cell(cell: Cell, style: Style, look: Json, target: Target) -> Json:
    """One CellData, with its link where the tab it leads to is there."""
    if isinstance(cell.value, date) and style.number is None:
        look = look | {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}}
    made: Json = {"userEnteredFormat": look}
    calculated = None if cell.formula is None else formula(cell.formula)
    given = value(cell.value) if calculated is None else {"formulaValue": calculated}
    if given is None:
        return made
    made["userEnteredValue"] = given
    gid = _gid(cell.link, target) if cell.link else None
    if cell.link and gid is not None:
        link = {
            "link": {"uri": f"#gid={gid}&range={cell.link.cell}"},
            "foregroundColorStyle": color(style.color),
            "underline": style.underline,
        }
        if "stringValue" in given:
            made["textFormatRuns"] = [{"startIndex": 0, "format": link}]
        else:
            made["userEnteredFormat"] = look | {"textFormat": look["textFormat"] | link}
    return made


def _gid(link: Link, target: Target) -> int | None:
    return target.gids.get(link.tab) if link.tab else target.sheet_id


def _without_zero(number: Json) -> Json:
    pattern = number["pattern"]
    return number if ";" in pattern else number | {"pattern": f"{pattern};-{pattern};;@"}


def _borders(layout: Layout, sheet_id: int) -> Iterator[Json]:
    """One request for a block of neighbours with the same lines, or they would fill the batch.

    Boxes come first: where one stands below a line, the line is seen.
    """
    edged: dict[tuple[bool, int], dict[int, Json]] = {}
    for cell in layout.cells:
        lines = borders(layout.styles[cell.style])
        across = range(cell.column, cell.column + cell.across)
        for row in range(cell.row, cell.row + cell.down) if lines else ():
            edged.setdefault(("top" not in lines, row), {}).update(dict.fromkeys(across, lines))
    blocks: list[tuple[Range, Json]] = []
    above: dict[tuple[bool, int, int, int], int] = {}
    for (boxless, row), line in sorted(edged.items(), key=lambda item: item[0]):
        # The difference of column and position is the same for neighbours.
        places = enumerate(sorted(line))
        for (_, lines), run in groupby(places, key=lambda at: (at[1] - at[0], line[at[1]])):
            columns = [column for _, column in run]
            block, edge = Range(row, columns[0], row, columns[-1]), (columns[0], columns[-1])
            at = above.pop((boxless, row - 1, *edge), None)
            if at is not None and blocks[at][1] == lines:
                blocks[at] = replace(blocks[at][0], bottom=row), lines
            else:
                at = len(blocks)
                blocks.append((block, lines))
            above[boxless, row, *edge] = at
    for block, lines in blocks:
        yield {
            "repeatCell": {
                "range": grid_range(sheet_id, block),
                "cell": {"userEnteredFormat": {"borders": lines}},
                "fields": "userEnteredFormat.borders",
            }
        }


def _merges(layout: Layout, sheet_id: int) -> Iterator[Json]:
    for cell in layout.cells:
        if cell.across > 1 or cell.down > 1:
            block = Range(
                cell.row, cell.column, cell.row + cell.down - 1, cell.column + cell.across - 1
            )
            merge = {"range": grid_range(sheet_id, block), "mergeType": "MERGE_ALL"}
            yield {"mergeCells": merge}


def _highlights(layout: Layout, sheet_id: int) -> Iterator[Json]:
    rules = ((one, formula(one.formula)) for one in layout.highlights)
    told = [(highlight, true) for highlight, true in rules if true is not None]
    for index, (highlight, true) in enumerate(told):
        condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": true}]}
        rule = {
            "ranges": [grid_range(sheet_id, highlight.block)],
            "booleanRule": {
                "condition": condition,
                "format": highlight_format(layout.styles[highlight.style]),
            },
        }
        yield {"addConditionalFormatRule": {"rule": rule, "index": index}}


def _protection(sheet_id: int) -> Json:
    """A warning before anybody edits the tab; it keeps nobody out."""
    protected = {
        "range": {"sheetId": sheet_id},
        "description": PROTECTION,
        "warningOnly": True,
    }
    return {"addProtectedRange": {"protectedRange": protected}}

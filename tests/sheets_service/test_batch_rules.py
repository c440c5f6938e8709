"""Conditional formats, banding, charts and tables."""

from __future__ import annotations

from typing import Any

from tests.sheets_service.batch_testing import (
    apply,
    area,
    book,
    delete,
    insert,
    move,
    refused,
    values,
)
from tests.sheets_service.model import Book, Json


def rule(of: Book, kind: str) -> Json:
    """A conditional format of A1:A3."""
    shown = {"condition": {"type": kind}, "format": {"textFormat": {"bold": True}}}
    return {"ranges": [area(of, "A!A1:A3")], "booleanRule": shown}


def kinds(of: Book) -> list[str]:
    """The conditions of the first tab's rules, in order."""
    return [r["booleanRule"]["condition"]["type"] for r in of.sheets[0].conditional_formats]


def test_the_order_of_rules() -> None:
    """Rules are put in, replaced, moved and deleted at an index; the others move on."""
    made = book([])
    for kind, index in (("BLANK", 0), ("NOT_BLANK", 0), ("DATE_IS_VALID", 1)):
        apply(made, {"addConditionalFormatRule": {"rule": rule(made, kind), "index": index}})
    assert kinds(made) == ["NOT_BLANK", "DATE_IS_VALID", "BLANK"]
    [reply] = apply(
        made, {"updateConditionalFormatRule": {"sheetId": 0, "index": 0, "newIndex": 2}}
    )
    assert kinds(made) == ["DATE_IS_VALID", "BLANK", "NOT_BLANK"]
    assert reply["updateConditionalFormatRule"]["newIndex"] == 2
    new = {"rule": rule(made, "TEXT_IS_EMAIL"), "index": 1}
    [reply] = apply(made, {"updateConditionalFormatRule": new})
    old = reply["updateConditionalFormatRule"]["oldRule"]["booleanRule"]["condition"]["type"]
    assert (old, kinds(made)) == ("BLANK", ["DATE_IS_VALID", "TEXT_IS_EMAIL", "NOT_BLANK"])
    apply(made, {"deleteConditionalFormatRule": {"sheetId": 0, "index": 0}})
    assert kinds(made) == ["TEXT_IS_EMAIL", "NOT_BLANK"]


def test_rules_that_are_refused() -> None:
    """A rule needs ranges, one kind, and an index that there is."""
    made = book([])
    gone = {"deleteConditionalFormatRule": {"sheetId": 0, "index": 0}}
    assert "No conditional format on sheet: 0 at index: 0" in refused(made, gone)
    ranges: list[Json] = []
    for said in ("at least one range", "Exactly one of"):
        wrong: Json = {"rule": {"ranges": ranges}, "index": 0}
        assert said in refused(made, {"addConditionalFormatRule": wrong})
        ranges = [area(made, "A!A1")]


def banding(of: Book, text: str, **more: Any) -> Json:
    """A banded range with white and grey rows."""
    colours = {"firstBandColor": {"red": 1}, "secondBandColor": {"red": 0.9}}
    return {"range": area(of, text), "rowProperties": colours, **more}


def test_banding() -> None:
    """Banded ranges have ids of the client's choice, and do not overlap."""
    made = book([])
    add = {"addBanding": {"bandedRange": banding(made, "A!A1:B4", bandedRangeId=3)}}
    [reply] = apply(made, add)
    assert reply["addBanding"]["bandedRange"]["bandedRangeId"] == 3
    other = {"addBanding": {"bandedRange": banding(made, "A!B4:C9")}}
    assert refused(made, other) == (
        "Invalid requests[0].addBanding: You cannot add alternating background colors to a "
        "range that already has alternating background colors."
    )
    new = {"bandedRangeId": 3, "range": area(made, "A!A1:B9")}
    apply(made, {"updateBanding": {"bandedRange": new, "fields": "range"}})
    assert made.sheets[0].banded_ranges == [banding(made, "A!A1:B9", bandedRangeId=3)]
    apply(made, {"deleteBanding": {"bandedRangeId": 3}})
    assert made.sheets[0].banded_ranges == []


def chart(**more: Any) -> Json:
    """A chart of two columns, placed at the first cell; ids of tab 0 are left out."""
    sides = {"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}
    domain = {"domain": {"sourceRange": {"sources": [sides]}}}
    spec = {"title": "Status", "basicChart": {"chartType": "BAR", "domains": [domain]}}
    anchor = {"rowIndex": 0, "columnIndex": 0}
    return {"spec": spec, "position": {"overlayPosition": {"anchorCell": anchor}}, **more}


def test_a_chart() -> None:
    """Id, sources and place are kept with the tab's id; the size is Google's where none is set."""
    made = book([], [])
    [reply] = apply(made, {"addChart": {"chart": chart(chartId=12)}})
    added = reply["addChart"]["chart"]
    overlay = added["position"]["overlayPosition"]
    assert (added["chartId"], overlay["widthPixels"], overlay["heightPixels"]) == (12, 600, 371)
    [domain] = added["spec"]["basicChart"]["domains"]
    assert domain["domain"]["sourceRange"]["sources"][0]["sheetId"] == 0
    assert "already exists" in refused(made, {"addChart": {"chart": chart(chartId=12)}})
    spec = {"title": "New", "pieChart": {}}
    apply(made, {"updateChartSpec": {"chartId": 12, "spec": spec}})
    assert made.sheets[0].charts[0]["spec"] == spec
    to = {"overlayPosition": {"anchorCell": {"sheetId": 1, "rowIndex": 2}, "widthPixels": 9}}
    body = {"objectId": 12, "newPosition": to, "fields": "anchorCell"}
    [reply] = apply(made, {"updateEmbeddedObjectPosition": body})
    moved = reply["updateEmbeddedObjectPosition"]["position"]["overlayPosition"]
    anchor = {"sheetId": 1, "rowIndex": 2, "columnIndex": 0}
    assert (moved["anchorCell"], moved["widthPixels"]) == (anchor, 600)
    assert (made.sheets[0].charts, made.sheets[1].charts[0]["chartId"]) == ([], 12)
    apply(made, {"deleteEmbeddedObject": {"objectId": 12}})
    assert made.sheets[1].charts == []


def test_charts_that_are_refused() -> None:
    """A chart needs one kind, a place within the grid, and sources that there are."""
    made = book([])
    far = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 10}}}
    assert "rowIndex[10] is after last row in grid[9]" in refused(
        made, {"addChart": {"chart": chart(position=far)}}
    )
    assert "one kind" in refused(made, {"addChart": {"chart": chart(spec={"title": "x"})}})
    assert "No chart with id: 1" in refused(made, {"updateChartSpec": {"chartId": 1, "spec": {}}})


def columns(of: Book) -> list[tuple[str, str | None]]:
    """Names and types of the columns of the first table."""
    [table] = of.sheets[0].tables
    found: list[Json] = table["columnProperties"]
    assert [c.get("columnIndex", 0) for c in found] == list(range(len(found)))
    return [(c["columnName"], c.get("columnType")) for c in found]


def people() -> Book:
    """A table with two columns in B1:C3."""
    made = book([[None, "Name", None], [None, "Ada", 1], [None, "Bob", 2]])
    typed = [{"columnIndex": 1, "columnName": "Age", "columnType": "DOUBLE"}]
    table = {"name": "people", "range": area(made, "A!B1:C3"), "columnProperties": typed}
    apply(made, {"addTable": {"table": table}})
    return made


def test_a_type_of_a_tables_column_decides_its_format() -> None:
    """Number formats and validation of its records are refused; those beside it are not."""
    made = people()
    whole = {"userEnteredFormat": {"numberFormat": {"type": "NUMBER", "pattern": "0"}}}
    mask = "userEnteredFormat.numberFormat"

    def formatted(where: str) -> Json:
        return {"repeatCell": {"range": area(made, where), "cell": whole, "fields": mask}}

    def validated(where: str) -> Json:
        return {"setDataValidation": {"range": area(made, where)}}

    for where in ("A!C2", "A!B3:C9", "A!A:F"):
        assert "typed columns" in refused(made, formatted(where))
        assert "typed columns" in refused(made, validated(where))
    for where in ("A!B2:B3", "A!C1", "A!C4:D9"):
        apply(made, formatted(where), validated(where))


def test_the_columns_of_a_table() -> None:
    """A column is named by the request, which its header then shows, else by its header."""
    made = people()
    assert columns(made) == [("Name", None), ("Age", "DOUBLE")]
    assert values(made.sheets[0])[0] == [None, "Name", "Age"]


def test_columns_that_come_and_go() -> None:
    """A column put into a table widens it, one deleted narrows it, moved ones stay themselves."""
    made = people()
    apply(made, insert(2, 3, "COLUMNS"))
    assert columns(made) == [("Name", None), ("Column 1", "TEXT"), ("Age", "DOUBLE")]
    apply(made, move(1, 2, 4, "COLUMNS"))
    assert columns(made) == [("Column 1", "TEXT"), ("Age", "DOUBLE"), ("Name", None)]
    apply(made, delete(2, 3, "COLUMNS"))
    assert columns(made) == [("Column 1", "TEXT"), ("Name", None)]
    assert made.sheets[0].tables[0]["range"] == area(made, "A!B1:C3")


def test_a_table_that_grows() -> None:
    """A new range keeps the columns' properties; appended rows push down what is below."""
    made = people()
    id = made.sheets[0].tables[0]["tableId"]
    new = {"tableId": id, "range": area(made, "A!A1:D3")}
    apply(made, {"updateTable": {"table": new, "fields": "range"}})
    assert columns(made)[1:3] == [("Name", None), ("Age", "DOUBLE")]
    row = {"values": [{}, {"userEnteredValue": {"stringValue": "Eve"}}]}
    body = {"tableId": id, "rows": [row], "fields": "userEnteredValue"}
    apply(made, {"appendCells": body})
    assert values(made.sheets[0])[3] == [None, "Eve", None]
    assert made.sheets[0].tables[0]["range"] == area(made, "A!A1:D4")


def test_tables_that_are_refused() -> None:
    """Tables neither overlap nor share a name; a deleted one takes its cells along."""
    made = people()
    over = {"addTable": {"table": {"name": "other", "range": area(made, "A!C3:D5")}}}
    assert "overlap" in refused(made, over)
    same = {"addTable": {"table": {"name": "people", "range": area(made, "A!B8:C9")}}}
    assert 'the name "people" already exists' in refused(made, same)
    apply(made, {"deleteTable": {"tableId": made.sheets[0].tables[0]["tableId"]}})
    assert (values(made.sheets[0]), made.sheets[0].tables) == ([], [])

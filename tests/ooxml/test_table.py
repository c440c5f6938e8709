"""Excel tables that grow by our columns and stay in everything else."""

from __future__ import annotations

import pytest

from certsync.ooxml import xml
from certsync.ooxml.table import grow, grow_query, head, next_field
from certsync.sheets.snapshot import Area
from tests.ooxml.handmade import table

SORTED = (
    '<sortState ref="A5:C9"><sortCondition ref="B5:B9"/></sortState>'
    '<extLst><ext uri="{x}"><x14:table altText="People"/></ext></extLst>'
)
PLAIN = table("A4:C9", "ID", "Name", "Expires", inside=SORTED).encode()


def test_a_table_grows_by_columns_at_its_right_edge() -> None:
    """Its ref, its filter, its count and its columns grow; sorting, style and the rest stay."""
    grown = grow(PLAIN, ["Status", "Days to Expiry"])
    assert grown.part == (
        PLAIN.replace(b'ref="A4:C9"', b'ref="A4:E9"')
        .replace(b'count="3"', b'count="5"')
        .replace(
            b"</tableColumns>",
            b'<tableColumn id="4" name="Status"/><tableColumn id="5" name="Days to Expiry"/>'
            b"</tableColumns>",
        )
    )
    assert grown.names == ("Status", "Days to Expiry")
    assert grown.ids == (4, 5)


def test_names_are_unique_in_the_table() -> None:
    """A table may not have two columns of a name, whatever their case."""
    assert grow(PLAIN, ["NAME", "Name", "Id"]).names == ("NAME 2", "Name 3", "Id 2")


def test_ids_follow_the_largest() -> None:
    """A new column takes a number no column has had, not the count."""
    part = PLAIN.replace(b'id="2" name="Name"', b'id="17" name="Name"')
    assert grow(part, ["Status"]).ids == (18,)


def test_a_name_with_marks_and_breaks_is_written_as_excel_does() -> None:
    """Markup in a header is escaped, and a line break is written as Excel writes it."""
    assert b'name="A &lt;&amp;&quot; B_x000a_C"' in grow(PLAIN, ['A <&" B\nC']).part


def test_the_totals_row_is_told_apart() -> None:
    """The table's place tells headers and totals, so that data rows are known."""
    part = table("B2:D9", "A", "B", "C", attributes=' totalsRowCount="1"').encode()
    place = head(part)
    assert place is not None
    assert (place.area, place.headers, place.totals) == (Area(2, 2, 9, 4), 1, 1)
    assert b'totalsRowCount="1"' in grow(part, ["Status"]).part


def test_a_prefix_is_kept() -> None:
    """In a part whose elements carry a prefix, new columns carry it too."""
    part = PLAIN.decode()
    for name in ("table ", "autoFilter", "tableColumns", "tableColumn "):
        part = part.replace(f"<{name}", f"<x:{name}").replace(f"</{name}>", f"</x:{name}>")
    part = part.replace("</table>", "</x:table>")
    assert (
        b'<x:tableColumn id="4" name="Status"/></x:tableColumns>'
        in grow(part.encode(), ["Status"]).part
    )


def test_a_table_that_a_query_fills_tells_its_query() -> None:
    """A column that no query fills is named in both parts, or Excel repairs the file."""
    part = table("A1:B9", "ID", "Name", attributes=' tableType="queryTable"').encode()
    query = (
        b'<queryTable xmlns="m" name="q" connectionId="1"><queryTableRefresh nextId="3">'
        b'<queryTableFields count="2"><queryTableField id="1" name="ID" tableColumnId="1"/>'
        b'<queryTableField id="2" name="Name" tableColumnId="2"/></queryTableFields>'
        b"</queryTableRefresh></queryTable>"
    )
    grown = grow(part, ["Status"], first_field=next_field(query))
    assert b'<tableColumn id="3" name="Status" uniqueName="3" queryTableFieldId="3"/>' in grown.part
    assert grow_query(query, grown.ids) == query.replace(
        b'nextId="3"', b'nextId="4" unboundColumnsRight="1"'
    ).replace(b'count="2"', b'count="3"').replace(
        b"</queryTableFields>",
        b'<queryTableField id="3" dataBound="0" tableColumnId="3"/></queryTableFields>',
    )


def test_a_table_at_the_edge_of_the_sheet_cannot_grow() -> None:
    """There is no column behind XFD."""
    with pytest.raises(xml.XmlError, match="no table that can grow"):
        grow(table("XFC1:XFD9", "A", "B").encode(), ["Status"])

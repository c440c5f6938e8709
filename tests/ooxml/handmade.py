"""Workbooks written by hand, so that a test decides over every byte of a worksheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

from certsync.ooxml.cells import serial
from certsync.sheets.snapshot import (
    UNCALCULATED,
    CellError,
    Snapshot,
    TabSnapshot,
    Value,
    cell_ref,
)
from tests.ooxml.agency import packed

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
GENERAL, HEADER, DATE, PADDED, LINK, TEXT, MONEY = range(7)
"""The cell formats of every workbook made here."""

STYLES = f"""{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts count="3">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="0000"/>
<numFmt numFmtId="166" formatCode="#,##0.00"/></numFmts>
<fonts count="3"><font><sz val="11"/><name val="Calibri"/></font>
<font><b/><sz val="11"/><name val="Calibri"/></font>
<font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="Calibri"/></font></fonts>
<fills count="3"><fill><patternFill patternType="none"/></fill>
<fill><patternFill patternType="gray125"/></fill>
<fill><patternFill patternType="solid"><fgColor rgb="FFDDEEFF"/></patternFill></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


def worksheet(rows: str, *, before: str = "", after: str = "") -> str:
    """A worksheet part around the content of its `sheetData`."""
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}">'
        f"{before}<sheetData>{rows}</sheetData>{after}</worksheet>"
    )


def book(
    sheets: Mapping[str, str | bytes],
    *,
    epoch_1904: bool = False,
    tables: Mapping[str, Sequence[str]] | None = None,
    hidden: Sequence[str] = (),
    strings: Sequence[str] = (),
    workbook: str = "",
    extra: Mapping[str, bytes] | None = None,
) -> bytes:
    """A workbook of these worksheet parts by tab name.

    Args:
        sheets: Tab name -> the whole part.
        epoch_1904: Dates count from 1904.
        tables: Tab name -> its table parts.
        hidden: Tabs that are hidden.
        strings: Shared strings; they are escaped here.
        workbook: What stands in workbook.xml behind the sheets.
        extra: More members of the archive, or others than those made here.
    """
    parts: dict[str, bytes] = {}
    types, links, listed = [], [], []
    number = 0
    for index, (name, content) in enumerate(sheets.items(), start=1):
        part = f"xl/worksheets/sheet{index}.xml"
        parts[part] = content if isinstance(content, bytes) else content.encode()
        types.append((part, "worksheet"))
        links.append((f"rId{index}", "worksheet", part.removeprefix("xl/")))
        state = ' state="hidden"' if name in hidden else ""
        listed.append(f'<sheet name="{escape(name)}" sheetId="{index}"{state} r:id="rId{index}"/>')
        table_links = []
        for content_of_table in (tables or {}).get(name, ()):
            number += 1
            table = f"xl/tables/table{number}.xml"
            parts[table] = content_of_table.encode()
            types.append((table, "table"))
            table_links.append((f"rId{number}", "table", f"../tables/table{number}.xml"))
        if table_links:
            parts[f"xl/worksheets/_rels/sheet{index}.xml.rels"] = _rels(table_links)
    for part, kind in (("styles", "styles"), ("sharedStrings", "sharedStrings")):
        types.append((f"xl/{part}.xml", kind))
        links.append((f"rId{len(links) + 1}", kind, f"{part}.xml"))
    parts["xl/styles.xml"] = STYLES.encode()
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    parts["xl/sharedStrings.xml"] = f'{DECLARATION}<sst xmlns="{MAIN}">{shared}</sst>'.encode()
    dates = ' date1904="1"' if epoch_1904 else ""
    parts["xl/workbook.xml"] = (
        f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}"><workbookPr{dates}/>'
        f"<sheets>{''.join(listed)}</sheets>{workbook}</workbook>"
    ).encode()
    parts["xl/_rels/workbook.xml.rels"] = _rels(links)
    parts["_rels/.rels"] = _rels([("rId1", "officeDocument", "xl/workbook.xml")])
    parts["[Content_Types].xml"] = _types(types)
    return packed(dict(sorted((parts | dict(extra or {})).items())))


def table(
    ref: str, *columns: str, name: str = "Certs", attributes: str = "", inside: str = ""
) -> str:
    """A table part; `inside` stands behind its columns."""
    listed = "".join(
        f'<tableColumn id="{i}" name="{escape(c)}"/>' for i, c in enumerate(columns, start=1)
    )
    return (
        f'{DECLARATION}<table xmlns="{MAIN}" id="1" name="{name}" displayName="{name}" ref="{ref}"'
        f'{attributes}><autoFilter ref="{ref}"/>'
        f'<tableColumns count="{len(columns)}">{listed}</tableColumns>'
        f'<tableStyleInfo name="TableStyleMedium2" showRowStripes="1"/>{inside}</table>'
    )


def rows(cells: Sequence[Sequence[Value]], *, top: int = 1, left: int = 1) -> str:
    """The content of a `sheetData` with these values from (`top`, `left`) on."""
    written = []
    for row, values in enumerate(cells, start=top):
        inner = "".join(
            cell(cell_ref(row, column), value)
            for column, value in enumerate(values, start=left)
            if value is not None
        )
        written.append(f'<row r="{row}">{inner}</row>')
    return "".join(written)


def cell(ref: str, value: Value) -> str:
    """One cell as Excel would store it, its text inline."""
    if isinstance(value, bool):
        return f'<c r="{ref}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, date):
        return f'<c r="{ref}" s="{DATE}"><v>{serial(value)}</v></c>'
    if isinstance(value, CellError):
        return f'<c r="{ref}" t="e"><v>{value.code}</v></c>'
    if value is UNCALCULATED:
        return f'<c r="{ref}"><f>1+1</f></c>'
    if isinstance(value, str):
        text = f'<is><t xml:space="preserve">{escape(value)}</t></is>'
        return f'<c r="{ref}" t="inlineStr">{text}</c>'
    return f'<c r="{ref}"><v>{value}</v></c>'


def stored(workbook: Snapshot) -> bytes:
    """An .xlsx file that holds a snapshot: values, formulas, tables, frozen rows, states."""
    sheets, tables = {}, {}
    for tab in workbook.tabs:
        content = rows(tab.rows, top=tab.top, left=tab.left)
        for column, numbers in tab.formulas.items():
            for row in numbers:
                old = cell(cell_ref(row, column), tab.value(row, column))
                new = old.replace("<v>", "<f>1+1</f><v>", 1)
                content = content.replace(old, new, 1)
        pane = f'<pane ySplit="{tab.frozen_rows}" state="frozen"/>' if tab.frozen_rows else ""
        view = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        sheets[tab.name] = worksheet(content, before=view)
        tables[tab.name] = [_table_of(tab, i) for i in range(len(tab.tables))]
    hidden = [tab.name for tab in workbook.tabs if not tab.visible]
    return book(sheets, tables=tables, hidden=hidden, epoch_1904=workbook.epoch_1904)


def _table_of(tab: TabSnapshot, index: int) -> str:
    place = tab.tables[index]
    headers = [str(tab.value(place.top, c)) for c in range(place.left, place.right + 1)]
    ref = f"{cell_ref(place.top, place.left)}:{cell_ref(place.bottom, place.right)}"
    return table(ref, *headers, name=place.name)


def _rels(links: Sequence[tuple[str, str, str]]) -> bytes:
    inner = "".join(
        f'<Relationship Id="{id}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>'
        for id, kind, target in links
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{DECLARATION}<Relationships xmlns="{namespace}">{inner}</Relationships>'.encode()


def _types(parts: Sequence[tuple[str, str]]) -> bytes:
    prefix = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{prefix}{kind}+xml"/>'
        for part, kind in (("xl/workbook.xml", "sheet.main"), *parts)
    )
    return (
        f'{DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    ).encode()

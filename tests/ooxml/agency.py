"""A workbook as people have it, and hands that change it as people and programs do."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from functools import cache

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.workbook.defined_name import DefinedName

from certsync.ooxml.package import RELATIONSHIPS, Package

TABS = ("Team Members", "Certifications", "Lists")
CALC_CHAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@cache
def agency(*titles: str, active: int = 1, chart_sheet: bool = False) -> bytes:
    """Tabs with rows, formulas, print titles and names; the second is in front."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.created = book.properties.modified = datetime(2026, 11, 23)
    for title in titles or TABS:
        sheet = book.create_sheet(title)
        sheet.append(["Name", "Certification", "Expires"])
        sheet.append(["Ada", "CKA", datetime(2027, 1, 31)])
        sheet["D2"] = "=C2-TODAY()"
        sheet.print_title_rows = "1:1"
        sheet.defined_names["local"] = DefinedName("local", attr_text=f"'{title}'!$A$2")
    if chart_sheet:
        chart = BarChart()
        chart.add_data(Reference(book.worksheets[0], min_col=3, min_row=1, max_row=2))
        book.create_chartsheet("Chart").add_chart(chart)
    book.defined_names["people"] = DefinedName("people", attr_text="'Team Members'!$A$2:$A$9")
    book.active = min(active, len(book.sheetnames) - 1)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    """Every member of an archive by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Mapping[str, bytes]) -> bytes:
    """An archive of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return stream.getvalue()


def edited(data: bytes, part: str, *changes: tuple[str, str]) -> bytes:
    """The workbook after (pattern, replacement) changes in one part; each must take effect."""
    members = parts(data)
    text = members[part].decode()
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, count=1, flags=re.DOTALL)
        assert count, f"{pattern} is not in {part}: {text[:2000]}"
    members[part] = text.encode()
    return packed(members)


def with_calc_chain(data: bytes, *entries: str) -> bytes:
    """The workbook with a calculation chain of these `<c .../>` entries."""
    package = Package.open(data)
    chain = f'<calcChain xmlns="{MAIN}">{"".join(entries)}</calcChain>'
    package.put("xl/calcChain.xml", chain.encode(), CALC_CHAIN)
    package.relate(package.workbook_part(), f"{RELATIONSHIPS}/calcChain", "xl/calcChain.xml")
    return package.to_bytes()

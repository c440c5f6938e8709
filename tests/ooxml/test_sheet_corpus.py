"""Worksheets of hard public workbooks: a column put in and taken out leaves no trace."""

from __future__ import annotations

from certsync.errors import WorkbookRefused
from certsync.ooxml.package import Package
from certsync.ooxml.sheet import patch
from certsync.ooxml.workbook import sheets
from tests.ooxml.corpus import corpus_files
from tests.ooxml.test_sheet_properties import columns_of, without_column, without_hints

FREE_COLUMN = 16_380


def test_a_column_leaves_no_trace_in_hard_worksheets() -> None:
    """Every worksheet of the corpus is, without our cells and hints, the bytes it was."""
    checked = 0
    for path in corpus_files():
        try:
            package = Package.open(path.read_bytes(), name=path.name)
            listed = sheets(package)
        except WorkbookRefused:
            continue
        for sheet in listed:
            if sheet.kind != "worksheet" or not sheet.part:
                continue
            before = package.xml(sheet.part)
            wanted = {FREE_COLUMN: dict.fromkeys((1, 2, 3, 40, 5000), "Active")}
            result = patch(before, columns_of(wanted))
            assert result.part.count(b"<t>Active</t>") + result.part.count(b":t>Active</") == 5
            after = without_column(result.part, FREE_COLUMN, before)
            assert after == without_hints(before), f"{path.name} {sheet.name}"
            assert patch(result.part, columns_of(wanted)).part == result.part
            checked += 1
    assert checked > 200

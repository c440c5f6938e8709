"""Hard public workbooks through the whole store: read, three columns on every tab, read again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from certsync.errors import WorkbookRefused
from certsync.ooxml.package import Package, members_changed
from certsync.ooxml.workbook import sheets
from certsync.sheets.edits import ColumnEdit, Plan
from certsync.sheets.snapshot import Snapshot
from certsync.stores.base import Written
from tests.conftest import Validator
from tests.ooxml.corpus import corpus_files
from tests.stores.world import store

ALLOWED = re.compile(r"xl/(worksheets/|tables/|queryTables/|styles|workbook)|stylesheet|workbook")


def three_columns(snapshot: Snapshot, worksheets: set[str]) -> Plan:
    """Text, numbers and dates behind the last column of every worksheet, in its table if any."""
    columns = []
    for tab in snapshot.tabs:
        if tab.name not in worksheets:
            continue
        first = max(tab.top, 1) + 1
        rows = tuple(range(first, max(tab.bottom, first) + 3))
        beside = [t.name for t in tab.tables if t.right == tab.right]
        edit = ColumnEdit(
            tab=tab.name,
            column=tab.right + 1,
            kind="text",
            rows=rows,
            values=tuple(("Expired", "Active", "a <b> & c")[i % 3] for i in range(len(rows))),
            header_row=first - 1,
            first_row=first,
            last_row=rows[-1],
            like=max(tab.left, 1),
            header="Status",
            table=beside[0] if beside else None,
            highlight="status",
        )
        days = tuple(range(-1, len(rows) - 1))
        dates = (date(2026, 11, 23),) * len(rows)
        columns += [
            edit,
            replace(
                edit,
                column=edit.column + 1,
                kind="whole",
                values=days,
                header="Days",
                highlight="days",
            ),
            replace(
                edit,
                column=edit.column + 2,
                kind="date",
                values=dates,
                header="Next",
                highlight="days",
            ),
        ]
    return Plan(tuple(columns))


def written(folder: Path) -> Iterator[tuple[str, bytes, bytes]]:
    """Name, bytes before and after for each workbook that opens; cells are checked here."""
    path = folder / "book.xlsx"
    for source in corpus_files():
        before = source.read_bytes()
        path.write_bytes(before)
        one = store(path, keep=0)
        try:
            snapshot = one.read()
        except WorkbookRefused:
            continue
        listed = sheets(Package.open(before))
        plan = three_columns(snapshot, {s.name for s in listed if s.kind == "worksheet" and s.part})
        count = one.apply(plan, snapshot.revision).cells
        after = one.read()
        wrong = [
            (edit.tab, row, edit.column)
            for edit in plan.columns
            for row, value in zip(edit.rows, edit.values, strict=True)
            if after.tab(edit.tab).value(row, edit.column) != value
        ]
        assert len(wrong) == plan.cell_count - count, f"{source.name}: {wrong}"
        again = Plan(tuple(replace(edit, header=None) for edit in plan.columns))
        assert one.apply(again, after.revision) == Written(), source.name
        yield source.name, before, path.read_bytes()


def test_only_our_parts_change(tmp_path: Path) -> None:
    """Worksheets, tables, formats and workbook.xml may change; every other member stays packed."""
    checked = 0
    for name, before, after in written(tmp_path):
        changed = members_changed(before, after)
        assert not [part for part in changed if not ALLOWED.match(part)], name
        checked += 1
    assert checked > 110


@pytest.mark.campaign
def test_the_validator_finds_nothing_new(tmp_path: Path, validator: Validator) -> None:
    """No hard workbook has an error after our columns that it did not have before."""
    found = {name: validator.new_errors(before, after) for name, before, after in written(tmp_path)}
    assert {name: errors for name, errors in found.items() if errors} == {}

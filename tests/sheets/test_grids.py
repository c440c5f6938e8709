"""Whatever stands in a workbook: nothing crashes, and no row is skipped in silence."""

from __future__ import annotations

import random
import time
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.sheets.cells import blank
from certsync.sheets.checks import check
from certsync.sheets.findings import CODES, Finding
from certsync.sheets.read import ReadOptions, read
from certsync.sheets.schema import CERTIFICATIONS, SCHEMA, TEAM_MEMBERS, TabSpec
from certsync.sheets.snapshot import (
    UNCALCULATED,
    CellError,
    Snapshot,
    TabSnapshot,
    Value,
    cell_ref,
)
from certsync.sheets.tables import Tables

TODAY = date(2026, 3, 16)
IDS = ["E1", "E2", "007", "7", 7.0, "e1"]
NAMES = ["Ann Lee", "ann lee", "Anne Lee", "Bob Fox", "Bob Fox ", "\u0930\u093e\u092e"]
CERTS = ["CKA", "c.k.a.", "CKS", "AWS*"]
DATES = [
    date(2025, 1, 1), date(2026, 3, 16), datetime(2027, 1, 1, 9), 46085.0, "2026-03-04",
    "03/04/2026", "31/02/2026", "1/1/26", "never", "46085",
]  # fmt: skip
likely: dict[str, st.SearchStrategy[Value]] = {
    "id": st.sampled_from(IDS),
    "text": st.sampled_from([*NAMES, *CERTS, "Total"]),
    "email": st.sampled_from(["ann@acme.com", "ann", "a@b.co; c@d.co"]),
    "url": st.sampled_from(["https://x.io/1", "javascript:x"]),
    "date": st.sampled_from(DATES),
    "expiry": st.sampled_from(DATES),
    "whole": st.sampled_from([1, 2.0, 0, -1, 2.5, "3", "many"]),
    "money": st.sampled_from([1.5, "$1,200", "1.200"]),
    "choice": st.sampled_from(["Active", "Departed", "Verified", "Rejected", "no", "People", "?"]),
    "yesno": st.sampled_from([True, False, "yes", "maybe"]),
}
anything: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.just(""),
    st.just(CellError("#N/A")),
    st.just(UNCALCULATED),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.timedeltas(),
    st.text(max_size=6),
)


@st.composite
def tabs(draw: st.DrawFn, spec: TabSpec) -> TabSnapshot:
    """A tab with all required columns and some others, in any order, anywhere in the sheet."""
    required = {c.key for c in spec.columns if c.required} | {g[-1] for g in spec.any_of}
    optional = [c for c in spec.columns if c.key not in required]
    columns = [c for c in spec.columns if c.key in required]
    columns += draw(st.lists(st.sampled_from(optional), unique=True)) if optional else []
    columns = draw(st.permutations(columns))
    rows: list[list[Value]] = [[column.header for column in columns]]
    for _ in range(draw(st.integers(0, 6))):
        rows.append([draw(st.one_of(likely[c.kind], likely[c.kind], anything)) for c in columns])
    for place in draw(st.lists(st.integers(0, len(rows)), max_size=2)):
        rows.insert(place, [None] * len(columns))
    return TabSnapshot(spec.title, rows, draw(st.integers(1, 40)), draw(st.integers(1, 800)))


@st.composite
def workbooks(draw: st.DrawFn) -> Snapshot:
    """A workbook with every tab of the schema, or nearly."""
    sheets = [draw(tabs(spec)) for spec in SCHEMA if draw(st.integers(0, 9))]
    return Snapshot("any.xlsx", tuple(sheets), "1", epoch_1904=draw(st.booleans()))


options = st.builds(ReadOptions, st.sampled_from([None, "DMY", "MDY", "YMD"]))


def judged(snapshot: Snapshot, how: ReadOptions) -> tuple[Tables, list[Finding]]:
    """Read and checked."""
    tables, unread = read(snapshot, how)
    tables, wrong = check(tables, TODAY)
    return tables, [*unread, *wrong]


@settings(max_examples=50, deadline=None)
@given(workbooks(), options)
def test_no_row_is_skipped_in_silence(snapshot: Snapshot, how: ReadOptions) -> None:
    """Every row with a value is in its frame, and is ok or has a finding that leaves it out."""
    tables, findings = judged(snapshot, how)
    lost = {f.tab for f in findings if f.excludes and f.row is None}
    excluded = {(f.tab, f.row) for f in findings if f.excludes}
    for sheet in snapshot.tabs:
        table = next((t for t in tables.values() if t.tab == sheet.name), None)
        assert table is not None or sheet.name in lost
        if table is None:
            continue
        offsets = [c - sheet.left for k, c in table.columns.items() if k in table.frame]
        below = list(enumerate(sheet.rows, sheet.top))[table.header_row + 1 - sheet.top :]
        filled = [row for row, cells in below if not all(blank(cells[i]) for i in offsets)]
        first = min(offsets)
        # A total has nothing that only a record has: no name, no certification, no date.
        wordy = [
            table.columns[c.key]
            for c in table.spec.columns
            if c.required and c.key in table.columns and c.kind not in ("whole", "money")
        ]
        label = sheet.left + first
        totals = [
            row
            for row in filled
            if sheet.value(row, label) == "Total"
            and all(blank(sheet.value(row, w)) for w in wordy if w != label)
        ]
        assert list(table.frame["row"]) == [row for row in filled if row not in totals]
        for row, ok in zip(table.frame["row"], table.frame["ok"], strict=True):
            blind = table.spec.key != "team_members" and "Team Members" in lost
            assert ok != ((sheet.name, row) in excluded) or (blind and not ok)


@settings(max_examples=50, deadline=None)
@given(workbooks(), options)
def test_findings_point_at_their_cells(snapshot: Snapshot, how: ReadOptions) -> None:
    """Each finding has a known code, sentences, and the cell of its column in the sheet."""
    tables, findings = judged(snapshot, how)
    for found in findings:
        assert found.code in CODES
        assert found.message[-1] == found.fix[-1] == "."
        table = next((t for t in tables.values() if t.tab == found.tab), None)
        if found.row is None or table is None:
            continue
        assert found.column is not None
        assert found.cell == cell_ref(found.row, table.columns[found.column])
        cell = snapshot.tab(found.tab).value(found.row, table.columns[found.column])
        assert bool(found.value) != blank(cell) or cell is False
        assert found.row in set(table.frame["row"])


@settings(max_examples=40, deadline=None)
@given(workbooks(), options)
def test_rows_that_are_ok_have_what_they_need(snapshot: Snapshot, how: ReadOptions) -> None:
    """A judged member is one person with an ID; a judged record has its person and its dates."""
    tables, _ = judged(snapshot, how)
    frames = {key: table.frame[table.frame["ok"]] for key, table in tables.items()}
    people = frames["team_members"]["employee_id"] if "team_members" in frames else None
    if people is not None:
        assert people.notna().all()
        assert people.is_unique
    for key in {"certifications", "pursuits"} & set(frames):
        frame = frames[key]
        assert frame[["employee_id", "person", "certification"]].notna().all(axis=None)
        if people is not None:
            known = tables["team_members"].frame["employee_id"]
            assert frame["employee_id"].isin(known).all()
    if "certifications" in frames:
        frame = frames["certifications"]
        undated = frame["expiration_date"].isna() & ~frame["does_not_expire"]
        assert frame["date_earned"][undated].isna().all()
        assert not (frame["date_earned"] > str(TODAY)).any()
        assert not (frame["expiration_date"] < frame["date_earned"]).any()


@settings(max_examples=25, deadline=None)
@given(workbooks(), options, st.integers(0, 30), st.integers(0, 30))
def test_moving_a_table_moves_its_addresses(
    snapshot: Snapshot, how: ReadOptions, down: int, right: int
) -> None:
    """The same cells elsewhere give the same frames and findings, with the rows moved."""
    moved = Snapshot(
        snapshot.name,
        tuple(TabSnapshot(t.name, t.rows, t.top + down, t.left + right) for t in snapshot.tabs),
        "1",
        epoch_1904=snapshot.epoch_1904,
    )
    here, there = judged(snapshot, how), judged(moved, how)
    for key, table in here[0].items():
        other = there[0][key]
        assert (other.header_row, other.last_row) == (
            table.header_row + down,
            table.last_row + down,
        )
        assert (other.frame["row"] == table.frame["row"] + down).all()
        changing = ["row", "employee_id", "manager_id"]
        same = table.frame.drop(columns=changing, errors="ignore")
        assert other.frame.drop(columns=changing, errors="ignore").equals(same)
    for one, two in zip(here[1], there[1], strict=True):
        assert (one.code, one.value, one.column, one.tab) == (
            two.code, two.value, two.column, two.tab,
        )  # fmt: skip
        assert (one.row is None) == (two.row is None)
        assert two.row is None or one.row is None or two.row == one.row + down


@settings(max_examples=50, deadline=None)
@given(st.text("0123456789", min_size=1, max_size=8))
def test_ids_keep_their_leading_zeros(digits: str) -> None:
    """An ID typed as text is that text, in Team Members and wherever it is named."""
    members = [["Employee ID", "Full Legal Name", "Email", "Status"], [digits, "A", "", "Active"]]
    records = [["Employee ID", "Certification", "Expires"], [digits, "CKA", "never"]]
    snapshot = Snapshot(
        "x", (TabSnapshot("Team Members", members), TabSnapshot("Certs", records)), "1"
    )
    tables, _ = judged(snapshot, ReadOptions())
    assert list(tables["certifications"].frame["employee_id"]) == [digits]
    assert list(tables["certifications"].frame["ok"]) == [True]


def agency(count: int) -> Snapshot:
    """A workbook of `count` certifications of a tenth as many people, with few errors."""
    chance = random.Random(1)
    people = count // 10
    members: list[list[Value]] = [[c.header for c in TEAM_MEMBERS.columns]]
    for i in range(people):
        name, boss = f"Person {i:05} Lee", f"Person {i // 10:05} Lee"
        hired = date(2019, 1, 1)
        members.append(
            [f"{i:05}", name, f"p{i}@acme.com", "Engineer", "AI", "Chicago", hired, boss, "Active"]
        )
    records: list[list[Value]] = [[c.header for c in CERTIFICATIONS.columns]]
    for i in range(count):
        earned = date(2022, 1, 1) + timedelta(days=chance.randrange(1500))
        expires = earned + timedelta(days=1095)
        records.append(
            [
                f"{i % people:05}", f"Person {i % people:05} Lee", f"Certification {i % 200}",
                "AWS", f"CR-{i}", f"https://verify.example/{i}", earned, expires, "Exam", 30.0,
                float(i % 30), None, "Planned", "Verified", None, None, f"note {i % 50}",
            ]
        )  # fmt: skip
    for i in range(100, count, count // 20):
        records[i][7], records[i + 1][7] = "31/02/2026", None
        records[i + 2][:2] = [None, f"Persn {i % people:05} Lee"]
    sheets = (TabSnapshot("Team Members", members), TabSnapshot("Certifications", records))
    return Snapshot("big.xlsx", sheets, "1")


@pytest.mark.campaign
def test_a_hundred_thousand_records_take_a_moment() -> None:
    """Reading and checking 100,000 records take well under a second each."""
    snapshot = agency(100_000)
    start = time.perf_counter()
    tables, _ = read(snapshot)
    read_at = time.perf_counter()
    tables, findings = check(tables, TODAY)
    checked_at = time.perf_counter()
    assert len(tables["certifications"].frame) == 100_000
    assert {f.code for f in findings} >= {"expiration.missing", "person.unknown"}
    assert read_at - start < 1.0
    assert checked_at - read_at < 0.7


@pytest.mark.parametrize("wrong", ["names", "ids", "one id", "dates", "manager"])
def test_a_tab_that_is_wrong_throughout_takes_a_moment(wrong: str) -> None:
    """Thousands of like mistakes cost thousands of findings, and not millions of comparisons."""
    count = 4_000
    members: list[list[Value]] = [["Employee ID", "Full Legal Name", "Email", "Manager", "Status"]]
    for i in range(count):
        employee = "TBD" if wrong == "one id" else f"E{i}"
        boss = f"Boss {i}" if wrong == "manager" else "E1"
        members.append([employee, f"Person {i}", None, boss, "Active"])
    records: list[list[Value]] = [["Employee ID", "Team Member", "Certification", "Expires"]]
    for i in range(count):
        holder = {"names": [None, f"Nobody {i}"], "ids": [f"X{i}", None], "one id": ["TBD", None]}
        records.append(
            [
                *holder.get(wrong, [f"E{i}", None]),
                "CKA",
                f"day {i}" if wrong == "dates" else "never",
            ]
        )
    sheets = (TabSnapshot("Team Members", members), TabSnapshot("Certs", records))
    start = time.process_time()
    _, findings = judged(Snapshot("x", sheets, "1"), ReadOptions())
    assert len([f for f in findings if f.row and f.severity == "error"]) >= count
    assert max(len(str(f)) for f in findings) < 400
    assert time.process_time() - start < 4

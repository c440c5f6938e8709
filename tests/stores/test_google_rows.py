"""Rows that people moved are found again, and our columns follow them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.stores.google_rows import Column, align, repair

HEADER = ["ID", "Name", "Days", "Status"]
BASE: list[list[Any]] = [
    ["Our people"],
    HEADER,
    ["E1", "Ada", 10, "Active"],
    ["E2", "Bob", 20, "Active"],
    ["E3", "Cyd", 30, "Expired"],
    [],
    ["", "", "", "kept by hand"],
]
STATUS = 3


def put_right(
    now: list[list[Any]],
    planned: dict[int, Any],
    *,
    place: int = STATUS,
    formulas: dict[int, str] | None = None,
    written: set[int] | None = None,
) -> tuple[list[list[Any]], bool]:
    """The tab after the repair of its status column, and whether every row was found unchanged."""
    column = Column(STATUS, place, planned, formulas or {})
    rows = align(BASE, now, 1, {STATUS}, {place})
    found = repair(column, BASE, now, rows, set(planned) if written is None else written)
    after = [[*row] + [""] * (place + 1 - len(row)) for row in now]
    for row, value in found.values.items():
        while len(after) <= row:
            after.append([""] * (place + 1))
        after[row][place] = value
    return after, not (rows.lost or rows.strange)


def written_by_place(rows: list[list[Any]], planned: dict[int, Any]) -> list[list[Any]]:
    """The rows after a write that went to the places of the plan."""
    after = [[*row] + [""] * (4 - len(row)) for row in rows]
    for row, value in planned.items():
        while len(after) <= row:
            after.append([""] * 4)
        after[row][STATUS] = value
    return after


def test_nothing_moved_needs_nothing() -> None:
    """Where every row stands as it stood, the alignment is still."""
    now = written_by_place(BASE, {2: "Expiring Soon"})
    assert align(BASE, now, 1, {STATUS}, {STATUS}).still


def test_sorted_rows_take_their_status_along() -> None:
    """The status planned for a person stands beside that person, wherever the row went."""
    planned = {2: "Expiring Soon", 4: "Renewed"}
    moved: list[list[Any]] = [BASE[0], BASE[1], BASE[4], BASE[2], BASE[3], *BASE[5:]]
    after, whole = put_right(written_by_place(moved, planned), planned)
    assert whole
    assert {row[1]: row[3] for row in after[2:5]} == {
        "Ada": "Expiring Soon",
        "Bob": "Active",
        "Cyd": "Renewed",
    }


def test_a_row_that_a_person_changed_has_no_status() -> None:
    """What was judged is no longer what stands there: the next plan judges it anew."""
    planned = {2: "Expiring Soon"}
    now = written_by_place(BASE, planned)
    now[2][1] = "Ada Lovelace"
    after, whole = put_right(now, planned)
    assert not whole
    assert [row[3] for row in after[2:5]] == ["", "Active", "Expired"]


def test_an_inserted_row_has_no_status() -> None:
    """A new row above others takes none of their statuses."""
    planned = {2: "Expiring Soon", 3: "Expired"}
    moved: list[list[Any]] = [*BASE[:2], ["E9", "Eve", 5], *BASE[2:]]
    after, whole = put_right(written_by_place(moved, planned), planned)
    assert not whole
    assert [row[3] for row in after[2:6]] == ["", "Expiring Soon", "Expired", "Expired"]


def test_what_a_person_wrote_below_the_table_is_given_back() -> None:
    """A note in our column that moved up under the write is restored, and nothing is lost."""
    planned = {4: "Renewed"}
    moved: list[list[Any]] = [*BASE[:2], *BASE[4:]]
    now = written_by_place(moved, planned)
    assert now[4][STATUS] == "Renewed"
    after, _ = put_right(now, planned)
    assert [row[3] for row in after] == ["", "Status", "Renewed", "", "kept by hand"]


def test_a_moved_column_and_a_renamed_header_disturb_nothing() -> None:
    """Rows are known by the columns whose header is still there, wherever these stand."""
    planned = {2: "Expiring Soon"}
    now: list[list[Any]] = [
        ["", "Our people"],
        ["Status", "ID", "New", "Person", "Days"],
        ["Expiring Soon", "E1", "x", "Ada", 10],
        ["Active", "E2", "", "Bob", 20],
        ["Expired", "E3", "", "Cyd", 30],
        [],
        ["kept by hand"],
    ]
    rows = align(BASE, now, 1, {STATUS}, {0})
    assert rows.still
    found = repair(Column(STATUS, 0, planned), BASE, now, rows, set(planned))
    assert found.values == {}


def test_a_formula_that_was_written_over_is_named() -> None:
    """A person's formula that slid under the write is to be put back."""
    planned = {2: "Expiring Soon"}
    moved: list[list[Any]] = [*BASE[:2], BASE[3], BASE[2], *BASE[4:]]
    rows = align(BASE, moved, 1, {STATUS}, {STATUS})
    column = Column(STATUS, STATUS, planned, {3: "=A4"})
    found = repair(column, BASE, written_by_place(moved, planned), rows, {2})
    assert dict(found.formulas) == {2: 3}
    assert dict(found.values) == {3: "Expiring Soon"}


NAMES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), names=NAMES)
def test_any_order_of_any_rows_is_put_right(data: st.DataObject, names: list[str]) -> None:
    """Whatever rows are moved, deleted or inserted, no status stands beside the wrong person."""
    base: list[list[Any]] = [["Who", "Status"], *([name, f"old {name}"] for name in names)]
    chosen = data.draw(st.sets(st.sampled_from(range(1, len(base)))))
    planned = {row: f"new {base[row][0]}" for row in chosen}
    left = data.draw(st.permutations(base[1:]))[: data.draw(st.integers(0, len(names)))]
    new = [[name.upper(), ""] for name in data.draw(st.lists(st.sampled_from("xyz"), unique=True))]
    now: list[list[Any]] = [
        ["Who", "Status"],
        *data.draw(st.permutations([[*row] for row in [*left, *new]])),
    ]
    for row, value in planned.items():
        while len(now) <= row:
            now.append(["", ""])
        now[row][1] = value
    rows = align(base, now, 0, {1}, {1})
    found = repair(Column(1, 1, planned), base, now, rows, planned.keys())
    for row, status in found.values.items():
        now[row][1] = status
    told = {base[row][0]: text for row, text in planned.items()}
    for who, status in now[1:]:
        assert status == (told.get(who, f"old {who}") if who in names else "")

"""Several people edit while certsync runs: none of their cells is lost, no status goes astray."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from certsync import engine, judging
from certsync.compute.policy import Policy
from certsync.errors import CertsyncError
from certsync.sheets.read import ReadOptions
from tests.fakes import tab, workbook
from tests.sheets_service.front import Call
from tests.sheets_service.load import from_snapshot
from tests.sheets_service.model import Book, Cell, GoogleError, Sheet
from tests.sheets_service.service import SheetsService
from tests.stores.google_world import store_of
from tests.stores.people_at_work import (
    DAY_ZERO,
    EDITS,
    TODAY,
    Chance,
    generated,
    header_row,
    headers,
    ours,
)

PEOPLE = [f"E{n}" for n in range(1, 7)]
NOW = datetime(2026, 3, 16, 7, 30)
DELETING = {"delete_row", "delete_column", "merge_cells"}

Counts = Counter[str]


def agency(chance: Chance, *, columns_there: bool = False) -> Book:
    """Six people with two records each, under a title row.

    With `columns_there` two columns of certsync's are there already, but carry no anchor, as after
    an import from Excel.
    """
    members: list[list[Any]] = [["Employee ID", "Full Legal Name", "Email", "Status", "Location"]]
    members += [
        [who, f"Person {who}", f"{who}@agency.example".lower(), "Active", f"Room {who}"]
        for who in PEOPLE
    ]
    records: list[list[Any]] = [
        ["The certifications of our agency", None, None, None, None],
        ["Employee ID", "Certification", "Issuing Body", "Expiration Date", "Notes"],
    ]
    for index, who in enumerate(PEOPLE * 2):
        expires = DAY_ZERO.fromordinal(DAY_ZERO.toordinal() + chance.fresh_date(who))
        records.append([who, f"Certification {index}", "AWS", expires, f"note {index}"])
    if columns_there:
        added: list[list[Any]] = [
            [None] * 2,
            ["Status", "Days to Expiry"],
            *(["?", "?"] for _ in PEOPLE * 2),
        ]
        records = [[*row, *more] for row, more in zip(records, added, strict=True)]
    return from_snapshot(workbook(tab("Team Members", members), tab("Certifications", records)))


def human_columns(book: Book, sheet: Sheet, changed: set[int]) -> list[dict[int, Cell]]:
    """The cells of every column that is not ours, in order, without empty ones at the end.

    `changed` are anchors made or taken back just now: a column with one of them is ours if
    nothing but a header stands in it.
    """
    mine = {
        piece.index: piece.id
        for piece in book.metadata
        if piece.sheet == sheet.id and piece.place == "column"
    }
    columns: list[dict[int, Cell]] = [{} for _ in range(sheet.columns)]
    for (row, column), cell in sheet.cells.items():
        if not cell.blank:
            columns[column][row] = Cell(cell.value) if cell.formula else cell
    left = [
        cells
        for column, cells in enumerate(columns)
        if column not in mine or (mine[column] in changed and len(cells) > 1)
    ]
    while left and not left[-1]:
        left.pop()
    return left


def words_of_people(book: Book) -> set[str]:
    """Everything typed beside or below tables and above headers.

    What stands in a column of certsync's beside a record is certsync's to fill, whoever typed it.
    """
    found = set()
    for sheet in book.sheets:
        mine, top = ours(book, sheet), header_row(sheet)
        filled = {row for (row, column), c in sheet.cells.items() if column not in mine and c.value}
        last = max(filled, default=0)
        found |= {
            cell.value
            for (row, column), cell in sheet.cells.items()
            if isinstance(cell.value, str)
            and cell.value.startswith(("beside ", "below ", "Title "))
            and not (column in mine and top < row <= last)
        }
    return found


class Watch:
    """Looks at what each request of certsync changed, and lets people edit between two of them."""

    def __init__(self, service: SheetsService, book: str, chance: Chance, counts: Counts) -> None:
        self.service, self.book, self.chance, self.counts = service, book, chance, counts
        self.planned: dict[int, list[str]] = {}
        self.number = 0
        self.kept: set[str] = set()
        self.seen = self.now.copy()
        self.read_already = False

    @property
    def now(self) -> Book:
        """The spreadsheet as it stands."""
        return self.service.book(self.book)

    def before(self, call: Call) -> None:
        """Between two requests."""
        self.look()
        for name in self.planned.get(self.number, ()):
            if self.edit(name):
                self.counts["edits while a run was at work"] += 1
                if self.read_already:
                    self.counts["of these between its read and its last write"] += 1
        self.read_already = self.read_already or "batchGet" in call.path
        self.number += 1
        self.seen = self.now.copy()

    def edit(self, name: str) -> bool:
        """One edit of a person; False where it is not possible at the moment."""
        old = words_of_people(self.now)
        try:
            requests = EDITS[name](self.now, self.chance)
            if not requests:
                return False
            self.service.edit(self.book, *requests)
        except GoogleError:
            return False
        new = words_of_people(self.now)
        self.kept |= new
        self.kept -= old - new
        if name in DELETING:
            # What certsync has just then written over may lie in what is deleted.
            self.kept &= new
        self.counts[f"edit {name}"] += 1
        return True

    def look(self) -> None:
        """The last request of certsync changed no cell of a person."""
        before, after = self.seen, self.now
        changed = {piece.id for piece in after.metadata} ^ {piece.id for piece in before.metadata}
        old = [sheet for sheet in before.sheets if sheet.id not in generated(before)]
        new = [sheet for sheet in after.sheets if sheet.id not in generated(after)]
        assert [(s.id, s.title, s.hidden) for s in old] == [(s.id, s.title, s.hidden) for s in new]
        for was, stands in zip(old, new, strict=True):
            kept = human_columns(before, was, changed)
            left = human_columns(after, stands, changed)
            assert left == kept, (was.title, kept, left)
            assert was.basic_filter is None or stands.basic_filter is not None

    def end(self) -> None:
        """After a run: nothing of anybody's is lost, and no status stands beside another's name."""
        self.look()
        assert self.kept <= words_of_people(self.now)
        for sheet in self.now.sheets:
            if sheet.id in (0, 1007):
                self._statuses(sheet)
        self.seen = self.now.copy()

    def _statuses(self, sheet: Sheet) -> None:
        at, top = headers(sheet), header_row(sheet)
        who_at = at.get("Employee ID")
        if who_at is None:
            return
        for name, days in (("Days to Expiry", 0), ("Next Expiration", (TODAY - DAY_ZERO).days)):
            column = at.get(name)
            if column is None or column not in ours(self.now, sheet):
                continue
            for row in range(top + 1, sheet.rows):
                value = sheet.cell(row, column).value
                who = sheet.cell(row, who_at).value
                # Who merges an ID away leaves a row that is nobody's.
                if value in (None, "") or isinstance(value, str) or not isinstance(who, str):
                    continue
                assert isinstance(value, int | float)
                assert value - days in self.chance.dates_of.get(who, ()), (name, row, who, value)
                self.counts["statuses beside the right person"] += 1


def job() -> judging.Job:
    """A run without alerts."""
    return judging.Job(
        reading=ReadOptions(),
        policy=Policy(),
        timezone="America/Chicago",
        previous_rows={},
        dashboard="Dashboard",
        next_run="at 07:30",
        alerting=None,
    )


def together(counts: Counts) -> type[RuleBasedStateMachine]:
    """The machine, counting into `counts`."""

    class Together(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.service = SheetsService()
            self.draw: Callable[[int], int] = lambda _: 0
            self.chance = Chance(lambda n: self.draw(n))
            self.ids = 5_000

        @initialize(columns_there=st.booleans())
        def begin(self, columns_there: bool) -> None:
            """A spreadsheet that certsync sees for the first time."""
            self.book = self.service.add(agency(self.chance, columns_there=columns_there))
            self.watch = Watch(self.service, self.book, self.chance, counts)

        @rule(names=st.lists(st.sampled_from(sorted(EDITS)), max_size=3), data=st.data())
        def edit(self, names: list[str], data: st.DataObject) -> None:
            """People work while no run is at work."""
            self.draw = lambda n: data.draw(st.integers(0, max(0, n - 1)))
            for name in names:
                self.watch.edit(name)
            self.watch.seen = self.watch.now.copy()

        @rule(
            planned=st.dictionaries(
                st.integers(0, 9),
                st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3),
                max_size=4,
            ),
            data=st.data(),
        )
        def run(self, planned: dict[int, list[str]], data: st.DataObject) -> None:
            """A run, with edits before some of its requests."""
            self.draw = lambda n: data.draw(st.integers(0, max(0, n - 1)))
            watch = self.watch
            watch.planned, watch.number, watch.read_already = planned, 0, False
            watch.seen = watch.now.copy()
            self.ids += 1_000
            store = store_of(self.service, self.book, first_id=self.ids)
            self.service.before = watch.before
            counts["runs"] += 1
            try:
                result = engine.sync(store, job(), today=TODAY, now=NOW)
            except CertsyncError as error:
                counts[f"ended: {type(error).__name__}"] += 1
            else:
                skipped = "skipped" if result.skipped else result.outcome
                counts[f"ended: {skipped}"] += 1
            counts["requests"] += watch.number
            self.service.before = None
            watch.end()

        def teardown(self) -> None:
            """No machine leaves a socket or a session open."""
            self.service.close()

    return Together


def run_machine(examples: int, steps: int) -> Counts:
    """Let the machine run; what it counted."""
    counts: Counts = Counter()
    run_state_machine_as_test(
        together(counts),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return counts


def test_people_and_runs_together() -> None:
    """A short campaign: people edit between any two requests of a run."""
    counts = run_machine(8, 5)
    assert counts["runs"]


@pytest.mark.campaign
def test_a_thousand_runs_with_people_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    """In 1,000 runs no human cell is changed, and no status stands beside the wrong person."""
    counts: Counts = Counter()
    while counts["runs"] < 1_000:
        counts += run_machine(60, 8)
    with capsys.disabled():
        print()
        for name, number in sorted(counts.items()):
            print(f"{number:8,} {name}")
    assert counts["of these between its read and its last write"] > 200

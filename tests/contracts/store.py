"""What every store of workbooks promises, as tests that run over each of them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from datetime import date, datetime

import pytest

from certsync.dashboard.layout import Cell, Layout, Style
from certsync.errors import ChangedSinceRead
from certsync.sheets.edits import ColumnEdit, Plan, TabEdit
from certsync.sheets.snapshot import UNCALCULATED, CellError, Snapshot, Value
from certsync.stores.base import Store, Written
from tests.fakes import tab, workbook

CERTIFICATIONS = tab(
    "Certifications",
    """
    | Employee ID | Certification | Expires    | Status  |
    |-------------|---------------|------------|---------|
    | 007         | CKA           | 2027-01-31 | Active  |
    | E2          | AWS SAP       | 2026-03-01 | Active  |
    | E3          | #N/A          |            | =?      |
    """,
    top=4,
    left=2,
    frozen_rows=4,
    formulas={5: [7]},
)
PEOPLE = tab("Team Members", "| ID | Name |\n| 007 | Ada |", excel_table="People")
LISTS = tab("Lists", "| Words |\n| TRUE |\n| 1.5 |\n| 2026-11-23 08:30 |", visible=False)
AGENCY = workbook(CERTIFICATIONS, PEOPLE, LISTS)


def column(values: dict[int, Value], **changes: object) -> ColumnEdit:
    """An edit of the Status column of Certifications, or of what `changes` say."""
    edit = ColumnEdit(
        tab="Certifications",
        column=5,
        kind="text",
        rows=tuple(values),
        values=tuple(values.values()),
        header_row=4,
        first_row=5,
        last_row=7,
        like=3,
        highlight="status",
    )
    return replace(edit, **changes)  # type: ignore[arg-type] # fields of ColumnEdit


def dashboard(stamp: str, title: str = "Dashboard", text: str = "Agency") -> TabEdit:
    """A generated tab with one text in A1."""
    styles = {"plain": Style()}
    layout = Layout(title, (20.0,), (Cell(1, 1, text, "plain"),), styles, {})
    return TabEdit("dashboard", layout, stamp)


def log(stamp: str, title: str = "Alert Log", text: str = "Sent") -> TabEdit:
    """A second generated tab, which belongs behind the dashboard."""
    made = dashboard(stamp, title, text)
    return replace(made, key="alert_log", after="dashboard")


def values(snapshot: Snapshot, name: str, column: int, *rows: int) -> list[Value]:
    """Cells of one column."""
    return [snapshot.tab(name).value(row, column) for row in rows]


class StoreContract:
    """The tests. A subclass makes a store that holds a given workbook, and edits it by hand."""

    uncalculated: Value = UNCALCULATED
    """What a formula reads as that nobody has calculated."""

    @abstractmethod
    def store(self, content: Snapshot) -> Store:
        """A store of this workbook."""

    @abstractmethod
    def edit_by_hand(self, store: Store, name: str, row: int, column: int, value: Value) -> None:
        """Change a cell as a person would, past the store."""

    @abstractmethod
    def trace(self, store: Store) -> object:
        """Something that differs after any write."""

    def test_values_come_with_their_addresses(self) -> None:
        """Text, dates, numbers, errors and uncalculated formulas are read where they stand."""
        snapshot = self.store(AGENCY).read()
        found = snapshot.tab("Certifications")
        assert (found.top, found.left, found.bottom, found.right) == (4, 2, 7, 5)
        assert [list(row) for row in found.rows] == [
            [self.uncalculated if value is UNCALCULATED else value for value in row]
            for row in CERTIFICATIONS.rows
        ]
        assert found.value(5, 2) == "007"
        assert found.value(5, 4) == date(2027, 1, 31)
        assert found.value(7, 3) == CellError("#N/A")
        assert found.value(7, 4) is None
        assert found.value(7, 5) is self.uncalculated
        assert found.value(99, 99) is None
        assert values(snapshot, "Lists", 1, 2, 3, 4) == [True, 1.5, datetime(2026, 11, 23, 8, 30)]

    def test_the_shape_of_a_tab_comes_along(self) -> None:
        """Names in tab order, what is frozen, hidden, a table or a formula."""
        snapshot = self.store(AGENCY).read()
        assert [t.name for t in snapshot.tabs] == ["Certifications", "Team Members", "Lists"]
        assert [t.visible for t in snapshot.tabs] == [True, True, False]
        assert snapshot.tab("Certifications").frozen_rows == 4
        assert snapshot.tab("Team Members").tables == PEOPLE.tables
        formulas = snapshot.tab("Certifications").formulas
        assert {column: list(rows) for column, rows in formulas.items()} == {5: [7]}

    def test_only_wanted_tabs_bring_their_cells(self) -> None:
        """A tab that is not wanted comes with its name and without rows."""
        snapshot = self.store(AGENCY).read(["teammembers"])
        assert [t.name for t in snapshot.tabs] == ["Certifications", "Team Members", "Lists"]
        assert [bool(t.rows) for t in snapshot.tabs] == [False, True, False]

    def test_only_the_plan_is_written(self) -> None:
        """The cells of the plan change and no other; None empties a cell."""
        store = self.store(AGENCY)
        base = store.read()
        written = store.apply(Plan((column({5: "Expiring Soon", 6: None}),)), base.revision)
        assert (written.cells, written.tabs) == (2, ())
        after = store.read()
        assert values(after, "Certifications", 5, 4, 5, 6) == ["Status", "Expiring Soon", None]
        for name in ("Team Members", "Lists"):
            assert after.tab(name) == base.tab(name)
        old, new = base.tab("Certifications").rows, after.tab("Certifications").rows
        assert [list(row[:3]) for row in new] == [list(row[:3]) for row in old]

    def test_numbers_dates_and_text_keep_their_kind(self) -> None:
        """A number is read back as a number, a date as a date, and text is never anything else."""
        store = self.store(AGENCY)
        odd = "=1+1 <&> 'x' \n _x000A_ 😀"
        plan = Plan(
            (
                column({5: -3, 6: 12}, column=6, kind="whole", header="Days", highlight="days"),
                column({5: date(2026, 11, 23)}, column=7, kind="date", header="Breach Date"),
                column({5: odd, 6: "0042"}, column=8, header="Sync Notes", highlight=None),
            )
        )
        store.apply(plan, store.read().revision)
        after = store.read()
        assert values(after, "Certifications", 6, 4, 5, 6) == ["Days", -3, 12]
        assert values(after, "Certifications", 7, 4, 5, 6) == [
            "Breach Date",
            date(2026, 11, 23),
            None,
        ]
        assert values(after, "Certifications", 8, 4, 5, 6) == ["Sync Notes", odd, "0042"]

    def test_a_table_grows_by_new_columns(self) -> None:
        """New columns beside an Excel table become part of it."""
        store = self.store(AGENCY)
        new = column(
            {2: 1}, tab="Team Members", column=3, kind="whole", header="Active", highlight=None
        )
        plan = Plan((replace(new, header_row=1, first_row=2, last_row=2, like=2, table="People"),))
        store.apply(plan, store.read().revision)
        (found,) = store.read().tab("Team Members").tables
        assert found == replace(PEOPLE.tables[0], right=3)

    def test_rows_that_do_not_exist_yet_are_made(self) -> None:
        """A cell below the last row is written there."""
        store = self.store(AGENCY)
        store.apply(Plan((column({5: "Expired", 12: "Active"}),)), store.read().revision)
        assert values(store.read(), "Certifications", 5, 5, 8, 12) == ["Expired", None, "Active"]

    def test_a_formula_in_our_column_stays(self) -> None:
        """A formula that a person put into a column of ours is never overwritten."""
        store = self.store(AGENCY)
        written = store.apply(Plan((column({6: "Expired", 7: "Active"}),)), store.read().revision)
        assert written.cells == 1
        after = store.read()
        assert values(after, "Certifications", 5, 6, 7) == ["Expired", self.uncalculated]
        assert list(after.tab("Certifications").formulas[5]) == [7]

    def test_an_empty_plan_writes_nothing(self) -> None:
        """Nothing planned, nothing touched, whatever the base."""
        store = self.store(AGENCY)
        before = self.trace(store)
        assert store.apply(Plan(), store.read().revision) == Written()
        assert store.apply(Plan(), "no revision") == Written()
        assert self.trace(store) == before

    def test_a_plan_that_is_done_writes_nothing(self) -> None:
        """The same plan again finds every cell and every stamp in place."""
        store = self.store(AGENCY)
        edit = column({5: "Expired"}, column=6, header="Days")
        store.apply(Plan((edit,), (dashboard("day1"),)), store.read().revision)
        before = self.trace(store)
        again = Plan((replace(edit, header=None),), (dashboard("day1", text="Another time"),))
        assert store.apply(again, store.read().revision) == Written()
        assert self.trace(store) == before

    def test_a_plan_for_an_older_state_is_refused(self) -> None:
        """If somebody saved in between, nothing is written and the caller is told."""
        store = self.store(AGENCY)
        base = store.read().revision
        self.edit_by_hand(store, "Certifications", 6, 3, "AWS DOP")
        before = self.trace(store)
        with pytest.raises(ChangedSinceRead):
            store.apply(Plan((column({5: "Expired"}),), (dashboard("day1"),)), base)
        assert self.trace(store) == before
        assert values(store.read(), "Certifications", 3, 6) == ["AWS DOP"]

    def test_every_write_makes_a_new_revision(self) -> None:
        """A revision names one state of the workbook: a write that changes it changes the name."""
        store = self.store(AGENCY)
        first = store.read().revision
        assert store.read().revision == first
        store.apply(Plan((column({5: "Expired"}),)), first)
        second = store.read().revision
        store.apply(Plan((column({5: "Renewed"}),)), second)
        assert len({first, second, store.read().revision}) == 3

    def test_to_try_writing_leaves_no_trace(self) -> None:
        """Whether it can be written is found out without a change."""
        store = self.store(AGENCY)
        before, trace = store.read(), self.trace(store)
        store.try_write()
        assert self.trace(store) == trace
        assert store.read() == before

    def test_a_generated_tab_is_written_once_a_stamp(self) -> None:
        """A tab carries its stamp; only another stamp writes it anew, in its old place."""
        store = self.store(AGENCY)
        written = store.apply(Plan(tabs=(dashboard("day1"),)), store.read().revision)
        assert written.tabs == ("Dashboard",)
        snapshot = store.read()
        assert snapshot.stamps == {"dashboard": "day1"}
        assert [t.name for t in snapshot.tabs if t.generated] == ["Dashboard"]
        assert values(snapshot, "Dashboard", 1, 1) == ["Agency"]
        same = Plan(tabs=(dashboard("day1", text="Later"),))
        assert store.apply(same, snapshot.revision) == Written()
        other = Plan(tabs=(dashboard("day2", text="Later"),))
        assert store.apply(other, snapshot.revision).tabs == ("Dashboard",)
        after = store.read()
        assert after.stamps == {"dashboard": "day2"}
        assert values(after, "Dashboard", 1, 1) == ["Later"]
        assert [t.name for t in after.tabs] == [t.name for t in snapshot.tabs]

    def test_generated_tabs_are_written_again_whatever_people_changed(self) -> None:
        """Their second writing in a run touches nothing but them, and repeats no other edit."""
        store = self.store(AGENCY)
        base = store.read().revision
        plan = Plan((column({5: "Expired"}),), (dashboard("1"),))
        store.apply(plan, base)
        mine = Plan((column({5: "Mine", 6: "Mine too"}),))
        store.apply(mine, store.read().revision)
        before = store.read()
        again = replace(plan, tabs=(dashboard("2", text="Agency again"),))
        assert store.apply_tabs(again, base) == Written(0, ("Dashboard",))
        after = store.read()
        assert after.tab("Certifications") == before.tab("Certifications")
        assert after.tab("Team Members") == before.tab("Team Members")
        assert after.stamps == {"dashboard": "2"}
        assert after.tab("Dashboard").value(1, 1) == "Agency again"
        assert store.apply_tabs(again, base) == Written()

    def test_a_tab_of_that_name_that_is_not_ours_stays(self) -> None:
        """A person's own Dashboard is left alone; ours takes the name with (certsync) behind."""
        own = tab("Dashboard", "| My numbers |\n| 42 |")
        store = self.store(workbook(CERTIFICATIONS, own))
        written = store.apply(Plan(tabs=(dashboard("day1"),)), store.read().revision)
        assert written.tabs == ("Dashboard (certsync)",)
        after = store.read()
        assert after.tab("Dashboard").rows == own.rows
        assert after.tab("Dashboard").generated is None
        assert after.tab("Dashboard (certsync)").generated == "dashboard"

    def test_several_generated_tabs_are_written_at_once(self) -> None:
        """Each has its own stamp; a new one stands behind the tab it names, or first."""
        store = self.store(AGENCY)
        both = Plan(tabs=(dashboard("day1"), log("1")))
        assert store.apply(both, store.read().revision).tabs == ("Dashboard", "Alert Log")
        snapshot = store.read()
        assert snapshot.stamps == {"dashboard": "day1", "alert_log": "1"}
        assert [t.name for t in snapshot.tabs] == [
            "Dashboard", "Alert Log", "Certifications", "Team Members", "Lists",
        ]  # fmt: skip
        assert [t.generated for t in snapshot.tabs][:3] == ["dashboard", "alert_log", None]
        assert values(snapshot, "Alert Log", 1, 1) == ["Sent"]
        assert store.apply(both, snapshot.revision) == Written()
        later = Plan(tabs=(dashboard("day1"), log("2", text="Failed")))
        assert store.apply(later, snapshot.revision).tabs == ("Alert Log",)
        after = store.read()
        assert values(after, "Dashboard", 1, 1) == ["Agency"]
        assert values(after, "Alert Log", 1, 1) == ["Failed"]
        assert [t.name for t in after.tabs] == [t.name for t in snapshot.tabs]

    def test_a_generated_tab_without_the_one_it_names_comes_first(self) -> None:
        """Where the tab it belongs behind is not there, a new tab comes before all others."""
        store = self.store(AGENCY)
        store.apply(Plan(tabs=(log("1"),)), store.read().revision)
        assert store.read().tabs[0].name == "Alert Log"

    def test_a_generated_tab_joins_those_that_are_there(self) -> None:
        """A tab that is new comes behind the one it names."""
        store = self.store(AGENCY)
        store.apply(Plan(tabs=(dashboard("day1"),)), store.read().revision)
        store.apply(Plan(tabs=(dashboard("day1"), log("1"))), store.read().revision)
        assert [t.name for t in store.read().tabs][:3] == [
            "Dashboard", "Alert Log", "Certifications",
        ]  # fmt: skip

    def test_generated_tabs_of_one_title_keep_apart(self) -> None:
        """Two new tabs of the same title get two names."""
        store = self.store(AGENCY)
        plan = Plan(tabs=(dashboard("day1"), log("1", title="Dashboard")))
        names = ("Dashboard", "Dashboard (certsync)")
        assert store.apply(plan, store.read().revision).tabs == names

    def test_the_cells_of_a_generated_tab_are_read_by_its_name(self) -> None:
        """A generated tab brings its cells where its name is wanted."""
        store = self.store(AGENCY)
        store.apply(Plan(tabs=(dashboard("day1"), log("1"))), store.read().revision)
        found = store.read(["alertlog"])
        assert [t.name for t in found.tabs if t.rows] == ["Alert Log"]
        assert values(found, "Alert Log", 1, 1) == ["Sent"]

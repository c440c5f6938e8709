"""Writing to another file: the workbook stays, the copy is made once for each content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from certsync.errors import ChangedSinceRead, WorkbookBusy
from certsync.ooxml.package import members_changed
from certsync.sheets.edits import Plan
from certsync.stores.base import Written
from tests.stores.world import agency, dashboard, files, status_plan, store

PLAIN = agency()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The agency's workbook; copies go to out/copy.xlsx beside it."""
    path = tmp_path / "agency.xlsx"
    path.write_bytes(PLAIN)
    return path


def run(path: Path, plan: Plan) -> Written:
    """One run that writes to out/copy.xlsx."""
    one = store(path, path.parent / "out" / "copy.xlsx")
    return one.apply(plan, one.read().revision)


def full(stamp: str = "day1", text: str = "at 08:00", **changes: object) -> Plan:
    """Status columns and a dashboard whose text differs at every run."""
    columns = status_plan().columns
    if changes:
        columns = (*columns[:-1], replace(columns[-1], **changes))  # type: ignore[arg-type] # fields
    return Plan(columns, (dashboard(stamp, text),))


def test_the_workbook_stays_and_the_copy_is_made(path: Path) -> None:
    """The file that is read is never written; the copy holds the plan, its folder is made."""
    written = run(path, full())
    assert (written.cells, written.tabs, written.backup) == (8, ("Dashboard",), None)
    copy = path.parent / "out" / "copy.xlsx"
    assert path.read_bytes() == PLAIN
    assert store(copy).read().tab("Certifications").value(4, 6) == 69
    changed = members_changed(PLAIN, copy.read_bytes())
    assert "xl/worksheets/sheet1.xml" in changed
    assert "xl/charts/chart1.xml" not in changed


def test_a_second_run_of_the_day_writes_nothing(path: Path) -> None:
    """The clock on the dashboard alone is no reason to write."""
    run(path, full(text="at 08:00"))
    before = files(path.parent)
    assert run(path, full(text="at 09:00")) == Written()
    assert files(path.parent) == before


def test_without_tabs_equal_bytes_are_not_written(path: Path) -> None:
    """A plan of cells alone gives the same bytes each time, so the copy is left."""
    run(path, status_plan())
    before = files(path.parent)
    assert run(path, status_plan()) == Written()
    assert files(path.parent) == before


@pytest.mark.parametrize("reason", ["another day", "other cells", "another workbook", "broken"])
def test_a_reason_to_write_writes_and_keeps_the_old_copy(path: Path, reason: str) -> None:
    """A new day, other cells or another workbook make a new copy; the old one is backed up."""
    run(path, full())
    copy = path.parent / "out" / "copy.xlsx"
    old = copy.read_bytes()
    plan = full()
    if reason == "another day":
        plan = full("day2")
    elif reason == "other cells":
        plan = full(values=(70, 8, -357))
    elif reason == "another workbook":
        path.write_bytes(agency(formula=True))
    else:
        old = b"no workbook"
        copy.write_bytes(old)
    written = run(path, plan)
    assert written.tabs == ("Dashboard",)
    assert copy.read_bytes() != old
    assert written.backup
    assert Path(written.backup).read_bytes() == old


def test_stamps_are_those_of_the_workbook(path: Path) -> None:
    """What the copy carries is not what the workbook carries."""
    run(path, full())
    one = store(path, path.parent / "out" / "copy.xlsx")
    assert one.read().stamps == {}


def test_a_long_stamp_still_fits(path: Path) -> None:
    """A stamp of full length is shortened for the mark that a copy carries."""
    plan = full("a" * 200)
    run(path, plan)
    assert run(path, plan) == Written()
    assert run(path, full("a" * 199 + "b")) != Written()


def test_a_copy_that_is_open_is_left(path: Path) -> None:
    """A lock beside the copy counts, a lock beside the workbook does not."""
    (path.parent / "~$agency.xlsx").write_bytes(b"")
    run(path, full())
    (path.parent / "out" / "~$copy.xlsx").write_bytes(b"")
    before = files(path.parent)
    with pytest.raises(WorkbookBusy, match="somebody has it open"):
        run(path, full("day2"))
    assert files(path.parent) == before


def test_an_older_base_is_refused(path: Path) -> None:
    """The base is the state of the workbook that was read, also for a copy."""
    one = store(path, path.parent / "out" / "copy.xlsx")
    base = one.read().revision
    path.write_bytes(agency(formula=True))
    with pytest.raises(ChangedSinceRead):
        one.apply(full(), base)
    assert not (path.parent / "out").exists()


def test_the_workbook_itself_as_output_is_in_place(path: Path) -> None:
    """An output that is the workbook, by whatever path, is written in place."""
    one = store(path, path.parent / "out" / ".." / "agency.xlsx")
    one.apply(status_plan(), one.read().revision)
    assert path.read_bytes() != PLAIN

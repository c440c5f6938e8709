"""The sample agency, once as a file of Excel's and once in Google Sheets, is the same agency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from certsync import engine, judging
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.ledger import Ledger
from certsync.alerts.message import Letterhead
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import Address, People
from certsync.compute.policy import Policy
from certsync.result import SyncResult
from certsync.sheets.read import ReadOptions
from certsync.sheets.schema import WANTED
from certsync.stores.base import Store
from certsync.stores.excel import ExcelStore
from tests.sheets_service.load import from_xlsx
from tests.sheets_service.service import SheetsService
from tests.stores.google_world import store_of

SAMPLE = Path(__file__).parents[2] / "sample_workbook.xlsx"
TODAY, NOW = date(2026, 3, 16), datetime(2026, 3, 16, 7, 30)
RUTH = Address("ruth@a.example", "Ruth")


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A service whose answers are held to Google's schema."""
    with SheetsService(check_answers=True) as made:
        yield made


def google_sample(service: SheetsService) -> str:
    """The sample as Google Sheets would import it, looked at in the moment of the run; its ID."""
    return service.add(replace(from_xlsx(SAMPLE), title=SAMPLE.name, now=NOW))


def sync(store: Store, folder: Path, *, dry_run: bool = False) -> SyncResult:
    """A run with mails into an outbox in `folder`."""
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        alerting = judging.Alerting(
            ledger=ledger,
            channels=[Outbox(folder / "outbox")],
            letterhead=Letterhead(RUTH, SAMPLE.name, RUTH),
            rules=Rules(People(RUTH)),
            max_messages=200,
        )
        job = judging.Job(
            ReadOptions(), Policy(), "America/Chicago", {}, "Dashboard", "at 07:30", alerting
        )
        return engine.sync(store, job, today=TODAY, now=NOW, dry_run=dry_run)


def excel_store(folder: Path) -> ExcelStore:
    """The sample as a file, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SAMPLE.name
    path.write_bytes(SAMPLE.read_bytes())
    return ExcelStore(path, backups=folder / "backups", clock=lambda: NOW)


def plain(columns: Any) -> list[Any]:
    """Planned columns as values that can be compared."""
    return [replace(edit, rows=list(edit.rows), values=list(edit.values)) for edit in columns]


def test_both_say_the_same_of_the_sample(service: SheetsService, tmp_path: Path) -> None:
    """Findings, statuses, compliance, pursuits, alerts, the plan and the dashboard are equal."""
    google = store_of(service, google_sample(service))
    ours = sync(google, tmp_path / "google", dry_run=True)
    theirs = sync(excel_store(tmp_path / "excel"), tmp_path / "excel", dry_run=True)
    assert ours.to_json() == theirs.to_json()
    assert ours.findings == theirs.findings
    assert [tab.key for tab in ours.plan.tabs] == ["dashboard", "alert_log"]
    assert ours.plan.tabs == theirs.plan.tabs
    assert plain(ours.plan.columns) == plain(theirs.plan.columns)
    assert len(theirs.findings) > 3
    assert len(theirs.alerts) > 10


def test_what_is_written_is_read_back_the_same(service: SheetsService, tmp_path: Path) -> None:
    """After a run both hold the same values in every tab, the dashboard included."""
    google, excel = store_of(service, google_sample(service)), excel_store(tmp_path / "excel")
    first = sync(google, tmp_path / "google")
    assert first.skipped is None
    sync(excel, tmp_path / "excel")
    ours, theirs = google.read(), excel.read()
    assert [tab.name for tab in ours.tabs] == [tab.name for tab in theirs.tabs]
    for mine, other in zip(ours.tabs, theirs.tabs, strict=True):
        assert [list(row) for row in mine.rows] == [list(row) for row in other.rows], mine.name
    assert ours.stamps == theirs.stamps


def test_a_second_run_on_the_same_day_reads_and_writes_nothing(
    service: SheetsService, tmp_path: Path
) -> None:
    """Two requests, both of them reads, and the spreadsheet stays as it is."""
    spreadsheet = google_sample(service)
    sync(store_of(service, spreadsheet), tmp_path)
    before = service.book(spreadsheet).copy()
    service.clear_log()
    again = sync(store_of(service, spreadsheet, first_id=90_000), tmp_path)
    assert (again.written.cells, again.written.tabs) == (0, ())
    assert [call.method for call in service.log] == ["GET", "GET"]
    assert service.book(spreadsheet) == before


def test_only_wanted_tabs_are_read(service: SheetsService) -> None:
    """A tab that is no business of certsync's comes with its name and without rows."""
    snapshot = store_of(service, google_sample(service)).read(WANTED)
    bare = [tab.name for tab in snapshot.tabs if not tab.rows]
    assert "Team Members" not in bare
    assert bare

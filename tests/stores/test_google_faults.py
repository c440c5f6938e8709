"""Every failure at every request of a run: it ends in time, in words, and nothing is halved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from certsync import engine
from certsync.errors import WorkbookError
from certsync.result import SyncResult
from certsync.sheets.snapshot import Snapshot
from tests.sheets_service.faults import Fault
from tests.sheets_service.service import ACCOUNT, SheetsService
from tests.stores.google_world import Clock, store_of
from tests.stores.people_at_work import TODAY, Chance
from tests.stores.test_google_together import NOW, agency, job

REQUESTS = range(1, 7)
"""The first run: metadata, values, values once more, columns, statuses, dashboard."""

READING = range(1, 3)

PASSING: dict[str, dict[str, Any]] = {
    "408": {"status": 408},
    "429": {"status": 429, "retry_after": 30},
    "500": {"status": 500},
    "500 after it was applied": {"status": 500, "after_apply": True},
    "502 with a page": {"status": 502, "html": True},
    "502 with a page after it was applied": {"status": 502, "html": True, "after_apply": True},
    "503": {"status": 503},
    "503 three times": {"status": 503, "times": 3},
    "504 after it was applied": {"status": 504, "after_apply": True},
    "200 with a page": {"status": 200, "html": True},
    "no answer": {"delay": 1_000.0},
    "no answer after it was applied": {"delay": 1_000.0, "after_apply": True},
    "cut before it was read": {"cut": "before"},
    "cut before the answer": {"cut": "answer"},
    "cut in the answer": {"cut": "body"},
}

LASTING: dict[str, tuple[dict[str, Any], str]] = {
    "503": ({"status": 503}, "answered 503"),
    "502 with a page": ({"status": 502, "html": True}, "answered 502"),
    "429": ({"status": 429}, "quota"),
    "429 for an hour": ({"status": 429, "retry_after": 3_600}, "60 minutes"),
    "cut": ({"cut": "before"}, "connection"),
    "no answer": ({"delay": 1_000.0}, "did not answer"),
    "not shared": ({"status": 403}, ACCOUNT),
    "gone": ({"status": 404}, "no spreadsheet with this ID"),
    "API off": (
        {
            "status": 403,
            "message": "Google Sheets API has not been used in project 5 before or it is disabled. "
            "Enable it by visiting https://console.developers.google.com/apis/api/"
            "sheets.googleapis.com/overview?project=5 then retry.",
        },
        "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=5",
    ),
    "protected": (
        {
            "status": 400,
            "message": "You are trying to edit a protected cell or object. Please contact the "
            "spreadsheet owner to remove protection if you need to edit.",
        },
        "protected",
    ),
    "too many cells": (
        {
            "status": 400,
            "message": "This action would increase the number of cells in the workbook above the "
            "limit of 10000000 cells.",
        },
        "10,000,000",
    ),
}


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A service without a socket."""
    with SheetsService() as made:
        yield made


def sync(service: SheetsService, book: str, clock: Clock, first_id: int = 5_000) -> SyncResult:
    """A run; time passes by waiting alone."""
    store = store_of(service, book, clock, first_id)
    return engine.sync(store, job(), today=TODAY, now=NOW)


def quiet() -> Snapshot:
    """What an undisturbed run leaves."""
    with SheetsService() as service:
        book = service.add(agency(Chance(lambda _: 0)))
        assert sync(service, book, Clock()).skipped is None
        return store_of(service, book).read()


@pytest.fixture(scope="module")
def expected() -> Snapshot:
    """The spreadsheet after a run that nothing disturbed."""
    return quiet()


def contents(snapshot: Snapshot) -> list[Any]:
    """Names and values of all tabs."""
    return [(tab.name, [list(row) for row in tab.rows]) for tab in snapshot.tabs]


def test_a_run_that_nothing_disturbs_takes_six_requests(service: SheetsService) -> None:
    """The first run; the matrix below goes through all of them."""
    book = service.add(agency(Chance(lambda _: 0)))
    assert sync(service, book, Clock()).skipped is None
    assert [call.path.rpartition(book)[2] for call in service.log] == [
        "",
        "/values:batchGet",
        "/values:batchGetByDataFilter",
        ":batchUpdate",
        "/values:batchUpdateByDataFilter",
        ":batchUpdate",
    ]


@pytest.mark.parametrize("number", REQUESTS)
@pytest.mark.parametrize("failure", PASSING)
def test_what_passes_is_waited_for(
    service: SheetsService, expected: Snapshot, failure: str, number: int
) -> None:
    """One failure at any request: the run is complete, and nothing is written twice."""
    book, clock = service.add(agency(Chance(lambda _: 0))), Clock()
    service.queue(Fault(nth=number, **PASSING[failure]))
    result = sync(service, book, clock)
    assert service.faults_left == 0
    assert (result.skipped, result.exit_code) == (None, 0)
    after = store_of(service, book).read()
    assert contents(after) == contents(expected)
    assert after.stamps == expected.stamps
    assert [len(sheet.charts) for sheet in service.book(book).sheets][1:] == [0, 0]
    assert clock.now <= timedelta(minutes=5).total_seconds()


def reachable() -> list[tuple[str, int]]:
    """Each failure with each request it can meet: who only reads meets no protected range."""
    only_writes = ("protected", "too many cells")
    return [
        (failure, number)
        for failure in LASTING
        for number in REQUESTS
        if failure not in only_writes or number > 3
    ]


@pytest.mark.parametrize(("failure", "number"), reachable())
def test_what_lasts_is_told(
    service: SheetsService, expected: Snapshot, failure: str, number: int
) -> None:
    """A failure that stays ends in its sentence and code; the next run puts everything right."""
    book, clock = service.add(agency(Chance(lambda _: 0))), Clock()
    faults, words = LASTING[failure]
    service.queue(Fault(nth=number, times=500, **faults))
    said, code = "", 0
    try:
        result = sync(service, book, clock)
    except WorkbookError as error:
        said, code = str(error), error.exit_code
    else:
        said, code = str(result.skipped), result.exit_code
    assert words in said
    assert code == (1 if number in READING else 3), said
    assert clock.now <= timedelta(minutes=11).total_seconds()
    service.clear_faults()
    whole(service, book, expected)
    again = sync(service, book, clock, first_id=90_000)
    assert again.skipped is None
    after = store_of(service, book).read()
    assert contents(after) == contents(expected)


def whole(service: SheetsService, book: str, expected: Snapshot) -> None:
    """Nothing is half-written: each tab is as it was, has empty new columns, or is complete."""
    done = dict(contents(expected))
    before = {tab.title: tab for tab in agency(Chance(lambda _: 0)).sheets}
    for name, rows in contents(store_of(service, book).read()):
        assert name in done
        if name not in before:
            assert rows == done[name]  # the dashboard comes whole or not at all
            continue
        for row, final in zip(rows, done[name], strict=True):
            for column, value in enumerate(row):
                assert value in (final[column], None), (name, row)

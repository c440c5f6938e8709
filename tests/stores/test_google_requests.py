"""What a run asks of Google: few requests and small ones, however many rows there are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from certsync import engine, judging
from certsync.compute.policy import Policy
from certsync.result import SyncResult
from certsync.sheets.read import ReadOptions
from tests.fakes import tab, workbook
from tests.sheets_service.load import from_snapshot
from tests.sheets_service.model import Book
from tests.sheets_service.service import SheetsService
from tests.stores.google_world import store_of

TODAY = date(2026, 3, 16)
TOMORROW = TODAY + timedelta(days=1)
ADVISED = 2_000_000
"""Bytes of a request: https://developers.google.com/workspace/sheets/api/limits"""

PROFESSIONAL = "AWS Certified Solutions Architect - Professional"

Cells = list[list[Any]]


def agency(rows: int) -> Book:
    """An agency with this many certification rows, four to a person, in texts of usual length."""
    people = [
        (f"{number:05}", f"Maria Lopez-Garcia {number}") for number in range(max(rows // 4, 3))
    ]
    members: Cells = [["Employee ID", "Full Legal Name", "Email", "Start Date", "Status"]]
    members += [
        [who, name, f"maria.lopez{who}@agency.example", date(2020, 1, 6), "Active"]
        for who, name in people
    ]
    records: Cells = [
        ["Employee ID", "Team Member", "Certification", "Credential ID", "Date Earned",
         "Expiration Date", "Notes"]
    ]  # fmt: skip
    for row in range(rows):
        series, person = divmod(row, len(people))
        expires = date(2026, 1, 1) + timedelta(days=row * 7 % 1500)
        records.append(
            [*people[person], f"{PROFESSIONAL} {series}", f"AWS-{row:08}", date(2023, 1, 1),
             expires, "renew early, see the wiki"]
        )  # fmt: skip
    needed: Cells = [["Program", "Tier", "Required Certification", "Minimum Count"]]
    needed += [[f"Program {n}", "Advanced", f"{PROFESSIONAL} {n % 4}", 3] for n in range(10)]
    pursued: Cells = [["Team Member", "Target Certification", "Target Date", "Study Status"]]
    pursued += [[name, "CKA", date(2026, 9, 1), "In Progress"] for _, name in people[: rows // 20]]
    return from_snapshot(
        workbook(
            tab("Team Members", members),
            tab("Certifications", records),
            tab("Partnership Requirements", needed),
            tab("Pursuits", pursued),
        )
    )


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A service without a socket."""
    with SheetsService() as made:
        yield made


@dataclass(frozen=True)
class Cost:
    """What one run asked: the end of each address, with the bytes of what was sent there."""

    result: SyncResult
    requests: list[tuple[str, int]]


def run(service: SheetsService, book: str, day: date, first_id: int) -> Cost:
    """A run without alerts, and what it cost."""
    service.clear_log()
    job = judging.Job(ReadOptions(), Policy(), "Etc/GMT", {}, "Dashboard", "at 07:30", None)
    store = store_of(service, book, first_id=first_id)
    result = engine.sync(store, job, today=day, now=datetime.combine(day, time(7, 30)))
    assert result.skipped is None
    sent = [
        (call.path.rpartition(book)[2], len(json.dumps(call.body)) if call.body else 0)
        for call in service.log
    ]
    return Cost(result, sent)


FIRST = [
    "",
    "/values:batchGet",
    "/values:batchGetByDataFilter",
    ":batchUpdate",
    "/values:batchUpdateByDataFilter",
    ":batchUpdate",
]
NEXT_DAY = [*FIRST[:3], *FIRST[4:]]


@pytest.mark.parametrize("rows", [10, 1_000, pytest.param(10_000, marks=pytest.mark.campaign)])
def test_requests_do_not_grow_with_the_rows(service: SheetsService, rows: int) -> None:
    """Six for the first run, five the next day, two where nothing changes; none is large."""
    book = service.add(agency(rows))
    costs = {
        "the first run": run(service, book, TODAY, 5_000),
        "the same day": run(service, book, TODAY, 6_000),
        "the next day": run(service, book, TOMORROW, 7_000),
        "that day again": run(service, book, TOMORROW, 8_000),
    }
    for name, cost in costs.items():
        print(f"\n{rows:,} rows, {name}: {len(cost.requests)} requests")
        print(
            "".join(f"{size:12,} bytes to {path or '(metadata)'}\n" for path, size in cost.requests)
        )
    asked = {name: [path for path, _ in cost.requests] for name, cost in costs.items()}
    assert asked == {
        "the first run": FIRST,
        "the same day": FIRST[:2],
        "the next day": NEXT_DAY,
        "that day again": FIRST[:2],
    }
    assert max(size for cost in costs.values() for _, size in cost.requests) < ADVISED
    cells = {name: cost.result.written.cells for name, cost in costs.items()}
    assert cells["the first run"] > rows * 2
    assert cells["the next day"] >= rows  # every row has a day less to its expiry
    assert cells["the same day"] == cells["that day again"] == 0

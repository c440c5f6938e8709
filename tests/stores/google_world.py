"""Spreadsheets in the tests' Sheets service, and stores that reach them without a socket."""

from __future__ import annotations

from itertools import count

from certsync.stores.google import GoogleStore
from certsync.stores.google_client import SheetsClient
from certsync.stores.google_retry import Patience
from tests.sheets_service.service import ACCOUNT, SheetsService


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def monotonic(self) -> float:
        """The time since the beginning."""
        return self.now


def client_of(service: SheetsService, spreadsheet: str, clock: Clock | None = None) -> SheetsClient:
    """A client for one spreadsheet that never really waits."""
    clock = clock or Clock()
    return SheetsClient(
        None,
        service.session(),
        account=ACCOUNT,
        document=spreadsheet,
        patience=Patience(),
        sleep=clock.sleep,
        monotonic=clock.monotonic,
        draw=lambda: 0.5,
    )


def store_of(
    service: SheetsService, spreadsheet: str, clock: Clock | None = None, first_id: int = 5_000
) -> GoogleStore:
    """A store of one spreadsheet. Its tabs, charts and anchors are numbered from `first_id` on."""
    numbers = count(first_id)
    return GoogleStore(
        lambda: client_of(service, spreadsheet, clock),
        spreadsheet,
        new_id=lambda: next(numbers),
    )

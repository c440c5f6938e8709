"""The Alert Log in Google Sheets: no request more, and a lost ledger is rebuilt from it."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from pathlib import Path

import pytest

from certsync import engine, judging
from certsync.alerts.ledger import Ledger
from certsync.alerts.message import Letterhead
from certsync.alerts.rebuild import rebuild
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import Address, People
from certsync.compute.policy import Policy
from certsync.sheets.names import fold
from certsync.sheets.read import ReadOptions
from certsync.sheets.snapshot import TabSnapshot
from certsync.stores.base import Store
from tests.alerts.letters import FakeChannel
from tests.sheets_service.service import SheetsService
from tests.stores.google_world import store_of
from tests.stores.test_google_requests import ADVISED, FIRST, agency

TODAY = date(2026, 3, 16)
RUTH = Address("ruth.coordinator@agency.example", "Ruth")
LEADERS = tuple(Address(f"leader-{n}.of.all@agency.example", "Lee") for n in range(4))


def run(store: Store, ledger: Ledger, channel: FakeChannel) -> None:
    """One run in which everybody is told whatever the number of messages."""
    letterhead = Letterhead(RUTH, "Agency", RUTH)
    alerting = judging.Alerting(
        ledger, [channel], letterhead, Rules(People(RUTH, LEADERS)), 100_000
    )
    job = judging.Job(ReadOptions(), Policy(), "Etc/GMT", {}, "Dashboard", "at 07:30", alerting)
    result = engine.sync(store, job, today=TODAY, now=datetime.combine(TODAY, time(7, 30)))
    assert result.skipped is None


@pytest.mark.campaign
def test_a_full_log_stays_small_and_is_read_back(tmp_path: Path) -> None:
    """Six requests, two more after sending, none of them large; renamed, the tab tells all."""
    with SheetsService() as service:
        book = service.add(agency(3_000))
        with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
            service.clear_log()
            run(store_of(service, book, first_id=5_000), ledger, FakeChannel())
        calls = [call.path.rpartition(book)[2] for call in service.log]
        sizes = [len(json.dumps(call.body)) for call in service.log if call.body]
        assert calls == [*FIRST, "", ":batchUpdate"]
        print(f"the Alert Log with 1,500 lines: {max(sizes):,} bytes in the largest request")
        assert max(sizes) < ADVISED
        made = service.book(book).sheets[1]
        service.edit(
            book,
            {
                "updateSheetProperties": {
                    "properties": {"sheetId": made.id, "title": "Who was told"},
                    "fields": "title",
                }
            },
        )
        store = store_of(service, book, first_id=9_000)
        (tab,) = (t for t in store.read(()).tabs if t.generated == "alert_log")

        def read(key: str) -> TabSnapshot:
            del key
            return store.read({fold(tab.name)}).tab(tab.name)

        with Ledger.open(tmp_path / "lost.sqlite") as lost:
            rebuild(lost, read, copy=False)
            assert "from the tab Who was told: 1,500 alerts" in lost.notices[0]

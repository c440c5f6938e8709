"""Both ways to open a ledger keep its promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certsync.alerts.ledger import Ledger
from tests.contracts.ledger import LedgerContract


class TestLedgerFile(LedgerContract):
    """The ledger of a run."""

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Ledger]:
        """A new file."""
        with Ledger.open(tmp_path / ".certsync" / "ledger.sqlite") as opened:
            yield opened


class TestLedgerCopy(LedgerContract):
    """The ledger of a dry run."""

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Ledger]:
        """A copy of a new file."""
        path = tmp_path / "ledger.sqlite"
        Ledger.open(path).close()
        with Ledger.open_copy(path) as opened:
            yield opened

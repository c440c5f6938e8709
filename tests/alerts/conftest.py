"""What several alert tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certsync.alerts.ledger import Ledger
from tests.alerts.chat_servers import Chat, chat_server
from tests.alerts.servers import Certificate, make_certificate


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger in a file."""
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A self-signed certificate for 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def chat() -> Iterator[Chat]:
    """A server that plays Slack, Teams and any other chat."""
    with chat_server() as served:
        yield served

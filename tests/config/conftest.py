"""What the tests of configs share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from tests.config.written import SECRET


class InMemory(KeyringBackend):
    """A keyring that forgets; `broken` is the error it answers with."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it without types
        self.kept: dict[tuple[str, str], str] = {}
        self.broken: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        """The secret of a service and a user."""
        if self.broken:
            raise self.broken
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[InMemory]:
    """The keyring of this computer, an empty one."""
    before, ours = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ring: InMemory) -> Path:
    """An empty folder for configs, which is not the current one; SMTP_PASSWORD is set.

    The keyring is an empty one too.
    """
    assert ring.kept == {}
    monkeypatch.setenv("SMTP_PASSWORD", SECRET)
    monkeypatch.chdir("/")
    return tmp_path

"""The service as tests use it: put spreadsheets in, point a client at it, see what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import requests

from tests.sheets_service.faults import Fault
from tests.sheets_service.model import Book, Json

ACCOUNT = "certsync@agency-1234.iam.gserviceaccount.com"
OWNER = "owner@example.com"
Role = Literal["owner", "writer", "reader"]
Kind = Literal["sheets", "drive", "token", "read", "write"]


@dataclass
class Call:
    """One request. `status`, `millis` and `bytes` are of its answer: 0 while it is coming."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    status: int = 0
    millis: float = 0.0
    bytes: int = 0


class SheetsService:
    """Google Sheets and the part of Drive that belongs to it, on loopback.

    Attributes:
        log: Every request so far.
        before: Called with each Sheets request before it is handled; may call `edit`.
        api_disabled: Answer as where the Google Sheets API was never enabled.
        scopes: What a token must hold one of; None asks what Google asks for each method.
        clock: Seconds since 1970, for tokens and quotas.
    """

    def __init__(self) -> None:
        self.log: list[Call] = []
        self.before: Callable[[Call], None] | None = None
        self.api_disabled = False
        self.clock: Callable[[], float]

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        raise NotImplementedError

    def __enter__(self) -> SheetsService:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening."""

    def add(
        self,
        book: Book,
        *,
        shared: Mapping[str, Role] | None = None,
        kind: Literal["sheet", "xlsx"] = "sheet",
    ) -> str:
        """Put a document in that somebody else owns; answers its id."""
        raise NotImplementedError

    def book(self, id: str) -> Book:
        """The document as it stands."""
        raise NotImplementedError

    def share(self, id: str, email: str = ACCOUNT, role: Role = "writer") -> None:
        """Share a document."""
        raise NotImplementedError

    def unshare(self, id: str, email: str = ACCOUNT) -> None:
        """Share it no longer."""
        raise NotImplementedError

    def edit(self, id: str, *requests: Json) -> Json:
        """Apply batchUpdate requests as its owner would by hand."""
        raise NotImplementedError

    def key(self, email: str = ACCOUNT) -> dict[str, Any]:
        """A service-account key whose token endpoint is here."""
        raise NotImplementedError

    def key_file(self, path: Path, email: str = ACCOUNT) -> Path:
        """The same, written to this file."""
        raise NotImplementedError

    def token(self, email: str = ACCOUNT, *, scopes: tuple[str, ...] = ()) -> str:
        """An access token of this account, service account or person, without the exchange."""
        raise NotImplementedError

    def queue(self, *faults: Fault) -> None:
        """Let these go wrong with the requests to come."""
        raise NotImplementedError

    def limit(self, reads: int = 60, writes: int = 60) -> None:
        """Answer 429 beyond so many requests per minute and account."""
        raise NotImplementedError

    def calls(self, kind: Kind = "sheets") -> int:
        """How many requests of this kind came."""
        raise NotImplementedError

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self.log.clear()

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request without a socket. A cut connection raises ConnectionError."""
        raise NotImplementedError

    def session(self, email: str = ACCOUNT) -> requests.Session:
        """A session that needs no socket and carries a token of this account."""
        raise NotImplementedError

    def mount(self, session: requests.Session) -> None:
        """Let this session reach Google's addresses here, without a socket."""
        raise NotImplementedError

    def save_xlsx(self, id: str, path: Path) -> Path:
        """Save a document to look at it in Excel."""
        raise NotImplementedError

    def save_html(self, id: str, path: Path) -> Path:
        """Save a document to look at it in a browser."""
        raise NotImplementedError

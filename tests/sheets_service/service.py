"""The service as tests use it: put spreadsheets in, point a client at it, see what it did."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import requests

from tests.sheets_service import batch, formula
from tests.sheets_service.adapter import GOOGLE, InProcess
from tests.sheets_service.auth import SCOPES, Tokens
from tests.sheets_service.documents import DocumentKind, Documents, Role
from tests.sheets_service.faults import Fault
from tests.sheets_service.front import Call, Front
from tests.sheets_service.model import Book, Json
from tests.sheets_service.quota import Quota
from tests.sheets_service.server import Server
from tests.sheets_service.wire import Request

__all__ = ["ACCOUNT", "OWNER", "Call", "Counted", "Fault", "Role", "SheetsService"]

ACCOUNT = "certsync@agency-1234.iam.gserviceaccount.com"
OWNER = "owner@example.com"
ALL_SCOPES = (SCOPES + "spreadsheets", SCOPES + "drive")
Counted = Literal["sheets", "drive", "token", "read", "write", "all"]


class SheetsService:
    """Google Sheets and the part of Drive that belongs to it, on loopback.

    The socket opens when `url` is first asked for. Everything stands behind one lock.

    Attributes:
        clock: Seconds since 1970, for tokens, quotas and the times of files; may be replaced.
    """

    def __init__(self, *, check_answers: bool = False) -> None:
        self.clock: Callable[[], float] = time.time

        def now() -> float:
            return self.clock()

        self._documents, self._tokens, self._quota = Documents(now), Tokens(now), Quota(now)
        self._front = Front(self._documents, self._tokens, self._quota, check_answers=check_answers)
        self._server: Server | None = None
        self._sessions: list[requests.Session] = []

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        if self._server is None:
            self._server = Server(self._front)
            self._front.url = self._server.url
        return self._server.url

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
        """Stop listening. Raises what went wrong in the service itself, which no client saw."""
        for session in self._sessions:
            session.close()
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._front.mistakes:
            raise self._front.mistakes.pop(0)

    # Documents

    def add(
        self,
        book: Book,
        *,
        shared: Mapping[str, Role] | None = None,
        kind: DocumentKind = "sheet",
    ) -> str:
        """Put a document in that `OWNER` owns.

        Args:
            book: What is in it, under its own id.
            shared: Who else may do what; by default `ACCOUNT` may write.
            kind: `xlsx` for a file of Excel's that only lies in Drive.

        Returns:
            Its id.
        """
        roles: dict[str, Role] = {
            OWNER: "owner",
            **({ACCOUNT: "writer"} if shared is None else shared),
        }
        with self._front.lock:
            return self._documents.add(book, roles, kind).book.id

    def book(self, id: str) -> Book:
        """The document as it stands."""
        return self._documents.by_id[id].book

    def share(self, id: str, email: str = ACCOUNT, role: Role = "writer") -> None:
        """Share a document, or change what somebody may do with it."""
        with self._front.lock:
            self._documents.by_id[id].roles[email.casefold()] = role

    def unshare(self, id: str, email: str = ACCOUNT) -> None:
        """Share it no longer."""
        with self._front.lock:
            self._documents.by_id[id].roles.pop(email.casefold(), None)

    def edit(self, id: str, *edits: Json) -> Json:
        """Apply batchUpdate requests as its owner would by hand; also from within `before`."""
        with self._front.lock:
            book = self.book(id).copy()
            answer = batch.apply(book, {"requests": list(edits)}, owner=True)
            self._documents.commit(book)
            return answer

    # Accounts

    def key(self, email: str = ACCOUNT) -> dict[str, Any]:
        """A service-account key whose token endpoint is here."""
        return self._tokens.key(email, f"{self.url}/token")

    def key_file(self, path: Path, email: str = ACCOUNT) -> Path:
        """The same, written to this file, which its owner alone may read."""
        path.write_text(json.dumps(self.key(email), indent=2), encoding="utf-8")
        path.chmod(0o600)
        return path

    def delete_key(self, email: str = ACCOUNT) -> None:
        """The keys of this account given out so far sign nothing any more."""
        self._tokens.delete_key(email)

    def delete_account(self, email: str = ACCOUNT) -> None:
        """The account is no more, and its tokens neither."""
        self._tokens.delete_account(email)

    def token(self, email: str = ACCOUNT, scopes: tuple[str, ...] = ALL_SCOPES) -> str:
        """An access token of a service account or a person, without the exchange."""
        return self._tokens.issue(email, frozenset(scopes))

    def expire_tokens(self) -> None:
        """Every token given out so far has had its time."""
        self._tokens.expire()

    # What goes wrong

    def queue(self, *faults: Fault) -> None:
        """Let these go wrong with the requests to come, each request taking at most one."""
        with self._front.lock:
            self._front.faults.queue(faults)

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        with self._front.lock:
            self._front.faults.clear()

    @property
    def faults_left(self) -> int:
        """How many queued faults have not come yet."""
        return len(self._front.faults)

    def limit(self, reads: int | None = 60, writes: int | None = 60) -> None:
        """Answer 429 beyond so many requests per minute and account; None for no limit."""
        self._quota.limits = {"read": reads, "write": writes}

    @property
    def before(self) -> Callable[[Call], None] | None:
        """Called under the lock with each Sheets request before it is handled."""
        return self._front.before

    @before.setter
    def before(self, run: Callable[[Call], None] | None) -> None:
        self._front.before = run

    @property
    def api_disabled(self) -> bool:
        """Whether the project never switched the Sheets API on."""
        return "sheets" in self._front.disabled

    @api_disabled.setter
    def api_disabled(self, disabled: bool) -> None:
        self._front.disabled = {"sheets"} if disabled else set()

    @property
    def scopes(self) -> frozenset[str] | None:
        """What a token must hold one of; None for what Google asks for each method."""
        return self._front.scopes

    @scopes.setter
    def scopes(self, scopes: frozenset[str] | None) -> None:
        self._front.scopes = scopes

    # What it saw

    @property
    def log(self) -> list[Call]:
        """Every request so far, in the order they came."""
        return self._front.log

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._front.log.clear()

    def calls(self, kind: Counted = "sheets") -> int:
        """How many requests of this kind came; `read` and `write` are Sheets requests."""
        return sum(_counts(call, kind) for call in self.log)

    # Without a socket

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request. Raises ConnectionError or TimeoutError where a fault cuts it."""
        request = Request.of(method, url, headers, body)
        fault = self._front.fault(request.method, request.path)
        if fault is not None and fault.cut == "before":
            raise ConnectionResetError("The connection was cut.")
        answer = self._front.answer(request, self._front.arrived(request), fault)
        if fault is not None and fault.cut is not None:
            raise ConnectionAbortedError("The connection was cut.")
        return answer.status, answer.headers, answer.body

    def session(self, email: str = ACCOUNT) -> requests.Session:
        """A session that needs no socket and carries a token of this account.

        It reaches Google's own addresses here, so `gspread.Client(None, session=...)` works as
        it is.
        """
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token(email)}"
        self.mount(session)
        self._sessions.append(session)
        return session

    def mount(self, session: requests.Session) -> None:
        """Let this session reach Google's addresses, and this service's own, without a socket."""
        transport = InProcess(self._front)
        for start in (*GOOGLE, "http://127.0.0.1", "http://localhost"):
            session.mount(start, transport)

    # To look at

    def save_xlsx(self, id: str, path: Path) -> Path:
        """Save a document to look at it in Excel."""
        from tests.sheets_service import export

        path.write_bytes(export.to_xlsx(self._at_this_moment(id)))
        return path

    def save_html(self, id: str, path: Path) -> Path:
        """Save a document to look at it in a browser."""
        from tests.sheets_service import export

        path.write_text(export.to_html(self._at_this_moment(id)), encoding="utf-8")
        return path

    def _at_this_moment(self, id: str) -> Book:
        with self._front.lock:
            book = self.book(id).copy()
        formula.refresh(book)
        return book


def _counts(call: Call, kind: Counted) -> bool:
    if kind in ("read", "write"):
        return call.kind == "sheets" and call.writes == (kind == "write")
    return kind in ("all", call.kind)

"""The documents that lie in Drive: who owns them and who may see or change them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from tests.sheets_service.model import Book, GoogleError, Json

Role = Literal["owner", "writer", "reader"]
DocumentKind = Literal["sheet", "xlsx"]

SHEET = "application/vnd.google-apps.spreadsheet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ANYONE = "anyone"
_RANK: dict[Role | None, int] = {None: 0, "reader": 1, "writer": 2, "owner": 3}


@dataclass
class Document:
    """A spreadsheet and its place in Drive. `roles` are by e-mail address, or `anyone`."""

    book: Book
    roles: dict[str, Role]
    kind: DocumentKind
    created: float
    modified: float
    comments: list[Json] = field(default_factory=list)

    @property
    def mime_type(self) -> str:
        """Drive's name for what it is."""
        return SHEET if self.kind == "sheet" else XLSX

    def role(self, email: str) -> Role | None:
        """What this account may do with it."""
        found = self.roles.get(email.casefold()), self.roles.get(ANYONE)
        return max(found, key=lambda role: _RANK[role])


@dataclass
class Documents:
    """All of them by id."""

    clock: Callable[[], float]
    by_id: dict[str, Document] = field(default_factory=dict)

    def add(self, book: Book, roles: dict[str, Role], kind: DocumentKind = "sheet") -> Document:
        """Put one in; its book's id is its own."""
        if book.id in self.by_id:
            raise ValueError(f"A document with the id {book.id} is there already.")
        now = self.clock()
        lower: dict[str, Role] = {email.casefold(): role for email, role in roles.items()}
        self.by_id[book.id] = document = Document(book, lower, kind, now, now)
        return document

    def new_id(self) -> str:
        """As long as Google's."""
        return f"1{secrets.token_urlsafe(32)}"

    def commit(self, book: Book) -> None:
        """This is how the document stands from now on."""
        document = self.by_id[book.id]
        document.book, document.modified = book, self.clock()

    def opened(self, id: str, email: str, *, write: bool) -> Document:
        """The document for this account. Raises GoogleError as the Sheets API does."""
        document = self.by_id.get(id)
        if document is None:
            raise GoogleError(404, "NOT_FOUND", "Requested entity was not found.")
        if _RANK[document.role(email)] < (2 if write else 1):
            raise GoogleError(403, "PERMISSION_DENIED", "The caller does not have permission")
        if document.kind == "xlsx":
            message = "This operation is not supported for this document"
            raise GoogleError(400, "FAILED_PRECONDITION", message)
        return document

    def time(self, seconds: float) -> str:
        """A moment as Drive writes it."""
        moment = datetime.fromtimestamp(seconds, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"

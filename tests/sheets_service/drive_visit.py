"""A request to Drive that found its way, and how Drive refuses one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.sheets_service.documents import Document, Documents, Role
from tests.sheets_service.model import GoogleError, Json

ROBOTS = ".gserviceaccount.com"


class DriveError(GoogleError):
    """A refusal as Drive writes it, with a list of errors and no status word of its own."""

    def __init__(
        self, code: int, reason: str, message: str, *, domain: str = "global", place: str = ""
    ) -> None:
        super().__init__(code, "", message)
        self._error: Json = {"message": message, "domain": domain, "reason": reason}
        if place:
            self._error |= {"locationType": "parameter", "location": place}

    def body(self) -> Json:
        """The body of the answer."""
        return {"error": {"code": self.code, "message": self.message, "errors": [self._error]}}


def not_found(id: str) -> DriveError:
    """404 for a file that is not there, or not for this account."""
    return DriveError(404, "notFound", f"File not found: {id}.", place="fileId")


def has_no_quota(email: str) -> bool:
    """Whether this account can own no file, as service accounts cannot."""
    return email.endswith(ROBOTS)


@dataclass(frozen=True)
class Visit:
    """One request that found its way."""

    documents: Documents
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: Json
    email: str
    raw: bytes = b""

    def param(self, name: str, default: str = "") -> str:
        """A value of the query."""
        return self.query.get(name, [default])[-1]

    def file(self, needs: Role = "reader") -> Document:
        """The file of the path. Raises DriveError where this account may not do that."""
        document = self.documents.by_id.get(self.path["id"])
        role = document.role(self.email) if document is not None else None
        if document is None or role is None:
            raise not_found(self.path["id"])
        allowed: dict[Role, set[Role]] = {
            "reader": {"reader", "writer", "owner"},
            "writer": {"writer", "owner"},
            "owner": {"owner"},
        }
        if role not in allowed[needs]:
            raise DriveError(
                403,
                "insufficientFilePermissions",
                "The user does not have sufficient permissions for this file.",
            )
        return document


def user(email: str) -> Json:
    """An account as Drive shows it."""
    return {"kind": "drive#user", "displayName": email.partition("@")[0], "emailAddress": email}
